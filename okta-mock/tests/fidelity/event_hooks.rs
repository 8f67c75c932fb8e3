//! Event Hooks: registering, verification, pushes, and what happens to those that fail. Long, because most of it is one
//! table and one story of one hook.

#[path = "event_hooks/pushes.rs"]
mod pushes;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::checks::Checks;
use super::wire::{ask, delete, get, org, post, put, started, text};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 124;

/// `API.md §9` and `MOCK.md §4 Event hooks`: which types a hook may have.
const TYPES: [(&str, bool); 38] = [
    ("user.authentication.sso", true),
    ("app.oauth2.as.consent.grant", true),
    ("app.oauth2.as.consent.revoke", true),
    ("application.user_membership.add", true),
    ("application.user_membership.remove", true),
    ("application.user_membership.update", true),
    ("application.lifecycle.create", true),
    ("group.user_membership.add", true),
    ("group.user_membership.remove", true),
    ("group.lifecycle.create", true),
    ("group.lifecycle.delete", true),
    ("group.profile.update", true),
    ("group.privilege.grant", true),
    ("user.lifecycle.create", true),
    ("user.lifecycle.activate", true),
    ("user.lifecycle.deactivate", true),
    ("user.lifecycle.suspend", true),
    ("user.lifecycle.unsuspend", true),
    ("user.lifecycle.delete.initiated", true),
    ("user.account.update_profile", true),
    ("user.account.privilege.grant", true),
    ("user.mfa.factor.activate", true),
    ("user.session.start", true),
    ("system.api_token.create", true),
    ("system.org.rate_limit.violation", true),
    ("system.log_stream.lifecycle.deactivate", true),
    ("policy.lifecycle.update", true),
    ("user.lifecycle.delete.completed", false),
    ("app.oauth2.signon", false),
    ("application.user_membership.change_username", false),
    ("application.user_membership.provision", false),
    ("application.user_membership.deprovision", false),
    ("user.account.expire_password", false),
    ("event_hook.delivery", false),
    ("policy.evaluate_sign_on", false),
    ("group.user_membership.update", false),
    ("group.lifecycle.update", false),
    ("user.lifecycle.delete", false),
];

fn hook(types: &[&str]) -> Value {
    json!({
        "name": "Inbox",
        "events": { "type": "EVENT_TYPE", "items": types },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": {
            "uri": "https://inbox.example.com/okta/events",
            "headers": [{ "key": "X-Source", "value": "okta" }],
            "method": "POST",
            "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s3cret" },
        } },
    })
}

/// A hook's settings with one member replaced.
fn with(at: &str, value: Value) -> Value {
    let mut settings = hook(&["group.lifecycle.create"]);
    *settings.pointer_mut(at).expect("a member") = value;
    settings
}

/// A receiver that repeats the challenge unless told otherwise, and answers pushes with the statuses given in turn.
#[derive(Clone, Default)]
struct Inbox {
    came: Arc<Mutex<Vec<Request<Bytes>>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
    forgetful: Arc<Mutex<bool>>,
}

impl Inbox {
    async fn receive(self, request: Request<Bytes>) -> Response<Bytes> {
        let challenge = request.headers().get("x-okta-verification-challenge").cloned();
        self.came.lock().expect("not poisoned").push(request);
        let mut response = Response::new(Bytes::new());
        if let Some(challenge) = challenge {
            let forgetful = *self.forgetful.lock().expect("not poisoned");
            let answer = if forgetful { "nothing" } else { challenge.to_str().expect("readable") };
            *response.body_mut() = json!({ "verification": answer }).to_string().into();
        } else {
            let mut statuses = self.statuses.lock().expect("not poisoned");
            let status = if statuses.is_empty() { 200 } else { statuses.remove(0) };
            *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        }
        response
    }

    fn taken(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut *self.came.lock().expect("not poisoned"))
    }

    fn answering(&self, statuses: &[u16]) {
        *self.statuses.lock().expect("not poisoned") = statuses.to_vec();
    }
}

#[tokio::test]
async fn event_hooks() {
    let mut checks = Checks::of("event hooks");
    let inbox = Inbox::default();
    let receiver = inbox.clone();
    let okta = started(org().push_to(move |request| receiver.clone().receive(request))).await;
    for (event_type, eligible) in TYPES {
        let answer = post(&okta, "/api/v1/eventHooks", hook(&[event_type])).await;
        let wanted = if eligible { (200, String::new()) } else { (400, "E0000001".into()) };
        checks.is(format!("API.md §6.5 eligible: {event_type}"), answer.refusal(), wanted);
    }
    settings(&mut checks, &okta).await;
    life(&mut checks, &okta, &inbox).await;
    pushes::pushes(&mut checks, &okta, &inbox).await;
    checks.finish(CHECKS);
}

async fn settings(checks: &mut Checks, okta: &OktaMock) {
    let many = vec![json!("group.lifecycle.create"); 301];
    for (fact, settings) in [
        ("§6.6 name 1–255: none", with("/name", json!(""))),
        ("§6.6 name 1–255: 256 characters", with("/name", json!("x".repeat(256)))),
        ("§6.6 uri: https", with("/channel/config/uri", json!("http://inbox.example.com/"))),
        ("§6.6 uri: none", with("/channel/config/uri", Value::Null)),
        (
            "§6.6 uri ≤ 1024",
            with("/channel/config/uri", json!(format!("https://example.com/{}", "x".repeat(1_024)))),
        ),
        ("§6.6 events.items: none", with("/events/items", json!([]))),
        ("§6.4 300 event types per hook", with("/events/items", Value::Array(many))),
        ("§6.3 reserved names are refused", with("/channel/config/headers/0/key", json!("Accept"))),
    ] {
        let refused = post(okta, "/api/v1/eventHooks", settings).await;
        checks.is(format!("API.md {fact}"), refused.refusal(), (400, "E0000001".into()));
    }
    let longest = post(okta, "/api/v1/eventHooks", with("/name", json!("x".repeat(255)))).await;
    checks.is("API.md §6.6 name 1–255: 255 characters", longest.status, 200);
}

