//! Users who come from elsewhere: with a provider, a hashed password, a body of the caller's own.

use okta_client::groups::NewGroup;
use okta_client::users::{HashAlgorithm, NewUser, PasswordHash, Pbkdf2Digest, SaltOrder, UserStatus};
use okta_client::{Client, GroupId, transport};
use serde::Serialize;
use serde_json::{Value, json};

use super::{json_of, org, same};

fn profile(login: &str) -> Value {
    json!({ "login": login, "email": login })
}

#[tokio::test(start_paused = true)]
async fn a_federated_user_is_active_at_once_and_keeps_the_provider() {
    let (_org, client) = org();
    let new = NewUser::new(profile("fed@example.com")).provider("FEDERATION", "FEDERATION");
    let user = client.users().create(&new).await.expect("created");
    assert_eq!(user.status, Some(UserStatus::Active));
    let provider = user.credentials.as_ref().and_then(|credentials| credentials.provider.as_ref());
    assert_eq!(provider.and_then(|provider| provider.kind.as_deref()), Some("FEDERATION"));
    same(&user, client.users().get(&user.id)).await;
}

#[tokio::test(start_paused = true)]
async fn a_user_with_a_hashed_password_is_active_at_once() {
    let (_org, client) = org();
    let hash = PasswordHash::bcrypt(10, "rwh3vH166HCH/NT9XV5FYu", "qaMqvAPULkbiQzkTCWo5XDcvzpk8Tna");
    let new = NewUser::new(profile("hash@example.com")).password_hash(hash);
    let user = client.users().create(&new).await.expect("created");
    assert_eq!(user.status, Some(UserStatus::Active));
    assert!(!json_of(&user).to_string().contains("qaMqvAPULkbiQzkTCWo5XDcvzpk8Tna"));
    same(&user, client.users().get(&user.id)).await;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hired {
    profile: Value,
    group_ids: Vec<GroupId>,
}

#[tokio::test(start_paused = true)]
async fn a_user_is_created_from_any_struct_of_the_callers() {
    let (_org, client) = org();
    let group = client.groups().create(&NewGroup::new("Hired")).await.expect("created");
    let hired = Hired { profile: profile("own@example.com"), group_ids: vec![group.id.clone()] };
    let user = client.users().create(&NewUser::from_body(&hired).staged()).await.expect("created");
    assert_eq!(user.status, Some(UserStatus::Staged));
    assert_eq!(user.profile.login.as_deref(), Some("own@example.com"));
    same(&user, client.users().get(&user.id)).await;
    let groups = client.users().groups(&user.id).paginate().collect_all().await.expect("a listing");
    assert!(groups.iter().any(|found| found.id == group.id));
}

/// What is sent for a new user: the query, and the body.
async fn sent(new: NewUser) -> (String, Value) {
    let (tx, mut rx) = tokio::sync::mpsc::unbounded_channel();
    let transport = transport::from_fn(move |request: http::Request<bytes::Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).expect("JSON");
        tx.send((request.uri().query().unwrap_or_default().to_owned(), body)).expect("a reader");
        std::future::ready(http::Response::new(bytes::Bytes::from("{\"id\":\"00u1\"}")))
    });
    let client = Client::builder("https://acme.okta.com").api_token("00T").transport(transport);
    client.build().expect("valid settings").users().create(&new).await.expect("created");
    rx.recv().await.expect("a request")
}

#[tokio::test(start_paused = true)]
async fn each_way_to_prove_who_a_new_user_is_is_sent_as_okta_documents_it() {
    let new = || NewUser::new(json!({ "login": "a" }));
    let (query, body) = sent(new().provider("SOCIAL", "GOOGLE").realm("guo1")).await;
    assert_eq!(query, "activate=true&provider=true");
    let provider = json!({ "type": "SOCIAL", "name": "GOOGLE" });
    assert_eq!(
        body,
        json!({ "profile": { "login": "a" }, "credentials": { "provider": provider }, "realmId": "guo1" })
    );
    let salted = PasswordHash::of(HashAlgorithm::Sha512, "aGFzaA==").salt("c2FsdA==", SaltOrder::Postfix);
    let derived = PasswordHash::pbkdf2(Pbkdf2Digest::Sha256Hmac, 4096, 32, "c2FsdA==", "a2V5");
    for (new, credentials) in [
        (
            new().password("correct horse").recovery_question("Who?", "me"),
            json!({
                "password": { "value": "correct horse" },
                "recovery_question": { "question": "Who?", "answer": "me" }
            }),
        ),
        (
            new().password_hash(salted),
            json!({ "password": { "hash": {
                "algorithm": "SHA-512", "value": "aGFzaA==", "salt": "c2FsdA==", "saltOrder": "POSTFIX"
            } } }),
        ),
        (
            new().password_hash(derived),
            json!({ "password": { "hash": {
                "algorithm": "PBKDF2", "digestAlgorithm": "SHA256_HMAC", "iterationCount": 4096,
                "keySize": 32, "salt": "c2FsdA==", "value": "a2V5"
            } } }),
        ),
        (new().password_hook(), json!({ "password": { "hook": { "type": "default" } } })),
    ] {
        let shown = format!("{new:?}");
        for secret in ["correct horse", "aGFzaA", "c2FsdA", "a2V5", "me\""] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let (query, body) = sent(new).await;
        assert_eq!((query.as_str(), &body["credentials"]), ("activate=true", &credentials));
    }
}
