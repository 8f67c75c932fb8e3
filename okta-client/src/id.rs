//! Okta's identifiers, one type each, so that a group's id cannot be passed where a user's is meant.
//!
//! They are opaque: case-sensitive, usually 20 characters. Nothing may be inferred from a prefix.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::expression::Literal;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as Okta wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<&$name> for Literal {
            fn from(id: &$name) -> Self {
                id.as_str().into()
            }
        }
    };
}

id! {
    /// Identifies a user, for ever: logins and e-mail addresses change, this does not.
    UserId
}
id! {
    /// Identifies a group.
    GroupId
}
id! {
    /// Identifies an app instance.
    AppId
}
id! {
    /// Identifies a group rule.
    GroupRuleId
}
id! {
    /// Identifies a policy.
    PolicyId
}
id! {
    /// Identifies a rule of a policy.
    PolicyRuleId
}
id! {
    /// Identifies an enrolled factor of a user.
    FactorId
}
id! {
    /// Identifies the enrollment of a user in an authenticator.
    EnrollmentId
}
id! {
    /// Identifies the assignment of an admin role to a user, group or client.
    RoleAssignmentId
}
id! {
    /// Identifies a user type.
    UserTypeId
}
id! {
    /// Identifies an Event Hook.
    EventHookId
}
id! {
    /// Identifies a log stream.
    LogStreamId
}
id! {
    /// Identifies a consent to a scope.
    GrantId
}
id! {
    /// Identifies a refresh token: its name, not its secret.
    RefreshTokenId
}
id! {
    /// Identifies an API token: its name, not its secret.
    ApiTokenId
}
id! {
    /// Identifies a device.
    DeviceId
}
id! {
    /// Identifies a network zone.
    ZoneId
}
id! {
    /// Identifies the rate-limit share of a principal.
    PrincipalRateLimitId
}
id! {
    /// The `uuid` of a System Log event: the same by polling, Event Hook and log stream.
    #[doc(alias = "uuid")]
    LogEventId
}
