//! Group rules: users with certain attributes become members of groups, by a job of Okta's.
//!
//! Source: API reference, "Group Rules". Of the expression language the mock knows comparisons of attributes with
//! texts, `user.department == "Sales"`, joined by `and` and `or`; any other expression is accepted and fits nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::event::Party;
use super::id::Id;
use super::users::{Status, User};
use super::{Org, Tx};
use crate::error::ApiError;
use crate::timestamp::whole_seconds;

/// The status of a rule whose group is gone.
const INVALID: &str = "INVALID";
/// The most users that one activation puts into groups: beyond this more events show nothing new.
const FAN_OUT: usize = 10_000;

/// One rule.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) active: bool,
    created: i64,
    last_updated: i64,
    conditions: Value,
    groups: Vec<Id>,
    /// Who is in which group because of this rule, as long as they are.
    made: BTreeMap<Id, BTreeSet<u32>>,
}

impl Rule {
    /// The rule's JSON; with `names` those of its groups are embedded.
    pub(crate) fn json(&self, org: &Org, names: bool) -> String {
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let (mut conditions, mut people) = (object(&self.conditions), object(&self.conditions["people"]));
        for kind in ["users", "groups"] {
            if people.get(kind).is_none_or(|one| one["exclude"].is_null()) {
                people.insert(kind.into(), json!({ "exclude": [] }));
            }
        }
        conditions.insert("people".into(), people.into());
        let groups: Vec<&str> = self.groups.iter().map(AsRef::as_ref).collect();
        let mut rule = json!({
            "type": "group_rule", "id": *self.id, "status": org.rule_status(self),
            "name": self.name, "created": whole_seconds(self.created),
            "lastUpdated": whole_seconds(self.last_updated), "conditions": conditions,
            "actions": { "assignUserToGroups": { "groupIds": groups } },
        });
        if names {
            let named = self.groups.iter().filter_map(|id| org.groups.get(id));
            let named = named.map(|group| (group.id.to_string(), Value::from(group.name())));
            rule["_embedded"] = json!({ "groupIdToGroupNameMap": named.collect::<Map<_, _>>() });
        }
        rule.to_string()
    }

    fn party(&self) -> Party {
        let (unknown, name): (Arc<str>, Arc<str>) = ("unknown".into(), self.name.as_str().into());
        Party::new("PolicyRule", &self.id, &unknown, &name)
    }

    fn fits(&self, user: &User) -> bool {
        let excluded = &self.conditions["people"]["users"]["exclude"];
        let excluded = excluded.as_array().is_some_and(|ids| ids.iter().any(|id| id == user.id.as_ref()));
        let expression = self.conditions["expression"]["value"].as_str().unwrap_or_default();
        !excluded && user.status != Status::Deprovisioned && holds(expression, user)
    }
}

impl Org {
    pub(crate) fn rule(&self, id: &str) -> Result<&Rule, ApiError> {
        self.rules.get(id).ok_or_else(|| ApiError::not_found(id, "GroupRule"))
    }

    /// Makes a rule, INACTIVE as all are at first.
    pub(crate) fn create_rule(&mut self, tx: &Tx, given: &Value) -> Result<Id, ApiError> {
        let (name, groups) = self.checked_rule(given, None)?;
        let rule = Rule {
            id: self.mint.id("0pr"),
            name,
            active: false,
            created: tx.at,
            last_updated: tx.at,
            conditions: given["conditions"].clone(),
            groups,
            made: BTreeMap::new(),
        };
        let (id, party) = (Arc::clone(&rule.id), rule.party());
        self.rules.insert(Arc::clone(&id), rule);
        self.log_event(tx, tx.event("policy.rule.add").target(party));
        Ok(id)
    }

    /// Changes name and conditions of an INACTIVE rule. The groups are fixed.
    pub(crate) fn replace_rule(&mut self, tx: &Tx, id: &str, given: &Value) -> Result<(), ApiError> {
        let (name, groups) = self.checked_rule(given, Some(id))?;
        let rule = self.rule(id)?;
        if rule.active || rule.groups != groups {
            let cause = "Only inactive rules can be updated, and their actions cannot";
            return Err(ApiError::validation("rule", cause));
        }
        self.change_rule(tx, id, "policy.rule.update", |rule| {
            rule.name = name;
            rule.conditions = given["conditions"].clone();
        })
    }

    /// Switches a rule. What it fits joins its groups by a job; switching off takes nobody out.
    pub(crate) fn set_rule_active(&mut self, tx: &Tx, id: &str, active: bool) -> Result<(), ApiError> {
        let rule = self.rule(id)?;
        if active && self.rule_status(rule) == INVALID {
            return Err(ApiError::validation("rule", "A rule whose group is gone cannot be activated"));
        }
        if rule.active == active {
            return Ok(());
        }
        let event = if active { "policy.rule.activate" } else { "policy.rule.deactivate" };
        self.change_rule(tx, id, event, |rule| rule.active = active)?;
        if active {
            let rule = self.rule(id)?.clone();
            let fitting =
                self.users.from(0).filter_map(|(n, _)| self.users.nth(n)).filter(|user| rule.fits(user));
            let fitting: Vec<Id> = fitting.take(FAN_OUT).map(|user| Arc::clone(&user.id)).collect();
            let job = self.job(tx);
            for user in fitting {
                self.join_by_rule(&job, &rule, &user);
            }
        }
        Ok(())
    }

