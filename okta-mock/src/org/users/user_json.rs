//! A user's JSON: the row of a list, and the user alone with what its state allows.
//!
//! Recorded: rows hold `_links.self` only; which links a user alone has follows from its status.

use super::{Status, User};
use crate::json;
use crate::timestamp::whole_seconds;

impl User {
    /// The row of a list: `_links` holds `self` only.
    pub(crate) fn row(&self, base: &str) -> String {
        let mut out = self.members();
        json::push(&mut out, format_args!("\"self\":{{\"href\":\"{base}/api/v1/users/{}\"}}}}}}", self.id));
        out
    }

    /// Everything up to the inside of `_links`.
    pub(super) fn members(&self) -> String {
        let mut out = String::with_capacity(1_000);
        json::open(&mut out, "id", &self.id);
        json::text(&mut out, "status", self.status.name());
        if self.deactivating {
            json::text(&mut out, "transitioningToStatus", "DEPROVISIONED");
        }
        json::text(&mut out, "created", &whole_seconds(self.created));
        json::maybe(&mut out, "activated", self.activated.map(whole_seconds).as_deref());
        json::maybe(&mut out, "statusChanged", self.status_changed.map(whole_seconds).as_deref());
        json::maybe(&mut out, "lastLogin", self.last_login.map(whole_seconds).as_deref());
        json::text(&mut out, "lastUpdated", &whole_seconds(self.last_updated));
        json::maybe(&mut out, "passwordChanged", self.password_changed.map(whole_seconds).as_deref());
        json::push(&mut out, format_args!(",\"type\":{{\"id\":\"{OTY}\"}},\"profile\":"));
        out.push_str(&serde_json::to_string(&self.profile).expect("a map with text keys is JSON"));
        json::raw(&mut out, "credentials", "{");
        if self.password_changed.is_some() {
            out.push_str("\"password\":{},");
        }
        out.push_str("\"emails\":[");
        json::open(&mut out, "value", self.text("email"));
        out.push_str(",\"status\":\"VERIFIED\",\"type\":\"PRIMARY\"}],\"provider\":");
        let (kind, name) = match self.provider.as_deref() {
            Some((kind, name)) => (kind.as_str(), name.as_str()),
            None => ("OKTA", "OKTA"),
        };
        json::open(&mut out, "type", kind);
        json::text(&mut out, "name", name);
        out.push_str("}}");
        json::raw(&mut out, "_links", "{");
        out
    }
}

/// Closes what [`User::members`] or its like began, with what the state allows.
pub(super) fn close(out: &mut String, status: Status, id: &str, base: &str) {
    for (path, name) in operations(status) {
        json::push(
            out,
            format_args!("\"{name}\":{{\"href\":\"{base}/api/v1/users/{id}/{path}\",\"method\":\"POST\"}},"),
        );
    }
    json::push(
        out,
        format_args!(
            "\"schema\":{{\"href\":\"{base}/api/v1/meta/schemas/user/{OSC}\"}},\
             \"type\":{{\"href\":\"{base}/api/v1/meta/types/user/{OTY}\"}},\
             \"self\":{{\"href\":\"{base}/api/v1/users/{id}\"}}}}}}"
        ),
    );
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
