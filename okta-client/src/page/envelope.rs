//! Lists that page in the body: `{"value":[…],"_links":{"next":{"href":…}}}`. Pure.
//!
//! Everything under `/api/v1/iam` does so, and names the list differently each time. Which name, the path says, so that a stored
//! position and a list of the caller's own are read the same way.
//!
//! **Source**: Okta, "Role Assignments", "Roles", "Resource Sets".

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decode::{Category, DecodeProblem, check_text};
use crate::raw::child;

/// The member that holds the list, or `None` where the answer is the list.
pub(super) fn member(path: &str) -> Option<&'static str> {
    let rest = path.strip_prefix("/api/v1/iam/")?;
    Some(match rest.trim_end_matches('/').rsplit('/').next()? {
        "roles" | "bindings" => "roles",
        "resource-sets" => "resource-sets",
        "resources" => "resources",
        "members" => "members",
        "permissions" => "permissions",
        _ => "value",
    })
}

#[derive(Deserialize)]
struct Links {
    next: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

/// The list as a slice of the body, and the link behind it.
pub(super) fn open(body: &Bytes, member: &str) -> Result<(Bytes, Option<String>), DecodeProblem> {
    check_text(body)?;
    let envelope: &RawValue = serde_json::from_slice(body)?;
    let Some(items) = child(envelope, member)? else {
        return Err(DecodeProblem::new(Category::NotAList));
    };
    let links: Option<Links> = match child(envelope, "_links")? {
        Some(links) => serde_json::from_str(links.get())?,
        None => None,
    };
    let next = links.and_then(|links| links.next).map(|next| next.href);
    Ok((body.slice_ref(items.get().as_bytes()), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_where_the_list_is() {
        for (path, expected) in [
            ("/api/v1/users", None),
            ("/api/v1/users/00u1/roles", None),
            ("/api/v1/iam/assignees/users", Some("value")),
            ("/api/v1/iam/roles", Some("roles")),
            ("/api/v1/iam/roles/cr01/permissions", Some("permissions")),
            ("/api/v1/iam/resource-sets", Some("resource-sets")),
            ("/api/v1/iam/resource-sets/iam1/bindings", Some("roles")),
            ("/api/v1/iam/resource-sets/iam1/bindings/cr01/members", Some("members")),
            ("/api/v1/iam/resource-sets/iam1/resources", Some("resources")),
        ] {
            assert_eq!(member(path), expected, "{path}");
        }
    }

    #[test]
    fn the_list_is_a_slice_and_the_link_is_read() {
        let body = Bytes::from_static(br#" {"_links":{"next":{"href":"/x"}}, "value": [ {"id":1} ] }"#);
        let (items, next) = open(&body, "value").expect("a page");
        assert_eq!((items.as_ref(), next.as_deref()), (br#"[ {"id":1} ]"#.as_slice(), Some("/x")));
        for text in
            [r#"{"value":[]}"#, r#"{"value":[],"_links":null}"#, r#"{"value":[],"_links":{"self":{}}}"#]
        {
            let (items, next) = open(&Bytes::from_static(text.as_bytes()), "value").expect("a page");
            assert_eq!((items.as_ref(), next), (b"[]".as_slice(), None), "{text}");
        }
    }

    #[test]
    fn xb11_a_page_without_its_list_is_no_empty_page() {
        for text in ["", "{}", "null", "[]", r#"{"roles":[]}"#, "<html>"] {
            assert!(open(&Bytes::from_static(text.as_bytes()), "value").is_err(), "{text}");
        }
    }
}
