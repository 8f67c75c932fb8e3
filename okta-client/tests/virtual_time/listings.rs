//! Where a listing ends, and where it must not.

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use okta_client::transport::{self};
use okta_client::{Client, Error, PagingProblem};

use crate::script::{answer, ids, list, page, script, text, users};

#[tokio::test(start_paused = true)]
async fn an_empty_page_with_a_next_link_is_not_the_end() {
    let script = script([
        page([1], Some("/api/v1/users?after=1")),
        page([], Some("/api/v1/users?after=2")),
        page([3], None),
    ]);
    assert_eq!(ids(&list(&script).await.expect("a listing")), ["1", "3"]);
    assert_eq!(
        script.targets(),
        ["/api/v1/users?limit=200", "/api/v1/users?after=1", "/api/v1/users?after=2"]
    );
}

#[tokio::test(start_paused = true)]
async fn xb07_a_next_link_that_was_already_followed_is_an_error_behind_its_pages_items() {
    let itself = [page([1], Some("/api/v1/users?limit=200"))];
    let cycle = [
        page([1], Some("/api/v1/users?after=1")),
        page([2], Some("/api/v1/users?after=2")),
        page([3], Some("/api/v1/users?after=1")),
    ];
    let longer = [
        page([1], Some("/api/v1/users?after=1")),
        page([2], Some("/api/v1/users?after=2")),
        page([3], Some("/api/v1/users?after=3")),
        page([4], Some("/api/v1/users?after=1")),
    ];
    let all: [Vec<_>; 3] = [itself.into(), cycle.into(), longer.into()];
    for (answers, items) in all.into_iter().zip([1, 3, 4]) {
        let script = script(answers);
        let all: Vec<_> = script.client().users().list().paginate().collect().await;
        assert_eq!(all.iter().filter(|item| item.is_ok()).count(), items);
        assert!(
            matches!(all.last(), Some(Err(Error::Paging { kind: PagingProblem::Repeated, .. }))),
            "{all:?}"
        );
        assert_eq!(all.len(), items + 1);
        assert_eq!(script.sent(), items);
    }
}

#[tokio::test(start_paused = true)]
async fn xb07_behind_a_repeated_link_there_is_nowhere_to_go_on() {
    let round = || page([1, 2], Some("/api/v1/users?limit=200"));
    let script = script([round(), round()]);
    let mut listing = script.client().users().list().paginate();
    listing.next().await.expect("an item").expect("good");
    assert!(listing.resume_token().is_some(), "user 2 is unseen");
    listing.next().await.expect("an item").expect("good");
    assert!(listing.next().await.expect("an end").is_err());
    assert_eq!(listing.resume_token(), None);
    let mut pages = script.client().users().list().paginate().pages();
    pages.next().await.expect("a page").expect("good");
    assert!(pages.next().await.expect("an end").is_err());
    assert_eq!(pages.resume_token(), None);
}

#[tokio::test(start_paused = true)]
async fn xb07_a_listing_of_empty_pages_without_end_is_stopped() {
    let endless = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(
        transport::from_fn(|request: Request<Bytes>| async move {
            let link = format!("<{}x>; rel=next", request.uri());
            Response::builder().header("link", link).body(Bytes::from_static(b"[]")).expect("a response")
        }),
    );
    let error =
        endless.build().expect("valid").users().list().paginate().collect_all().await.expect_err("endless");
    assert!(matches!(error, Error::Paging { kind: PagingProblem::EmptyPages, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_link_cannot_be_trusted_yields_its_items_first() {
    for (link, kind) in [
        ("<https://acme.okta.com/x; rel=\"next\"", PagingProblem::Malformed),
        ("<https://a.okta.com/1>; rel=next, <https://a.okta.com/2>; rel=next", PagingProblem::Ambiguous),
        ("<https://evil.example/api/v1/users>; rel=\"next\"", PagingProblem::ForeignOrigin),
        ("<http://acme.okta.com/api/v1/users?after=1>; rel=\"next\"", PagingProblem::ForeignOrigin),
    ] {
        let script = script([answer(200, &[("link", link)], users([1, 2]))]);
        let mut listing = script.client().users().list().paginate();
        assert!(listing.next().await.is_some_and(|item| item.is_ok()));
        assert!(listing.next().await.is_some_and(|item| item.is_ok()));
        let end = listing.next().await.expect("an error").expect_err("the listing cannot go on");
        assert!(matches!(end, Error::Paging { kind: found, .. } if found == kind), "{end:?}");
        assert!(listing.next().await.is_none());
        assert_eq!(script.sent(), 1, "nothing was sent to {link}");
    }
}

#[tokio::test(start_paused = true)]
async fn xb19_a_bad_item_is_one_error_and_the_listing_goes_on() {
    let body =
        text("[{\"id\":\"1\"},{\"id\":SECRET},{\"id\":\"3\"}]".replace("SECRET", "{\"x\":\"SECRET\"}"));
    let script = script([
        answer(200, &[("link", "<https://acme.okta.com/api/v1/users?after=1>; rel=next")], body),
        page([4], None),
    ]);
    let all: Vec<_> = script.client().users().list().paginate().collect().await;
    assert_eq!(
        all.iter().map(|item| item.as_ref().ok().map(|user| user.id.to_string())).collect::<Vec<_>>(),
        [Some("1".into()), None, Some("3".into()), Some("4".into())]
    );
    let error = all[1].as_ref().expect_err("bad");
    assert_eq!(error.bad_item().expect("the item").raw().as_ref(), b"{\"id\":{\"x\":\"SECRET\"}}");
    assert!(!format!("{error} {error:?} {error:#?}").contains("SECRET"));
}

#[tokio::test(start_paused = true)]
async fn p10_a_cursor_that_okta_no_longer_takes_is_told_apart() {
    let stale =
        answer(400, &[], text("{\"errorCode\":\"E0000031\",\"errorSummary\":\"Invalid search criteria.\"}"));
    let script = script([page([1], Some("/api/v1/users?after=1")), stale]);
    let all: Vec<_> = script.client().users().list().paginate().collect().await;
    assert!(all[0].is_ok());
    assert!(all[1].as_ref().expect_err("stale").is_invalid_cursor());
    assert_eq!(all.len(), 2);
}
