//! Requests of every family of paths, right, nearly right and hostile: one table, whose rows draw on the same few words;
//! split by family it would need those words in each part.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::{Value, json};

use super::data::Data;

/// Ids and tokens that the mock gave out so far.
pub(crate) struct Known {
    pub(crate) ids: Vec<String>,
    pub(crate) tokens: Vec<String>,
    pub(crate) cursors: Vec<String>,
}

/// `{00u}` is an id of that kind, `{}` any segment.
const API: &[&str] = &[
    "users",
    "users",
    "users/{00u}",
    "users/{00u}",
    "users/me",
    "users/{00u}/lifecycle/activate",
    "users/{00u}/lifecycle/deactivate",
    "users/{00u}/lifecycle/suspend",
    "users/{00u}/lifecycle/unsuspend",
    "users/{00u}/lifecycle/unlock",
    "users/{00u}/lifecycle/reactivate",
    "users/{00u}/lifecycle/expire_password",
    "users/{00u}/lifecycle/reset_password",
    "users/{00u}/lifecycle/expire_password_with_temp_password",
    "users/{00u}/lifecycle/reset_factors",
    "users/{00u}/lifecycle/{}",
    "users/{00u}/groups",
    "users/{00u}/appLinks",
    "users/{00u}/factors",
    "users/{00u}/roles",
    "users/{00u}/grants",
    "users/{00u}/clients",
    "users/{00u}/clients/{0oa}/tokens/{}",
    "users/{00u}/idps",
    "users/{00u}/blocks",
    "users/{00u}/sessions",
    "users/{00u}/credentials/change_password",
    "users/{00u}/credentials/forgot_password",
    "users/{00u}/{}",
    "groups",
    "groups",
    "groups/{00g}",
    "groups/{00g}/users",
    "groups/{00g}/users/{00u}",
    "groups/{00g}/apps",
    "groups/{00g}/owners",
    "groups/rules",
    "groups/rules",
    "groups/rules/{0pr}",
    "groups/rules/{0pr}/lifecycle/activate",
    "groups/rules/{0pr}/lifecycle/deactivate",
    "apps",
    "apps",
    "apps/{0oa}",
    "apps/{0oa}/users",
    "apps/{0oa}/users/{00u}",
    "apps/{0oa}/groups",
    "apps/{0oa}/groups/{00g}",
    "apps/{0oa}/lifecycle/activate",
    "apps/{0oa}/lifecycle/deactivate",
    "apps/{0oa}/tokens/{}",
    "apps/{0oa}/grants",
    "apps/{0oa}/{}",
    "logs",
    "logs",
    "logs",
    "eventHooks",
    "eventHooks",
    "eventHooks/{who}",
    "eventHooks/{who}/lifecycle/verify",
    "eventHooks/{who}/lifecycle/verify",
    "eventHooks/{who}/lifecycle/deactivate",
    "eventHooks/{who}/lifecycle/activate",
    "logStreams",
    "logStreams",
    "logStreams/{0oa}",
    "logStreams/{0oa}/lifecycle/activate",
    "logStreams/{0oa}/lifecycle/deactivate",
    "api-tokens",
    "api-tokens/{00T}",
    "api-tokens/current",
    "iam/roles",
    "iam/{}",
    "iam/{}/{}",
    "policies",
    "policies/{}",
    "policies/{}/rules",
    "org",
    "org/{}",
    "meta/types/user",
    "meta/schemas/user/default",
    "meta/{}/{}",
    "zones",
    "zones/{}",
    "devices",
    "idps",
    "authenticators",
    "principal-rate-limits",
    "rate-limit-settings/{}",
    "sessions/{}",
    "{}",
    "{}/{}/{}",
];

const ADMIN: &[&str] = &[
    "health",
    "clock",
    "index/flush",
    "coverage",
    "credentials",
    "log",
    "log",
    "activity",
    "requests",
    "conduct",
    "deliveries",
    "hooks",
    "relay",
    "relay",
    "hooks/{who}/preview",
    "deliveries/1/redeliver",
    "deliveries/{}/redeliver",
    "rate-limits",
    "rate-limits/reset",
    "rate-limits/force",
    "users/{00u}/simulate",
    "tokens",
    "tokens/{00T}",
    "",
    "{}",
    "{}/{}",
];

/// Calls after which answers are no longer what they should be.
const SPOILING: &[&str] = &["faults", "faults", "chaos", "heal"];

