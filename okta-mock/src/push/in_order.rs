//! Pushes to one receiver arrive in the order of their events, whatever becomes of each.

use bytes::Bytes;

use super::bridge::{Relay, Shape};
use super::{Outbound, Outcome, Push, PushSettings, Ticket};
use crate::org::Tx;
use crate::org::event::{Event, Origin, Party};
use crate::org::seed::{self, Sizes};
use crate::org::streams::StreamTarget;

#[test]
fn a_backlog_goes_out_in_order_one_push_at_a_time_and_faults_look_at_each_once() {
    let mut org =
        seed::org("http://127.0.0.1:1", Sizes { seed: 1, users: 3, groups: 1, apps: 1, events: 0 }, 0);
    let target = StreamTarget::EventBridge {
        account: "123456789012".into(),
        source_name: "mock".into(),
        region: "us-east-1".into(),
    };
    let tx = Tx { at: 0, actor: org.owner_party(), origin: Origin::Job { id: "job".into() } };
    org.create_stream(&tx, "mock".into(), target).expect("a stream");
    let relay = Relay::new("http://127.0.0.1:9/", "secret", None, Shape::Envelope).expect("a relay");
    let mut push = Push::new(PushSettings { relay: Some(relay), ..PushSettings::default() });
    let mut uuids = Vec::new();
    for _ in 0..200 {
        let event = Event::new("user.session.start", Party::system(), Origin::Job { id: "job".into() });
        let record = org.log.append(&mut org.mint, 0, event);
        uuids.push(record.uuid.clone());
        push.offer(&mut org, &[record], 0);
    }
    let (mut looked_at, mut took) = (0, Vec::new());
    loop {
        let sending = push.take(
            &mut org,
            |_, _| {
                looked_at += 1;
                None
            },
            0,
        );
        let [Outbound { ticket: Ticket::Delivery(ticket), .. }] = sending[..] else {
            assert!(sending.is_empty(), "one at a time");
            break;
        };
        // The first attempt of every tenth fails; its second must not be overtaken.
        let attempt = push.in_flight[&ticket].attempt;
        let status = if took.len() % 10 == 0 && attempt == 1 { 503 } else { 200 };
        if status == 200 {
            took.push(push.in_flight[&ticket].entries[0].record.uuid.clone());
        }
        push.finish(ticket, &Outcome::Answered { status, body: Bytes::new() }, 0);
    }
    assert_eq!((took, looked_at), (uuids, 200));
    assert!(push.is_idle());
}
