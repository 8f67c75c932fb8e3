//! The status that most of an org's settings have.

use crate::open_enum::open_enum;

open_enum! {
    /// Whether something is in use: a policy, a rule, a hook, a stream, a zone, the assignment of a role.
    LifecycleStatus { Active = "ACTIVE", Inactive = "INACTIVE" }
}
