//! Groups, their members, and the rules that make members.

use std::collections::HashMap;

use okta_client::group_rules::{GroupRuleStatus, Members, NewGroupRule};
use okta_client::groups::{NewGroup, OwnerType};
use okta_client::users::Mail;

use super::{org, same};

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
async fn users_and_groups_become_owners_of_a_group_and_cease_to_be() {
    let (_org, client) = org();
    let groups = client.groups();
    let owned = groups.create(&NewGroup::new("Owned")).await.expect("created");
    let team = groups.create(&NewGroup::new("The team")).await.expect("created");
    let me = client.users().get("me").await.expect("the token's owner");
    let owners = async || {
        let owners = groups.owners(&owned.id).limit(1).paginate().collect_all().await.expect("a listing");
        owners.iter().map(|owner| (owner.id.clone(), owner.owner_type.clone())).collect::<HashMap<_, _>>()
    };
    let user = groups.add_owner(&owned.id, OwnerType::User, &me.id).await.expect("an owner");
    assert_eq!((user.id.as_str(), user.owner_type.as_ref()), (me.id.as_str(), Some(&OwnerType::User)));
    let name =
        format!("{} {}", me.profile.first_name.as_deref().unwrap(), me.profile.last_name.as_deref().unwrap());
    assert_eq!(user.display_name, Some(name));
    let group = groups.add_owner(&owned.id, OwnerType::Group, &team.id).await.expect("an owner");
    assert_eq!(group.display_name.as_deref(), Some("The team"));
    assert!(group.resolved == Some(true) && group.last_updated.is_some());
    let both = HashMap::from([
        (me.id.to_string(), Some(OwnerType::User)),
        (team.id.to_string(), Some(OwnerType::Group)),
    ]);
    assert_eq!(owners().await, both, "on two pages");
    let listed = groups.owners(&owned.id).paginate().collect_all().await.expect("a listing");
    assert!(listed.contains(&user) && listed.contains(&group));

    groups.remove_owner(&owned.id, &me.id).await.expect("no owner any more");
    assert_eq!(owners().await.into_keys().collect::<Vec<_>>(), [team.id.as_str()]);
    assert!(groups.remove_owner(&owned.id, &me.id).await.expect_err("no owner").is_not_found());
    let nobody = groups.add_owner(&owned.id, OwnerType::User, "00unobody").await.expect_err("nobody");
    assert!(nobody.is_not_found());
    let gone = groups.add_owner("00gnone", OwnerType::User, &me.id).await.expect_err("no such group");
    assert!(gone.is_not_found());
    // A group that is deleted owns nothing any more.
    groups.delete(&team.id).await.expect("deleted");
    assert!(owners().await.is_empty());
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
