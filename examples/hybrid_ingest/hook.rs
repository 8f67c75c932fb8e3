//! Asks Okta to push: registers this receiver as an Event Hook and has it verified. Safe to repeat at every start.

use okta_client::Client;
use okta_ingest::BoxError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

const NAME: &str = "hybrid_ingest";

/// What is subscribed to: every type here is eligible for Event Hooks. The rest of the log comes by polling.
const EVENT_TYPES: &[&str] = &[
    "application.lifecycle.create",
    "application.lifecycle.deactivate",
    "application.lifecycle.update",
    "application.user_membership.add",
    "application.user_membership.remove",
    "application.user_membership.update",
    "group.lifecycle.create",
    "group.lifecycle.delete",
    "group.profile.update",
    "group.user_membership.add",
    "group.user_membership.remove",
    "user.account.reset_password",
    "user.account.update_password",
    "user.account.update_profile",
    "user.authentication.sso",
    "user.lifecycle.activate",
    "user.lifecycle.create",
    "user.lifecycle.deactivate",
    "user.lifecycle.delete.initiated",
    "user.lifecycle.reactivate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
    "user.mfa.factor.activate",
    "user.mfa.factor.deactivate",
    "user.session.start",
];

#[derive(Deserialize)]
struct Hook {
    id: String,
    name: String,
    status: String,
}

/// The hook's secret: from `OKTA_EVENT_HOOK_SECRET`, or a new one for this run. Okta never shows a hook's secret, so without
/// the variable the hook is given the new one.
pub(crate) fn secret() -> SecretString {
    std::env::var("OKTA_EVENT_HOOK_SECRET")
        .unwrap_or_else(|_| {
            let mut random = fastrand::Rng::new();
            format!("{:032x}{:032x}", random.u128(..), random.u128(..))
        })
        .into()
}

/// Creates the hook, or gives the existing one this address and secret, and verifies it. Returns its id.
pub(crate) async fn register(
    client: &Client,
    public_url: &str,
    secret: &SecretString,
) -> Result<String, BoxError> {
    let body = json!({
        "name": NAME,
        "events": { "type": "EVENT_TYPE", "items": EVENT_TYPES },
        "channel": {
            "type": "HTTP",
            "version": "1.0.0",
            "config": {
                "uri": format!("{}/ingest/okta/events", public_url.trim_end_matches('/')),
                "method": "POST",
                "headers": [],
                "authScheme": { "type": "HEADER", "key": "Authorization", "value": secret.expose_secret() },
            },
        },
    });
    let existing = client.get::<Vec<Hook>>("/api/v1/eventHooks").await?;
    let existing = existing.iter().find(|hook| hook.name == NAME);
    let hook: Hook = match existing {
        Some(hook) => {
            let path = format!("/api/v1/eventHooks/{}", hook.id);
            client.request(http::Method::PUT, &path).json(&body).send().await?.json::<Hook>()?.into_inner()
        }
        None => client
            .request(http::Method::POST, "/api/v1/eventHooks")
            .json(&body)
            .send()
            .await?
            .json::<Hook>()?
            .into_inner(),
    };
    let lifecycle = |operation: &str| {
        let path = format!("/api/v1/eventHooks/{}/lifecycle/{operation}", hook.id);
        client.request(http::Method::POST, &path).send()
    };
    if hook.status != "ACTIVE" {
        lifecycle("activate").await?;
    }
    lifecycle("verify").await?;
    Ok(hook.id)
}
