//! Any sequence of operations: the org, which keeps only what differs from a formula, agrees with a plain map.

mod asking;

use std::collections::{BTreeMap, BTreeSet};

use asking::{delete, get, org, post, put, walk};
use okta_mock::OktaMock;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
enum Step {
    Create,
    Rename(Index, u8),
    Lifecycle(Index, &'static str),
    Delete(Index),
    Join(Index, Index),
    Leave(Index, Index),
    Assign(Index, Index),
    Unassign(Index, Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = any::<Index>;
    let step = prop_oneof![
        Just(Step::Create),
        (at(), any::<u8>()).prop_map(|(user, name)| Step::Rename(user, name)),
        (at(), prop::sample::select(&["activate", "deactivate", "suspend", "unsuspend"][..]))
            .prop_map(|(user, operation)| Step::Lifecycle(user, operation)),
        at().prop_map(Step::Delete),
        (at(), at()).prop_map(|(group, user)| Step::Join(group, user)),
        (at(), at()).prop_map(|(group, user)| Step::Leave(group, user)),
        (at(), at()).prop_map(|(app, user)| Step::Assign(app, user)),
        (at(), at()).prop_map(|(app, user)| Step::Unassign(app, user)),
    ];
    prop::collection::vec(step, 0..40)
}

#[derive(Clone, Debug, PartialEq)]
struct User {
    status: String,
    department: Option<String>,
    password: bool,
}

type Members = BTreeMap<String, BTreeSet<String>>;

/// The naive org.
#[derive(Debug)]
struct Model {
    users: BTreeMap<String, User>,
    groups: Members,
    apps: Members,
    owner: String,
}

const EVERYBODY: &str = "/api/v1/users?search=created+gt+%221970-01-01T00:00:00.000Z%22&limit=7";

fn shown(rows: &[Value]) -> BTreeMap<String, User> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    rows.iter()
        .map(|row| {
            let user = User {
                status: text(&row["status"]).expect("a status"),
                department: text(&row["profile"]["department"]),
                password: row["credentials"].get("password").is_some(),
            };
            (text(&row["id"]).expect("an id"), user)
        })
        .collect()
}

async fn members(okta: &OktaMock, kind: &str) -> Members {
    let mut found = Members::new();
    for id in get(okta, &format!("/api/v1/{kind}")).await.column("id") {
        let rows = walk(okta, &format!("/api/v1/{kind}/{id}/users?limit=5")).await;
        let ids: BTreeSet<String> =
            rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect();
        assert_eq!(ids.len(), rows.len(), "a member was repeated");
        found.insert(id, ids);
    }
    found
}

impl Model {
    async fn of(okta: &OktaMock) -> Self {
        let users = shown(&walk(okta, EVERYBODY).await);
        let owner = get(okta, "/api/v1/users/me").await.json()["id"].as_str().expect("an id").to_owned();
        Self { users, owner, groups: members(okta, "groups").await, apps: members(okta, "apps").await }
    }

    /// Anybody but the owner of the API token: who ends that account ends the token, and the conversation with it.
    fn somebody(&self, index: &Index) -> Option<String> {
        let others: Vec<&String> = self.users.keys().filter(|id| **id != self.owner).collect();
        (!others.is_empty()).then(|| others[index.index(others.len())].clone())
    }

    fn pick<T>(of: &BTreeMap<String, T>, index: &Index) -> String {
        of.keys().nth(index.index(of.len())).expect("there are some").clone()
    }

    fn drop_everywhere(&mut self, user: &str) {
        for set in self.groups.values_mut().chain(self.apps.values_mut()) {
            set.remove(user);
        }
    }

    fn deactivate(&mut self, user: &str) {
        if let Some(user) = self.users.get_mut(user) {
            user.status = "DEPROVISIONED".to_owned();
        }
        self.drop_everywhere(user);
    }

