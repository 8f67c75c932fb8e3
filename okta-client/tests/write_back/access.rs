//! Who may do what: roles of apps, scopes, tokens, passwords.

use std::collections::BTreeSet;

use okta_client::roles::{Holder, RoleType};
use okta_client::users::{Mail, NewUser, Sessions, UserStatus};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{org, same};

#[tokio::test(start_paused = true)]
async fn a_service_app_gets_a_role_and_a_scope_and_loses_them() {
    let (org, client) = org();
    let app = org.service_app().client_id;
    let (roles, apps, holder) = (client.roles(), client.apps(), Holder::client(&app));
    for role in roles.list(&holder).paginate().collect_all().await.expect("a listing") {
        roles.unassign(&holder, &role.id).await.expect("unassigned");
    }
    let role = roles.assign(&holder, RoleType::HelpDeskAdmin).await.expect("assigned");
    assert_eq!(role.role_type, Some(RoleType::HelpDeskAdmin));
    same(&role, roles.get(&holder, &role.id)).await;
    let all = roles.list(&holder).paginate().collect_all().await.expect("a listing");
    assert_eq!(all, std::slice::from_ref(&role));
    let twice = roles.assign(&holder, RoleType::HelpDeskAdmin).await.expect_err("it has the role");
    assert_eq!(twice.status().map(|status| status.as_u16()), Some(409));
    roles.unassign(&holder, &role.id).await.expect("unassigned");
    assert!(roles.get(&holder, &role.id).await.expect_err("gone").is_not_found());

    let scopes = async || {
        let grants = apps.grants(&app).paginate().collect_all().await.expect("a listing");
        grants.iter().filter_map(|grant| grant.scope_id.clone()).collect::<BTreeSet<_>>()
    };
    let before = scopes().await;
    assert!(!before.contains("okta.devices.read"));
    let grant = apps.add_grant(&app, "okta.devices.read").await.expect("granted");
    assert!(scopes().await.contains("okta.devices.read"));
    same(&grant, apps.grant(&app, &grant.id)).await;
    apps.revoke_grant(&app, &grant.id).await.expect("revoked");
    assert_eq!(scopes().await, before);
    assert!(apps.tokens(&app).paginate().collect_all().await.expect("a listing").is_empty());
    apps.revoke_tokens(&app).await.expect("none is left");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_revokes_its_own_token_is_a_client_with_a_dead_credential() {
    let (_org, client) = org();
    let tokens = client.api_tokens();
    let own = tokens.list().paginate().collect_all().await.expect("a listing").remove(0);
    same(&own, tokens.get(&own.id)).await;
    tokens.revoke_current().await.expect("revoked");
    let error = client.users().get("me").await.expect_err("it is dead");
    assert!(error.is_unauthorized() && error.okta_code() == Some("E0000011"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_password_is_changed_by_who_knows_it_and_recovered_by_who_does_not() {
    let (_org, client) = org();
    let users = client.users();
    let (old, new) = (SecretString::from("correct horse 1"), SecretString::from("battery staple 2"));
    let profile = json!({ "login": "eve@example.com", "email": "eve@example.com" });
    let eve = users.create(&NewUser::new(&profile).password(old.clone())).await.expect("created").id.clone();
    let before = users.get(&eve).await.expect("there").password_changed;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let changed = users.change_password(&eve, old, new, Sessions::Keep).await.expect("changed");
    assert_eq!(changed.provider.as_ref().and_then(|provider| provider.kind.as_deref()), Some("OKTA"));
    let after = users.get(&eve).await.expect("there");
    assert!(after.password_changed > before && after.status == Some(UserStatus::Active));
    let link = users.forgot_password(&eve, Mail::Withhold).await.expect("begun");
    let url = link.reset_password_url.as_ref().expect("a link").expose_secret();
    assert!(url.contains("/reset_password/") && !format!("{link:?}").contains(url));
    assert!(users.forgot_password(&eve, Mail::Send).await.expect("begun").reset_password_url.is_none());
}
