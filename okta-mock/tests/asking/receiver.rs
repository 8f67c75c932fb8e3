//! A function that stands for every receiver of pushes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use okta_mock::{Builder, Clock, OktaMock};
use serde_json::{Value, json};

use super::{START, post};

/// Answers pushes with the statuses given, the last one for ever; remembers what came. 0 is no answer at all.
#[derive(Clone)]
pub(crate) struct Receiver {
    statuses: Arc<Mutex<Vec<u16>>>,
    came: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Receiver {
    pub(crate) fn answering(statuses: &[u16]) -> Self {
        let statuses = Arc::new(Mutex::new(statuses.to_vec()));
        Self { statuses, came: Arc::default() }
    }

    pub(crate) async fn receive(self, request: Request<Bytes>) -> Response<Bytes> {
        if let Some(challenge) = request.headers().get("x-okta-verification-challenge") {
            assert_eq!(request.method(), Method::GET);
            let challenge = challenge.to_str().expect("a readable challenge");
            return Response::new(json!({ "verification": challenge }).to_string().into());
        }
        self.came.lock().expect("not poisoned").push(request);
        let status = {
            let mut statuses = self.statuses.lock().expect("not poisoned");
            if statuses.len() > 1 { statuses.remove(0) } else { statuses[0] }
        };
        if status == 0 {
            return std::future::pending().await;
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        response
    }

    /// The pushes so far.
    pub(crate) fn came(&self) -> Vec<Request<Bytes>> {
        self.came.lock().expect("not poisoned").clone()
    }

    /// A fake on tokio's clock that pushes here.
    pub(crate) fn org(&self) -> OktaMock {
        self.builder().in_process()
    }

    pub(crate) fn builder(&self) -> Builder {
        let receiver = self.clone();
        OktaMock::builder()
            .seed(7)
            .users(5)
            .clock(Clock::Tokio(START))
            .push_to(move |request| receiver.clone().receive(request))
    }
}

/// A hook's settings.
pub(crate) fn hook(types: &[&str]) -> Value {
    json!({
        "name": "Inbox",
        "events": { "type": "EVENT_TYPE", "items": types },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": {
            "uri": "https://inbox.example.com/okta/events",
            "headers": [{ "key": "X-Source", "value": "okta" }],
            "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s3cret" },
        } },
    })
}

/// Registers and verifies a hook with these settings.
pub(crate) async fn registered(okta: &OktaMock, settings: Value) -> String {
    let created = post(okta, "/api/v1/eventHooks", settings).await;
    assert_eq!((created.status, &created.json()["verificationStatus"]), (200, &json!("UNVERIFIED")));
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let verified = post(okta, &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
    assert_eq!((verified.status, &verified.json()["verificationStatus"]), (200, &json!("VERIFIED")));
    id
}
