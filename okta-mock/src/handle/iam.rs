//! `/iam`: who is an administrator, roles, resource sets. These lists page in the body. Source: API reference, "Role
//! assignments"; `API.md` §2.1.

use http::Request;
use serde_json::{Value, json};

use super::organization::born;
use super::params::Params;
use super::{Cx, Outcome, ok, unbuilt};
use crate::error::ApiError;
use crate::org::facets::{CUSTOM_ROLE, RESOURCE_SET};

pub(super) fn route<B>(cx: &Cx<'_>, request: &Request<B>, path: &[&str]) -> Outcome {
    if request.method() != http::Method::GET {
        return unbuilt();
    }
    let base = format!("{}/api/v1/iam", cx.org.base);
    let answer = match path {
        ["assignees", "users"] => return assignees(cx, request),
        ["roles"] => json!({ "roles": [role(cx, &base)], "_links": {} }),
        ["roles", id] if *id == CUSTOM_ROLE => role(cx, &base),
        ["roles", id] => return Err(ApiError::not_found(id, "CustomRole")),
        ["resource-sets"] => json!({ "resource-sets": [set(cx, &base)], "_links": {} }),
        ["resource-sets", id] if *id == RESOURCE_SET => set(cx, &base),
        ["resource-sets", id] => return Err(ApiError::not_found(id, "ResourceSet")),
        _ => return unbuilt(),
    };
    ok(answer.to_string())
}

fn assignees<B>(cx: &Cx<'_>, request: &Request<B>) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(100, 1, 200)?;
    let (org, base) = (&*cx.org, &cx.org.base);
    let after = super::page::user_cursor(&params, &org.users, "E0000031")?;
    let mut admins = org.users.from(after.map_or(0, |after| after.saturating_add(1)));
    let mut admins = std::iter::from_fn(|| {
        admins.find(|(n, _)| org.standard_role(*n).is_some()).map(|(n, _)| org.users.id(n))
    });
    let rows: Vec<_> = admins.by_ref().take(limit).collect();
    let path = format!("{base}/api/v1/iam/assignees/users");
    let link = |after: Option<&str>| match after {
        Some(after) => json!({ "href": format!("{path}?after={after}&limit={limit}") }),
        None => json!({ "href": format!("{path}?limit={limit}") }),
    };
    let mut links = json!({ "self": link(params.get("after")) });
    if let (Some(last), true) = (rows.last(), admins.next().is_some()) {
        links["next"] = link(Some(last));
    }
    let value: Vec<Value> = rows
        .iter()
        .map(|id| {
            let user = format!("{base}/api/v1/users/{id}");
            json!({
                "id": **id, "orn": format!("orn:okta:directory:{}:users:{id}", org.id),
                "_links": { "self": { "href": user }, "roles": { "href": format!("{user}/roles") } },
            })
        })
        .collect();
    ok(json!({ "value": value, "_links": links }).to_string())
}

fn role(cx: &Cx<'_>, base: &str) -> Value {
    let path = format!("{base}/roles/{CUSTOM_ROLE}");
    json!({
        "id": CUSTOM_ROLE, "label": "Help desk (custom)", "description": "Resets passwords", "created": born(cx),
        "lastUpdated": born(cx),
        "_links": { "self": { "href": path }, "permissions": { "href": format!("{path}/permissions") } },
    })
}

fn set(cx: &Cx<'_>, base: &str) -> Value {
    let path = format!("{base}/resource-sets/{RESOURCE_SET}");
    json!({
        "id": RESOURCE_SET, "label": "All users", "description": "Every user of the org", "created": born(cx),
        "lastUpdated": born(cx),
        "_links": {
            "self": { "href": path }, "resources": { "href": format!("{path}/resources") },
            "bindings": { "href": format!("{path}/bindings") },
        },
    })
}