const QUERIES: &[(&str, &[&str])] = &[
    ("limit", &["0", "1", "2", "200", "10001", "-1", "x", "99999999999999999999", ""]),
    ("after", &["00u", "1787299200000_1", "-1_0", "x", "99999999999999999999_9", "%00", "%F0%9F%A6%80"]),
    ("q", &["a", "ada", "%22", "a+b+c", "%F0%9F%A6%80", ""]),
    (
        "filter",
        &[
            "status+eq+%22ACTIVE%22",
            "id+eq+%2200u%22",
            "lastUpdated+gt+%222026-01-01T00:00:00.000Z%22",
            "eventType+eq+%22user.session.start%22",
            "((((",
            "not+(id+pr)",
            "id+pr+and",
            "%22",
            "type+eq+%22OKTA_GROUP%22",
        ],
    ),
    (
        "search",
        &[
            "status+eq+%22ACTIVE%22",
            "profile.login+sw+%22a%22",
            "id+pr",
            "profile.department+co+%22S%22",
            "x",
            "(",
        ],
    ),
    (
        "since",
        &[
            "2026-08-20T00:00:00.000Z",
            "2026-08-21T08:00:00Z",
            "1970-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "x",
            "0",
        ],
    ),
    ("until", &["2026-08-22T00:00:00.000Z", "2026-08-20T12:00:00Z", "-009999-01-01T00:00:00Z", "x"]),
    ("sortOrder", &["ASCENDING", "DESCENDING", "asc", "x"]),
    ("sortBy", &["profile.lastName", "status", "lastUpdated", "x"]),
    ("activate", &["true", "false", "x"]),
    ("sendEmail", &["true", "false"]),
    ("type", &["OKTA_SIGN_ON", "PASSWORD", "x"]),
    ("status", &["429", "x"]),
    ("expand", &["x"]),
    ("id", &["1", "x"]),
    ("provider", &["true"]),
];

/// A segment of a path, for example `{00u}`.
fn segment(data: &mut Data<'_>, known: &Known, wanted: &str) -> String {
    let Some(kind) = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return wanted.to_owned();
    };
    let fitting: Vec<&String> = known.ids.iter().filter(|id| id.starts_with(kind)).collect();
    if kind.is_empty() || fitting.is_empty() || data.rarely(12) {
        let text = if data.rarely(3) {
            data.pick(&["default", "catalog", "me", "rules", "%ff", "%", "..", ""]).to_string()
        } else {
            data.text()
        };
        return url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    }
    (*data.pick(&fitting)).clone()
}

