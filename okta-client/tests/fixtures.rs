//! Okta's published examples through the real parsers, and whole exchanges through the client.
//!
//! The files are in `fixtures/okta`; its `index.json` says where each comes from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use okta_client::apps::{App, AppUser};
use okta_client::groups::Group;
use okta_client::users::User;
use okta_client::{Client, Error, LogEvent, LogPosition, Page, Raw, transport};
use serde::de::DeserializeOwned;
use serde_json::Value;

fn fixture(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/okta").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/okta").join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// A client of an org that gives this one answer to everything.
fn answering(response: impl Fn() -> Response<Bytes> + Send + Sync + 'static) -> Client {
    let transport = transport::from_fn(move |_| std::future::ready(response()));
    Client::builder("https://example.okta.com")
        .api_token("00Ttoken")
        .transport(transport)
        .max_attempts(1)
        .build()
        .expect("valid")
}

async fn decode_all<T: DeserializeOwned + Send + 'static>(path: &str) -> Vec<Raw<T>> {
    let text = fixture(path);
    let client = answering(move || Response::new(Bytes::from(text.clone())));
    client
        .paginate::<T>("/api/v1/fixture")
        .collect_all()
        .await
        .unwrap_or_else(|error| panic!("{path}: {error:?}"))
}

fn document<T: DeserializeOwned>(path: &str) -> Raw<T> {
    Raw::parse(fixture(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test]
async fn users_groups_apps_and_assignments_decode() {
    let users = decode_all::<User>("objects/users-page.json").await;
    assert_eq!(users[0].profile.login.as_deref(), Some("ada.byron@example.com"));
    assert_eq!(users[1].status.as_ref().map(|status| status.as_str()), Some("SUSPENDED"));
    assert_eq!(users[2].activated, None);
    assert_eq!(users[0].extra::<String>("/profile/costCenter").expect("text").as_deref(), Some("CC-100"));
    assert_eq!(decode_all::<User>("objects/group-members-page.json").await.len(), 2);
    document::<User>("objects/user.json");
    assert_eq!(
        document::<User>("objects/user-deprovisioned.json").status,
        Some(okta_client::users::UserStatus::Deprovisioned)
    );

    let groups = decode_all::<Group>("objects/groups-page.json").await;
    assert_eq!(groups[0].profile.name.as_deref(), Some("Everyone"));
    assert!(groups.iter().any(|group| group.source.is_some()));
    document::<Group>("objects/group.json");

    assert!(!decode_all::<App>("objects/apps-page.json").await.is_empty());
    for app in ["objects/app-saml.json", "objects/app-oidc-web.json", "objects/app-service.json"] {
        document::<App>(app);
    }
    let assignments = decode_all::<AppUser>("objects/app-users-page.json").await;
    assert_eq!(assignments[1].external_id.as_deref(), Some("crm-00042"));
}

#[test]
fn xb20_null_in_place_of_an_object_or_a_list_spoils_no_item() {
    let user = Raw::<User>::parse(r#"{"id":"00u1","profile":null,"type":null,"credentials":null}"#);
    assert_eq!(user.expect("a user").profile, Raw::<User>::parse(r#"{"id":"1"}"#).expect("a user").profile);
    let group = Raw::<Group>::parse(r#"{"id":"00g1","profile":null,"source":null}"#).expect("a group");
    assert_eq!(group.profile.name, None);
    let app = Raw::<App>::parse(r#"{"id":"0oa1","features":null}"#).expect("an app");
    assert!(app.features.is_empty());
    let event = r#"{"uuid":"1","published":"2026-08-21T08:00:00Z","eventType":"x.y","target":null}"#;
    assert!(Raw::<LogEvent>::parse(event).expect("an event").target.is_empty());
}

#[tokio::test]
async fn every_example_event_decodes() {
    let page = decode_all::<LogEvent>("objects/logs-page.json").await;
    assert_eq!(page[0].published.to_string(), "2026-08-21T08:00:00.101Z");
    assert_eq!(
        page[0].target_of("AppInstance").and_then(|app| app.display_name.as_deref()),
        Some("Okta Dashboard")
    );
    let mut events = 0;
    for file in files("events") {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        let document: Value = serde_json::from_str(&fixture(&format!("events/{name}"))).expect("JSON");
        // A hook's push holds many events, a log stream's envelope holds one; the rest are events.
        let found = match (document.pointer("/data/events"), document.pointer("/detail")) {
            (Some(Value::Array(events)), _) => events.clone(),
            (_, Some(event)) => vec![event.clone()],
            _ => vec![document],
        };
        for event in found {
            let event =
                Raw::<LogEvent>::parse(event.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(event.event_type.as_str().contains('.'), "{name}");
            events += 1;
        }
    }
    assert!(events >= 25, "{events}");
}

/// What became of an exchange, in one word.
fn summary<T>(result: &Result<T, Error>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(Error::RateLimited { concurrency, retry_in, .. }) => {
            format!("limited concurrency={concurrency} in={:?}", retry_in.map(|wait| wait.as_secs()))
        }
        Err(error) if error.is_invalid_cursor() => "cursor".to_owned(),
        Err(error) if error.is_unauthorized() => "dead credential".to_owned(),
        Err(error) => format!(
            "{} {}",
            error.status().map_or(0, |status| status.as_u16()),
            error.okta_code().unwrap_or("-")
        ),
    }
}

#[tokio::test]
async fn recorded_exchanges_have_the_outcome_that_they_describe() {
    let mut replayed = 0;
    for file in files("exchanges") {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        let exchange: Value =
            serde_json::from_str(&fixture(&format!("exchanges/{name}.json"))).expect("JSON");
        let target = exchange["request"]["target"].as_str().expect("a target").to_owned();
        if !target.starts_with("/api/v1/") {
            continue;
        }
        let client = answering({
            let exchange = exchange.clone();
            move || response(&exchange["response"])
        });
        let expected = match name.as_str() {
            "users-list-page-1" | "users-list-last-page" | "logs-poll-empty" => "ok",
            "error-400-bad-cursor-apps" => "cursor",
            "error-400-validation" => "400 E0000001",
            "error-401-invalid-token" | "error-401-oauth-invalid-token" => "dead credential",
            "error-403-no-credentials" => "403 E0000005",
            "error-403-permission" => "403 E0000006",
            "error-403-delete-active-app" => "403 E0000056",
            "error-403-oauth-insufficient-scope" => "403 insufficient_scope",
            "error-404-user" => "404 E0000007",
            "error-429-rate-limit" => "limited concurrency=false in=Some(46)",
            "error-429-concurrency" => "limited concurrency=true in=None",
            "error-500-timeout" => "500 E0000009",
            other => panic!("{other}: say what must come of it"),
        };
        let method = exchange["request"]["method"].as_str().expect("a method").parse().expect("a method");
        let answer = client.request(method, &target).send().await;
        assert_eq!(summary(&answer), expected, "{name}");
        if let Err(error) = answer {
            let recorded = exchange["response"]["headers"]
                .as_array()
                .expect("headers")
                .iter()
                .find(|header| header[0] == "X-Okta-Request-Id");
            assert_eq!(error.request_id(), recorded.and_then(|header| header[1].as_str()), "{name}");
        }
        replayed += 1;
    }
    assert_eq!(replayed, 15);
}

#[tokio::test]
async fn the_first_page_of_users_says_where_the_second_is() {
    let exchange: Value = serde_json::from_str(&fixture("exchanges/users-list-page-1.json")).expect("JSON");
    let client = answering(move || response(&exchange["response"]));
    let page: Page<User> = client
        .users()
        .list()
        .limit(2)
        .paginate()
        .pages_ahead(0)
        .pages()
        .next()
        .await
        .expect("a page")
        .expect("good");
    assert_eq!(
        page.next().map(ToString::to_string).as_deref(),
        Some("/api/v1/users?after=200uBenCursor00000000&limit=2")
    );
    let limit = page.rate_limit();
    assert_eq!(
        (limit.limit, limit.remaining, limit.resets_in),
        (Some(300), Some(299), Some(Duration::from_secs(60)))
    );
    assert_eq!(page.request_id(), Some("0a1b2c3d4e5f60718293a4b5c6d7e8f0"));
}

#[tokio::test]
async fn an_empty_poll_still_has_a_next() {
    let exchange: Value = serde_json::from_str(&fixture("exchanges/logs-poll-empty.json")).expect("JSON");
    let client = answering(move || response(&exchange["response"]));
    let since = LogPosition::Since("2026-08-21T08:00:00Z".parse().expect("a time"));
    let page = client.logs().poll(since).send().await.expect("a page");
    assert!(page.items().is_empty());
    assert!(page.next().expect("always there").as_str().starts_with("/api/v1/logs?after=1787299210000_1"));
}

fn response(recorded: &Value) -> Response<Bytes> {
    let mut response = Response::builder()
        .status(u16::try_from(recorded["status"].as_u64().expect("a status")).expect("a status"));
    for header in recorded["headers"].as_array().expect("headers") {
        response = response.header(header[0].as_str().expect("a name"), header[1].as_str().expect("a value"));
    }
    let body = match &recorded["body"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    response.body(Bytes::from(body)).expect("a response")
}
