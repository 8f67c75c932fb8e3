//! Sorted searches over more users than one stretch holds, while the org changes.

mod asking;

use std::collections::BTreeSet;
use std::time::Duration;

use asking::{delete, get, org, post, walk};
use serde_json::{Value, json};

const EVERYBODY: &str = "/api/v1/users?limit=200&search=id+pr";

fn text(row: &Value, pointer: &str) -> String {
    row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_walk_in_any_order_is_the_whole_list_sorted() {
    let okta = org().users(9_000).in_process();
    okta.activity(200);
    let list = walk(&okta, EVERYBODY).await;
    for (by, pointer, descending) in [
        ("lastLogin", "/lastLogin", false),
        ("profile.login", "/profile/login", true),
        ("status", "/status", true),
    ] {
        // Ties go by id, in either direction, and the list is in that order.
        let mut sorted: Vec<(String, &Value)> =
            list.iter().map(|row| (text(row, pointer).to_lowercase(), row)).collect();
        sorted.sort_by(|(one, _), (other, _)| if descending { other.cmp(one) } else { one.cmp(other) });
        let sorted: Vec<&Value> = sorted.into_iter().map(|(_, row)| row).collect();
        let order = if descending { "desc" } else { "asc" };
        let walked = walk(&okta, &format!("{EVERYBODY}&sortBy={by}&sortOrder={order}")).await;
        assert!(walked.iter().eq(sorted), "by {by}");
    }
}

#[tokio::test]
async fn changes_between_two_pages_neither_repeat_nor_hide_the_others() {
    let okta = org().users(9_000).search_lag(Duration::from_secs(2)).in_process();
    let everybody: BTreeSet<String> =
        walk(&okta, EVERYBODY).await.iter().map(|row| text(row, "/id")).collect();
    let ids: Vec<&String> = everybody.iter().collect();
    let mut random = fastrand::Rng::with_seed(7);
    let (mut seen, mut changed) = (Vec::new(), BTreeSet::new());
    let mut target = Some(format!("{EVERYBODY}&sortBy=lastUpdated"));
    while let Some(next) = target {
        let page = get(&okta, &next).await;
        seen.extend(page.column("id"));
        target = page.link("next");
        for n in 0..6 {
            let id = ids[random.usize(0..ids.len())];
            match n {
                0 => delete(&okta, &format!("/api/v1/users/{id}")).await,
                _ => {
                    let profile = json!({ "profile": { "nickName": format!("N{}", seen.len()) } });
                    post(&okta, &format!("/api/v1/users/{id}"), profile).await
                }
            };
            changed.insert(id.clone());
        }
        okta.clock().advance(Duration::from_secs(1));
    }
    let unchanged: Vec<&String> = seen.iter().filter(|id| !changed.contains(*id)).collect();
    let once: BTreeSet<&String> = unchanged.iter().copied().collect();
    assert_eq!(once.len(), unchanged.len(), "a row was repeated");
    assert!(everybody.difference(&changed).eq(once), "a row was skipped");
}
