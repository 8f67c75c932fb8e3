//! What moves a user from one state to the next, with the log event of each move.
//!
//! Source: API reference, "User lifecycle". Which code refuses a wrong state is from recorded answers where there are
//! any, and `E0000038` where there are none.

use super::{Status, User};
use crate::error::ApiError;
use crate::org::event::{Event, Party};
use crate::org::{Org, Tx};

type Done = Result<(), ApiError>;

fn refused() -> ApiError {
    ApiError::of("E0000038")
}

impl Org {
    /// STAGED, DEPROVISIONED → ACTIVE with a password or another provider, PROVISIONED without.
    pub(crate) fn activate_user(&mut self, tx: &Tx, id: &str) -> Done {
        let user = self.settled(id)?;
        if !matches!(user.status, Status::Staged | Status::Deprovisioned) {
            return Err(ApiError::of("E0000016"));
        }
        let ready = user.password_changed.is_some() || user.provider.is_some();
        let status = if ready { Status::Active } else { Status::Provisioned };
        self.move_to(tx, id, status, "user.lifecycle.activate")
    }

    /// PROVISIONED, RECOVERY → PROVISIONED, with a new invitation.
    pub(crate) fn reactivate_user(&mut self, tx: &Tx, id: &str) -> Done {
        self.allow(id, &[Status::Provisioned, Status::Recovery])?;
        self.move_to(tx, id, Status::Provisioned, "user.lifecycle.reactivate")
    }

    /// ACTIVE → SUSPENDED.
    pub(crate) fn suspend_user(&mut self, tx: &Tx, id: &str) -> Done {
        match self.settled(id)?.status {
            Status::Active => self.move_to(tx, id, Status::Suspended, "user.lifecycle.suspend"),
            _ => Err(ApiError::validation("suspend", "Cannot suspend a user that is not active")),
        }
    }

    /// SUSPENDED → ACTIVE.
    pub(crate) fn unsuspend_user(&mut self, tx: &Tx, id: &str) -> Done {
        match self.settled(id)?.status {
            Status::Suspended => self.move_to(tx, id, Status::Active, "user.lifecycle.unsuspend"),
            _ => Err(ApiError::validation("unsuspend", "Cannot unsuspend a user that is not suspended")),
        }
    }

    /// ACTIVE → LOCKED_OUT, as too many wrong passwords do. No API call does this.
    pub(crate) fn lock_user(&mut self, tx: &Tx, id: &str) -> Done {
        self.allow(id, &[Status::Active])?;
        self.move_to(tx, id, Status::LockedOut, "user.account.lock")
    }

    /// LOCKED_OUT → ACTIVE.
    pub(crate) fn unlock_user(&mut self, tx: &Tx, id: &str) -> Done {
        match self.settled(id)?.status {
            Status::LockedOut => self.move_to(tx, id, Status::Active, "user.account.unlock_by_admin"),
            _ => Err(ApiError::of("E0000032").because("The user is not locked out.")),
        }
    }

    /// A user with a password → RECOVERY, until the password was reset.
    pub(crate) fn reset_password(&mut self, tx: &Tx, id: &str) -> Done {
        let from = [
            Status::Active,
            Status::Provisioned,
            Status::PasswordExpired,
            Status::LockedOut,
            Status::Recovery,
        ];
        self.allow(id, &from)?;
        self.move_to(tx, id, Status::Recovery, "user.account.reset_password")
    }

    /// ACTIVE, RECOVERY → RECOVERY, asked for by the user.
    pub(crate) fn forgot_password(&mut self, tx: &Tx, id: &str) -> Done {
        self.allow(id, &[Status::Active, Status::Recovery])?;
        self.move_to(tx, id, Status::Recovery, "user.account.reset_password")
    }

    /// ACTIVE → PASSWORD_EXPIRED.
    pub(crate) fn expire_password(&mut self, tx: &Tx, id: &str) -> Done {
        self.allow(id, &[Status::Active, Status::PasswordExpired])?;
        self.move_to(tx, id, Status::PasswordExpired, "user.account.expire_password")
    }

    /// A new password; who waited for one becomes ACTIVE.
    pub(crate) fn set_password(&mut self, tx: &Tx, id: &str) -> Done {
        self.settled(id)?;
        let party = self.touch(tx, id, |user| {
            user.password_changed = Some(tx.at);
            let waited =
                matches!(user.status, Status::Provisioned | Status::Recovery | Status::PasswordExpired);
            if waited {
                user.status = Status::Active;
                user.status_changed = Some(tx.at);
            }
        })?;
        self.write(tx, "user.account.update_password", party);
        Ok(())
    }

    /// Forgets every factor. `lastUpdated` stays: factors are not part of the user.
    pub(crate) fn reset_factors(&mut self, tx: &Tx, id: &str) -> Done {
        if self.settled(id)?.status == Status::Deprovisioned {
            return Err(refused());
        }
        let party = self.users.change(id, tx.at, |user| {
            user.factors = false;
            user.party()
        });
        let party = party.ok_or_else(|| ApiError::not_found(id, "User"))?;
        self.write(tx, "user.mfa.factor.reset_all", party);
        Ok(())
    }

    /// Ends every session.
    pub(crate) fn clear_sessions(&mut self, tx: &Tx, id: &str) -> Done {
        let party = self.settled(id)?.party();
        self.write(tx, "user.session.clear", party);
        Ok(())
    }

    /// Deactivates a live user; purges a DEPROVISIONED one, which leaves no trace but two log events.
    pub(crate) fn delete_user(&mut self, tx: &Tx, id: &str) -> Done {
        let user = self.settled(id)?;
        if user.status != Status::Deprovisioned {
            return self.deactivate_user(tx, id);
        }
        let party = user.party();
        self.users.remove(id, tx.at);
        self.write(tx, "user.lifecycle.delete.initiated", party.clone());
        self.write(tx, "user.lifecycle.delete.completed", party);
        Ok(())
    }

    fn allow(&self, id: &str, from: &[Status]) -> Done {
        if from.contains(&self.settled(id)?.status) { Ok(()) } else { Err(refused()) }
    }

    fn move_to(&mut self, tx: &Tx, id: &str, status: Status, event: &'static str) -> Done {
        let party = self.touch(tx, id, |user| {
            user.status = status;
            user.status_changed = Some(tx.at);
            user.activated = user.activated.or(Some(tx.at));
        })?;
        self.write(tx, event, party);
        Ok(())
    }

    fn write(&mut self, tx: &Tx, event: &'static str, party: Party) {
        let event: Event = tx.event(event).target(party);
        self.log_event(tx, event);
    }

    /// Changes a user: `lastUpdated` moves.
    pub(super) fn touch(
        &mut self,
        tx: &Tx,
        id: &str,
        change: impl FnOnce(&mut User),
    ) -> Result<Party, ApiError> {
        let touched = self.users.change(id, tx.at, |user| {
            change(user);
            user.last_updated = tx.at;
            user.revision = user.revision.saturating_add(1);
            user.party()
        });
        touched.ok_or_else(|| ApiError::not_found(id, "User"))
    }
}
