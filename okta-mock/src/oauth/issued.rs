//! What the authorization server gave out: codes, access tokens, and chains of refresh tokens.
//!
//! Access tokens look like JWTs and are signed, but what counts is this list: a token is what it was issued as, until
//! it expires or is revoked. Sources: guides "Refresh tokens" and "Implement OAuth for Okta".

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::client::RefreshRotation;
use crate::org::id::Id;
use crate::timestamp::millis;

/// How long an access token of the org authorization server lives. Fixed at Okta.
pub(crate) const ACCESS_SECONDS: i64 = 3_600;
/// How long an authorization code can be redeemed.
pub(crate) const CODE_SECONDS: i64 = 300;
/// How many replaced refresh tokens of a chain are known. Who comes with an older one is refused as with any other text.
const REPLACED: usize = 1_024;
/// How long an unused refresh token lives.
const REFRESH_IDLE_MS: i64 = 7 * 86_400_000;

/// What somebody is allowed, whichever token says so.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Allowed {
    pub(crate) client: Id,
    /// The user who signed in; none for a service app.
    pub(crate) user: Option<Id>,
    pub(crate) scopes: Vec<String>,
    /// When the user signed in.
    pub(crate) auth_time: i64,
}

/// One access token.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Access {
    pub(crate) allowed: Allowed,
    pub(crate) jti: String,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
    /// The thumbprint of the key it is bound to.
    pub(crate) jkt: Option<String>,
    /// The chain of refresh tokens it belongs to.
    chain: Option<u64>,
    revoked: bool,
}

impl Access {
    pub(crate) fn is_live(&self, now: i64) -> bool {
        !self.revoked && now < self.expires
    }
}

/// One authorization code.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Code {
    pub(crate) allowed: Allowed,
    pub(crate) redirect_uri: String,
    /// What the verifier has to hash to.
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) expires: i64,
}

/// All refresh tokens that followed from one sign-in. To an admin they are one token, `oar…`.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Chain {
    pub(crate) id: Id,
    pub(crate) allowed: Allowed,
    newest: String,
    /// Those before it, oldest first.
    #[serde(default)]
    replaced: VecDeque<String>,
    pub(crate) created: i64,
    pub(crate) last_used: i64,
    dead: bool,
}

/// Everything issued by one org.
#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Issued {
    access: BTreeMap<String, Access>,
    codes: BTreeMap<String, Code>,
    chains: BTreeMap<u64, Chain>,
    /// Every refresh token: its chain, and when it was replaced.
    refresh: BTreeMap<String, (u64, Option<i64>)>,
    /// How many access tokens there may be before the dead ones are swept out.
    sweep_at: usize,
}

impl fmt::Debug for Issued {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("access", &self.access.len()).finish_non_exhaustive()
    }
}

/// What came of using a refresh token.
pub(crate) enum Refreshed {
    /// Go on; if the token is to be replaced, with this number of a new one.
    Yes { chain: u64, allowed: Allowed, replace: bool },
    /// Unknown, expired, revoked, or another client's.
    No,
    /// Used again after it was replaced: its chain is dead now.
    Reused { allowed: Allowed, newest: String },
}

impl Issued {
    pub(crate) fn add_access(&mut self, token: String, new: Access, chain: Option<u64>, now: i64) {
        if self.access.len() >= self.sweep_at.max(1_024) {
            self.access.retain(|_, access| now < access.expires);
            self.sweep_at = self.access.len() * 2;
        }
        self.access.insert(token, Access { chain, ..new });
    }

    pub(crate) fn access(&self, token: &str) -> Option<&Access> {
        self.access.get(token)
    }

    pub(crate) fn add_code(&mut self, value: String, code: Code, now: i64) {
        self.codes.retain(|_, code| now < code.expires);
        self.codes.insert(value, code);
    }

    /// Takes a code out: whatever comes of it, it cannot be used again.
    pub(crate) fn take_code(&mut self, value: &str, client: &Id, now: i64) -> Option<Code> {
        self.codes.get(value).filter(|code| code.allowed.client == *client)?;
        self.codes.remove(value).filter(|code| now < code.expires)
    }

    /// Starts a chain with its first refresh token.
    pub(crate) fn start_chain(&mut self, id: Id, token: String, allowed: Allowed, now: i64) -> u64 {
        self.sweep_chains(now);
        let number = self.chains.last_key_value().map_or(1, |(last, _)| last + 1);
        self.refresh.insert(token.clone(), (number, None));
        let replaced = VecDeque::new();
        let chain = Chain { id, allowed, newest: token, replaced, created: now, last_used: now, dead: false };
        self.chains.insert(number, chain);
        number
    }

