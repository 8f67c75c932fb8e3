//! Hooks and log streams over the network: verified, pushed to, given up on.

use okta_mock::OktaMock;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::wire::call;

/// A receiver that answers the challenge, then pushes with the statuses given.
async fn receiver(statuses: &'static [u16]) -> (String, tokio::task::JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let uri = format!("http://{}/okta/events", listener.local_addr().expect("an address"));
    let served = tokio::spawn(async move {
        let (mut pushes, mut statuses) = (Vec::new(), statuses.iter());
        while statuses.len() > 0 {
            let (stream, _) = listener.accept().await.expect("a connection");
            let mut stream = BufReader::new(stream);
            let (mut challenge, mut length, mut secret) = (None, 0, false);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.expect("a header line");
                let line = line.trim_end();
                let Some((name, value)) = line.split_once(": ") else {
                    if line.is_empty() {
                        break;
                    }
                    continue;
                };
                match name.to_lowercase().as_str() {
                    "x-okta-verification-challenge" => challenge = Some(value.to_owned()),
                    "content-length" => length = value.parse().expect("a number"),
                    "authorization" => secret = value == "s3cret",
                    _ => {}
                }
            }
            assert!(secret, "the secret comes with every request");
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.expect("the body");
            let (status, answer) = match challenge {
                Some(challenge) => (200, json!({ "verification": challenge }).to_string()),
                None => {
                    pushes.push(serde_json::from_slice(&body).expect("JSON"));
                    (*statuses.next().expect("one status for each push"), String::new())
                }
            };
            let answer = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            );
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
        pushes
    });
    (uri, served)
}

async fn verified_hook(okta: &OktaMock, uri: &str) {
    let hook = json!({
        "name": "Inbox", "events": { "type": "EVENT_TYPE", "items": ["group.lifecycle.create"] },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": {
            "uri": uri, "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s3cret" },
        } },
    });
    let created = call(okta, "POST", "/api/v1/eventHooks", hook).await.json();
    let id = created["id"].as_str().expect("an id");
    let verified =
        call(okta, "POST", &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
    assert_eq!(verified.json()["verificationStatus"], "VERIFIED");
}

#[tokio::test]
async fn a_hook_is_verified_and_a_failed_push_is_sent_once_more() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let (uri, served) = receiver(&[500, 204]).await;
    verified_hook(&okta, &uri).await;
    call(&okta, "POST", "/api/v1/groups", json!({ "profile": { "name": "New" } })).await;
    okta.settle().await;
    let pushes = served.await.expect("the receiver ends");
    assert_eq!(pushes.len(), 2);
    assert_eq!(pushes[0]["eventId"], pushes[1]["eventId"]);
    assert_eq!(
        okta.deliveries().iter().map(|delivery| delivery.status).collect::<Vec<_>>(),
        [Some(500), Some(204)]
    );
}

#[tokio::test]
async fn a_push_that_is_refused_is_not_sent_again() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let (uri, served) = receiver(&[401]).await;
    verified_hook(&okta, &uri).await;
    call(&okta, "POST", "/api/v1/groups", json!({ "profile": { "name": "New" } })).await;
    okta.settle().await;
    assert_eq!(served.await.expect("the receiver ends").len(), 1);
    assert_eq!(okta.deliveries().len(), 1);
    assert_eq!(
        okta.log().last().map(|record| record.event_type.clone()).as_deref(),
        Some("event_hook.delivery")
    );
}

#[tokio::test]
async fn an_https_receiver_is_said_to_be_out_of_reach() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let hook = json!({
        "name": "Inbox", "events": { "type": "EVENT_TYPE", "items": ["group.lifecycle.create"] },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": { "uri": "https://inbox.example.com/" } },
    });
    let id = call(&okta, "POST", "/api/v1/eventHooks", hook).await.json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let refused =
        call(&okta, "POST", &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
    let cause = refused.json()["errorCauses"][0]["errorSummary"].to_string();
    assert!(refused.status == 400 && cause.contains("plain http only"), "{cause}");
}

#[tokio::test]
async fn a_log_stream_reaches_its_relay_over_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/eb", listener.local_addr().expect("an address"));
    let okta = OktaMock::builder().eventbridge_relay(&url, "s3cret").start().await.expect("a free port");
    let id = okta.log_streams().eventbridge("discovery");
    // Two attempts, each on a connection that is closed without an answer.
    for _ in 0..2 {
        let (mut stream, _) = listener.accept().await.expect("a push");
        let mut head = [0; 64];
        let read = stream.read(&mut head).await.expect("a request");
        assert!(head[..read].starts_with(b"POST /eb HTTP/1.1"));
    }
    drop(listener);
    okta.settle().await;
    assert_eq!(okta.log_streams().is_active(&id), Some(false));
    assert_eq!(okta.deliveries().len(), 2);
}
