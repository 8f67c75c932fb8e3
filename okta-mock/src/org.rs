//! The org: its users, groups, apps, Event Hooks and System Log. State and the rules that change it, nothing else.
//!
//! Every change goes through a method that also writes the log events Okta would write, so state and log agree.

pub(crate) mod apps;
pub(crate) mod crowd;
pub(crate) mod event;
mod event_kind;
pub(crate) mod facets;
pub(crate) mod generated;
pub(crate) mod groups;
mod history;
pub(crate) mod hook_filter;
pub(crate) mod hooks;
pub(crate) mod id;
pub(crate) mod lateness;
pub(crate) mod log;
mod names;
mod owners;
mod permutation;
pub(crate) mod render;
pub(crate) mod rules;
pub(crate) mod seed;
pub(crate) mod streams;
pub(crate) mod users;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use apps::App;
use event::{Event, Origin, Party, Record};
use groups::Group;
use hooks::EventHook;
use id::{Id, Mint, Spelling};
use log::{Log, Times};
use rules::Rule;
use streams::LogStream;
use users::{Transitions, Users};

use crate::handle::Runs;
use crate::handle::cache::Pages;

pub(crate) use history::sign_in;

/// Everything that a mock org holds.
#[derive(Debug)]
pub(crate) struct Org {
    /// `http://127.0.0.1:PORT`, the start of every link.
    pub(crate) base: String,
    pub(crate) id: Id,
    /// The API token's own id, `00T…`.
    pub(crate) token_id: Id,
    /// The user who owns the API token: the first one made.
    pub(crate) owner: Option<Id>,
    pub(crate) users: Users,
    pub(crate) transitions: Transitions,
    pub(crate) groups: BTreeMap<Id, Group>,
    pub(crate) apps: BTreeMap<Id, App>,
    pub(crate) rules: BTreeMap<Id, Rule>,
    pub(crate) hooks: BTreeMap<Id, EventHook>,
    pub(crate) streams: BTreeMap<Id, LogStream>,
    pub(crate) log: Log,
    pub(crate) mint: Mint,
    /// Another one after every [`changed`](Self::changed), so that who remembers an answer knows when it is out of date.
    pub(crate) revision: u64,
    /// Pages made since the last change.
    pub(crate) pages: Pages,
    /// Stretches of sorted searches.
    pub(crate) runs: Runs,
}

/// Who is changing the org, when, and how: what every event of one change has in common.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tx {
    pub(crate) at: i64,
    pub(crate) actor: Party,
    pub(crate) origin: Origin,
}

impl Tx {
    /// An event of this change.
    pub(crate) fn event(&self, event_type: &'static str) -> Event {
        Event::new(event_type, self.actor.clone(), self.origin.clone())
    }
}

/// The org's subdomain, as `/api/v1/org` says it and as it stands in the `source` of its EventBridge events: the first
/// label of its host, so `127` for `127.0.0.1:PORT` and `acme` for `acme.okta.com`.
pub(crate) fn subdomain(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    host.split(['.', ':', '/']).next().unwrap_or_default()
}

impl Org {
    /// Takes note that something changed: every answer remembered so far is out of date.
    pub(crate) fn changed(&mut self) {
        // Unique in the whole process, so that an org that was put back to an earlier state never meets its number again.
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.revision = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// Writes an event that happens now.
    pub(crate) fn log_event(&mut self, tx: &Tx, event: Event) -> Arc<Record> {
        self.changed();
        self.log.append(&mut self.mint, tx.at, event)
    }

    /// Writes an event with times of its own.
    pub(crate) fn log_event_at(&mut self, now: i64, event: Event, times: Times) -> Arc<Record> {
        self.changed();
        self.log.append_at(&mut self.mint, now, event, times)
    }

    /// How ids of a kind are spelled in this org.
    pub(crate) fn spelling(&self, prefix: &'static str) -> Spelling {
        Spelling::new(self.users.formula.seed, prefix)
    }

    /// The transaction of a job that a change leads to.
    pub(crate) fn job(&mut self, tx: &Tx) -> Tx {
        let id = self.mint.hex("job").into();
        Tx { at: tx.at, actor: Party::system(), origin: Origin::Job { id } }
    }

    /// How events name the owner of the API token. An org without users has its token from Okta itself.
    pub(crate) fn owner_party(&self) -> Party {
        let owner = self.owner.as_ref().and_then(|id| self.users.entry(self.users.number(id)?));
        owner.map_or_else(Party::system, |user| user.party())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subdomain_is_the_hosts_first_label() {
        for (base, label) in [
            ("http://127.0.0.1:4183", "127"),
            ("https://acme.okta.com", "acme"),
            ("http://localhost:80", "localhost"),
            ("", ""),
        ] {
            assert_eq!(subdomain(base), label);
        }
    }
}
