//! API tokens (SSWS): a name, an owner, a role, and a window of 30 days that every use moves on.
//!
//! Values are compared and never shown again. Sources: guide "Create an API token"; API reference, "API Tokens".

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::people;
use super::role::AdminRole;
use crate::error::ApiError;
use crate::json;
use crate::org::event::Party;
use crate::org::id::Id;
use crate::org::{Org, Tx};
use crate::timestamp::iso;

/// How long an unused token lasts.
const WINDOW_MS: i64 = 30 * 86_400_000;

/// One token.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct ApiToken {
    pub(crate) id: Id,
    pub(crate) name: String,
    value: String,
    pub(crate) role: AdminRole,
    /// Who made it, and whose permissions it has. `None` in an org without users.
    pub(crate) owner: Option<Id>,
    pub(crate) created: i64,
    last_used: i64,
    /// Addresses it may be used from; empty for anywhere.
    allowed: Vec<String>,
    /// How events name the owner, `None` for one whose tokens do not work any more, as of a revision of the org.
    #[serde(skip)]
    maker: Option<(u64, Option<Party>)>,
}

impl fmt::Debug for ApiToken {
    /// Without the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiToken").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What a test says about a token to be.
#[derive(Clone)]
pub(crate) struct NewToken {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) role: AdminRole,
    pub(crate) owner: Option<Id>,
    pub(crate) allowed: Vec<String>,
}

/// Why a token gets nobody in.
#[derive(Debug)]
pub(crate) enum NotAdmitted {
    /// Unknown, revoked, run out, or its owner is deactivated.
    Invalid,
    /// Used from an address outside its zone.
    Outside(Party),
}

/// All API tokens of an org, the revoked ones gone.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct ApiTokens {
    tokens: BTreeMap<Id, ApiToken>,
}

impl ApiTokens {
    /// Whether there is a token with this value, good or not.
    pub(crate) fn knows(&self, value: &str) -> bool {
        self.tokens.values().any(|token| token.value == value)
    }

    /// Whether each token is under its own id.
    pub(super) fn is_keyed(&self) -> bool {
        self.tokens.iter().all(|(id, token)| *id == token.id)
    }

    /// Goes over to an org that was made anew. What belonged to a user who is not there is its owner's now.
    pub(super) fn move_to(&mut self, org: &Org) {
        for token in self.tokens.values_mut() {
            token.maker = None;
            if token.owner.as_ref().is_none_or(|owner| people::party(org, owner).is_none()) {
                token.owner = people::owner(org).cloned();
            }
        }
    }

    /// Adds a token. `Err` when there is one with this value.
    pub(crate) fn add(&mut self, id: Id, new: NewToken, now: i64) -> Result<&ApiToken, String> {
        if self.knows(&new.value) {
            return Err("value: another token has it".to_owned());
        }
        let NewToken { name, value, role, owner, allowed } = new;
        let token = ApiToken {
            id: Arc::clone(&id),
            name,
            value,
            role,
            owner,
            created: now,
            last_used: now,
            allowed,
            maker: None,
        };
        Ok(self.tokens.entry(id).or_insert(token))
    }

    /// Uses a token: the one with this value, if it still works. Its window starts anew.
    pub(crate) fn admit<'a>(
        &mut self,
        org: &Org,
        value: &str,
        address: impl FnOnce() -> &'a str,
        now: i64,
    ) -> Result<(&ApiToken, Party), NotAdmitted> {
        let same = |token: &&mut ApiToken| bool::from(token.value.as_bytes().ct_eq(value.as_bytes()));
        let token = self.tokens.values_mut().find(same).ok_or(NotAdmitted::Invalid)?;
        if token.maker.as_ref().is_none_or(|(revision, _)| *revision != org.revision) {
            token.maker = Some((org.revision, people::maker(org, token.owner.as_ref())));
        }
        let maker = token.maker.as_ref().and_then(|(_, maker)| maker.clone());
        let Some(maker) = maker.filter(|_| now < token.expires()) else { return Err(NotAdmitted::Invalid) };
        if !token.allowed.is_empty() {
            let address = address();
            if !token.allowed.iter().any(|allowed| allowed == address) {
                return Err(NotAdmitted::Outside(token.party()));
            }
        }
        token.last_used = now;
        Ok((token, maker))
    }

    /// A token that still works or has just run out of its window; both are listed.
    pub(crate) fn get(&self, id: &str) -> Result<&ApiToken, ApiError> {
        self.tokens.get(id).ok_or_else(|| ApiError::not_found(id, "Token"))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &ApiToken> {
        self.tokens.values()
    }

    /// Ends a token and logs it.
    pub(crate) fn revoke(&mut self, org: &mut Org, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let Some(token) = self.tokens.remove(id) else { return Err(ApiError::not_found(id, "Token")) };
        org.log_event(tx, tx.event("system.api_token.revoke").target(token.party()));
        Ok(())
    }
}

impl ApiToken {
    fn expires(&self) -> i64 {
        self.last_used.saturating_add(WINDOW_MS)
    }

    /// How events name it.
    pub(crate) fn party(&self) -> Party {
        let (unknown, name): (Arc<str>, Arc<str>) = ("unknown".into(), self.name.as_str().into());
        Party::new("Token", &self.id, &unknown, &name)
    }

    /// Its row, without its value.
    pub(crate) fn json(&self, base: &str) -> String {
        let id = &self.id;
        let mut out = String::with_capacity(500);
        json::open(&mut out, "id", id);
        json::text(&mut out, "name", &self.name);
        json::maybe(&mut out, "userId", self.owner.as_deref());
        json::text(&mut out, "clientName", "Okta API");
        json::text(&mut out, "tokenWindow", "P30D");
        if self.allowed.is_empty() {
            json::raw(&mut out, "network", r#"{"connection":"ANYWHERE"}"#);
        } else {
            json::raw(&mut out, "network", r#"{"connection":"ZONE","include":["nzomockallowed0000000"]}"#);
        }
        json::text(&mut out, "created", &iso(self.created));
        json::text(&mut out, "lastUpdated", &iso(self.last_used));
        json::text(&mut out, "expiresAt", &iso(self.expires()));
        json::push(
            &mut out,
            format_args!(
                ",\"_links\":{{\"self\":{{\"href\":\"{base}/api/v1/api-tokens/{id}\",\"hints\":{{\"allow\":[\"GET\",\"DELETE\"]}}}}"
            ),
        );
        if let Some(owner) = &self.owner {
            json::push(
                &mut out,
                format_args!(
                    ",\"user\":{{\"href\":\"{base}/api/v1/users/{owner}\",\"hints\":{{\"allow\":[\"GET\"]}}}}"
                ),
            );
        }
        out.push_str("}}");
        out
    }
}
