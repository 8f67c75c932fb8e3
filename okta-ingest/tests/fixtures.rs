//! Okta's own payloads through the real receivers: hook deliveries in both serialisations, previews, EventBridge, log events.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use bytes::Bytes;
use okta_ingest::receive::Reading;
use serde_json::Value;
use support::{bridge, event, fixtures, headers, hook};

fn read_hook(body: Bytes) -> Reading {
    hook().authenticate(&headers()).unwrap().read(body)
}

#[test]
fn the_full_hook_delivery_is_accepted_with_every_event() {
    for (name, body) in fixtures("events").into_iter().filter(|(name, _)| name == "hook-delivery") {
        let sent: Value = serde_json::from_slice(&body).unwrap();
        let reading = read_hook(body);
        assert_eq!(reading.answer.status(), 204, "{name}");
        assert_eq!(reading.batch.push_id(), sent["eventId"].as_str());
        let events = sent["data"]["events"].as_array().unwrap();
        assert_eq!(reading.batch.events().len(), events.len());
        for (read, sent) in reading.batch.events().iter().zip(events) {
            assert_eq!(Some(read.uuid()), sent["uuid"].as_str());
            assert_eq!(Some(read.event_type()), sent["eventType"].as_str());
            assert_eq!(read.published().unwrap().to_string(), sent["published"].as_str().unwrap());
            assert_eq!(serde_json::from_slice::<Value>(read.raw()).unwrap(), *sent);
        }
    }
}

#[test]
fn the_sparse_hook_delivery_is_accepted_too() {
    let (_, body) = fixtures("events").into_iter().find(|(name, _)| name == "hook-delivery-sparse").unwrap();
    let reading = read_hook(body);
    assert_eq!((reading.answer.status().as_u16(), reading.batch.events().len()), (204, 1));
    assert!(reading.batch.quarantined().is_empty());
}

#[test]
fn h18_the_consoles_preview_is_recognised_and_no_evidence() {
    let (_, body) = fixtures("events").into_iter().find(|(name, _)| name == "hook-delivery-preview").unwrap();
    let reading = read_hook(body);
    assert_eq!((reading.answer.status().as_u16(), reading.previews), (204, 1));
    assert!(reading.batch.is_empty());
}

#[test]
fn the_eventbridge_envelope_is_accepted_with_its_event() {
    let (_, body) = fixtures("events").into_iter().find(|(name, _)| name == "eventbridge-envelope").unwrap();
    let sent: Value = serde_json::from_slice(&body).unwrap();
    let reading = bridge().authenticate(&headers()).unwrap().read(body);
    assert_eq!(reading.answer.status(), 204);
    assert_eq!(reading.batch.push_id(), sent["id"].as_str());
    assert_eq!(Some(reading.batch.events()[0].uuid()), sent["detail"]["uuid"].as_str());
}

#[test]
fn every_log_event_passes_through_a_push_unchanged() {
    let events = fixtures("events").into_iter();
    for (name, body) in
        events.filter(|(name, _)| !name.starts_with("hook-") && !name.starts_with("eventbridge-"))
    {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let reading = read_hook(Bytes::from(format!(r#"{{"data":{{"events":[{text}]}}}}"#)));
        assert_eq!(reading.batch.events().len(), 1, "{name}: {:?}", reading.batch);
        assert_eq!(reading.batch.events()[0].raw(), text.trim().as_bytes(), "{name}");
    }
}

#[test]
fn the_recorded_exchanges_of_pushes_are_answered_as_recorded() {
    for (name, file) in fixtures("exchanges") {
        let exchange: Value = serde_json::from_slice(&file).unwrap();
        let body = Bytes::from(exchange["request"]["body"].to_string());
        let expected = exchange["response"]["status"].as_u64();
        match name.as_str() {
            "event-hook-delivery" => assert_eq!(read_hook(body).answer.status(), 204),
            "eventbridge-api-destination" => {
                let reading = bridge().authenticate(&headers()).unwrap().read(body);
                assert_eq!(reading.answer.status(), 204);
            }
            "event-hook-verification" => {
                let mut headers = headers();
                headers.insert("x-okta-verification-challenge", "exampleChallenge0001".parse().unwrap());
                let answer = hook().answer_challenge(&headers);
                assert_eq!(Some(u64::from(answer.status().as_u16())), expected);
                let body: Value = serde_json::from_slice(&answer.body()).unwrap();
                assert_eq!(body, exchange["response"]["body"]);
            }
            _ => {}
        }
    }
}

#[test]
fn d08_an_event_of_a_megabyte_is_accepted() {
    let big = event("big").replace("user.session.start", &format!("user.{}", "x".repeat(1 << 20)));
    assert_eq!(read_hook(Bytes::from(format!(r#"{{"data":{{"events":[{big}]}}}}"#))).batch.events().len(), 1);
}
