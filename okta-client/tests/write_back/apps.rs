//! Apps and who is assigned to them.

use okta_client::Edit;
use okta_client::apps::{AppStatus, AppUserScope, NewAppUser};
use okta_client::groups::NewGroup;
use okta_client::users::Mail;

use super::{org, same};

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
    let patch = serde_json::json!([{ "op": "replace", "path": "/priority", "value": 1 }]);
    let readers = apps.update_group(&wiki.id, &group.id, &patch).await.expect("changed");
    assert_eq!(readers.priority, Some(1));
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
