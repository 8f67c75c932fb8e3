//! Calls that are repeated though their fate is unknown, because they do once what they do twice.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Method;
use okta_client::transport::{self, TransportError};
use okta_client::users::Mail;
use okta_client::{Client, Error, Retry};

/// An org whose first answer is lost, and a count of what came.
fn org() -> (Client, Arc<Mutex<Vec<String>>>) {
    let came: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&came);
    let transport = transport::from_fn(move |request: http::Request<Bytes>| {
        let mut seen = seen.lock().expect("no panic");
        seen.push(format!("{} {}", request.method(), request.uri().path()));
        let answer = match seen.len() {
            1 => Err(TransportError::lost("reset")),
            _ => Ok(http::Response::builder().status(204).body(Bytes::new()).expect("an answer")),
        };
        std::future::ready(answer)
    });
    let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport);
    (client.jitter_seed(7).build().expect("valid settings"), came)
}

#[tokio::test(start_paused = true)]
async fn xb06_a_call_whose_answer_is_lost_is_sent_again_only_where_it_is_declared_idempotent() {
    let post = |client: &Client| client.request(Method::POST, "/api/v1/users/00u1/lifecycle/unlock");
    let (client, came) = org();
    let error = post(&client).send().await.expect_err("lost");
    assert!(matches!(error, Error::Transport { sent: true, attempts: 1, .. }), "{error:?}");
    assert_eq!((error.retry(), came.lock().expect("no panic").len()), (Retry::Never, 1));
    let (client, came) = org();
    post(&client).idempotent().send().await.expect("sent again");
    assert_eq!(came.lock().expect("no panic").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn xb06_membership_and_assignment_are_taken_away_twice_rather_than_not_at_all() {
    let (client, came) = org();
    client.apps().unassign_user("0oa1", "00u1", Mail::Withhold).await.expect("gone");
    assert_eq!(*came.lock().expect("no panic"), ["DELETE /api/v1/apps/0oa1/users/00u1"; 2]);
    let (client, came) = org();
    client.apps().unassign_group("0oa1", "00g1").await.expect("gone");
    assert_eq!(*came.lock().expect("no panic"), ["DELETE /api/v1/apps/0oa1/groups/00g1"; 2]);
    let (client, came) = org();
    client.groups().remove_owner("00g1", "00u1").await.expect("gone");
    assert_eq!(*came.lock().expect("no panic"), ["DELETE /api/v1/groups/00g1/owners/00u1"; 2]);
    // The second `DELETE` of a user is another step, and never taken unasked.
    let (client, came) = org();
    client.users().delete("00u1", Mail::Withhold).await.expect_err("lost");
    assert_eq!(came.lock().expect("no panic").len(), 1);
}
