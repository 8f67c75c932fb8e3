//! Answers that are wrong, refused cursors, lost permissions.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use okta_client::{Client, transport};
use okta_ingest::{MemoryStore, Tail, TailError, TailStore};
use okta_mock::NewEvent;

use crate::{key, org_with, run, start, stored, tail_of, truth};
#[tokio::test(start_paused = true)]
async fn p10_a_rejected_cursor_costs_repeats_and_no_event() {
    let (okta, store) = (org_with(300), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store).page_limit(100));
    tail.catch_up().await;
    okta.faults().on("GET /api/v1/logs").nth(1).invalid_cursor();
    let uuids = okta.append_log(vec![NewEvent::new("user.session.start")]);
    tail.catch_up().await;
    tail.catch_up().await;
    let status = tail.monitor.status();
    assert_eq!(status.cursors_lost, 1);
    assert!(status.put.duplicates > 0, "the overlap was read again");
    assert_eq!(stored(&store).await, truth(&okta));
    assert!(stored(&store).await.contains(&uuids[0]));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p03_a_page_without_next_keeps_the_position_and_is_reported() {
    let (okta, store) = (org_with(250), MemoryStore::new());
    okta.faults().on("GET /api/v1/logs").nth(2).drop_next();
    let mut tail = run(tail_of(&okta, &store).page_limit(100));
    while stored(&store).await.len() < 250 {
        tail.catch_up().await;
    }
    assert_eq!(tail.monitor.status().protocol_alarms, 1);
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p15_p16_r08_r10_bad_answers_are_waited_out_with_the_position_untouched() {
    let (okta, store) = (org_with(20), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store).page_limit(10));
    tail.catch_up().await;
    let misbehave: [fn(okta_mock::Fault) -> u64; 6] = [
        |fault| fault.truncate_body(50),
        |fault| fault.respond_with(200, "text/html", "<html>captive portal</html>"),
        |fault| fault.respond(503),
        |fault| fault.respond_429(),
        |fault| fault.respond_concurrency_429(),
        |fault| fault.respond_error("E0000009"),
    ];
    for (kind, misbehave) in misbehave.into_iter().enumerate() {
        let errors = tail.monitor.status().errors;
        okta.append_log(vec![NewEvent::new("user.session.start")]);
        // More often than the client itself tries again, so that the tail's own patience is what is tested.
        misbehave(okta.faults().on("GET /api/v1/logs").times(8));
        tail.catch_up().await;
        assert!(tail.monitor.status().errors > errors, "{kind}");
        assert_eq!(stored(&store).await, truth(&okta), "{kind}");
    }
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p14_a_page_that_is_too_much_for_okta_is_asked_for_in_smaller_ones() {
    let (okta, store) = (org_with(500), MemoryStore::new());
    // What Okta's 30-second limit does to a query: it fails again and again until fewer events are asked for.
    let service = okta.service();
    let client = Client::builder(okta.url()).api_token(okta.api_token());
    let client = client.transport(transport::from_fn(move |request: http::Request<Bytes>| {
        let limit =
            request.uri().query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("limit="));
        let too_much = limit.is_some_and(|limit| limit.parse::<u32>().unwrap() > 200);
        let answer = service.call(request);
        async move {
            let mut answer = answer.await;
            if too_much {
                *answer.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
                *answer.body_mut() = Bytes::from_static(br#"{"errorCode":"E0000009","errorSummary":"no"}"#);
            }
            answer
        }
    }));
    let client = client.jitter_seed(1).build().unwrap();
    let day_before = start().saturating_sub(Duration::from_secs(25 * 3600));
    let mut tail = run(Tail::new(client, Arc::new(store.clone()), "one", day_before).jitter_seed(1));
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a03_a_403_pauses_the_tail_and_it_goes_on_when_the_permission_is_back() {
    let (okta, store) = (org_with(20), MemoryStore::new());
    okta.faults().on("GET /api/v1/logs").times(3).respond_error("E0000006");
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    assert_eq!(tail.monitor.status().errors, 3);
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn r08_half_an_hour_of_429_ends_without_loss() {
    let (okta, store) = (org_with(50), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    okta.faults().on("GET /api/v1/logs").respond_429();
    okta.append_log(vec![NewEvent::new("user.session.start")]);
    let asked = okta.requests().len();
    tokio::time::sleep(Duration::from_secs(1800)).await;
    assert!(okta.requests().len() - asked < 200, "no busy loop: {}", okta.requests().len() - asked);
    okta.faults().clear();
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a01_a_dead_token_ends_the_tail_with_its_position_kept() {
    let (okta, store) = (org_with(100), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    let service = okta.service();
    let client = Client::builder(okta.url())
        .api_token("00not-the-token-of-this-org")
        .transport(transport::from_fn(move |request| service.call(request)))
        .build()
        .unwrap();
    let refused = Tail::new(client, Arc::new(store.clone()), "one", start());
    let error = refused.run_until(std::future::pending()).await.unwrap_err();
    let TailError::Refused(cause) = &error else { panic!("{error:?}") };
    assert!(cause.is_unauthorized());
    assert!(!format!("{error:?}{error}").contains("00not"));
    let kept = store.checkpoint(&key(&okta)).await.unwrap().unwrap();
    assert!(kept.cursor.is_some());
}

#[tokio::test(start_paused = true)]
async fn p10_whatever_code_a_refused_cursor_has_the_tail_recovers_and_a_refused_request_ends_it() {
    let (okta, store) = (org_with(30), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    for (status, code) in [(400, "E0000001"), (404, "E0000007"), (410, "E0000029")] {
        let body = format!(
            r#"{{"errorCode":"{code}","errorSummary":"no","errorLink":"{code}","errorId":"x","errorCauses":[]}}"#
        );
        okta.faults().on("GET /api/v1/logs").nth(1).respond_with(status, "application/json", body);
        okta.append_log(vec![NewEvent::new("user.session.start")]);
        tail.catch_up().await;
        tail.catch_up().await;
        okta.faults().clear();
    }
    assert_eq!(tail.monitor.status().cursors_lost, 3);
    assert_eq!(stored(&store).await, truth(&okta));
    let body = r#"{"errorCode":"E0000001","errorSummary":"no","errorCauses":[]}"#;
    okta.faults().on("GET /api/v1/logs").respond_with(400, "application/json", body);
    let ended = tail.task.await.unwrap();
    assert!(matches!(ended, Err(TailError::Refused(_))), "{ended:?}");
}
