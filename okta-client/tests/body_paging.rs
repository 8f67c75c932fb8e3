//! Lists that page in the body are held to the same rules as those that page by header.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use okta_client::error::PagingProblem;
use okta_client::{Client, Error, transport};
use serde_json::{Value, json};

/// A client of an org that gives these answers in turn, each a body and perhaps a `Link` header, and what it was asked for.
fn org(answers: Vec<(Value, Option<&'static str>)>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (seen, answers) = (Arc::clone(&asked), Mutex::new(answers.into_iter()));
    let transport = transport::from_fn(move |request| {
        seen.lock().expect("no panic").push(request.uri().path_and_query().expect("a path").to_string());
        let (body, link) = answers.lock().expect("no panic").next().expect("an answer left");
        let mut response = Response::new(Bytes::from(body.to_string()));
        if let Some(link) = link {
            response.headers_mut().insert("link", link.parse().expect("a header"));
        }
        std::future::ready(response)
    });
    let client =
        Client::builder("https://example.okta.com").api_token("00T").transport(transport).max_attempts(1);
    (client.build().expect("valid"), asked)
}

fn page(ids: &[&str], next: Option<&str>) -> Value {
    let value: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    let mut links = json!({ "self": { "href": "https://example.okta.com/api/v1/iam/assignees/users" } });
    if let Some(next) = next {
        links["next"] = json!({ "href": next });
    }
    json!({ "_links": links, "value": value })
}

const SECOND: &str = "https://example.okta.com/api/v1/iam/assignees/users?after=b&limit=100";

#[tokio::test(start_paused = true)]
async fn the_link_in_the_body_is_followed_and_its_absence_is_the_end() {
    let own = r#"<https://example.okta.com/api/v1/iam/assignees/users>; rel="self""#;
    let (client, asked) = org(vec![
        (page(&["a", "b"], Some(SECOND)), Some(own)),
        (page(&[], Some("/api/v1/iam/assignees/users?after=c")), None),
        (page(&["d"], None), None),
    ]);
    let all = client.roles().assignees().paginate().collect_all().await.expect("a listing");
    assert_eq!(all.iter().map(|admin| admin.id.as_str()).collect::<Vec<_>>(), ["a", "b", "d"]);
    let asked = asked.lock().expect("no panic").clone();
    let users = "/api/v1/iam/assignees/users?";
    assert_eq!(asked, ["limit=100", "after=b&limit=100", "after=c"].map(|query| format!("{users}{query}")));
}

#[tokio::test(start_paused = true)]
async fn p05_a_link_in_the_body_that_cannot_be_trusted_ends_the_listing_in_an_error() {
    for (link, expected) in [
        ("https://evil.example/api/v1/iam/assignees/users?after=b", PagingProblem::ForeignOrigin),
        ("http://example.okta.com/api/v1/iam/assignees/users?after=b", PagingProblem::ForeignOrigin),
        ("https://example.okta.com:8443/x", PagingProblem::ForeignOrigin),
        ("", PagingProblem::Malformed),
        ("/api/v1/iam/assignees/users?limit=100", PagingProblem::Repeated),
    ] {
        let (client, asked) = org(vec![(page(&["a"], Some(link)), None)]);
        let all: Vec<_> = client.roles().assignees().paginate().collect().await;
        assert_eq!(all[0].as_ref().expect("the first page is good").id.as_str(), "a", "{link}");
        let Some(Err(Error::Paging { kind, .. })) = all.get(1) else { panic!("{link}: {:?}", all.get(1)) };
        assert_eq!((*kind, all.len()), (expected, 2), "{link}");
        assert_eq!(asked.lock().expect("no panic").len(), 1, "{link}: nothing is sent there");
    }
}

#[tokio::test(start_paused = true)]
async fn xb11_a_page_without_its_list_is_no_empty_page() {
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!({ "roles": [] }),
        json!({ "value": {} }),
        json!({ "value": null }),
    ] {
        let (client, _) = org(vec![(body.clone(), None)]);
        let error = client.roles().assignees().paginate().collect_all().await.expect_err("no page");
        assert!(matches!(error, Error::Decode { item: None, .. }), "{body}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn xb19_one_bad_item_does_not_spoil_a_page_in_the_body() {
    let body = json!({ "value": [{ "id": "a" }, { "id": 7 }, { "id": "c" }] });
    let (client, _) = org(vec![(body, None)]);
    let all: Vec<_> = client.roles().assignees().paginate().collect().await;
    assert_eq!(all.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(all[1].as_ref().expect_err("bad").bad_item().expect("an item").raw().as_ref(), br#"{"id":7}"#);
}
