//! A tail that reads as a service app: over many tokens, through an outage of the token endpoint, and to the end of the app.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use okta_client::credentials::{PrivateKey, ServiceApp};
use okta_client::{Client, Timestamp, transport};
use okta_ingest::{MemoryStore, Org, Tail, TailError, TailKey, TailStore};
use okta_mock::{Clock, NewEvent, OktaMock};
use tokio::sync::oneshot;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a01_a05_a_service_apps_tail_outlives_tokens_and_outages_and_ends_with_its_app() {
    let start: Timestamp = "2026-08-21T08:00:00Z".parse().unwrap();
    let okta =
        OktaMock::builder().users(5).require_dpop(true).clock(Clock::Tokio(start.as_millis())).in_process();
    // What the token endpoint answers in place of a token; 0 lets it answer itself.
    let broken = Arc::new(AtomicU16::new(0));
    let transport = transport::from_fn({
        let (service, broken) = (okta.service(), Arc::clone(&broken));
        move |request: Request<Bytes>| {
            let status = broken.load(Ordering::Relaxed);
            let answer = (status != 0 && request.uri().path() == "/oauth2/v1/token").then(|| {
                let body = if status == 401 { r#"{"error":"invalid_client"}"# } else { "<html>" };
                Response::builder().status(status).body(Bytes::from(body)).unwrap()
            });
            let service = service.clone();
            async move {
                match answer {
                    Some(answer) => answer,
                    None => service.call(request).await,
                }
            }
        }
    });
    let known = okta.service_app();
    let key = PrivateKey::from_pem(&known.private_key_pem).unwrap().kid(&known.kid);
    let app = ServiceApp::new(&known.client_id, key, ["okta.logs.read"]).unwrap();
    let client =
        Client::builder(okta.url()).credential(app).transport(transport).jitter_seed(1).build().unwrap();
    let key = TailKey::system_log(Org::of(&client));

    let store = MemoryStore::new();
    let tail = Tail::new(client, Arc::new(store.clone()), "one", start).jitter_seed(1);
    let tail = tail.poll_interval(Duration::from_secs(60));
    let monitor = tail.monitor();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(tail.run_until(stopped.map(drop)));
    for hour in 0..5 {
        // Two hours without a token to be had; the last one is used to its end, and then nothing can be read.
        broken.store(if (1..3).contains(&hour) { 503 } else { 0 }, Ordering::Relaxed);
        okta.append_log(vec![NewEvent::new("user.session.start")]);
        tokio::time::sleep(HOUR).await;
    }
    let truth = okta.log().len();
    assert!(truth > 5, "tokens are in the log, too");
    assert_eq!(monitor.status().put.inserted, truth as u64, "nothing is missing and nothing twice");
    assert!(monitor.status().errors > 0, "the outage shows");

    broken.store(401, Ordering::Relaxed);
    let TailError::Refused(cause) = task.await.unwrap().unwrap_err() else { panic!("not refused") };
    assert!(cause.is_unauthorized() && cause.okta_code() == Some("invalid_client"), "{cause:?}");
    assert!(store.checkpoint(&key).await.unwrap().unwrap().cursor.is_some(), "its position is kept");
    drop(stop);
}
