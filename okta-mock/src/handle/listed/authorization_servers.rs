//! `/authorizationServers` and their scopes. The one that users' consents name is among them. They issue no tokens here.
//!
//! Source: API reference, "Authorization Servers". Recorded: without a `limit` the list's own link says `limit=-1`.

use serde_json::{Value, json};

use super::{Listed, Row, by_id, one};
use crate::error::ApiError;
use crate::handle::organization::born;
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, unbuilt};
use crate::org::facets::{CRM_SCOPE, CRM_SERVER};

/// `(id, name in links, name, audience, own scope)`; the first one's id may also be written `default`.
const SERVERS: [(&str, &str, &str, &str); 2] = [
    (CRM_SERVER, CRM_SERVER, "CRM API", "https://crm.example.com"),
    ("ausdefault00000000mc", "default", "default", "api://default"),
];

/// The scopes of sign-in, which Okta makes for each server.
const SYSTEM: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

pub(super) fn read(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    let known = |id: &str| {
        let server = SERVERS.iter().find(|(own, alias, ..)| *own == id || *alias == id);
        server.map(|(own, ..)| *own).ok_or_else(|| ApiError::not_found(id, "AuthorizationServer"))
    };
    match path {
        [] => {
            let prefix = params.get("q").map(str::to_lowercase);
            let mut rows = servers(cx);
            rows.retain(|(_, row)| {
                let name = row["name"].as_str().unwrap_or_default().to_lowercase();
                prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
            });
            let carried = params.get("q").map(|q| ("q", q.to_owned())).into_iter().collect();
            let path = "authorizationServers".to_owned();
            Listed { path, limit: -1, most: 200, bad_cursor: "E0000054", carried }.page(cx, params, rows)
        }
        [id] => one(servers(cx), known(id)?, "AuthorizationServer"),
        [id, "scopes"] => {
            let path = format!("authorizationServers/{id}/scopes");
            let listed = Listed { path, limit: -1, most: 200, bad_cursor: "E0000054", carried: Vec::new() };
            listed.page(cx, params, scopes(cx, known(id)?))
        }
        [id, "scopes", scope] => one(scopes(cx, known(id)?), scope, "OAuth2Scope"),
        _ => unbuilt(),
    }
}

fn servers(cx: &Cx<'_>) -> Vec<Row> {
    let base = &cx.org.base;
    by_id(SERVERS.map(|(id, alias, name, audience)| {
        let path = format!("{base}/api/v1/authorizationServers/{id}");
        let link =
            |rest: &str, allow: &[&str]| json!({ "href": format!("{path}{rest}"), "hints": { "allow": allow } });
        let metadata = |name: &str| {
            let href = format!("{base}/oauth2/{alias}/.well-known/{name}");
            json!({ "name": name, "href": href, "hints": { "allow": ["GET"] } })
        };
        json!({
            "id": id, "name": name, "description": format!("{name} of this org"), "audiences": [audience],
            "issuer": format!("{base}/oauth2/{alias}"), "issuerMode": "ORG_URL", "status": "ACTIVE",
            "created": born(cx), "lastUpdated": born(cx),
            "credentials": { "signing": { "rotationMode": "AUTO", "lastRotated": born(cx), "kid": format!("mock-{id}") } },
            "_links": {
                "scopes": link("/scopes", &["GET"]), "claims": link("/claims", &["GET"]),
                "policies": link("/policies", &["GET"]), "self": link("", &["GET", "DELETE", "PUT"]),
                "metadata": [metadata("oauth-authorization-server"), metadata("openid-configuration")],
                "rotateKey": link("/credentials/lifecycle/keyRotate", &["POST"]),
                "deactivate": link("/lifecycle/deactivate", &["POST"]),
            },
        })
    }))
}

fn scopes(cx: &Cx<'_>, server: &str) -> Vec<Row> {
    let row = |id: &str, name: &str, system: bool| -> Value {
        let href = format!("{}/api/v1/authorizationServers/{server}/scopes/{id}", cx.org.base);
        json!({
            "id": id, "name": name, "description": null, "system": system, "default": false,
            "displayName": name, "consent": if system { "IMPLICIT" } else { "REQUIRED" }, "optional": false,
            "metadataPublish": if system { "ALL_CLIENTS" } else { "NO_CLIENTS" },
            "_links": { "self": { "href": href, "hints": { "allow": ["GET", "PUT", "DELETE"] } } },
        })
    };
    let own = (server == CRM_SERVER).then(|| row(CRM_SCOPE, "crm.read", false));
    let system = SYSTEM.iter().map(|name| row(&format!("scp{name:0<17}"), name, true));
    by_id(own.into_iter().chain(system))
}
