//! What the org is only asked for.

use okta_client::LifecycleStatus;
use okta_client::policies::PolicyType;
use okta_client::principal_rate_limits::PrincipalType;
use okta_client::roles::Holder;

use super::{org, org_of, same};

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
        same(&rules[0], client.policies().rule(&policy.id, rules[0].id.as_ref().expect("an id"))).await;
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
    for device in client.devices().list().paginate().collect_all().await.expect("a listing") {
        assert_eq!(client.devices().get(&device.id).await.expect("a device").id, device.id);
    }
    let zones = client.zones().list().paginate().collect_all().await.expect("a listing");
    assert!(zones.iter().any(|zone| zone.system == Some(true)));
}
