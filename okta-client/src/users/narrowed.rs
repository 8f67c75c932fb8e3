//! Less of each user, so that Okta has less to look up and to send.

use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::{User, Users};
use crate::listing::{Listing, Searchable};

/// A part of a user that Okta takes time to find. Not to be left out of what is sent back by [`replace`](Users::replace).
///
/// **Source**: Okta, "List all users", `Content-Type` with `okta-response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Omit {
    /// `credentials`.
    Credentials,
    /// The links to operations on credentials in `_links`.
    CredentialsLinks,
    /// `transitioningToStatus`.
    TransitioningToStatus,
}

impl Omit {
    fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "omitCredentials",
            Self::CredentialsLinks => "omitCredentialsLinks",
            Self::TransitioningToStatus => "omitTransitioningToStatus",
        }
    }
}

impl Users {
    /// The same calls, whose [`list`](Users::list) and [`get`](Users::get) leave these parts out: Okta's way to make large exports
    /// faster. A listing that goes on by [`Client::resume`](crate::Client::resume) has them again; one by
    /// [`Listing::resume`] has not.
    ///
    /// ```
    /// # fn of(okta: okta_client::Client) {
    /// use okta_client::users::Omit;
    ///
    /// let quick = okta.users().omitting([Omit::Credentials, Omit::CredentialsLinks, Omit::TransitioningToStatus]);
    /// let everyone = quick.list().paginate();
    /// # }
    /// ```
    ///
    /// **Source**: Okta, "List all users" and "Retrieve a user", `Content-Type` with `okta-response`.
    #[must_use]
    #[doc(alias = "okta-response")]
    pub fn omitting(mut self, parts: impl IntoIterator<Item = Omit>) -> Self {
        let parts: Vec<_> = parts.into_iter().map(Omit::as_str).collect();
        let text = format!("application/json; okta-response={}", parts.join(","));
        match HeaderValue::try_from(text) {
            Ok(value) if !parts.is_empty() => drop(self.headers.insert(CONTENT_TYPE, value)),
            _ => drop(self.headers.remove(CONTENT_TYPE)),
        }
        self
    }
}

impl Listing<User, Searchable> {
    /// Only these attributes, as Okta writes them: `id,status,profile:(login,email)`; `id` is always there. What is left out is `None`,
    /// so such a user is not to be sent back by [`replace`](Users::replace).
    ///
    /// **Source**: Okta, "List all users", `fields`.
    pub fn fields(self, fields: impl Into<String>) -> Self {
        self.query("fields", fields)
    }
}
