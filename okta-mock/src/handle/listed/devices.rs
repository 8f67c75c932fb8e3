//! `/devices`. Source: API reference, "Devices". Recorded: `hints.allow` holds PATCH, and a bad cursor is `E0000031`.

use serde_json::{Value, json};

use super::{Listed, Row, by_id, one, search};
use crate::handle::organization::born;
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, unbuilt};
use crate::org::id::Spelling;

/// `(display name, platform, manufacturer, model, version, status)`.
type Device = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const DEVICES: [Device; 3] = [
    ("Front desk", "MACOS", "Apple", "MacBook Air", "15.6", "ACTIVE"),
    ("Warehouse scanner", "ANDROID", "Google", "Pixel 6", "14:2025-05-05", "ACTIVE"),
    ("Old laptop", "WINDOWS", "Contoso", "L13", "10.0.19045", "SUSPENDED"),
];

pub(super) fn read(cx: &Cx<'_>, params: &Params, path: &[&str]) -> Outcome {
    match path {
        [] => {
            let mut rows = rows(cx);
            search(&mut rows, params)?;
            let carried = params.get("search").map(|text| ("search", text.to_owned())).into_iter().collect();
            let path = "devices".to_owned();
            Listed { path, limit: 200, most: 200, bad_cursor: "E0000031", carried }.page(cx, params, rows)
        }
        [id] => one(rows(cx), id, "Device"),
        _ => unbuilt(),
    }
}

fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let ids = Spelling::new(cx.org.users.formula.seed, "guo");
    by_id((0..).zip(DEVICES).map(|(n, device)| row(cx, &ids.id(n), device)))
}

fn row(cx: &Cx<'_>, id: &str, (name, platform, manufacturer, model, version, status): Device) -> Value {
    let path = format!("{}/api/v1/devices/{id}", cx.org.base);
    let link =
        |rest: &str, allow: &[&str]| json!({ "href": format!("{path}{rest}"), "hints": { "allow": allow } });
    let mut links = json!({ "self": link("", &["GET", "PATCH", "PUT"]), "users": link("/users", &["GET"]) });
    let next: &[&str] = if status == "ACTIVE" { &["suspend", "deactivate"] } else { &["unsuspend"] };
    for operation in next {
        links[operation] = link(&format!("/lifecycle/{operation}"), &["POST"]);
    }
    json!({
        "id": id, "status": status, "created": born(cx), "lastUpdated": born(cx),
        "profile": {
            "displayName": name, "platform": platform, "manufacturer": manufacturer, "model": model,
            "osVersion": version, "registered": true, "secureHardwarePresent": true,
        },
        "resourceType": "UDDevice", "resourceDisplayName": { "value": name, "sensitive": false },
        "resourceAlternateId": null, "resourceId": id, "_links": links,
    })
}
