//! The client over real sockets: what its default transport does with links, redirects, proxies and broken bodies.
#![cfg(feature = "reqwest")]

use std::time::Duration;

use futures::StreamExt;
use okta_client::{Client, ClientBuilder, Error, PagingProblem, Raw, users::User};
use wiremock::matchers::{any, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder(server.uri()).api_token("00Ttoken").jitter_seed(7)
}

fn client(server: &MockServer) -> Client {
    builder(server).build().expect("valid settings")
}

fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

async fn list(server: &MockServer) -> Result<Vec<String>, Error> {
    let all = client(server).users().list().paginate().collect_all().await?;
    Ok(all.iter().map(|user: &Raw<User>| user.id.to_string()).collect())
}

/// Answers the first page of users with these `Link` lines, and the second, `after=1`, without any.
async fn two_pages(server: &MockServer, links: &[String]) {
    let first = links
        .iter()
        .fold(json("[{\"id\":\"1\"}]"), |answer, link| answer.append_header("Link", link.as_str()));
    Mock::given(path("/api/v1/users"))
        .and(query_param_is_missing("after"))
        .respond_with(first)
        .mount(server)
        .await;
    Mock::given(path("/api/v1/users"))
        .and(query_param("after", "1,2;3"))
        .respond_with(json("[{\"id\":\"2\"}]"))
        .mount(server)
        .await;
}

#[tokio::test]
async fn p04_two_link_lines_and_one_joined_line_are_both_followed() {
    for joined in [false, true] {
        let server = MockServer::start().await;
        let own = format!("<{}/api/v1/users?limit=200>; rel=\"self\"", server.uri());
        let next = format!("<{}/api/v1/users?after=1,2;3&limit=200>; rel=\"next\"", server.uri());
        let links = if joined { vec![format!("{own}, {next}")] } else { vec![own, next] };
        two_pages(&server, &links).await;
        assert_eq!(list(&server).await.expect("a listing"), ["1", "2"]);
    }
}

#[tokio::test]
async fn p05_a_next_link_to_another_host_is_refused_and_no_request_leaves() {
    let (server, foreign) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(json("[]")).mount(&foreign).await;
    two_pages(&server, &[format!("<{}/api/v1/users?after=1,2;3>; rel=\"next\"", foreign.uri())]).await;
    let all: Vec<_> = client(&server).users().list().paginate().collect().await;
    assert!(all[0].is_ok());
    assert!(matches!(&all[1], Err(Error::Paging { kind: PagingProblem::ForeignOrigin, .. })), "{all:?}");
    assert!(foreign.received_requests().await.expect("recorded").is_empty());
    assert_eq!(server.received_requests().await.expect("recorded").len(), 1);
}

#[tokio::test]
async fn p05_an_alias_is_asked_for_nothing_its_links_lead_to_the_org() {
    let (server, alias) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(json("[]")).mount(&alias).await;
    two_pages(&server, &[format!("<{}/api/v1/users?after=1,2;3>; rel=\"next\"", alias.uri())]).await;
    let client = builder(&server).alias_origin(alias.uri()).build().expect("valid settings");
    assert_eq!(client.users().list().paginate().collect_all().await.expect("a listing").len(), 2);
    assert!(alias.received_requests().await.expect("recorded").is_empty());
}

#[tokio::test]
async fn xa10_a_redirect_is_an_error_that_names_the_origin_only() {
    let (server, foreign) = (MockServer::start().await, MockServer::start().await);
    let own = server.uri();
    let downgraded = own.replace("http:", "https:");
    for (status, origin) in [301, 302, 303, 307, 308]
        .into_iter()
        .flat_map(|status| [foreign.uri(), own.clone(), downgraded.clone()].map(|origin| (status, origin)))
    {
        server.reset().await;
        let location = format!("{origin}/stolen?token=SECRET");
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status).append_header("Location", location.as_str()))
            .mount(&server)
            .await;
        let error = client(&server).users().get("00u1").await.expect_err("a redirect");
        assert!(matches!(&error, Error::Redirect { to, .. } if *to == origin), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("SECRET"));
        assert_eq!(
            server.received_requests().await.expect("recorded").len(),
            1,
            "not even to the org itself"
        );
    }
    assert!(foreign.received_requests().await.expect("recorded").is_empty());
}

#[tokio::test]
async fn a_429_and_then_success_is_success() {
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429)
        .append_header("Retry-After", "0")
        .append_header("X-Okta-Request-Id", "req1");
    Mock::given(any()).respond_with(limited).up_to_n_times(1).mount(&server).await;
    let again = Mock::given(header("X-Okta-Retry-Count", "1")).and(header("X-Okta-Retry-For", "req1"));
    again.respond_with(json("{\"id\":\"00u1\"}")).expect(1).mount(&server).await;
    assert_eq!(client(&server).users().get("00u1").await.expect("a user").id.as_str(), "00u1");
}

