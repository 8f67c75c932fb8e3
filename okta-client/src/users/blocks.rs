//! What keeps a user from signing in although the account is good.

use serde::Deserialize;

use super::Users;
use crate::listing::Listing;
use crate::open_enum::open_enum;

/// A block of a user's sign-in.
///
/// **Source**: Okta, "List all user blocks".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserBlock {
    /// `type`: `DEVICE_BASED`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `appliesTo`.
    pub applies_to: Option<BlockedDevices>,
}

open_enum! {
    /// From which devices a blocked user cannot sign in.
    BlockedDevices {
        Any = "ANY_DEVICES",
        Unknown = "UNKNOWN_DEVICES",
    }
}

impl Users {
    /// What keeps a user from signing in. Not paged.
    ///
    /// **Source**: Okta, "List all user blocks".
    pub fn blocks(&self, user: impl AsRef<str>) -> Listing<UserBlock> {
        Listing::whole(&self.client, &["users", user.as_ref(), "blocks"])
    }
}
