//! `/idps`. Source: API reference, "Identity Providers". Secrets are never shown.

use serde_json::{Value, json};

use super::{Listed, Row, by_id, one};
use crate::handle::organization::born;
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, unbuilt};
use crate::org::id::Spelling;

/// `(type, name, authorization, token, scopes)`.
type Provider = (&'static str, &'static str, &'static str, &'static str, [&'static str; 2]);

const PROVIDERS: [Provider; 2] = [
    (
        "FACEBOOK",
        "Facebook",
        "https://www.facebook.com/dialog/oauth",
        "https://graph.facebook.com/v2.5/oauth/access_token",
        ["public_profile", "email"],
    ),
    (
        "LINKEDIN",
        "LinkedIn",
        "https://www.linkedin.com/uas/oauth2/authorization",
        "https://www.linkedin.com/uas/oauth2/accessToken",
        ["r_basicprofile", "r_emailaddress"],
    ),
];

pub(super) fn read(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    match path {
        [] => {
            let prefix = params.get("q").map(str::to_lowercase);
            let mut rows = rows(cx);
            rows.retain(|(_, row)| {
                let name = row["name"].as_str().unwrap_or_default().to_lowercase();
                prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
                    && params.get("type").is_none_or(|kind| row["type"] == kind)
            });
            let carried =
                ["q", "type"].into_iter().filter_map(|name| Some((name, params.get(name)?.to_owned())));
            let (path, carried) = ("idps".to_owned(), carried.collect());
            Listed { path, limit: 20, most: 200, bad_cursor: "E0000029", carried }.page(cx, params, rows)
        }
        [id] => one(rows(cx), id, "IdpTrust"),
        _ => unbuilt(),
    }
}

fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let ids = Spelling::new(cx.org.users.formula.seed, "0oi");
    by_id((0..).zip(PROVIDERS).map(|(n, provider)| row(cx, &ids.id(n), provider)))
}

fn row(cx: &Cx<'_>, id: &str, (kind, name, authorization, token, scopes): Provider) -> Value {
    let base = &cx.org.base;
    let kept = json!({ "action": "NONE" });
    json!({
        "id": id, "type": kind, "name": name, "status": "ACTIVE", "created": born(cx), "lastUpdated": born(cx),
        "protocol": {
            "type": "OAUTH2",
            "endpoints": {
                "authorization": { "url": authorization, "binding": "HTTP-REDIRECT" },
                "token": { "url": token, "binding": "HTTP-POST" },
            },
            "scopes": scopes, "credentials": { "client": { "client_id": "your-client-id" } },
        },
        "policy": {
            "provisioning": {
                "action": "AUTO", "profileMaster": true, "groups": kept,
                "conditions": { "deprovisioned": kept, "suspended": kept },
            },
            "accountLink": { "filter": null, "action": "AUTO" },
            "subject": {
                "userNameTemplate": { "template": "idpuser.email" }, "filter": null, "matchType": "USERNAME",
            },
            "maxClockSkew": 0,
        },
        "_links": {
            "authorize": {
                "href": format!("{base}/oauth2/v1/authorize?idp={id}&client_id={{clientId}}&response_type={{responseType}}&response_mode={{responseMode}}&scope={{scopes}}&redirect_uri={{redirectUri}}&state={{state}}"),
                "templated": true, "hints": { "allow": ["GET"] },
            },
            "clientRedirectUri": {
                "href": format!("{base}/oauth2/v1/authorize/callback"), "hints": { "allow": ["POST"] },
            },
        },
    })
}
