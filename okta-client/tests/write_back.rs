//! Create, change and delete every resource that can be written, and look at the org afresh each time.

use bytes::Bytes;
use http::Response;
use okta_client::apps::{AppStatus, AppUserScope, NewAppUser};
use okta_client::event_hooks::{NewEventHook, VerificationStatus};
use okta_client::group_rules::{GroupRuleStatus, Members, NewGroupRule};
use okta_client::groups::NewGroup;
use okta_client::log_streams::{LogStreamType, NewLogStream};
use okta_client::policies::PolicyType;
use okta_client::principal_rate_limits::PrincipalType;
use okta_client::roles::Holder;
use okta_client::users::{Mail, NewUser, Sessions, Tokens, UserProfile, UserStatus};
use okta_client::{Client, Edit, Error, LifecycleStatus, Raw, transport};
use okta_mock::{Clock, OktaMock};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// When the orgs begin: 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;

fn org() -> (OktaMock, Client) {
    org_of(40)
}

fn org_of(users: usize) -> (OktaMock, Client) {
    let receiver = |request: http::Request<Bytes>| {
        let challenge = request.headers().get("x-okta-verification-challenge");
        let challenge = challenge.and_then(|value| value.to_str().ok()).unwrap_or_default();
        std::future::ready(Response::new(Bytes::from(json!({ "verification": challenge }).to_string())))
    };
    let org = OktaMock::builder().seed(7).users(users).groups(6).apps(4).events(10);
    let org = org.clock(Clock::Tokio(START)).push_to(receiver).in_process();
    let service = org.service();
    let transport = transport::from_fn(move |request| service.call(request));
    let client = Client::builder(org.url()).api_token(org.api_token()).transport(transport).jitter_seed(7);
    (org, client.build().expect("valid settings"))
}

/// The JSON of an object.
fn json_of<T>(object: &Raw<T>) -> Value {
    serde_json::from_slice(object.raw()).expect("JSON")
}

/// What a write answers is what a fresh look finds.
async fn same<T>(written: &Raw<T>, fresh: impl Future<Output = Result<Raw<T>, Error>>) {
    assert_eq!(json_of(written), json_of(&fresh.await.expect("there")));
}

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
    let new = NewUser::new(&profile).attribute("badge", json!({ "number": 1.5 })).group(group.id.clone());
    let ada = users.create(&new.staged()).await.expect("created");
    assert_eq!(ada.status, Some(UserStatus::Staged));
    assert_eq!(
        (&ada.profile, ada.extra::<f64>("/profile/badge/number").expect("a number")),
        (&profile, Some(1.5))
    );
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
    assert_eq!(changed.extra::<f64>("/profile/badge/number").expect("a number"), Some(1.5));
    same(&changed, users.get(&ada.id)).await;

    // What is not modelled survives a replacement that begins with what was read; what is left out goes.
    let edit = changed.edit().set("/profile/department", "Engines").remove("/profile/nickName");
    let replaced = users.replace(&ada.id, &edit).await.expect("replaced");
    assert_eq!(replaced.extra::<f64>("/profile/badge/number").expect("a number"), Some(1.5));
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
    users.clear_sessions(&eve, Tokens::Revoke).await.expect("cleared");
    users.deactivate(&eve, Mail::Send).await.expect("deactivated");
    assert_eq!(status().await, UserStatus::Deprovisioned);
    users.activate(&eve, Mail::Send).await.expect("back");
}

