//! Spans and events: their fields, and what is in them.

use okta_client::Client;
use okta_client::credentials::{PrivateKey, ServiceApp};

use crate::scan::Scan;
use crate::support::printed;
use crate::way::{SPOILT, org, way};

#[tokio::test(start_paused = true)]
async fn xa16_spans_and_events_have_the_fields_that_are_documented_and_no_other() {
    let (scan, org) = (Scan::default(), org());
    let _guard = tracing::subscriber::set_default(scan.clone());
    let known = org.service_app();
    let login = "ada.lovelace@example.com";
    scan.secret(login);
    for spoilt in SPOILT {
        let key = PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
        // One scope that is not granted, so that there is something to tell.
        let app = ServiceApp::new(&known.client_id, key, ["okta.users.read", "okta.networkZones.read"])
            .expect("valid");
        let builder = Client::builder(org.url()).transport(way(&org, &scan, spoilt)).credential(app);
        let client = builder.max_attempts(2).build().expect("valid settings");
        // What people write: a login as an id, a filter, a path of their own. It is in no span, whatever comes of the call.
        for outcome in [
            client.users().get(login).await.map(|_| ()),
            client.users().list().filter(login).paginate().collect_all().await.map(|_| ()),
            client.get::<serde_json::Value>(format!("/api/v1/{login}?x={login}")).await.map(|_| ()),
        ] {
            scan.print(outcome.err().map(|error| printed(&error)).unwrap_or_default());
        }
    }
    let names = scan.names.lock().expect("no panic").clone();
    let documented = [
        "attempt",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "items",
        "message",
        "okta.bucket",
        "okta.listing",
        "okta.page",
        "okta.request",
        "okta.request_id",
        "okta.token",
        "okta.wait",
        "page",
        "scopes",
        "url.template",
        "wait_ms",
    ];
    let own = names.iter().filter(|name| !name.starts_with("log.")).copied();
    assert_eq!(own.collect::<Vec<_>>(), documented);
    scan.assert_clean(1);
}
