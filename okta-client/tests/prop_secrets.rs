//! Whatever the token, nothing that the client prints holds a piece of it, however hostile the answer.

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use okta_client::{Client, ClientBuilder, Error, transport};
use proptest::prelude::*;

fn token() -> impl Strategy<Value = String> {
    // Upper case and digits only, so that no word of a message is a piece of it by chance.
    "[0-9A-Z]{20,42}"
}

fn printed(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(" {error} {error:?} {error:#?}"));
        cause = error.source();
    }
    text
}

fn shows(text: &str, secret: &str) -> bool {
    secret.as_bytes().windows(6).any(|piece| text.as_bytes().windows(6).any(|window| window == piece))
}

/// An org that sends the caller's own credential back in every place an answer has.
///
/// `link` is where its next page is, and `list` whether it answers with one.
fn echo(status: u16, token: &str, bearer: bool, link: &str, list: bool) -> ClientBuilder {
    let body = format!(
        "{{\"errorCode\":\"{token}\",\"errorSummary\":\"{token}\",\"errorId\":\"{token}\",\"errorCauses\":[{{\"errorSummary\":\"{token}\"}}],\"id\":{{\"x\":\"{token}\"}}}}"
    );
    let body = if list { "[]".to_owned() } else { body };
    let location = format!("https://evil.example/{token}?{token}");
    let link = format!("<{link}/{token}?after={token}>; rel=next");
    // Cut to the length of a real one: what is longer is no id in any case.
    let id = token.get(..32).unwrap_or(token).to_owned();
    let challenge = format!("Bearer error=\"{token}\"");
    let transport = transport::from_fn(move |_| {
        let response = Response::builder()
            .status(status)
            .header("location", &location)
            .header("www-authenticate", &challenge);
        std::future::ready(
            response
                .header("link", &link)
                .header("x-okta-request-id", &id)
                .body(Bytes::from(body.clone()))
                .expect("a response"),
        )
    });
    let builder = Client::builder("https://acme.okta.com").transport(transport).max_attempts(1);
    if bearer { builder.bearer_token(token) } else { builder.api_token(token) }
}

proptest! {
    #[test]
    fn xa02_no_error_shows_a_piece_of_the_token(token in token(), status in prop_oneof![Just(200), Just(302), Just(400), Just(401), Just(429), Just(500)], bearer: bool, own: bool, list: bool) {
        let link = if own { "https://acme.okta.com" } else { "https://evil.example" };
        let builder = echo(status, &token, bearer, link, list);
        let before = format!("{builder:?} {builder:#?}");
        prop_assert!(!shows(&before, &token));
        let client = builder.build().expect("valid");
        let after = format!("{client:?} {client:#?}");
        prop_assert!(!shows(&after, &token));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let error = runtime.block_on(client.users().get(&token)).expect_err("no answer of this org is a user");
        prop_assert!(!shows(&printed(&error), &token), "{}", printed(&error));
        let listed = runtime.block_on(client.users().list().filter(&token).paginate().collect_all()).expect_err("nor a list that ends");
        prop_assert!(!shows(&printed(&listed), &token), "{}", printed(&listed));
        let mut pages = client.users().list().filter(&token).paginate().pages();
        for _ in 0..2 {
            let page = runtime.block_on(pages.next());
            let all = format!("{page:?} {page:#?} {pages:?} {:?}", pages.resume_token());
            prop_assert!(!shows(&all, &token), "{all}");
        }
    }

    #[test]
    fn xa05_a_token_that_is_refused_is_not_shown(token in token(), stray in "[\\x00-\\x20\\x7f-\\xff]", at in 0..20_usize) {
        let mut spoiled = token.clone();
        spoiled.insert_str(at, &stray);
        let error = Client::builder("https://acme.okta.com").api_token(spoiled).build().expect_err("refused");
        prop_assert!(!shows(&printed(&error), &token));
    }
}

#[test]
fn a_listing_shows_neither_its_filter_nor_its_cursor() {
    let client = echo(200, "0123456789", false, "https://acme.okta.com", false).build().expect("valid");
    let builder = client.users().list().filter("profile.login eq \"ada@example.com\"");
    let before = format!("{builder:?}");
    assert!(!format!("{before} {:?}", builder.paginate()).contains("ada"));
    let request = client.request(http::Method::POST, "/api/v1/users?x=ada").json("ada");
    let poll = client
        .logs()
        .poll("/api/v1/logs?q=ada".parse().map(okta_client::LogPosition::Cursor).expect("a cursor"))
        .filter("ada");
    assert!(!format!("{request:?} {poll:?}").contains("ada"));
}
