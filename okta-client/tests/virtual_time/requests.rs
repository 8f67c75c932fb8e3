//! What requests and errors hold, and what is refused before it is sent.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use okta_client::users::{Omit, User};
use okta_client::{Client, Error, Paginated, Retry};

use crate::script::{answer, page, script, since, text};

#[tokio::test(start_paused = true)]
async fn xb23_an_id_cannot_climb_out_of_its_place_in_the_path() {
    let script = script((0..9).map(|_| answer(200, &[], text("{\"id\":\"1\"}"))));
    let client = script.client();
    for id in ["../../apps", "a%2Fb", "a/b?x=#y", "ada@example.com"] {
        client.users().get(id).await.expect(id);
    }
    let expected = ["..%2F..%2Fapps", "a%252Fb", "a%2Fb%3Fx=%23y", "ada@example.com"]
        .map(|segment| format!("/api/v1/users/{segment}"));
    assert_eq!(script.targets(), expected);
    for id in ["", ".", "..", "\u{0}", "\t", ".\t.", ".\n.", "\r..", "..\u{7f}"] {
        assert!(matches!(client.users().get(id).await, Err(Error::Config { field: "id", .. })), "{id:?}");
        assert!(client.groups().members(id).paginate().collect_all().await.is_err(), "{id:?}");
    }
    let long = "x".repeat(10_240);
    client.users().get(&long).await.expect("Okta decides what is too long");
    assert_eq!(script.targets()[expected.len()], format!("/api/v1/users/{long}"));
    assert_eq!(script.sent(), expected.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_no_url_holds_is_refused_at_once_and_blames_no_cursor() {
    let script = script([]);
    let client = script.client();
    let listed = client.users().list().search("x".repeat(20_000)).paginate().collect_all().await;
    let sent = client.request(http::Method::GET, "/api/v1/users").query("q", "x".repeat(70_000)).send().await;
    for (error, named) in [(listed.err(), "query"), (sent.err(), "request")] {
        let error = error.expect("refused");
        assert!(matches!(error, Error::Config { field, .. } if field == named), "{error:?}");
        assert_eq!((error.retry(), error.is_invalid_cursor()), (Retry::Never, false));
    }
    assert_eq!(script.sent(), 0);
    assert!(client.rate_limits().iter().all(|bucket| bucket.requests == 0), "no turn was taken");
}

#[tokio::test(start_paused = true)]
async fn an_error_names_method_and_template_and_never_an_id() {
    let script = script((0..5).map(|_| answer(404, &[], text("{}"))));
    let client = script.client();
    let mut told = Vec::new();
    let path = "/api/v1/users/ada@example.com/groups?limit=2";
    told.push(client.get::<serde_json::Value>(path).await.map(|_| ()).expect_err("404"));
    told.push(client.paginate::<serde_json::Value>(path).collect_all().await.map(|_| ()).expect_err("404"));
    told.push(client.request(http::Method::DELETE, path).send().await.map(|_| ()).expect_err("404"));
    let token = path.parse().expect("a token");
    told.push(client.resume::<serde_json::Value>(token).collect_all().await.map(|_| ()).expect_err("404"));
    told.push(client.users().get("ada@example.com").await.map(|_| ()).expect_err("404"));
    let told: Vec<_> = told
        .iter()
        .map(|error| error.to_string().split(" to ").nth(1).map(str::to_owned).unwrap_or_default())
        .collect();
    let listed = "GET /api/v1/users/{id}/groups";
    assert_eq!(told, [listed, listed, "DELETE /api/v1/users/{id}/groups", listed, "GET /api/v1/users/{id}"]);
}

#[tokio::test(start_paused = true)]
async fn every_request_says_who_sends_it_and_what_it_accepts() {
    let script = script([answer(200, &[], text("{}")), answer(204, &[], text(""))]);
    let client = script.builder().user_agent("app/1").build().expect("valid");
    client.get::<serde_json::Value>("/api/v1/org").await.expect("a document");
    let answer = client
        .request(http::Method::POST, "/api/v1/users/00u1/lifecycle/suspend")
        .query("sendEmail", "false")
        .send()
        .await
        .expect("done");
    assert_eq!(answer.status(), 204);
    assert_eq!(script.header(0, "authorization").as_deref(), Some("SSWS 00Ttoken"));
    assert_eq!(script.header(0, "accept").as_deref(), Some("application/json"));
    assert_eq!(
        script.header(0, "user-agent").as_deref(),
        Some(concat!("app/1 okta-client/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(script.header(1, "content-length").as_deref(), Some("0"), "or Okta answers 411");
    assert_eq!(script.targets()[1], "/api/v1/users/00u1/lifecycle/suspend?sendEmail=false");
}

#[tokio::test(start_paused = true)]
async fn xb03_settings_as_large_as_they_get_panic_nowhere() {
    let script =
        script([answer(429, &[], text("")), answer(503, &[], text("")), answer(200, &[], text("[]"))]);
    let client = script.builder().timeout(Duration::MAX).max_retry_time(Duration::MAX);
    let client = client.max_body_bytes(usize::MAX).max_concurrency(usize::MAX).build().expect("valid");
    let client = client.max_wait(Duration::MAX);
    assert!(client.users().list().paginate().collect_all().await.expect("a listing").is_empty());
    let mut follow = client.logs().follow(since()).poll_interval(Duration::MAX).start();
    assert!(follow.next().await.expect("endless").is_err(), "the script is over");
    assert!(follow.next().now_or_never().is_none(), "and the next poll is an age away");
}

#[test]
fn outside_a_runtime_there_is_an_error_and_no_panic() {
    let client = script([]).client();
    let user = client.users().get("00u1").now_or_never().expect("at once").err();
    let listed =
        client.users().list().paginate().next().now_or_never().expect("at once").and_then(Result::err);
    let mut follow = client.logs().follow(since()).start();
    let first = follow.next().now_or_never().expect("at once").and_then(Result::err);
    let second = follow.next().now_or_never().expect("at once").and_then(Result::err);
    for error in [user, listed, first, second] {
        assert!(matches!(error, Some(Error::Config { field: "runtime", .. })), "{error:?}");
    }
}

#[test]
fn the_public_types_go_where_tasks_go() {
    fn goes_anywhere<T: Send + Unpin + 'static>() {}
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    goes_anywhere::<Paginated<User>>();
    goes_anywhere::<okta_client::Pages<User>>();
    goes_anywhere::<okta_client::logs::Follow>();
    goes_anywhere::<Error>();
    is_shared::<Client>();
    assert!(size_of::<Error>() <= 128, "{}", size_of::<Error>());
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_of_users_is_said_for_every_page_and_to_nobody_else() {
    let script = script([
        page([1], Some("/api/v1/users?after=1&fields=id")),
        page([2], None),
        answer(200, &[], text("{\"id\":\"1\"}")),
        page([3], None),
    ]);
    let users = script.client().users().omitting([Omit::CredentialsLinks, Omit::TransitioningToStatus]);
    users.list().fields("id,profile:(login)").paginate().collect_all().await.expect("a listing");
    users.get("1").await.expect("a user");
    users.groups("1").paginate().collect_all().await.expect("a listing");
    assert_eq!(
        script.targets(),
        [
            "/api/v1/users?limit=200&fields=id%2Cprofile%3A%28login%29",
            "/api/v1/users?after=1&fields=id",
            "/api/v1/users/1",
            "/api/v1/users/1/groups?limit=200",
        ]
    );
    let omitted = "application/json; okta-response=omitCredentialsLinks,omitTransitioningToStatus";
    let said = [0, 1, 2, 3].map(|request| script.header(request, "content-type"));
    assert_eq!(said, [Some(omitted.to_owned()), Some(omitted.to_owned()), Some(omitted.to_owned()), None]);
}