#[tokio::test(start_paused = true)]
async fn a_group_is_created_replaced_filled_emptied_and_deleted() {
    let (_org, client) = org();
    let groups = client.groups();
    let new = NewGroup::new("Sales of engines").description("All of it").attribute("region", "EMEA");
    let sales = groups.create(&new).await.expect("created");
    assert_eq!(sales.extra::<String>("/profile/region").expect("text").as_deref(), Some("EMEA"));
    same(&sales, groups.get(&sales.id)).await;

    let replaced =
        groups.replace(&sales.id, &sales.edit().set("/profile/name", "Sales EMEA")).await.expect("replaced");
    assert_eq!(replaced.profile.name.as_deref(), Some("Sales EMEA"));
    assert_eq!(replaced.extra::<String>("/profile/region").expect("text").as_deref(), Some("EMEA"));
    same(&replaced, groups.get(&sales.id)).await;

    let me = client.users().get("me").await.expect("the token's owner").id.clone();
    let members = async || {
        let members = groups.members(&sales.id).paginate().collect_all().await.expect("a listing");
        members.iter().map(|user| user.id.clone()).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        groups.add_member(&sales.id, &me).await.expect("a member, however often");
        assert_eq!(members().await, std::slice::from_ref(&me));
    }
    for _ in 0..2 {
        groups.remove_member(&sales.id, &me).await.expect("no member, however often");
        assert!(members().await.is_empty());
    }
    assert!(groups.owners(&sales.id).paginate().collect_all().await.expect("a listing").is_empty());
    groups.delete(&sales.id).await.expect("deleted");
    assert!(groups.get(&sales.id).await.expect_err("gone").is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_membership_is_taken_away_again_where_the_answer_was_lost_and_a_user_is_not() {
    let (org, client) = org();
    let group = client.groups().create(&NewGroup::new("Lost")).await.expect("created");
    let me = client.users().get("me").await.expect("the token's owner").id.clone();
    client.groups().add_member(&group.id, &me).await.expect("a member");
    org.faults().on("DELETE /api/v1/groups/*/users/*").nth(1).respond(503);
    org.faults().on("DELETE /api/v1/users/*").nth(1).respond(503);
    client.groups().remove_member(&group.id, &me).await.expect("the second time");
    let error = client.users().delete(&me, Mail::Withhold).await.expect_err("never sent twice");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert_eq!(org.faults().acted(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_group_rule_is_created_switched_replaced_and_deleted() {
    let (_org, client) = org();
    let rules = client.group_rules();
    let group = client.groups().create(&NewGroup::new("By rule")).await.expect("created");
    let expression = r#"user.department=="Engines""#;
    let new = NewGroupRule::new("Engines", expression, std::slice::from_ref(&group.id));
    let rule = rules.create(&new).await.expect("created");
    assert_eq!(rule.status, Some(GroupRuleStatus::Inactive));
    let actions = rule.actions.clone().and_then(|actions| actions.assign_user_to_groups).expect("an action");
    assert_eq!(actions.group_ids, std::slice::from_ref(&group.id));
    same(&rule, rules.get(&rule.id)).await;
    let replaced =
        rules.replace(&rule.id, &rule.edit().set("/name", "Engines and more")).await.expect("replaced");
    assert_eq!(replaced.name.as_deref(), Some("Engines and more"));
    same(&replaced, rules.get(&rule.id)).await;
    rules.activate(&rule.id).await.expect("active");
    assert_eq!(rules.get(&rule.id).await.expect("there").status, Some(GroupRuleStatus::Active));
    let found = rules.list().search("Engines").paginate().collect_all().await.expect("a listing");
    assert_eq!(found.len(), 1);
    rules.deactivate(&rule.id).await.expect("inactive");
    rules.delete(&rule.id, Members::Remove).await.expect("deleted");
    assert!(rules.get(&rule.id).await.expect_err("gone").is_not_found());
}

#[tokio::test(start_paused = true)]
async fn an_app_is_created_replaced_assigned_and_deleted() {
    let (_org, client) = org();
    let apps = client.apps();
    let new = Edit::new().set("/name", "bookmark").set("/label", "Wiki").set("/signOnMode", "BOOKMARK");
    let wiki = apps.create(&new.set("/settings/app/url", "https://wiki.example.com")).await.expect("created");
    same(&wiki, apps.get(&wiki.id)).await;
    let replaced = apps.replace(&wiki.id, &wiki.edit().set("/label", "Wiki 2")).await.expect("replaced");
    assert_eq!(replaced.label.as_deref(), Some("Wiki 2"));
    same(&replaced, apps.get(&wiki.id)).await;

    let me = client.users().get("me").await.expect("the token's owner").id.clone();
    let assigned = apps.assign_user(&wiki.id, &NewAppUser::new(&me)).await.expect("assigned");
    assert_eq!((&assigned.id, assigned.scope.clone()), (&me, Some(AppUserScope::User)));
    same(&assigned, apps.user(&wiki.id, &me)).await;
    let group = client.groups().create(&NewGroup::new("Readers")).await.expect("created");
    let priority = Edit::new().set("/priority", 3);
    let readers = apps.assign_group(&wiki.id, &group.id, &priority).await.expect("assigned");
    assert_eq!((&readers.id, readers.priority), (&group.id, Some(3)));
    same(&readers, apps.group(&wiki.id, &group.id)).await;
    let of_group = client.groups().apps(&group.id).paginate().collect_all().await.expect("a listing");
    assert_eq!(of_group.len(), 1);
    apps.unassign_group(&wiki.id, &group.id).await.expect("unassigned");
    assert!(apps.groups(&wiki.id).paginate().collect_all().await.expect("a listing").is_empty());
    apps.unassign_user(&wiki.id, &me, Mail::Withhold).await.expect("unassigned");
    assert!(apps.user(&wiki.id, &me).await.expect_err("gone").is_not_found());

    assert_eq!(apps.delete(&wiki.id).await.expect_err("in use").okta_code(), Some("E0000056"));
    apps.deactivate(&wiki.id).await.expect("inactive");
    assert_eq!(apps.get(&wiki.id).await.expect("there").status, Some(AppStatus::Inactive));
    apps.activate(&wiki.id).await.expect("active");
    apps.deactivate(&wiki.id).await.expect("inactive");
    apps.delete(&wiki.id).await.expect("deleted");
    assert!(apps.get(&wiki.id).await.expect_err("gone").is_not_found());
}

#[tokio::test(start_paused = true)]
async fn an_event_hook_is_registered_verified_replaced_and_deleted() {
    let (_org, client) = org();
    let hooks = client.event_hooks();
    let new =
        NewEventHook::new("Ingest", "https://ingest.example.com/events", &["user.lifecycle.create".into()]);
    let new = new.secret("Authorization", "hunter2hunter2".to_owned().into()).header("X-Source", "okta");
    assert!(!format!("{new:?}").contains("hunter2"));
    let hook = hooks.create(&new).await.expect("registered");
    assert_eq!(
        (hook.status.clone(), hook.verification_status.clone()),
        (Some(LifecycleStatus::Active), Some(VerificationStatus::Unverified))
    );
    let config = hook.channel.as_ref().and_then(|channel| channel.config.as_ref()).expect("a channel");
    let scheme = config.auth_scheme.as_ref().expect("a scheme");
    assert!(scheme.key.as_deref() == Some("Authorization") && scheme.value.is_none(), "Okta never tells it");
    assert_eq!(config.headers[0].value.as_ref().expect("a value").expose_secret(), "okta");
    same(&hook, hooks.get(&hook.id)).await;
    let verified = hooks.verify(&hook.id).await.expect("verified");
    assert_eq!(verified.verification_status, Some(VerificationStatus::Verified));
    same(&verified, hooks.get(&hook.id)).await;

    let edit =
        verified.edit().set("/name", "Ingest 2").set("/channel/config/authScheme/value", "hunter3hunter3");
    let replaced = hooks.replace(&hook.id, &edit).await.expect("replaced");
    assert_eq!(replaced.name.as_deref(), Some("Ingest 2"));
    same(&replaced, hooks.get(&hook.id)).await;
    hooks.delete(&hook.id).await.expect_err("switched on");
    assert_eq!(hooks.deactivate(&hook.id).await.expect("off").status, Some(LifecycleStatus::Inactive));
    assert_eq!(hooks.activate(&hook.id).await.expect("on").status, Some(LifecycleStatus::Active));
    hooks.deactivate(&hook.id).await.expect("off");
    hooks.delete(&hook.id).await.expect("deleted");
    assert!(hooks.list().paginate().collect_all().await.expect("a listing").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_log_stream_is_created_renamed_switched_and_deleted() {
    let (_org, client) = org();
    let streams = client.log_streams();
    let new = NewLogStream::event_bridge("Stream", "123456789012", "eu-central-1", "discovery");
    let stream = streams.create(&new).await.expect("created");
    assert_eq!(
        (stream.stream_type.clone(), stream.status.clone()),
        (Some(LogStreamType::AwsEventBridge), Some(LifecycleStatus::Active))
    );
    same(&stream, streams.get(&stream.id)).await;
    let renamed =
        streams.replace(&stream.id, &stream.edit().set("/name", "Stream 2")).await.expect("renamed");
    assert_eq!(
        renamed.extra::<String>("/settings/eventSourceName").expect("text").as_deref(),
        Some("discovery")
    );
    same(&renamed, streams.get(&stream.id)).await;
    streams.deactivate(&stream.id).await.expect("off, and the answer is empty");
    assert_eq!(streams.get(&stream.id).await.expect("there").status, Some(LifecycleStatus::Inactive));
    streams.activate(&stream.id).await.expect("on");
    streams.deactivate(&stream.id).await.expect("off");
    streams.delete(&stream.id).await.expect("deleted");
    assert!(streams.list().paginate().collect_all().await.expect("a listing").is_empty());
}

#[tokio::test(start_paused = true)]
async fn admins_are_listed_though_their_list_pages_in_the_body() {
    let (_org, client) = org_of(600);
    let all = client.roles().assignees().paginate().collect_all().await.expect("a listing");
    assert!(all.len() > 1, "{}", all.len());
    let one_by_one = client.roles().assignees().limit(1).paginate().collect_all().await.expect("a listing");
    assert_eq!(one_by_one, all);
    for admin in &all {
        let roles =
            client.roles().list(&Holder::user(&admin.id)).paginate().collect_all().await.expect("a listing");
        assert!(roles.iter().all(|role| role.role_type.is_some()) && !roles.is_empty());
    }
    assert!(!client.roles().custom_roles().paginate().collect_all().await.expect("a listing").is_empty());
    assert!(!client.roles().resource_sets().paginate().collect_all().await.expect("a listing").is_empty());
    // A listing that was left in the middle goes on there.
    let mut listing = client.roles().assignees().limit(1).paginate().pages_ahead(0);
    futures::StreamExt::next(&mut listing).await.expect("an admin").expect("good");
    let rest =
        client.resume(listing.resume_token().expect("a position")).collect_all().await.expect("the rest");
    assert_eq!(rest, all[1..]);
}

#[tokio::test(start_paused = true)]
async fn what_is_only_read_is_there() {
    let (_org, client) = org();
    let types = client.user_types().list().paginate().collect_all().await.expect("a listing");
    let default = types.iter().find(|user_type| user_type.is_default == Some(true)).expect("in every org");
    let schema = client.schemas().user(default.schema_id().expect("a link")).await.expect("a schema");
    assert!(schema.definitions.base.properties.contains_key("login"));
    assert_eq!(client.user_types().get(&default.id).await.expect("a type").name, default.name);
    for policy in
        client.policies().list(PolicyType::OktaSignOn).paginate().collect_all().await.expect("a listing")
    {
        let rules = client.policies().rules(&policy.id).paginate().collect_all().await.expect("a listing");
        same(&rules[0], client.policies().rule(&policy.id, &rules[0].id)).await;
        same(&policy, client.policies().get(&policy.id)).await;
        assert!(
            client
                .policies()
                .mappings(&policy.id)
                .paginate()
                .collect_all()
                .await
                .expect("a listing")
                .is_empty()
        );
    }
    let everyone = "created gt \"1970-01-01T00:00:00.000Z\"";
    let mut found = [0; 4];
    for user in client.users().list().search(everyone).paginate().collect_all().await.expect("a listing") {
        found[0] += client.factors().list(&user.id).paginate().collect_all().await.expect("factors").len();
        found[1] += client.app_links().list(&user.id).paginate().collect_all().await.expect("links").len();
        found[2] +=
            client.grants().list(&user.id).limit(1).paginate().collect_all().await.expect("grants").len();
        found[3] += client.grants().clients(&user.id).paginate().collect_all().await.expect("clients").len();
    }
    assert!(found.iter().all(|found| *found > 0), "{found:?}");
    let tokens = client.api_tokens().list().paginate().collect_all().await.expect("a listing");
    assert!(tokens.iter().all(|token| token.user_id.is_some()) && !tokens.is_empty());
    assert_eq!(client.org().get().await.expect("the org").status, Some(LifecycleStatus::Active));
    let limits = client.principal_rate_limits().list(PrincipalType::ApiToken).paginate().collect_all().await;
    assert_eq!(limits.expect("a listing")[0].default_percentage, Some(50));
    let settings = client.rate_limit_settings();
    assert!(settings.admin_notifications().await.expect("settings").notifications_enabled.is_some());
    assert!(!settings.per_client().await.expect("settings").use_case_mode_overrides.is_empty());
    assert!(settings.warning_threshold().await.expect("settings").warning_threshold.is_some());
    assert!(client.devices().list().paginate().collect_all().await.expect("a listing").is_empty());
    let zones = client.zones().list().paginate().collect_all().await.expect("a listing");
    assert!(zones.iter().any(|zone| zone.system == Some(true)));
}
