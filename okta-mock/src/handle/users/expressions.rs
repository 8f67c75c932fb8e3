//! Which expressions `filter` and `search` take. Source: API reference, "Users"; `API.md` §2.3.

use crate::error::ApiError;
use crate::handle::query::{Expr, Op};

/// `filter` knows seven attributes, `eq` everywhere and an order only for `lastUpdated`.
pub(super) fn parse_filter(text: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::saying("E0000053", format!("Invalid filter '{text}': {why}"));
    let expr = Expr::parse(text).map_err(invalid)?;
    if expr.negates() {
        return Err(invalid("The operator 'not' is not supported".to_owned()));
    }
    expr.each(&mut |attribute, op, _| match (attribute, op) {
        ("lastUpdated", Some(Op::Eq | Op::Gt | Op::Ge | Op::Lt | Op::Le)) => Ok(()),
        (
            "status" | "id" | "profile.login" | "profile.email" | "profile.firstName" | "profile.lastName",
            Some(Op::Eq),
        ) => Ok(()),
        (
            "lastUpdated" | "status" | "id" | "profile.login" | "profile.email" | "profile.firstName"
            | "profile.lastName",
            _,
        ) => Err(format!("The operator is not supported for '{attribute}'")),
        _ => Err(format!("The attribute '{attribute}' is not supported")),
    })
    .map_err(invalid)?;
    Ok(expr)
}

/// `search` knows every attribute; `co` only some, `ne` and `ew` nowhere.
pub(super) fn parse_search(text: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::of("E0000031").because(why);
    let expr = Expr::parse(text).map_err(invalid)?;
    expr.each(&mut |attribute, op, _| {
        let top =
            ["id", "status", "created", "activated", "statusChanged", "lastUpdated", "lastLogin", "type.id"];
        let contains = ["profile.firstName", "profile.lastName", "profile.email", "profile.login"];
        match op {
            _ if !top.contains(&attribute) && !attribute.starts_with("profile.") => {
                Err(format!("The attribute '{attribute}' is not supported"))
            }
            Some(Op::Ne | Op::Ew) => Err("The operator is not supported".to_owned()),
            Some(Op::Co) if !contains.contains(&attribute) => {
                Err(format!("'co' is not supported for '{attribute}'"))
            }
            _ => Ok(()),
        }
    })
    .map_err(invalid)?;
    if expr.negates() {
        return Err(invalid("The operator 'not' is not supported".to_owned()));
    }
    Ok(expr)
}