async fn life(checks: &mut Checks, okta: &OktaMock, inbox: &Inbox) {
    let created = post(okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await;
    let (shown, id) = (created.json(), created.id());
    let path = format!("/api/v1/eventHooks/{id}");
    let state = |shown: &Value| (text(&shown["status"]), text(&shown["verificationStatus"]));
    let both = |status: &str, verified: &str| (status.to_owned(), verified.to_owned());
    checks.is("API.md §6.6 POST, 200", (created.status, state(&shown)), (200, both("ACTIVE", "UNVERIFIED")));
    checks.holds("API.md §0 ids", "20 characters from who", &id, id.starts_with("who") && id.len() == 20);
    for member in ["name", "created", "createdBy", "lastUpdated", "events", "channel", "_links"] {
        checks.holds("API.md §6.6 members", member, &shown, shown.get(member).is_some());
    }
    let config = &shown["channel"]["config"];
    checks.is("API.md §6.3 value is never returned", config["authScheme"].get("value"), None);
    checks.is(
        "API.md §6.3 authScheme",
        [&config["authScheme"]["type"], &config["authScheme"]["key"]],
        [&json!("HEADER"), &json!("Authorization")],
    );
    checks.is(
        "API.md §6.3 headers are returned in clear",
        &config["headers"],
        &json!([{ "key": "X-Source", "value": "okta" }]),
    );
    let links = |shown: &Value| {
        shown["_links"].as_object().map(|links| links.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    let mut of_active = links(&shown);
    of_active.sort();
    checks.is("API.md §6.6 _links of an active hook", of_active, ["deactivate", "self", "verify"]);

    inbox.taken();
    *inbox.forgetful.lock().expect("not poisoned") = true;
    let unproven = post(okta, &format!("{path}/lifecycle/verify"), Value::Null).await;
    checks.is("API.md §6.1 a wrong answer: 400", unproven.refusal(), (400, "E0000001".into()));
    checks.is(
        "API.md §6.1 the hook stays UNVERIFIED",
        state(&get(okta, &path).await.json()),
        both("ACTIVE", "UNVERIFIED"),
    );
    *inbox.forgetful.lock().expect("not poisoned") = false;
    inbox.taken();
    let proven = post(okta, &format!("{path}/lifecycle/verify"), Value::Null).await;
    checks.is(
        "API.md §6.6 verify: 200 with the hook",
        (proven.status, state(&proven.json())),
        (200, both("ACTIVE", "VERIFIED")),
    );
    let asked = inbox.taken();
    checks.is(
        "API.md §6.1 one GET",
        asked.iter().map(|request| request.method().as_str()).collect::<Vec<_>>(),
        ["GET"],
    );
    checks.is(
        "API.md §6.1 at the hook's URI",
        asked[0].uri().to_string(),
        "https://inbox.example.com/okta/events",
    );
    checks.is("API.md §6.1 without a body", asked[0].body().len(), 0);

    let renamed = put(okta, &path, with("/name", json!("Renamed"))).await;
    checks.is(
        "API.md §6.6 PUT of a name keeps the verification",
        (renamed.status, state(&renamed.json())),
        (200, both("ACTIVE", "VERIFIED")),
    );
    checks.is("API.md §6.6 PUT replaces", text(&renamed.json()["name"]), "Renamed");
    for (what, settings) in [
        ("uri", with("/channel/config/uri", json!("https://other.example.com/"))),
        ("secret", with("/channel/config/authScheme/value", json!("other"))),
        ("headers", with("/channel/config/headers/0/value", json!("other"))),
    ] {
        post(okta, &format!("{path}/lifecycle/verify"), Value::Null).await;
        let moved = put(okta, &path, settings).await;
        checks.is(
            format!("API.md §6.6 a changed channel resets to UNVERIFIED: {what}"),
            state(&moved.json()),
            both("ACTIVE", "UNVERIFIED"),
        );
    }
    checks.is(
        "API.md §6.6 DELETE only when INACTIVE [U]",
        delete(okta, &path).await.refusal(),
        (403, "E0000006".into()),
    );
    let off = post(okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    checks.is(
        "API.md §6.6 deactivate: 200 with the hook",
        (off.status, text(&off.json()["status"])),
        (200, "INACTIVE".into()),
    );
    let mut of_inactive = links(&off.json());
    of_inactive.sort();
    checks.is(
        "API.md §6.6 _links of an inactive hook",
        of_inactive,
        ["activate", "delete", "self", "verify"],
    );
    let on = post(okta, &format!("{path}/lifecycle/activate"), Value::Null).await;
    checks.is(
        "API.md §6.6 activate: 200 with the hook",
        (on.status, text(&on.json()["status"])),
        (200, "ACTIVE".into()),
    );
    post(okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    checks.is("API.md §6.6 DELETE 204", delete(okta, &path).await.status, 204);
    for (method, path) in
        [("GET", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/lifecycle/verify"))]
    {
        let gone = ask(okta, method, &path, Value::Null).await;
        checks.is(
            format!("API.md §6.6 404 type Webhook: {method}"),
            (gone.status, gone.summary().ends_with("(Webhook)")),
            (404, true),
        );
    }
    let listed = get(okta, "/api/v1/eventHooks").await;
    checks.holds(
        "API.md §6.6 GET is not paged",
        "every hook, no links",
        listed.rows().len(),
        listed.rows().len() > 20 && listed.values("link").is_empty(),
    );
}
