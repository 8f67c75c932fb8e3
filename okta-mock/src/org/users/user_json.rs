//! A user's JSON: the row of a list, and the user alone with what its state allows.
//!
//! Recorded: rows hold `_links.self` only; which links a user alone has follows from its status.

use super::{Status, User};
use crate::json::{self, Out};
use crate::sheet::Sheet;
use crate::timestamp::whole_seconds;

impl User {
    /// Appends the row of a list: `_links` holds `self` only.
    pub(crate) fn write_row(&self, out: &mut Sheet, base: &str) {
        self.write_members(out);
        for part in ["\"self\":{\"href\":\"", base, "/api/v1/users/", &self.id, "\"}}}"] {
            out.push_str(part);
        }
    }

    /// Appends everything up to the inside of `_links`.
    pub(super) fn write_members(&self, out: &mut Sheet) {
        let time = |out: &mut Sheet, key: &str, ms: Option<i64>| match ms {
            Some(ms) => json::text(out, key, &whole_seconds(ms)),
            None => json::raw(out, key, "null"),
        };
        json::open(out, "id", &self.id);
        json::text(out, "status", self.status.name());
        if self.deactivating {
            json::text(out, "transitioningToStatus", "DEPROVISIONED");
        }
        time(out, "created", Some(self.created));
        time(out, "activated", self.activated);
        time(out, "statusChanged", self.status_changed);
        time(out, "lastLogin", self.last_login);
        time(out, "lastUpdated", Some(self.last_updated));
        time(out, "passwordChanged", self.password_changed);
        if let Some(realm) = &self.realm {
            json::text(out, "realmId", realm);
        }
        for part in [",\"type\":{\"id\":\"", OTY, "\"},\"profile\":"] {
            out.push_str(part);
        }
        json::object(out, &self.profile);
        json::raw(out, "credentials", "{");
        if self.password_changed.is_some() {
            out.push_str("\"password\":{},");
        }
        if let Some(question) = &self.recovery_question {
            out.push_str("\"recovery_question\":");
            json::open(out, "question", question);
            out.push_str("},");
        }
        out.push_str("\"emails\":[");
        json::open(out, "value", self.text("email"));
        out.push_str(",\"status\":\"VERIFIED\",\"type\":\"PRIMARY\"}],\"provider\":");
        let (kind, name) = match self.provider.as_deref() {
            Some((kind, name)) => (kind.as_str(), name.as_str()),
            None => ("OKTA", "OKTA"),
        };
        json::open(out, "type", kind);
        json::text(out, "name", name);
        out.push_str("}}");
        json::raw(out, "_links", "{");
    }
}

/// Closes what [`User::members`] or its like began, with what the state allows.
pub(super) fn close(out: &mut Sheet, status: Status, id: &str, base: &str) {
    for (path, name) in operations(status) {
        let link = [
            "\"",
            name,
            "\":{\"href\":\"",
            base,
            "/api/v1/users/",
            id,
            "/",
            path,
            "\",\"method\":\"POST\"},",
        ];
        link.into_iter().for_each(|part| out.push_str(part));
    }
    for (name, path, id) in [
        ("schema", "/api/v1/meta/schemas/user/", OSC),
        ("type", "/api/v1/meta/types/user/", OTY),
        ("self", "/api/v1/users/", id),
    ] {
        let link = ["\"", name, "\":{\"href\":\"", base, path, id, "\"},"];
        link.into_iter().for_each(|part| out.push_str(part));
    }
    out.back(1);
    out.push_str("}}");
}

/// `(path, link name)` of what this state allows.
fn operations(status: Status) -> &'static [(&'static str, &'static str)] {
    match status {
        Status::Staged | Status::Deprovisioned => &[("lifecycle/activate", "activate")],
        Status::Provisioned => &[
            ("lifecycle/reset_password", "resetPassword"),
            ("lifecycle/reactivate", "reactivate"),
            ("lifecycle/deactivate", "deactivate"),
        ],
        Status::Active | Status::PasswordExpired => &[
            ("lifecycle/suspend", "suspend"),
            ("lifecycle/reset_password", "resetPassword"),
            ("lifecycle/expire_password", "expirePassword"),
            ("credentials/change_recovery_question", "changeRecoveryQuestion"),
            ("credentials/change_password", "changePassword"),
            ("lifecycle/deactivate", "deactivate"),
        ],
        Status::LockedOut => &[
            ("lifecycle/unlock", "unlock"),
            ("lifecycle/reset_password", "resetPassword"),
            ("lifecycle/deactivate", "deactivate"),
        ],
        Status::Recovery => &[
            ("lifecycle/reset_password", "resetPassword"),
            ("lifecycle/reactivate", "reactivate"),
            ("lifecycle/deactivate", "deactivate"),
        ],
        Status::Suspended => &[("lifecycle/unsuspend", "unsuspend"), ("lifecycle/deactivate", "deactivate")],
    }
}

/// The only user type and its schema.
pub(crate) const OTY: &str = "otydefault0000000mck";
pub(crate) const OSC: &str = "oscdefault0000000mck";
