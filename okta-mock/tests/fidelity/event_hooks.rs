//! Event Hooks: registering, verification, pushes, and what happens to those that fail. Long, because most of it is one
//! table and one story of one hook.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, newest};
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
    pushes(&mut checks, &okta, &inbox).await;
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

async fn pushes(checks: &mut Checks, okta: &OktaMock, inbox: &Inbox) {
    // Every hook above but those of this function is gone or unverified: only what is verified gets pushes.
    let created =
        post(okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create", "group.lifecycle.delete"])).await;
    let path = format!("/api/v1/eventHooks/{}", created.id());
    inbox.taken();
    made::group(okta, "Before verification").await;
    okta.settle().await;
    checks.is("API.md §6.6 only ACTIVE and VERIFIED hooks get pushes", inbox.taken().len(), 0);
    post(okta, &format!("{path}/lifecycle/verify"), Value::Null).await;
    inbox.taken();

    let group = made::group(okta, "Pushed").await;
    delete(okta, &format!("/api/v1/groups/{group}")).await;
    made::user(okta, "unwanted@example.com", "ACTIVE").await;
    okta.settle().await;
    let came = inbox.taken();
    checks.is("API.md §6.2 events close in time are put into one push", came.len(), 1);
    let push = &came[0];
    let body: Value = serde_json::from_slice(push.body()).unwrap_or_default();
    checks.is("API.md §6.2 POST", push.method().as_str(), "POST");
    for (name, value) in [
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("authorization", "s3cret"),
        ("x-source", "okta"),
    ] {
        checks.is(
            format!("API.md §6.2 header {name}"),
            push.headers().get(name).and_then(|value| value.to_str().ok()),
            Some(value),
        );
    }
    for (member, value) in [
        ("eventType", "com.okta.event_hook"),
        ("eventTypeVersion", "1.0"),
        ("cloudEventsVersion", "0.1"),
        ("contentType", "application/json"),
        ("eventTime", "2026-08-21T08:00:00.000Z"),
    ] {
        checks.is(format!("API.md §6.2 envelope: {member}"), text(&body[member]), value);
    }
    checks.is("API.md §6.2 envelope: source", text(&body["source"]), format!("{}{path}", okta.url()));
    checks.holds(
        "API.md §6.2 envelope: eventId",
        "a uuid",
        &body["eventId"],
        text(&body["eventId"]).len() == 36,
    );
    let events = body["data"]["events"].as_array().cloned().unwrap_or_default();
    let types: Vec<String> = events.iter().map(|event| text(&event["eventType"])).collect();
    checks.is(
        "API.md §6.2 data.events: the types asked for",
        types,
        ["group.lifecycle.create", "group.lifecycle.delete"],
    );
    let event = events.first().cloned().unwrap_or_default();
    checks.holds(
        "API.md §6.2 the IP chain sits in client.ipChain",
        "client.ipChain",
        &event["client"],
        event["client"]["ipChain"].is_array(),
    );
    checks.is("API.md §6.2 there is no request", event.get("request"), None);
    for at in [
        "/insertionTimestamp",
        "/authenticationContext/authenticatorContext",
        "/debugContext/debugData/targetEventHookIds",
    ] {
        checks.holds("API.md §6.2 extra members", at, &event, event.pointer(at).is_some());
    }
    let logged = newest(okta, "group.lifecycle.create");
    checks.is("API.md §5.3 uuid is the same in every channel", &event["uuid"], &logged["uuid"]);

    for (fact, statuses, attempts, failure) in [
        ("200 is an answer", &[200][..], 1, false),
        ("204 is an answer", &[204], 1, false),
        ("5xx: one retry", &[500, 200], 2, false),
        ("5xx twice: no more", &[503, 500], 2, true),
        ("4xx is final", &[401], 1, true),
        ("4xx is final", &[404], 1, true),
        ("redirects are not followed", &[302], 1, true),
    ] {
        inbox.answering(statuses);
        let log = okta.log().len();
        made::group(okta, &format!("{fact} {statuses:?}")).await;
        okta.settle().await;
        let came = inbox.taken();
        checks.is(format!("API.md §6.2 Retry: {fact} {statuses:?}"), came.len(), attempts);
        let written = okta.log()[log..].iter().any(|record| record.event_type == "event_hook.delivery");
        checks.is(
            format!("API.md §6.2 failures appear as event_hook.delivery: {statuses:?}"),
            written,
            failure,
        );
        if attempts == 2 {
            let id = |request: &Request<Bytes>| {
                serde_json::from_slice::<Value>(request.body())
                    .map(|body| text(&body["eventId"]))
                    .unwrap_or_default()
            };
            checks.is("API.md §6.2 same eventId = repeated delivery", id(&came[0]), id(&came[1]));
        }
    }
    let still = get(okta, &path).await.json();
    checks.is("API.md §6.2 a hook is not disabled by failures [U]", text(&still["status"]), "ACTIVE");

    let id = created.id();
    okta.event_hooks().preview(&id);
    okta.settle().await;
    let preview: Value =
        inbox.taken().first().and_then(|push| serde_json::from_slice(push.body()).ok()).unwrap_or_default();
    let event = &preview["data"]["events"][0];
    checks.is("API.md §6.2 a preview's outcome", text(&event["outcome"]["result"]), "Success");
    for member in ["actor", "target", "debugContext", "securityContext"] {
        checks.is(format!("API.md §6.2 a preview's {member} is null"), event.get(member), Some(&Value::Null));
    }
    // Twenty-five may be active and verified; one is.
    let mut verified = 1;
    for _ in 0..25 {
        let id = post(okta, "/api/v1/eventHooks", hook(&["group.profile.update"])).await.id();
        let answer = post(okta, &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
        verified += usize::from(answer.status == 200);
    }
    checks.is("API.md §6.4 25 active and verified hooks per org", verified, 25);
}
