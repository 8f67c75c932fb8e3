//! Deactivations that take their time: `transitioningToStatus` until they are done, and no change of the user meanwhile.
//!
//! Source: API reference, "Users": an update during a transition answers 409 `E0000112`. How long one takes is a setting;
//! at once unless a test asks for a lag.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Status;
use crate::error::ApiError;
use crate::org::id::Id;
use crate::org::{Org, Tx};

/// Deactivations under way.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Transitions {
    lag_ms: i64,
    #[serde(with = "crate::snapshot::pairs")]
    due: BTreeMap<(i64, Id), Tx>,
}

impl Transitions {
    pub(crate) fn set_lag(&mut self, ms: i64) {
        self.lag_ms = ms.max(0);
    }

    /// When the next one is done.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.due.keys().next().map(|(due, _)| *due)
    }

    /// In whose name the ones under way end.
    pub(crate) fn transactions(&self) -> impl Iterator<Item = &Tx> {
        self.due.values()
    }
}

impl Org {
    /// Any live state → DEPROVISIONED, after the lag. Groups and apps lose the user, each with its event.
    pub(crate) fn deactivate_user(&mut self, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let user = self.settled(id)?;
        if user.status == Status::Deprovisioned {
            return Err(ApiError::of("E0000038"));
        }
        if self.transitions.lag_ms == 0 {
            return self.finish_deactivation(tx, id);
        }
        let (due, id) = (tx.at.saturating_add(self.transitions.lag_ms), Arc::clone(&user.id));
        self.touch(tx, &id, |user| user.deactivating = true)?;
        self.changed();
        self.transitions.due.insert((due, id), tx.clone());
        Ok(())
    }

    /// Ends the deactivation that is due next, in the name of the request that began it.
    pub(crate) fn step_transition(&mut self, now: i64) {
        let Some(((_, id), tx)) = self.transitions.due.pop_first() else { return };
        // Nobody can purge or change a user meanwhile, so there is one to deactivate.
        let _ = self.finish_deactivation(&Tx { at: now, ..tx }, &id);
    }

    /// The user, who must not be in the middle of a transition.
    pub(crate) fn settled(&self, id: &str) -> Result<std::borrow::Cow<'_, super::User>, ApiError> {
        let user = self.find_user(id)?;
        if user.deactivating { Err(ApiError::of("E0000112")) } else { Ok(user) }
    }

    fn finish_deactivation(&mut self, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let party = self.touch(tx, id, |user| {
            user.deactivating = false;
            user.status = Status::Deprovisioned;
            user.status_changed = Some(tx.at);
        })?;
        self.log_event(tx, tx.event("user.lifecycle.deactivate").target(party));
        self.leave_everything(tx, id)
    }
}
