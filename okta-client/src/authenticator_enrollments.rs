//! Authenticator enrollments: what a user signs in with, as Identity Engine sees it.

mod model;

pub use self::model::AuthenticatorEnrollment;

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about authenticator enrollments. Made by [`Client::authenticator_enrollments`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such user or enrollment.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct AuthenticatorEnrollments {
    client: Client,
}

impl AuthenticatorEnrollments {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The enrollments of a user, the password among them. Not paged.
    ///
    /// **Source**: Okta, "List all authenticator enrollments".
    pub fn list(&self, user_id: impl AsRef<str>) -> Listing<AuthenticatorEnrollment> {
        Listing::whole(&self.client, &["users", user_id.as_ref(), "authenticator-enrollments"])
    }

    /// One enrollment of a user.
    ///
    /// **Source**: Okta, "Retrieve an authenticator enrollment".
    pub async fn get(
        &self,
        user_id: impl AsRef<str>,
        enrollment_id: impl AsRef<str>,
    ) -> Result<Raw<AuthenticatorEnrollment>, Error> {
        let path = ["users", user_id.as_ref(), "authenticator-enrollments", enrollment_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Takes an enrollment away.
    ///
    /// **Source**: Okta, "Delete an authenticator enrollment".
    pub async fn delete(
        &self,
        user_id: impl AsRef<str>,
        enrollment_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["users", user_id.as_ref(), "authenticator-enrollments", enrollment_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }
}