    /// Does a step on both sides.
    async fn step(&mut self, okta: &OktaMock, step: &Step, n: usize, everyone: &str) {
        match step {
            Step::Create => {
                let login = format!("new{n}@example.com");
                let body = json!({ "profile": { "login": login, "email": login } });
                let id =
                    post(okta, "/api/v1/users", body).await.json()["id"].as_str().expect("an id").to_owned();
                let user = User { status: "PROVISIONED".to_owned(), department: None, password: false };
                self.users.insert(id.clone(), user);
                self.groups.entry(everyone.to_owned()).or_default().insert(id);
            }
            Step::Rename(user, name) => {
                let Some(user) = self.somebody(user) else { return };
                let name = format!("Department {name}");
                let body = json!({ "profile": { "department": name } });
                let answer = post(okta, &format!("/api/v1/users/{user}"), body).await;
                let kept = self.users.get_mut(&user).expect("picked");
                assert_eq!(answer.status == 200, kept.status != "DEPROVISIONED");
                if answer.status == 200 {
                    kept.department = Some(name);
                }
            }
            Step::Lifecycle(user, operation) => {
                let Some(user) = self.somebody(user) else { return };
                let target = format!("/api/v1/users/{user}/lifecycle/{operation}");
                let done = post(okta, &target, Value::Null).await.status == 200;
                let kept = self.users.get_mut(&user).expect("picked");
                let becomes = match (*operation, kept.status.as_str()) {
                    ("activate", "STAGED" | "DEPROVISIONED") if kept.password => Some("ACTIVE"),
                    ("activate", "STAGED" | "DEPROVISIONED") => Some("PROVISIONED"),
                    ("deactivate", status) if status != "DEPROVISIONED" => Some("DEPROVISIONED"),
                    ("suspend", "ACTIVE") => Some("SUSPENDED"),
                    ("unsuspend", "SUSPENDED") => Some("ACTIVE"),
                    _ => None,
                };
                assert_eq!(done, becomes.is_some(), "{operation} from {}", kept.status);
                if let Some(status) = becomes {
                    kept.status = status.to_owned();
                    if status == "DEPROVISIONED" {
                        self.drop_everywhere(&user);
                    } else {
                        self.groups.entry(everyone.to_owned()).or_default().insert(user);
                    }
                }
            }
            Step::Delete(user) => {
                let Some(user) = self.somebody(user) else { return };
                assert_eq!(delete(okta, &format!("/api/v1/users/{user}")).await.status, 204);
                if self.users[&user].status == "DEPROVISIONED" {
                    self.users.remove(&user);
                } else {
                    self.deactivate(&user);
                }
            }
            Step::Join(group, user) | Step::Leave(group, user) => {
                let joins = matches!(step, Step::Join(..));
                let Some(user) = self.somebody(user) else { return };
                let group = Self::pick(&self.groups, group);
                let target = format!("/api/v1/groups/{group}/users/{user}");
                let answer =
                    if joins { put(okta, &target, Value::Null).await } else { delete(okta, &target).await };
                let live = self.users[&user].status != "DEPROVISIONED";
                assert_eq!(answer.status == 204, group != everyone && (live || !joins));
                if answer.status == 204 {
                    let set = self.groups.get_mut(&group).expect("picked");
                    if joins {
                        set.insert(user)
                    } else {
                        set.remove(&user)
                    };
                }
            }
            Step::Assign(app, user) => {
                let Some(user) = self.somebody(user) else { return };
                let app = Self::pick(&self.apps, app);
                let answer = post(okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": user })).await;
                assert_eq!(answer.status == 200, self.users[&user].status != "DEPROVISIONED");
                if answer.status == 200 {
                    self.apps.get_mut(&app).expect("picked").insert(user);
                }
            }
            Step::Unassign(app, user) => {
                let Some(user) = self.somebody(user) else { return };
                let app = Self::pick(&self.apps, app);
                let answer = delete(okta, &format!("/api/v1/apps/{app}/users/{user}")).await;
                assert_eq!(answer.status == 204, self.apps.get_mut(&app).expect("picked").remove(&user));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_org_agrees_with_a_plain_map(steps in steps(), users in 1_usize..40) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let okta = org().users(users).groups(2).apps(2).in_process();
            let mut model = Model::of(&okta).await;
            let everyone = get(&okta, "/api/v1/groups?filter=type+eq+%22BUILT_IN%22").await.column("id").remove(0);
            for (n, step) in steps.iter().enumerate() {
                // A purge may leave nobody to pick.
                if model.users.is_empty() && !matches!(step, Step::Create) {
                    continue;
                }
                model.step(&okta, step, n, &everyone).await;
            }
            let now = Model::of(&okta).await;
            prop_assert_eq!(&now.users, &model.users);
            prop_assert_eq!(now.groups, model.groups);
            prop_assert_eq!(now.apps, model.apps);
            let live: BTreeMap<_, _> =
                model.users.into_iter().filter(|(_, user)| user.status != "DEPROVISIONED").collect();
            prop_assert_eq!(shown(&walk(&okta, "/api/v1/users?limit=6").await), live);
            Ok(())
        })?;
    }

    #[test]
    fn members_who_stay_are_listed_once_whoever_comes_and_goes(
        changes in prop::collection::vec((any::<Index>(), any::<bool>()), 0..40), limit in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let okta = org().users(40).groups(1).in_process();
            let users = get(&okta, "/api/v1/users").await.column("id");
            let group = get(&okta, "/api/v1/groups?filter=type+eq+%22OKTA_GROUP%22").await.column("id").remove(0);
            let path = format!("/api/v1/groups/{group}/users");
            let mut stayed: BTreeSet<String> = get(&okta, &path).await.column("id").into_iter().collect();
            let (mut seen, mut changes) = (Vec::new(), changes.into_iter());
            let mut target = Some(format!("{path}?limit={limit}"));
            while let Some(next) = target {
                let page = get(&okta, &next).await;
                seen.extend(page.column("id"));
                target = page.link("next");
                for (user, joins) in changes.by_ref().take(3) {
                    let user = user.get(&users);
                    let one = format!("{path}/{user}");
                    if joins { put(&okta, &one, Value::Null).await } else { delete(&okta, &one).await };
                    stayed.remove(user);
                }
            }
            let distinct: BTreeSet<String> = seen.iter().cloned().collect();
            prop_assert_eq!(distinct.len(), seen.len(), "a member was repeated");
            prop_assert!(stayed.is_subset(&distinct), "a member was skipped");
            Ok(())
        })?;
    }
}
