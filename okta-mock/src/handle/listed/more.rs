//! `/behaviors`, `/realms` and `/zones`. Source: API reference, "Behavior Rules", "Realms", "Network Zones".

use serde_json::{Value, json};

use super::{Listed, Row, by_id, one};
use crate::handle::organization::born;
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, unbuilt};
use crate::org::Org;
use crate::org::id::Spelling;

const BEHAVIORS: [(&str, &str); 4] = [
    ("New City", "ANOMALOUS_LOCATION"),
    ("New Country", "ANOMALOUS_LOCATION"),
    ("New Device", "ANOMALOUS_DEVICE"),
    ("New IP", "ANOMALOUS_IP"),
];

/// Recorded: the cursor is the name of the last row, its spaces written as plus signs.
pub(super) fn behaviors(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    let ids = Spelling::new(cx.org.users.formula.seed, "bhv");
    let row = |(n, (name, kind)): (u64, (&str, &str))| {
        let (id, base) = (ids.id(n), &cx.org.base);
        let settings = match kind {
            "ANOMALOUS_LOCATION" => {
                let granularity = if name == "New City" { "CITY" } else { "COUNTRY" };
                json!({ "maxEventsUsedForEvaluation": 20, "minEventsNeededForEvaluation": 0, "granularity": granularity })
            }
            _ => json!({ "maxEventsUsedForEvaluation": 20, "minEventsNeededForEvaluation": 0 }),
        };
        let row = json!({
            "id": *id, "name": name, "type": kind, "status": "ACTIVE", "created": born(cx), "lastUpdated": born(cx),
            "settings": settings,
            "_links": { "self": {
                "href": format!("{base}/api/v1/behaviors/{id}"), "hints": { "allow": ["GET", "PUT", "DELETE"] },
            } },
        });
        (name.to_owned(), row)
    };
    let rows: Vec<Row> = (0..).zip(BEHAVIORS).map(row).collect();
    let listed = Listed {
        path: "behaviors".to_owned(),
        limit: 20,
        most: 200,
        bad_cursor: "E0000029",
        carried: Vec::new(),
    };
    match path {
        [] => listed.page(cx, params, rows),
        [id] => one(rows, id, "BehaviorDetectionRule"),
        _ => unbuilt(),
    }
}

/// The number of the first realm among the `guo` ids; devices have the smaller ones.
const REALM: u64 = 1_000;

/// Whether the org has this realm.
pub(in crate::handle) fn is_realm(org: &Org, id: &str) -> bool {
    org.spelling("guo").number(id).is_some_and(|n| (REALM..REALM + 2).contains(&n))
}

/// Recorded: the links carry `search=id+pr` when no search was sent.
pub(super) fn realms(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    let ids = Spelling::new(cx.org.users.formula.seed, "guo");
    let row = |n: u64, name: &str, kind: &str| -> Value {
        let id = ids.id(REALM + n);
        json!({
            "id": *id, "created": born(cx), "lastUpdated": born(cx), "isDefault": kind == "DEFAULT",
            "profile": { "name": name, "realmType": kind },
            "_links": { "self": {
                "href": format!("{}/api/v1/realms/{id}", cx.org.base), "hints": { "allow": ["GET", "PUT", "DELETE"] },
            } },
        })
    };
    let mut rows = by_id([row(0, "Default Realm", "DEFAULT"), row(1, "Partners", "PARTNER")]);
    match path {
        [] => {
            super::search(&mut rows, params)?;
            let carried = vec![("search", params.get("search").unwrap_or("id pr").to_owned())];
            let path = "realms".to_owned();
            Listed { path, limit: 200, most: 200, bad_cursor: "E0000031", carried }.page(cx, params, rows)
        }
        [id] => one(rows, id, "Realm"),
        _ => unbuilt(),
    }
}

/// Everything unless a `limit` is sent.
pub(super) fn zones(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    let row = |id: &str, name: &str, usage: &str| {
        let path = format!("{}/api/v1/zones/{id}", cx.org.base);
        json!({
            "type": "IP", "id": id, "name": name, "status": "ACTIVE", "usage": usage, "created": born(cx),
            "lastUpdated": born(cx), "system": true, "gateways": null, "proxies": null,
            "_links": {
                "self": { "href": path, "hints": { "allow": ["GET", "PUT"] } },
                "deactivate": { "href": format!("{path}/lifecycle/deactivate"), "hints": { "allow": ["POST"] } },
            },
        })
    };
    let rows = by_id([
        row("nzolegacy000000000mck", "LegacyIpZone", "POLICY"),
        row("nzoblocked00000000mck", "BlockedIpZone", "BLOCKLIST"),
    ]);
    let (path_, carried) = ("zones".to_owned(), Vec::new());
    let listed = Listed { path: path_, limit: -1, most: 200, bad_cursor: "E0000054", carried };
    match path {
        [] => listed.page(cx, params, rows),
        [id] => one(rows, id, "NetworkZone"),
        _ => unbuilt(),
    }
}