fn query(data: &mut Data<'_>, known: &Known) -> String {
    let pairs = (0..data.below(4)).map(|_| {
        let (name, values) = data.pick(QUERIES);
        let value: String = match data.byte() % 4 {
            0 => url::form_urlencoded::byte_serialize(data.text().as_bytes()).collect(),
            1 if *name == "after" && !known.cursors.is_empty() => data.pick(&known.cursors).clone(),
            _ => (*data.pick(values)).to_owned(),
        };
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Which template a path wants, the first that fits.
const FITTING: &[(&str, u8)] = &[
    ("/groups/rules", 5),
    ("/apps/", 4),
    ("/groups", 3),
    ("/eventHooks", 6),
    ("/logStreams", 8),
    ("/api/v1/apps", 9),
    ("change_password", 10),
    ("/simulate", 17),
    ("/api/v1/users", 0),
    ("/_mock/log", 11),
    ("/activity", 12),
    ("/force", 13),
    ("/rate-limits", 14),
    ("/relay", 15),
    ("/tokens", 16),
    ("/_mock/hooks", 18),
];

/// A body that some endpoint wants, before it is spoilt.
fn template(data: &mut Data<'_>, known: &Known, path: &str) -> Value {
    let fitting = FITTING.iter().find(|(part, _)| path.contains(part)).map(|(_, kind)| *kind);
    let (n, m) = (data.byte(), data.byte());
    let id = |data: &mut Data<'_>, kind: &str| segment(data, known, kind);
    let user = id(data, "{00u}");
    let group = id(data, "{00g}");
    match fitting.filter(|_| !data.rarely(6)).unwrap_or_else(|| data.byte() % 20) {
        0..3 => {
            json!({ "profile": { "login": format!("u{n}@example.com"), "email": "x@example.com", "firstName": "A", "nick": m },
            "credentials": { "password": { "value": "Abcd1234" } }, "groupIds": [group] })
        }
        3 => json!({ "profile": { "name": format!("G{n}"), "description": null } }),
        4 => json!({ "id": user, "scope": "USER", "credentials": { "userName": "x" } }),
        5 => json!({ "type": "group_rule", "name": format!("R{n}"),
            "conditions": { "people": { "users": { "exclude": [user] } }, "expression": { "value": "user.department == \"Sales\"", "type": "x" } },
            "actions": { "assignUserToGroups": { "groupIds": [group] } } }),
        6 | 7 => json!({ "name": format!("H{n}"), "events": { "type": "EVENT_TYPE",
                "items": ["user.session.start", "group.user_membership.add", "user.lifecycle.create", "group.lifecycle.create"],
                "filter": { "type": "EXPRESSION_LANGUAGE", "eventFilterMap": [{ "event": "user.session.start",
                    "condition": { "version": null, "expression": "event.target.?[type eq 'User'].size()>0" } }] } },
            "channel": { "type": "HTTP", "version": "1.0.0", "config": { "uri": "https://inbox.example.com/", "headers": [{ "key": "X-A", "value": "b" }],
                "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s" } } } }),
        8 => json!({ "type": "aws_eventbridge", "name": format!("S{n}"),
            "settings": { "accountId": "123456789012", "eventSourceName": "x", "region": "us-east-1" } }),
        9 => json!({ "name": "oidc_client", "label": format!("A{n}"), "signOnMode": "OPENID_CONNECT",
            "credentials": { "oauthClient": {} }, "settings": { "oauthClient": { "redirect_uris": ["http://a/b"] } } }),
        10 => json!({ "oldPassword": { "value": "a" }, "newPassword": { "value": "Abcd1234" } }),
        11 => {
            json!([{ "eventType": "user.session.start", "published": data.number(), "persisted": data.number(), "visible_at": data.number(),
            "target": null, "uuid": format!("twin{}", n % 2) }])
        }
        12 => json!({ "events": n % 20, "rate": f64::from(m % 8) }),
        13 => json!({ "bucket": "/api/v1/logs", "remaining": n }),
        14 => json!({ "mode": "integrator", "window": "60s", "concurrency": n, "latency": "okta",
            "buckets": [{ "bucket": "b", "limit": m, "match": ["GET /api/v1/users*"] }] }),
        15 => json!({ "url": "http://relay.example.com/eb", "secret": "s", "shape": "sqs" }),
        16 => json!({ "name": format!("T{n}"), "role": "READ_ONLY_ADMIN" }),
        17 => json!({ "event": "failed_sign_in", "count": n }),
        18 => json!({ "sparse": true, "activation_delay": "2m", "daily_cap": n % 4, "daily_warning": m % 4 }),
        _ => json!({ "scopeId": "okta.users.read", "issuer": "http://127.0.0.1:1" }),
    }
}

const FAULTS: &[&str] = &[
    r#"{"on":"GET /api/v1/users","do":{"status":500}}"#,
    r#"{"match":{"any":true},"when":{"every":2},"do":{"shuffle_page":true}}"#,
    r#"{"match":{"any":true},"do":{"unknown_fields":true}}"#,
    r#"{"match":{"any":true},"do":{"next_link":{"host":"a.example","scheme":"ftp"}}}"#,
    r#"{"match":{"any":true},"do":{"clock_skew":"-500d"}}"#,
    r#"{"match":{"any":true},"when":{"probability":0.5,"seed":18446744073709551615},"do":{"truncate_body":3}}"#,
    r#"{"match":{"route":"logs"},"do":{"expire_cursor":true}}"#,
    r#"{"match":{"any":true},"do":{"latency":"8s","jitter":"2s"}}"#,
    r#"{"match":{"any":true},"do":{"transport":"garbage"}}"#,
    r#"{"match":{"channel":"event_hook"},"do":{"duplicate":{"times":100,"gap":"1h"}}}"#,
    r#"{"match":{"channel":"eventbridge"},"do":{"reorder":{"window":3}}}"#,
    r#"{"seed":7,"budget":9}"#,
];

fn body(data: &mut Data<'_>, known: &Known, path: &str) -> Bytes {
    let mut value = match data.byte() % 8 {
        0 => return Bytes::new(),
        1 => return data.text().into(),
        2 => data.json(4),
        _ if path.contains("/faults") || path.ends_with("/chaos") => {
            let rule = data.pick::<&str>(FAULTS);
            serde_json::from_str(rule).unwrap_or(Value::Null)
        }
        _ => template(data, known, path),
    };
    for _ in 0..data.below(3) {
        data.spoil(&mut value);
    }
    value.to_string().into()
}

fn authorization(data: &mut Data<'_>, known: &Known) -> Option<String> {
    let token = if known.tokens.is_empty() { String::new() } else { data.pick(&known.tokens).clone() };
    match data.byte() % 16 {
        0 => None,
        1 => Some(format!("Bearer {token}")),
        2 => Some(format!("DPoP {token}")),
        3 => Some("Basic eDp5".to_owned()),
        4 => Some(data.text()),
        5 => Some(format!("SSWS{token}")),
        6 | 7 => Some(format!("SSWS {token}")),
        _ => known.tokens.first().map(|first| format!("SSWS {first}")),
    }
}

const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS];

/// A request, or nothing where the bytes spell no URI. `spoiling` allows calls that make the mock misbehave.
pub(crate) fn request(data: &mut Data<'_>, known: &Known, spoiling: bool) -> Option<Request<Bytes>> {
    let (root, paths) = match data.byte() % 8 {
        0..6 => ("/api/v1/", API),
        6 if spoiling => ("/_mock/", SPOILING),
        _ => ("/_mock/", ADMIN),
    };
    let pattern = *data.pick(paths);
    let path: Vec<String> = pattern.split('/').map(|part| segment(data, known, part)).collect();
    let path = format!("{root}{}", path.join("/"));
    let path = if data.rarely(40) { data.text() } else { path };
    let query = query(data, known);
    let uri: Uri = if query.is_empty() { path.clone() } else { format!("{path}?{query}") }.parse().ok()?;
    let method = if data.rarely(10) { data.pick(&METHODS) } else { data.pick(&METHODS[..4]) };
    let mut request =
        Request::new(if method == Method::GET { Bytes::new() } else { body(data, known, &path) });
    (*request.method_mut(), *request.uri_mut()) = (method.clone(), uri);
    let own = authorization(data, known).map(|value| ("authorization", value));
    let odd = (0..data.below(3)).map(|_| {
        let name = *data.pick(&[
            "content-type",
            "accept",
            "if-match",
            "user-agent",
            "x-forwarded-for",
            "dpop",
            "cookie",
            "host",
        ]);
        let value = (*data.pick(&[
            "application/json",
            "application/json; okta-response=omitCredentials,omitProfile",
            "text/plain",
            "*/*",
            "W/\"x\"",
            "é",
            "10.0.0.1",
        ]))
        .to_owned();
        (name, value)
    });
    for (name, value) in own.into_iter().chain(odd.collect::<Vec<_>>()) {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Some(request)
}

/// A request of an OAuth client.
pub(crate) fn oauth(data: &mut Data<'_>, known: &Known, app: &okta_mock::WebApp) -> Option<Request<Bytes>> {
    let path = *data.pick(&[
        "token",
        "token",
        "authorize",
        "introspect",
        "revoke",
        "userinfo",
        "keys",
        "logout",
        "x",
    ]);
    let words: &[&str] = &[
        &app.client_id,
        &app.client_secret,
        &app.redirect_uri,
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "code",
        "openid offline_access",
        "okta.users.read",
        "S256",
        "form_post",
        "fragment",
        "me",
        "none",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "e30.e30.e30",
    ];
    let names = [
        "client_id",
        "client_secret",
        "redirect_uri",
        "grant_type",
        "scope",
        "code",
        "code_verifier",
        "refresh_token",
        "response_type",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "response_mode",
        "prompt",
        "login",
        "token",
        "client_assertion",
        "client_assertion_type",
    ];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &app.client_id).append_pair("client_secret", &app.client_secret);
    for _ in 0..data.below(9) {
        let name = *data.pick(&names);
        match data.byte() % 4 {
            0 => form.append_pair(name, &data.text()),
            1 if !known.tokens.is_empty() => form.append_pair(name, data.pick(&known.tokens).as_str()),
            _ => form.append_pair(name, *data.pick(words)),
        };
    }
    let (form, get) = (form.finish(), data.rarely(3));
    let uri = if get || path == "authorize" {
        format!("/oauth2/v1/{path}?{form}")
    } else {
        format!("/oauth2/v1/{path}")
    };
    let builder = Request::builder().method(if get { "GET" } else { "POST" }).uri(uri);
    let builder = builder.header("content-type", "application/x-www-form-urlencoded");
    let builder = authorization(data, known)
        .into_iter()
        .fold(builder, |builder, value| builder.header("authorization", value));
    builder.body(form.into()).ok()
}
