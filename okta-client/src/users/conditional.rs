//! Changing a user only if nobody else has changed it since it was read.

use std::fmt;
use std::str::FromStr;

use http::header::{ETAG, IF_MATCH};
use http::{HeaderValue, Method};
use serde::Serialize;

use super::{User, Users};
use crate::error::Error;
use crate::raw::Raw;

/// Which state of a user was read: Okta's entity tag, as it came. Can be kept as text and parsed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(HeaderValue);

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

impl FromStr for ETag {
    type Err = Error;

    /// # Errors
    /// [`Error::Config`] where no header can hold it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let unfit = || Error::config("etag", "is empty or holds a character that no entity tag has");
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unfit());
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| unfit())
    }
}

impl Users {
    /// One user, and which state of it this is. `None` where Okta sends no tag.
    ///
    /// ```
    /// # async fn of(users: okta_client::users::Users) -> Result<(), okta_client::Error> {
    /// use okta_client::Edit;
    ///
    /// let (ada, Some(tag)) = users.get_tagged("ada@example.com").await? else { return Ok(()) };
    /// match users.update_if_match(&ada.id, &tag, &Edit::new().set("/profile/title", "Countess")).await {
    ///     Err(error) if error.is_precondition_failed() => println!("somebody was faster: read again"),
    ///     changed => drop(changed?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Source**: Okta, "Retrieve a user", header `ETag`.
    pub async fn get_tagged(&self, user: impl AsRef<str>) -> Result<(Raw<User>, Option<ETag>), Error> {
        let request = self.client.api(Method::GET, &["users", user.as_ref()]);
        let answer = request.headers(self.headers.clone()).send().await?;
        let tag = answer.headers().get(ETAG).filter(|tag| tag.to_str().is_ok()).cloned().map(ETag);
        Ok((answer.json()?, tag))
    }

    /// As [`update`](Self::update), if the user is still in this state.
    ///
    /// # Errors
    /// [`Error::is_precondition_failed`] where it is not; nothing is changed then.
    ///
    /// **Source**: Okta, "Update a user", header `If-Match`.
    pub async fn update_if_match(
        &self,
        user: impl AsRef<str>,
        tag: &ETag,
        change: &impl Serialize,
    ) -> Result<Raw<User>, Error> {
        self.matching(Method::POST, user.as_ref(), tag, change).await
    }

    /// As [`replace`](Self::replace), if the user is still in this state.
    ///
    /// # Errors
    /// [`Error::is_precondition_failed`] where it is not; nothing is changed then. So it is also where this call was repeated because its
    /// first answer was lost: read again to see whose change it was.
    ///
    /// **Source**: Okta, "Replace a user", header `If-Match`.
    pub async fn replace_if_match(
        &self,
        user: impl AsRef<str>,
        tag: &ETag,
        body: &impl Serialize,
    ) -> Result<Raw<User>, Error> {
        self.matching(Method::PUT, user.as_ref(), tag, body).await
    }

    async fn matching(
        &self,
        method: Method,
        user: &str,
        tag: &ETag,
        body: &impl Serialize,
    ) -> Result<Raw<User>, Error> {
        self.client.api(method, &["users", user]).header(IF_MATCH, tag.0.clone()).json(body).document().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_kept_as_text_and_what_is_none_is_refused() {
        for tag in ["W/\"1234567890abcdef\"", "\"x\"", "*"] {
            assert_eq!(tag.parse::<ETag>().expect("a tag").to_string(), tag);
        }
        for text in ["", "a b", "a\nb", "\u{e9}"] {
            assert!(matches!(text.parse::<ETag>(), Err(Error::Config { field: "etag", .. })), "{text:?}");
        }
    }
}