    /// Uses a refresh token.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        client: &Id,
        rotation: RefreshRotation,
        now: i64,
    ) -> Refreshed {
        let Some((number, replaced)) = self.refresh.get(token).copied() else { return Refreshed::No };
        let Some(chain) = self.chains.get_mut(&number).filter(|chain| chain.is_live(now)) else {
            return Refreshed::No;
        };
        if chain.allowed.client != *client {
            return Refreshed::No;
        }
        let allowed = chain.allowed.clone();
        match (rotation, replaced) {
            (RefreshRotation::Rotate { leeway }, Some(at)) if now > at.saturating_add(millis(leeway)) => {
                let newest = chain.newest.clone();
                self.end_chain(number);
                Refreshed::Reused { allowed, newest }
            }
            (RefreshRotation::Rotate { .. }, replaced) => {
                chain.last_used = now;
                // Within the leeway the successor is given again: the answer that held it may have been lost.
                Refreshed::Yes { chain: number, allowed, replace: replaced.is_none() }
            }
            (RefreshRotation::Static, _) => {
                chain.last_used = now;
                Refreshed::Yes { chain: number, allowed, replace: false }
            }
        }
    }

    /// Replaces the newest refresh token of a chain.
    pub(crate) fn replace(&mut self, number: u64, token: String, now: i64) {
        let Some(chain) = self.chains.get_mut(&number) else { return };
        let old = std::mem::replace(&mut chain.newest, token.clone());
        chain.replaced.push_back(old.clone());
        if chain.replaced.len() > REPLACED
            && let Some(oldest) = chain.replaced.pop_front()
        {
            self.refresh.remove(&oldest);
        }
        self.refresh.insert(old, (number, Some(now)));
        self.refresh.insert(token, (number, None));
    }

    /// The id of a chain, and its newest refresh token.
    pub(crate) fn newest(&self, number: u64) -> Option<(&Id, &str)> {
        self.chains.get(&number).map(|chain| (&chain.id, chain.newest.as_str()))
    }

    /// The chains that still work.
    pub(crate) fn chains(&self, now: i64) -> impl Iterator<Item = &Chain> {
        self.chains.values().filter(move |chain| chain.is_live(now))
    }

    /// Ends the chain with this id.
    pub(crate) fn end(&mut self, id: &str) {
        let number = self.chains.iter().find(|(_, chain)| *chain.id == *id).map(|(number, _)| *number);
        if let Some(number) = number {
            self.end_chain(number);
        }
    }

    /// Ends everything issued in the name of a user. Says what each refresh token, and each access token without one, allowed.
    pub(crate) fn end_user(&mut self, user: &str, now: i64) -> Vec<Allowed> {
        let of_user = |allowed: &Allowed| allowed.user.as_deref() == Some(user);
        self.codes.retain(|_, code| !of_user(&code.allowed));
        let chains = self.chains.iter().filter(|(_, chain)| chain.is_live(now) && of_user(&chain.allowed));
        let chains: Vec<u64> = chains.map(|(number, _)| *number).collect();
        chains.iter().for_each(|number| self.end_chain(*number));
        let ended = chains.iter().filter_map(|number| Some(self.chains.get(number)?.allowed.clone()));
        let mut ended: Vec<Allowed> = ended.collect();
        let access =
            self.access.values_mut().filter(|access| access.is_live(now) && of_user(&access.allowed));
        for access in access {
            access.revoked = true;
            ended.push(access.allowed.clone());
        }
        ended
    }

    /// A refresh token that would still work, and until when if it is not used.
    pub(crate) fn live_refresh(&self, token: &str, now: i64) -> Option<(&Allowed, i64)> {
        let (number, _) = self.refresh.get(token)?;
        let chain = self.chains.get(number).filter(|chain| chain.is_live(now) && chain.newest == token)?;
        Some((&chain.allowed, chain.expires()))
    }

    /// Revokes a token of this client, of either kind; a refresh token takes its access tokens along. Says what it was.
    pub(crate) fn revoke(&mut self, token: &str, client: &Id) -> Option<(&'static str, Allowed)> {
        if let Some(access) = self.access.get_mut(token).filter(|access| access.allowed.client == *client) {
            access.revoked = true;
            return Some(("access_token", access.allowed.clone()));
        }
        let (number, _) = self.refresh.get(token).copied()?;
        let chain = self.chains.get(&number).filter(|chain| chain.allowed.client == *client)?;
        let allowed = chain.allowed.clone();
        self.end_chain(number);
        Some(("refresh_token", allowed))
    }

    fn end_chain(&mut self, number: u64) {
        if let Some(chain) = self.chains.get_mut(&number) {
            chain.dead = true;
        }
        for access in self.access.values_mut().filter(|access| access.chain == Some(number)) {
            access.revoked = true;
        }
    }

    /// Forgets chains that have ended, so that a long run does not grow.
    fn sweep_chains(&mut self, now: i64) {
        if self.refresh.len() < 4_096 {
            return;
        }
        self.chains.retain(|_, chain| chain.is_live(now));
        let chains = &self.chains;
        self.refresh.retain(|_, (number, _)| chains.contains_key(number));
    }
}

impl Chain {
    /// When it ends unless it is used before.
    pub(crate) fn expires(&self) -> i64 {
        self.last_used.saturating_add(REFRESH_IDLE_MS)
    }

    fn is_live(&self, now: i64) -> bool {
        !self.dead && now < self.expires()
    }
}

impl Access {
    /// A token that nobody holds yet.
    pub(crate) fn new(allowed: Allowed, jti: String, jkt: Option<String>, now: i64) -> Self {
        let expires = now.saturating_add(ACCESS_SECONDS * 1_000);
        Self { allowed, jti, issued: now, expires, jkt, chain: None, revoked: false }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_chain_that_is_used_for_ever_does_not_grow_and_still_dies_of_reuse() {
        let client: Id = "0oamock0000000000000".into();
        let allowed = Allowed { client: client.clone(), user: None, scopes: Vec::new(), auth_time: 0 };
        let mut issued = Issued::default();
        let chain = issued.start_chain("oarmock0000000000000".into(), "0".to_owned(), allowed, 0);
        for n in 1..=5_000 {
            issued.replace(chain, n.to_string(), n);
        }
        assert_eq!(issued.refresh.len(), REPLACED + 1);
        let mut refresh = |token: &str| {
            let rotation = RefreshRotation::Rotate { leeway: Duration::ZERO };
            issued.refresh(token, &client, rotation, 5_001)
        };
        assert!(matches!(refresh("0"), Refreshed::No), "too old to be known");
        assert!(matches!(refresh("5000"), Refreshed::Yes { .. }));
        assert!(matches!(refresh("4000"), Refreshed::Reused { .. }));
        assert!(matches!(refresh("5000"), Refreshed::No), "the chain is dead");
    }
}
