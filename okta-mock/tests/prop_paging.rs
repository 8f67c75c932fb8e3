//! Paging under change, for any schedule: rows that stay are seen once, and polling sees every event once.

mod asking;

use std::collections::BTreeSet;
use std::time::Duration;

use asking::{START, delete, get, org, post};
use okta_mock::{NewEvent, OktaMock};
use proptest::prelude::*;
use serde_json::json;

/// What happens between two pages.
#[derive(Clone, Debug)]
enum Step {
    Create,
    Delete(prop::sample::Index),
    Activity(usize),
    Advance(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Create),
        any::<prop::sample::Index>().prop_map(Step::Delete),
        (0_usize..4).prop_map(Step::Activity),
        (0_u64..3_000).prop_map(Step::Advance),
    ];
    prop::collection::vec(step, 0..25)
}

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

async fn group_ids(okta: &OktaMock) -> Vec<String> {
    get(okta, "/api/v1/groups").await.column("id")
}

async fn perform(okta: &OktaMock, step: Step, n: usize) {
    match step {
        Step::Create => {
            post(okta, "/api/v1/groups", json!({ "profile": { "name": format!("New {n}") } })).await;
        }
        Step::Delete(which) => {
            let ids = group_ids(okta).await;
            // Everyone refuses; that is a step without effect.
            delete(okta, &format!("/api/v1/groups/{}", which.get(&ids))).await;
        }
        Step::Activity(changes) => okta.activity(changes),
        Step::Advance(ms) => okta.clock().advance(Duration::from_millis(ms)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_listing_under_change_shows_every_survivor_exactly_once(steps in steps(), limit in 1_usize..6) {
        run(async {
            let okta = org().users(3).groups(17).in_process();
            let before: BTreeSet<String> = group_ids(&okta).await.into_iter().collect();
            let (mut seen, mut steps) = (Vec::new(), steps.into_iter().enumerate());
            let mut target = Some(format!("/api/v1/groups?limit={limit}"));
            while let Some(next) = target {
                let page = get(&okta, &next).await;
                seen.extend(page.column("id"));
                target = page.link("next");
                if let Some((n, step)) = steps.next() {
                    perform(&okta, step, n).await;
                }
            }
            let after: BTreeSet<String> = group_ids(&okta).await.into_iter().collect();
            let distinct: BTreeSet<String> = seen.iter().cloned().collect();
            prop_assert_eq!(distinct.len(), seen.len(), "a row was repeated");
            for survivor in before.intersection(&after) {
                prop_assert!(distinct.contains(survivor), "{} was skipped", survivor);
            }
            Ok(())
        })?;
    }

    #[test]
    fn polling_returns_every_event_exactly_once_in_persistence_order(
        steps in steps(), limit in 1_usize..9, rate in 0_u8..4, lags in prop::collection::vec(0_i64..900_000, 0..10),
    ) {
        run(async {
            let okta = org().users(20).groups(3).apps(2).live_rate(f64::from(rate)).in_process();
            let mut target = format!("/api/v1/logs?since=2026-08-21T08:00:00.000Z&limit={limit}");
            let (mut read, mut lags) = (Vec::new(), lags.into_iter());
            for (n, step) in steps.into_iter().enumerate() {
                perform(&okta, step, n).await;
                // An event that happened long ago and is persisted now: late, but not lost.
                if let Some(lag) = lags.next() {
                    let published = okta.clock().now_ms() - lag;
                    okta.append_log(vec![NewEvent::new("user.session.start").published_ms(published)]);
                }
                let page = get(&okta, &target).await;
                read.extend(page.column("uuid"));
                target = page.link("next").expect("a poll always has a next link");
            }
            loop {
                let page = get(&okta, &target).await;
                if page.rows().is_empty() {
                    break;
                }
                read.extend(page.column("uuid"));
                target = page.link("next").expect("a poll always has a next link");
            }
            let log = okta.log();
            prop_assert!(log.is_sorted_by(|a, b| a.position < b.position));
            prop_assert!(log.iter().all(|record| record.position < 1 << 53 && record.persisted_ms >= START));
            let truth: Vec<String> = log.into_iter().map(|record| record.uuid).collect();
            prop_assert_eq!(read, truth);
            Ok(())
        })?;
    }
}
