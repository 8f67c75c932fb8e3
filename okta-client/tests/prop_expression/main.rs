//! Expressions say what was meant, whatever the values hold: a parser that knows nothing of the builder reads the same back, and an
//! org finds exactly the users that a naive look at all of them finds.

mod parser;
mod strategy;
mod tree;

use std::collections::BTreeSet;
use std::time::Duration;

use okta_client::expression::{Expression, Filter, filter, log_filter, search};
use okta_client::groups::NewGroup;
use okta_client::users::NewUser;
use okta_client::{Client, transport};
use okta_mock::{Clock, OktaMock};
use proptest::prelude::*;
use serde_json::{Value, json};

use self::parser::Parser;
use self::strategy::{DEPARTMENTS, LOG_OPERATORS, SEARCH_OPERATORS, filter_trees, trees};
use self::tree::{Tree, filtered, logged, searched};

proptest! {
    #[test]
    fn xb24_an_expression_is_read_back_as_it_was_meant(
        of_search in trees(SEARCH_OPERATORS, false),
        of_log in trees(LOG_OPERATORS, true),
    ) {
        prop_assert_eq!(Parser::read(&searched(&of_search).to_string()), of_search);
        prop_assert_eq!(Parser::read(&logged(&of_log).to_string()), of_log);
    }
}

/// Whether an expression means a user, by looking at it. In a search letter case does not count, in a filter it does.
fn finds(tree: &Tree, user: &Value, fold: fn(&str) -> String) -> bool {
    let at =
        |name: &str| user.pointer(&format!("/{}", name.replace('.', "/"))).filter(|value| !value.is_null());
    match tree {
        Tree::Present(name) => at(name).is_some(),
        Tree::All(parts) => parts.iter().all(|part| finds(part, user, fold)),
        Tree::Any(parts) => parts.iter().any(|part| finds(part, user, fold)),
        Tree::Not(inner) => !finds(inner, user, fold),
        Tree::Compare(name, operator, value) => match (at(name), value) {
            (Some(Value::String(have)), Value::String(want)) => {
                let (have, want) = (fold(have), fold(want));
                match *operator {
                    "sw" => have.starts_with(&want),
                    "eq" => have == want,
                    "gt" => have > want,
                    "ge" => have >= want,
                    "lt" => have < want,
                    _ => have <= want,
                }
            }
            (Some(Value::Number(have)), Value::Number(want)) => {
                let (have, want) = (have.as_i64(), want.as_i64());
                match *operator {
                    "eq" => have == want,
                    "gt" => have > want,
                    "ge" => have >= want,
                    "lt" => have < want,
                    _ => have <= want,
                }
            }
            (Some(have), want) => *operator == "eq" && have == want,
            (None, _) => false,
        },
    }
}

/// An org with a user in each department, its client, and the users as they are.
async fn org() -> (OktaMock, Client, Vec<Value>) {
    let org = OktaMock::builder().seed(7).users(3).groups(1).apps(1).events(1).search_lag(Duration::ZERO);
    let org = org.clock(Clock::Tokio(1_787_299_210_000)).in_process();
    let service = org.service();
    let transport = transport::from_fn(move |request| service.call(request));
    let client =
        Client::builder(org.url()).api_token(org.api_token()).transport(transport).build().expect("valid");
    for (n, department) in DEPARTMENTS.into_iter().enumerate() {
        let login = format!("user{n}@example.com");
        let mut profile = json!({ "login": login, "email": login, "department": department, "level": n % 5 });
        profile["remote"] = (n % 2 == 0).into();
        profile["lastName"] = if n == 3 { Value::Null } else { "Byron".into() };
        let new = NewUser::new(&profile);
        client.users().create(&if n % 3 == 0 { new.staged() } else { new }).await.expect("created");
    }
    let all =
        client.users().list().search(search("id").pr()).paginate().collect_all().await.expect("a listing");
    let all: Vec<Value> = all.iter().map(|user| serde_json::to_value(user).expect("JSON")).collect();
    assert!(all.len() >= DEPARTMENTS.len());
    (org, client, all)
}

fn ids(users: impl IntoIterator<Item = Value>) -> BTreeSet<String> {
    users.into_iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn xb24_an_org_finds_exactly_whom_an_expression_means() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let (_org, client, all) = runtime.block_on(org());
    proptest!(ProptestConfig::with_cases(128), |(tree in trees(SEARCH_OPERATORS, false))| {
        let listing = client.users().list().search(searched(&tree)).paginate().collect_all();
        let found = runtime.block_on(listing).expect("an expression that Okta takes");
        let found = ids(found.iter().map(|user| serde_json::to_value(user).expect("JSON")));
        let meant = all.iter().filter(|user| finds(&tree, user, str::to_lowercase));
        prop_assert_eq!(found, ids(meant.cloned()));
    });
    proptest!(ProptestConfig::with_cases(128), |(tree in filter_trees())| {
        let listing = client.users().list().filter(filtered(&tree)).paginate().collect_all();
        let found = runtime.block_on(listing).expect("an expression that Okta takes");
        let found = ids(found.iter().map(|user| serde_json::to_value(user).expect("JSON")));
        prop_assert_eq!(found, ids(all.iter().filter(|user| finds(&tree, user, str::to_owned)).cloned()));
    });
}

#[tokio::test(start_paused = true)]
async fn filters_of_users_groups_apps_and_the_log_are_taken() {
    let (_org, client, all) = org().await;
    let login = filter("profile.login").eq("user4@example.com").and(filter("status").eq("PROVISIONED"));
    let found = client.users().list().filter(login).paginate().collect_all().await.expect("a listing");
    assert_eq!(found[0].profile.department.as_deref(), Some(DEPARTMENTS[4]));
    assert_eq!(found.len(), 1);

    let name = "a \"quoted\" \\ name";
    let group = client.groups().create(&NewGroup::new(name)).await.expect("created");
    let found = client.groups().list().search(search("profile.name").eq(name)).paginate().collect_all().await;
    assert_eq!(found.expect("a listing")[0].id, group.id);
    let later = filter("lastUpdated").gt(group.last_updated.expect("a time")).or(filter("id").eq(&group.id));
    let found = client.groups().list().filter(later).paginate().collect_all().await.expect("a listing");
    assert_eq!(found.len(), 1);

    let apps = client.apps().list().filter(filter("status").eq("ACTIVE")).paginate().collect_all().await;
    assert!(!apps.expect("a listing").is_empty());
    let created =
        log_filter("eventType").eq("user.lifecycle.create").and(!log_filter("target.id").eq("00unone"));
    let (since, until) =
        ("2026-08-21T08:00:00Z".parse().expect("a time"), "2026-08-21T09:00:00Z".parse().expect("a time"));
    let events = client
        .logs()
        .bounded(since, until)
        .filter(created)
        .paginate()
        .collect_all()
        .await
        .expect("a listing");
    assert_eq!(events.len(), DEPARTMENTS.len());
    assert!(all.len() >= events.len());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_attribute_never_reaches_the_org() {
    let (org, client, _) = org().await;
    let before = org.requests().len();
    let injected: Expression<Filter> = filter("id pr or status").eq("ACTIVE");
    let error = client.users().list().filter(injected).paginate().collect_all().await.expect_err("refused");
    assert!(matches!(error, okta_client::Error::Config { field: "filter", .. }), "{error:?}");
    assert_eq!(org.requests().len(), before);
}
