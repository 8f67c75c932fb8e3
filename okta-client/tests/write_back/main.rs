//! Create, change and delete every resource that can be written, and look at the org afresh each time.

mod access;
mod apps;
mod groups;
mod new_users;
mod pushes;
mod reads;
mod users;

use bytes::Bytes;
use http::Response;
use okta_client::{Client, Error, Raw, transport};
use okta_mock::{Clock, OktaMock};
use serde_json::{Value, json};

/// When the orgs begin: 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;

fn org() -> (OktaMock, Client) {
    org_of(40)
}

fn org_of(users: usize) -> (OktaMock, Client) {
    let receiver = |request: http::Request<Bytes>| {
        let challenge = request.headers().get("x-okta-verification-challenge");
        let challenge = challenge.and_then(|value| value.to_str().ok()).unwrap_or_default();
        std::future::ready(Response::new(Bytes::from(json!({ "verification": challenge }).to_string())))
    };
    let org = OktaMock::builder().seed(7).users(users).groups(6).apps(4).events(10);
    let org = org.clock(Clock::Tokio(START)).push_to(receiver).in_process();
    let service = org.service();
    let transport = transport::from_fn(move |request| service.call(request));
    let client = Client::builder(org.url()).api_token(org.api_token()).transport(transport).jitter_seed(7);
    (org, client.build().expect("valid settings"))
}

/// The JSON of an object.
fn json_of<T>(object: &Raw<T>) -> Value {
    serde_json::from_slice(object.raw()).expect("JSON")
}

/// What a write answers is what a fresh look finds.
async fn same<T>(written: &Raw<T>, fresh: impl Future<Output = Result<Raw<T>, Error>>) {
    assert_eq!(json_of(written), json_of(&fresh.await.expect("there")));
}