#[tokio::test]
async fn xb12_a_truncated_list_is_fetched_again() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(json("[{\"id\":\"1\"},{\"id\"")).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(json("[{\"id\":\"1\"},{\"id\":\"2\"}]")).mount(&server).await;
    assert_eq!(list(&server).await.expect("a listing"), ["1", "2"]);
}

#[tokio::test]
async fn xb10_a_sign_in_page_is_no_empty_list() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html"))
        .mount(&server)
        .await;
    let client = builder(&server).max_attempts(1).build().expect("valid settings");
    let error = client.users().list().paginate().collect_all().await.expect_err("no list");
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
}

#[tokio::test]
async fn a01_a_wrong_token_is_told_apart_and_never_shown() {
    let server = MockServer::start().await;
    let body = "{\"errorCode\":\"E0000011\",\"errorSummary\":\"Invalid token provided\",\"errorId\":\"oae1\",\"errorCauses\":[]}";
    let refused = ResponseTemplate::new(401)
        .set_body_raw(body, "application/json")
        .append_header("X-Okta-Request-Id", "req1");
    Mock::given(header("Authorization", "SSWS 00Ttoken"))
        .respond_with(refused)
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).users().get("me").await.expect_err("refused");
    assert!(error.is_unauthorized());
    assert_eq!((error.okta_code(), error.request_id()), (Some("E0000011"), Some("req1")));
    assert_eq!(error.to_string(), "Okta answered 401 Unauthorized (E0000011) to GET /api/v1/users/{id}");
    assert!(!format!("{error:?}").contains("00Ttoken"));
}

#[tokio::test]
async fn a_get_that_finds_nothing_says_so() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(
            ResponseTemplate::new(404).set_body_raw("{\"errorCode\":\"E0000007\"}", "application/json"),
        )
        .mount(&server)
        .await;
    let error = client(&server).users().get("00u1").await.expect_err("nothing");
    assert!(error.is_not_found() && !error.is_invalid_cursor());
}

#[tokio::test]
async fn xb13_a_compressed_bomb_is_stopped_by_its_decompressed_size() {
    // `[`, 300,000 spaces, `]`: 329 bytes of gzip.
    const BOMB: &[u8] = include_bytes!("data/spaces.json.gz");
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_raw(BOMB, "application/json")
        .append_header("Content-Encoding", "gzip");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let error = builder(&server)
        .max_body_bytes(100_000)
        .build()
        .expect("valid")
        .users()
        .get("00u1")
        .await
        .expect_err("too large");
    assert!(matches!(error, Error::TooLarge { limit_bytes: 100_000, .. }), "{error:?}");
    assert!(client(&server).users().list().paginate().collect_all().await.expect("decompressed").is_empty());
    let asked = server.received_requests().await.expect("recorded");
    assert!(asked.iter().all(|request| request.headers["accept-encoding"] == "gzip"), "and in no other way");
}

#[tokio::test]
async fn xa04_a_transport_error_shows_no_url() {
    // Bound and not listening: nobody else gets the port, and whoever connects is refused.
    let closed = tokio::net::TcpSocket::new_v4().expect("a socket");
    closed.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let address = closed.local_addr().expect("an address");
    let client = Client::builder(format!("http://{address}"))
        .api_token("00Ttoken")
        .max_attempts(1)
        .timeout(Duration::from_secs(30));
    let error = client
        .build()
        .expect("valid")
        .users()
        .list()
        .q("SECRET")
        .paginate()
        .collect_all()
        .await
        .expect_err("nobody listens");
    assert!(matches!(error, Error::Transport { sent: false, .. }), "{error:?}");
    let mut shown = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        shown.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    assert!(!shown.contains("SECRET") && !shown.contains("00Ttoken") && !shown.contains('?'), "{shown}");
}

/// Runs itself a second time, in a process whose environment names a proxy and a file of passwords.
#[tokio::test]
async fn xa12_proxies_and_passwords_of_the_environment_are_ignored() {
    if let Ok(url) = std::env::var("TEST_ORG_URL") {
        let client =
            Client::builder(url).api_token("00Ttoken").max_attempts(1).build().expect("valid settings");
        client.users().get("00u1").await.expect("a user");
        return;
    }
    let (server, proxy) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(json("{\"id\":\"00u1\"}")).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502)).mount(&proxy).await;
    let folder = tempfile::tempdir().expect("a folder");
    let passwords = folder.path().join(".netrc");
    std::fs::write(&passwords, "machine 127.0.0.1 login ada password secret\n").expect("a file");
    let mut again = std::process::Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", "xa12_proxies_and_passwords_of_the_environment_are_ignored"]);
    again.env("TEST_ORG_URL", server.uri()).env("HOME", folder.path()).env("NETRC", &passwords);
    // With one of these set no proxy would be used in any case.
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        again.env(name, proxy.uri());
    }
    let output =
        tokio::task::spawn_blocking(move || again.output()).await.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let asked = server.received_requests().await.expect("recorded");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].headers["authorization"], "SSWS 00Ttoken");
    assert!(proxy.received_requests().await.expect("recorded").is_empty());
}
