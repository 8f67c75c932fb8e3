//! Users: written in part and as a whole, and led through their life.

use okta_client::Edit;
use okta_client::groups::NewGroup;
use okta_client::users::{Mail, NewUser, OAuthTokens, Sessions, UserProfile, UserStatus};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{org, same};

/// A profile of an org with attributes of its own.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Employee {
    login: String,
    email: String,
    badge_numbers: Vec<u32>,
    title: Option<String>,
}

#[tokio::test(start_paused = true)]
async fn a_user_is_created_changed_in_part_replaced_and_deleted_in_two_steps() {
    let (_org, client) = org();
    let users = client.users();
    let mut profile = UserProfile::default();
    profile.login = Some("ada/byron@example.com".to_owned());
    profile.email = Some("ada@example.com".to_owned());
    profile.title = Some("Analyst".to_owned());
    let group = client.groups().create(&NewGroup::new("Engines")).await.expect("created");
    let new = NewUser::new(&profile).attribute("badge", json!(1.5)).group(group.id.clone());
    let ada = users.create(&new.staged()).await.expect("created");
    assert_eq!(ada.status, Some(UserStatus::Staged));
    assert_eq!((&ada.profile, ada.extra::<f64>("/profile/badge").expect("a number")), (&profile, Some(1.5)));
    same(&ada, users.get(&ada.id)).await;
    same(&ada, users.get("ada/byron@example.com")).await;
    let of_ada = users.groups(&ada.id).paginate().collect_all().await.expect("a listing");
    assert!(of_ada.iter().any(|found| found.id == group.id));

    // Absent is kept, `null` is cleared.
    let change = Edit::new().set("/profile/nickName", "Countess \"Ada\"").clear("/profile/title");
    let changed = users.update(&ada.id, &change).await.expect("changed");
    assert_eq!(changed.profile.nick_name.as_deref(), Some("Countess \"Ada\""));
    assert_eq!(
        (changed.profile.title.as_deref(), changed.profile.email.as_deref()),
        (None, Some("ada@example.com"))
    );
    assert_eq!(changed.extra::<f64>("/profile/badge").expect("a number"), Some(1.5));
    same(&changed, users.get(&ada.id)).await;

    // What is not modelled survives a replacement that begins with what was read; what is left out goes.
    let edit = changed.edit().set("/profile/department", "Engines").remove("/profile/nickName");
    let replaced = users.replace(&ada.id, &edit).await.expect("replaced");
    assert_eq!(replaced.extra::<f64>("/profile/badge").expect("a number"), Some(1.5));
    assert_eq!(
        (replaced.profile.nick_name.as_deref(), replaced.profile.department.as_deref()),
        (None, Some("Engines"))
    );
    same(&replaced, users.get(&ada.id)).await;

    users.delete(&ada.id, Mail::Withhold).await.expect("the first step");
    assert_eq!(users.get(&ada.id).await.expect("still there").status, Some(UserStatus::Deprovisioned));
    users.delete(&ada.id, Mail::Withhold).await.expect("the second step");
    assert!(users.get(&ada.id).await.expect_err("gone").is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_profile_is_a_struct_of_the_users_own() {
    let (_org, client) = org();
    let mut employee = Employee {
        login: "bab@example.com".to_owned(),
        email: "bab@example.com".to_owned(),
        badge_numbers: vec![7, 8],
        title: Some("Engineer".to_owned()),
    };
    let created = client.users().create(&NewUser::new(&employee)).await.expect("created");
    assert_eq!(created.extra::<Employee>("/profile").expect("an employee").as_ref(), Some(&employee));
    employee.title = None;
    let change = json!({ "profile": employee });
    let changed = client.users().update(&created.id, &change).await.expect("changed");
    assert_eq!(changed.extra::<Employee>("/profile").expect("an employee"), Some(employee));
    assert_eq!(changed.status, Some(UserStatus::Provisioned));
}

#[tokio::test(start_paused = true)]
async fn a_user_goes_through_its_life() {
    let (_org, client) = org();
    let users = client.users();
    let profile = json!({ "login": "eve@example.com", "email": "eve@example.com" });
    let eve = users.create(&NewUser::new(&profile).staged()).await.expect("created").id.clone();
    let status = async || users.get(&eve).await.expect("there").status.clone().expect("a status");

    let link = users.activate(&eve, Mail::Withhold).await.expect("activated");
    let token = link.activation_token.as_ref().expect("a token").expose_secret();
    assert!(link.activation_url.as_ref().expect("a link").expose_secret().contains(token));
    assert!(!format!("{link:?}").contains(token), "a link is a way in");
    assert_eq!(status().await, UserStatus::Provisioned);
    let mailed = users.reactivate(&eve, Mail::Send).await.expect("invited again");
    assert!(mailed.activation_url.is_none() && mailed.activation_token.is_none());
    let password = Edit::new().set("/credentials/password/value", "correct horse");
    users.update(&eve, &password).await.expect("a password");
    assert_eq!(status().await, UserStatus::Active);

    users.suspend(&eve).await.expect("suspended");
    assert_eq!(status().await, UserStatus::Suspended);
    let again = users.suspend(&eve).await.expect_err("suspended already");
    assert_eq!(
        (again.status().map(|status| status.as_u16()), again.okta_code()),
        (Some(400), Some("E0000001"))
    );
    users.unsuspend(&eve).await.expect("unsuspended");
    assert_eq!(users.unlock(&eve).await.expect_err("not locked").okta_code(), Some("E0000032"));
    assert_eq!(users.expire_password(&eve).await.expect("expired").status, Some(UserStatus::PasswordExpired));
    let temporary = users.expire_password_with_temp_password(&eve, Sessions::Revoke).await.expect("expired");
    let secret = temporary.temp_password.as_ref().expect("a password").expose_secret();
    assert!(!format!("{temporary:?}").contains(secret));
    let reset = users.reset_password(&eve, Mail::Withhold, Sessions::Revoke).await.expect("reset");
    assert!(reset.reset_password_url.expect("a link").expose_secret().starts_with("http"));
    assert_eq!(status().await, UserStatus::Recovery);
    users.reset_factors(&eve).await.expect("reset");
    users.clear_sessions(&eve, OAuthTokens::Revoke).await.expect("cleared");
    users.deactivate(&eve, Mail::Send).await.expect("deactivated");
    assert_eq!(status().await, UserStatus::Deprovisioned);
    users.activate(&eve, Mail::Send).await.expect("back");
}
