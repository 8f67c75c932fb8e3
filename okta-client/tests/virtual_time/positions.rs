//! Reading ahead, and where a listing can be taken up again.

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use okta_client::Paginated;
use okta_client::transport::Body;
use okta_client::users::User;

use crate::script::{answer, ids, page, script, settle};

#[tokio::test(start_paused = true)]
async fn a_listing_that_becomes_one_of_pages_in_the_middle_of_a_page_loses_nothing_of_it() {
    let script = script([page([1, 2, 3], Some("/api/v1/users?after=3")), page([4], None)]);
    let mut listing = script.client().users().list().paginate();
    listing.next().await.expect("an item").expect("good");
    let mut pages = listing.pages();
    let token = |pages: &okta_client::Pages<User>| pages.resume_token().map(|token| token.to_string());
    assert_eq!(token(&pages).as_deref(), Some("/api/v1/users?limit=200"), "users 2 and 3 are unseen");
    let rest = pages.next().await.expect("a page").expect("good");
    assert_eq!(rest.next().map(ToString::to_string).as_deref(), Some("/api/v1/users?after=3"));
    let rest: Vec<_> = rest.into_items().into_iter().map(|user| user.expect("good")).collect();
    assert_eq!(ids(&rest), ["2", "3"]);
    assert_eq!(token(&pages).as_deref(), Some("/api/v1/users?after=3"));
    assert_eq!(pages.next().await.expect("a page").expect("good").items().len(), 1);
    assert!(pages.next().await.is_none());
    assert_eq!(token(&pages), None);

    // At the end of a page there is no rest, and a page without items is no page.
    let script = crate::script::script([page([1], Some("/api/v1/users?after=1")), page([2], None)]);
    let mut listing = script.client().users().list().paginate();
    listing.next().await.expect("an item").expect("good");
    let page = listing.pages().next().await.expect("a page").expect("good");
    assert_eq!(page.into_items().remove(0).expect("good").id.as_str(), "2");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_a_listing_is_polled_and_one_page_is_read_ahead() {
    let answers = (1..10).map(|id| page([id * 2, id * 2 + 1], Some(&format!("/api/v1/users?after={id}"))));
    let script = script(answers);
    let mut listing = script.client().users().list().paginate();
    settle().await;
    assert_eq!(script.sent(), 0);
    listing.next().await.expect("an item").expect("good");
    settle().await;
    assert_eq!(script.sent(), 2, "the page at hand and the one ahead");
    listing.next().await.expect("an item").expect("good");
    settle().await;
    assert_eq!(script.sent(), 2);
    listing.next().await.expect("an item").expect("good");
    settle().await;
    assert_eq!(script.sent(), 3);
    drop(listing);
    settle().await;
    assert_eq!(script.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn without_reading_ahead_each_page_is_fetched_on_demand() {
    let script = script((1..10).map(|id| page([id], Some(&format!("/api/v1/users?after={id}")))));
    let mut pages = script.client().users().list().paginate().pages_ahead(0).pages();
    for asked in 1..5 {
        pages.next().await.expect("a page").expect("good");
        settle().await;
        assert_eq!(script.sent(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_request_leaves_when_the_headers_are_there_and_the_body_is_not() {
    let (release, held) = tokio::sync::oneshot::channel::<()>();
    let body = Body::from_stream(futures::stream::once(async move {
        held.await.expect("released");
        Ok(Bytes::from_static(b"[{\"id\":\"1\"}]"))
    }));
    let script = script([
        answer(200, &[("link", "<https://acme.okta.com/api/v1/users?after=1>; rel=next")], body),
        page([2], None),
    ]);
    let mut listing = script.client().users().list().paginate();
    let mut first = listing.next();
    assert!((&mut first).now_or_never().is_none());
    settle().await;
    assert_eq!(script.sent(), 2, "the first body is still to come");
    release.send(()).expect("the listing waits for it");
    first.await.expect("an item").expect("good");
    assert_eq!(listing.next().await.expect("an item").expect("good").id.as_str(), "2");
    assert!(listing.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_resume_token_names_the_page_of_the_next_unseen_item() {
    let answers = || {
        [
            page([1, 2], Some("/api/v1/users?after=2")),
            page([3, 4], Some("/api/v1/users?after=4")),
            page([5], None),
        ]
    };
    let script = script(answers());
    let mut listing = script.client().users().list().paginate();
    let token = |listing: &Paginated<User>| listing.resume_token().map(|token| token.to_string());
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?limit=200"));
    listing.next().await;
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?limit=200"), "user 2 is unseen");
    listing.next().await;
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?after=2"));
    listing.next().await;
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?after=2"), "user 4 is unseen");
    let stored = serde_json::to_string(&listing.resume_token()).expect("a string");
    listing.next().await;
    listing.next().await;
    assert_eq!(token(&listing), None, "all seen");

    let script = crate::script::script(answers().into_iter().skip(1));
    let token: okta_client::ResumeToken = serde_json::from_str(&stored).expect("what was stored");
    let rest = script.client().users().list().resume(token.clone()).collect_all().await.expect("the rest");
    assert_eq!(ids(&rest), ["3", "4", "5"]);
    assert_eq!(script.targets()[0], "/api/v1/users?after=2");

    let refused =
        script.client().groups().list().resume(token).collect_all().await.expect_err("of another listing");
    assert!(refused.is_invalid_cursor());
}
