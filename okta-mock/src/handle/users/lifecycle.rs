//! `/users/{id}/lifecycle/…` and `/credentials/…`: the moves of `org::users::lifecycle`, each with Okta's own body.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::show;
use crate::error::ApiError;
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, body, ok, unbuilt};

pub(super) fn operate(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str, operation: &str) -> Outcome {
    let params = Params::of(request.uri());
    let tx = cx.tx.clone();
    match operation {
        "activate" => {
            cx.org.activate_user(&tx, id)?;
            invite(cx, &params)
        }
        "reactivate" => {
            cx.org.reactivate_user(&tx, id)?;
            invite(cx, &params)
        }
        "deactivate" => cx.org.deactivate_user(&tx, id).and_then(|()| ok("{}")),
        "suspend" => cx.org.suspend_user(&tx, id).and_then(|()| ok("{}")),
        "unsuspend" => cx.org.unsuspend_user(&tx, id).and_then(|()| ok("{}")),
        "unlock" => cx.org.unlock_user(&tx, id).and_then(|()| ok("{}")),
        "reset_factors" => cx.org.reset_factors(&tx, id).and_then(|()| ok("{}")),
        "reset_password" => {
            if params.get("sendEmail").is_none() {
                return Err(ApiError::of("E0000028").because("sendEmail: The parameter is missing"));
            }
            cx.org.reset_password(&tx, id)?;
            recover(cx, &params)
        }
        "expire_password" => {
            cx.org.expire_password(&tx, id)?;
            show(cx, id)
        }
        "expire_password_with_temp_password" => {
            cx.org.expire_password(&tx, id)?;
            let password = token(cx, "password", 10);
            ok(format!(r#"{{"tempPassword":"{password}"}}"#))
        }
        _ => unbuilt(),
    }
}

pub(super) fn credentials(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str, operation: &str) -> Outcome {
    let tx = cx.tx.clone();
    match operation {
        "change_password" => {
            let body = Value::Object(body(request)?);
            for member in ["oldPassword", "newPassword"] {
                if body.pointer(&format!("/{member}/value")).and_then(Value::as_str).unwrap_or("").is_empty()
                {
                    return Err(ApiError::validation(
                        member,
                        format!("{member}: The field cannot be left blank"),
                    ));
                }
            }
            let status = cx.org.find_user(id)?.status;
            if !status.may_change_password() {
                return Err(ApiError::of("E0000038"));
            }
            cx.org.set_password(&tx, id)?;
            ok(r#"{"password":{},"provider":{"type":"OKTA","name":"OKTA"}}"#)
        }
        "forgot_password" => {
            cx.org.forgot_password(&tx, id)?;
            recover(cx, &Params::of(request.uri()))
        }
        _ => unbuilt(),
    }
}

/// Okta sends the link by mail, or gives it to the caller.
fn invite(cx: &mut Cx<'_>, params: &Params) -> Outcome {
    if params.flag("sendEmail", true) {
        return ok("{}");
    }
    let token = token(cx, "activation", 20);
    let base = &cx.org.base;
    ok(format!(r#"{{"activationUrl":"{base}/welcome/{token}","activationToken":"{token}"}}"#))
}

fn recover(cx: &mut Cx<'_>, params: &Params) -> Outcome {
    if params.flag("sendEmail", true) {
        return ok("{}");
    }
    let token = token(cx, "recovery", 20);
    ok(format!(r#"{{"resetPasswordUrl":"{}/reset_password/{token}"}}"#, cx.org.base))
}

fn token(cx: &mut Cx<'_>, kind: &'static str, length: usize) -> String {
    let mut token = cx.org.mint.hex(kind);
    token.truncate(length);
    token
}
