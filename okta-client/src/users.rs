//! Users: who exists in the org, and their life in it.

mod blocks;
mod conditional;
mod lifecycle;
mod model;
mod narrowed;
mod new_user;
mod password_hash;
mod passwords;
mod write;

pub use self::blocks::{BlockedDevices, UserBlock};
pub use self::conditional::ETag;
pub use self::lifecycle::{Activation, Mail, OAuthTokens, PasswordReset, Sessions, TempPassword};
pub use self::model::{User, UserCredentials, UserProfile, UserProvider, UserStatus, UserTypeRef};
pub use self::narrowed::Omit;
pub use self::new_user::NewUser;
pub use self::password_hash::{HashAlgorithm, PasswordHash, Pbkdf2Digest, SaltOrder};

use http::{HeaderMap, Method};

use crate::client::Client;
use crate::error::Error;
use crate::groups::Group;
use crate::listing::{Listing, Searchable};
use crate::raw::Raw;

/// Calls about users. Made by [`Client::users`].
///
/// A user is named by id, login, or short login where that is unambiguous; `me` is the owner of an API token.
///
/// # Errors
/// [`Error::is_not_found`] where there is no such user, and for a moment also where there is one that was just created.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
    /// Of reads of one user and of all.
    headers: HeaderMap,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, headers: HeaderMap::new() }
    }

    /// Every user: pages of 200, the most there is. **Mind**: without [`search`](Listing::search) or [`filter`](Listing::filter)
    /// Okta leaves out users with status `DEPROVISIONED`, and with [`q`](Listing::q) the page is the whole answer.
    ///
    /// `filter` knows `status`, `lastUpdated`, `id` and a few of the profile; all but `lastUpdated` with `eq` only. What is not needed is left
    /// out by [`fields`](Listing::fields) or [`omitting`](Self::omitting).
    ///
    /// **Source**: Okta, "List all users".
    pub fn list(&self) -> Listing<User, Searchable> {
        Listing::paged(&self.client, &["users"], 200).headers(self.headers.clone())
    }

    /// One user.
    ///
    /// **Source**: Okta, "Retrieve a user".
    pub async fn get(&self, user: impl AsRef<str>) -> Result<Raw<User>, Error> {
        let request = self.client.api(Method::GET, &["users", user.as_ref()]);
        request.headers(self.headers.clone()).document().await
    }

    /// The groups that a user is a member of.
    ///
    /// **Source**: Okta, "List all groups" of a user. The page shows no paging; recorded answers have it.
    pub fn groups(&self, user: impl AsRef<str>) -> Listing<Group> {
        Listing::paged(&self.client, &["users", user.as_ref(), "groups"], 200)
    }
}