    /// `INVALID` when one of its groups is gone: such a rule does nothing.
    fn rule_status(&self, rule: &Rule) -> &'static str {
        match rule.groups.iter().all(|group| self.groups.contains_key(group)) {
            false => INVALID,
            true if rule.active => "ACTIVE",
            true => "INACTIVE",
        }
    }

    /// Deletes a rule that is not ACTIVE; if asked, a job takes out of its groups who is there by this rule alone.
    pub(crate) fn delete_rule(&mut self, tx: &Tx, id: &str, remove_users: bool) -> Result<(), ApiError> {
        let rule = self.rule(id)?;
        if self.rule_status(rule) == "ACTIVE" {
            return Err(ApiError::validation("rule", "An active rule cannot be deleted"));
        }
        let party = rule.party();
        let made = self.rules.remove(id).map(|rule| rule.made).filter(|_| remove_users).unwrap_or_default();
        self.log_event(tx, tx.event("policy.rule.delete").target(party));
        if made.is_empty() {
            return Ok(());
        }
        let job = self.job(tx);
        for (group, users) in made {
            for user in users
                .into_iter()
                .filter_map(|n| self.users.nth(n).map(|user| user.into_owned()))
                .collect::<Vec<_>>()
            {
                let others = self.rules.values().filter(|rule| self.rule_status(rule) == "ACTIVE");
                let kept = others.into_iter().any(|rule| rule.groups.contains(&group) && rule.fits(&user));
                if !kept && self.groups.contains_key(&group) {
                    self.remove_member(&job, &group, &user.id)?;
                }
            }
        }
        Ok(())
    }

    /// A user left a group, so that no rule is the reason any more for being there.
    pub(super) fn forget_made(&mut self, group: &str, user: u32) {
        for made in self.rules.values_mut().filter_map(|rule| rule.made.get_mut(group)) {
            made.remove(&user);
        }
    }

    /// A user came or changed: a job puts the user where active rules say.
    pub(crate) fn apply_rules(&mut self, tx: &Tx, user: &str) {
        let Some(found) = self.users.get(user) else { return };
        let fitting =
            self.rules.values().filter(|rule| self.rule_status(rule) == "ACTIVE" && rule.fits(&found));
        let fitting: Vec<Rule> = fitting.cloned().collect();
        drop(found);
        if !fitting.is_empty() {
            let job = self.job(tx);
            fitting.iter().for_each(|rule| self.join_by_rule(&job, rule, user));
        }
    }

    fn join_by_rule(&mut self, job: &Tx, rule: &Rule, user: &str) {
        let Some(n) = self.users.number(user) else { return };
        for group in &rule.groups {
            if self.add_member(job, group, user) == Ok(true)
                && let Some(rule) = self.rules.get_mut(&rule.id)
            {
                rule.made.entry(Arc::clone(group)).or_default().insert(n);
            }
        }
    }

    fn change_rule(
        &mut self,
        tx: &Tx,
        id: &str,
        event: &'static str,
        change: impl FnOnce(&mut Rule),
    ) -> Result<(), ApiError> {
        let Some(rule) = self.rules.get_mut(id) else { return Err(ApiError::not_found(id, "GroupRule")) };
        change(rule);
        rule.last_updated = tx.at;
        let party = rule.party();
        self.log_event(tx, tx.event(event).target(party));
        Ok(())
    }

    fn checked_rule(&self, given: &Value, but: Option<&str>) -> Result<(String, Vec<Id>), ApiError> {
        let name = given["name"].as_str().unwrap_or_default();
        if name.is_empty() || name.chars().count() > 50 {
            return Err(ApiError::validation(
                "name",
                "name: The field must have between 1 and 50 characters",
            ));
        }
        if self.rules.values().any(|rule| rule.name == name && Some(rule.id.as_ref()) != but) {
            let cause = "name: An object with this field already exists in the current organization";
            return Err(ApiError::validation("name", cause));
        }
        let ids = given["actions"]["assignUserToGroups"]["groupIds"].as_array().cloned().unwrap_or_default();
        let groups: Vec<Id> = ids.iter().filter_map(Value::as_str).map(Into::into).collect();
        if groups.is_empty() {
            return Err(ApiError::validation("actions", "actions: At least one group is needed"));
        }
        for group in &groups {
            self.writable_group(group)?;
        }
        let people = &given["conditions"]["people"];
        if [people, &people["users"], &people["groups"]]
            .iter()
            .any(|part| !part.is_object() && !part.is_null())
        {
            return Err(ApiError::of("E0000003"));
        }
        if given["conditions"]["expression"]["value"].as_str().unwrap_or_default().is_empty() {
            return Err(ApiError::validation(
                "conditions",
                "conditions.expression.value: The field cannot be left blank",
            ));
        }
        Ok((name.to_owned(), groups))
    }
}

/// `or` of `and`s of comparisons. Texts that hold these words are beyond it.
fn holds(expression: &str, user: &User) -> bool {
    let expression = expression
        .replace("||", " or ")
        .replace("&&", " and ")
        .replace(" OR ", " or ")
        .replace(" AND ", " and ");
    expression.split(" or ").any(|all| all.split(" and ").all(|one| compares(one.trim(), user)))
}

fn compares(comparison: &str, user: &User) -> bool {
    let parts = comparison.split_once("==").map(|parts| (parts, true));
    let parts = parts.or_else(|| comparison.split_once("!=").map(|parts| (parts, false)));
    let Some(((attribute, text), equal)) = parts else { return false };
    let text = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match (attribute.trim().strip_prefix("user."), text) {
        (Some(attribute), Some(text)) => (user.text(attribute) == text) == equal,
        _ => false,
    }
}
