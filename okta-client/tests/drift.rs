//! Events in shapes that Okta has sent, or may send next: each is read, and nothing of it is lost.

use bytes::Bytes;
use okta_client::{LogEvent, Raw};
use serde_json::{Value, json};

/// An event with these fields beside those that are certain.
fn event(fields: &Value) -> Raw<LogEvent> {
    let mut event = json!({
        "uuid": "6a2bbe28-0001", "published": "2026-08-21T08:00:00.000Z", "eventType": "user.session.start",
    });
    let all = event.as_object_mut().expect("an object");
    all.extend(fields.as_object().expect("an object").clone());
    let text = event.to_string();
    let event: Raw<LogEvent> = Raw::parse(text.clone()).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(event.raw(), text.as_bytes(), "the bytes are those that came");
    assert_eq!(event.uuid.as_str(), "6a2bbe28-0001");
    event
}

#[test]
fn d01_user_behaviors_may_be_texts_or_objects() {
    for behaviors in
        [json!(["New IP", "New Device"]), json!([{"name": "New IP", "result": "POSITIVE"}]), json!(null)]
    {
        let event = event(&json!({"securityContext": {"userBehaviors": behaviors}}));
        let read: Option<Value> = event.extra("/securityContext/userBehaviors").expect("JSON");
        assert_eq!(read, Some(behaviors));
    }
}

#[test]
fn d02_what_changed_may_be_of_any_shape() {
    for from in [json!("a"), json!(7), json!(["a", {"b": null}]), json!({"a": 1}), json!(null), json!(true)] {
        let event = event(&json!({"target": [{"id": "1", "type": "User", "changeDetails": {"from": from}}]}));
        assert_eq!(event.target.len(), 1);
        assert_eq!(event.extra::<Value>("/target/0/changeDetails/from").expect("JSON"), Some(from));
    }
}

#[test]
fn d03_debug_data_is_text_or_nothing_whatever_okta_writes_for_nothing() {
    for (risk, read) in [
        (json!("{reasons=Anomalous Device, level=MEDIUM}"), Some("{reasons=Anomalous Device, level=MEDIUM}")),
        (json!("null"), None),
        (json!("unknown"), None),
        (json!(""), None),
        (json!(null), None),
        (json!({"level": "LOW"}), None),
        (json!(3), None),
    ] {
        let event = event(&json!({"debugContext": {"debugData": {"risk": risk, "a/b~c": "x"}}}));
        assert_eq!(event.debug_data("risk").as_deref(), read, "{risk}");
        assert_eq!(event.debug_data("a/b~c").as_deref(), Some("x"));
        assert_eq!(event.debug_data("dtHash"), None);
    }
    for debug in [json!(null), json!({}), json!({"debugData": null}), json!("text")] {
        assert_eq!(event(&json!({"debugContext": debug})).debug_data("risk"), None, "{debug}");
    }
    assert_eq!(event(&json!({})).debug_data("risk"), None);
}

#[test]
fn d05_targets_are_found_by_type_in_any_order_and_number() {
    for target in [json!(null), json!([])] {
        assert!(event(&json!({"target": target})).target_of("User").is_none());
    }
    assert!(event(&json!({})).target.is_empty());
    let mut targets: Vec<_> = (0..50).map(|n| json!({"id": n.to_string(), "type": "UserGroup"})).collect();
    targets[31] = json!({"id": "0oa1", "type": "AppInstance"});
    targets[7] = json!({"id": null, "type": null});
    for _ in 0..targets.len() {
        targets.rotate_left(1);
        let event = event(&json!({"target": targets}));
        assert_eq!(event.target.len(), 50);
        assert_eq!(event.target_of("AppInstance").and_then(|app| app.id.as_deref()), Some("0oa1"));
        assert!(event.target_of("User").is_none());
    }
}

#[test]
fn d06_fields_that_come_and_go_neither_fail_nor_get_lost() {
    let added = event(
        &json!({"version": "1", "quantum": {"spin": [1, 2]}, "client": {"ipAddress": "192.0.2.1", "asn": 7}}),
    );
    assert_eq!(added.extra::<Vec<u8>>("/quantum/spin").expect("numbers"), Some(vec![1, 2]));
    assert_eq!(added.extra::<u8>("/client/asn").expect("a number"), Some(7));
    let gone = event(&json!({}));
    assert!(
        gone.version.is_none()
            && gone.actor.is_none()
            && gone.outcome.is_none()
            && gone.transaction.is_none()
    );
}

#[test]
fn d08_an_event_of_a_megabyte_is_read_and_kept_whole() {
    let huge = event(&json!({"debugContext": {"debugData": {"requestUri": "x".repeat(1_000_000)}}}));
    assert_eq!(huge.debug_data("requestUri").map(|text| text.len()), Some(1_000_000));
    // It holds on to nothing but itself.
    let page = Bytes::from([huge.raw().as_ref(), b" "].concat());
    let detached = Raw::<LogEvent>::parse(page).expect("an event").detach();
    assert_eq!(detached.raw().len(), huge.raw().len() + 1);
}
