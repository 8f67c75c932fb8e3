//! Signing in without a browser: what [`OktaMock::sign_in`](crate::OktaMock::sign_in) does.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, LOCATION};

use crate::credentials::people;
use crate::engine::Answer;
use crate::shared::Shared;

/// Why a sign-in led nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The URL is not one of `/oauth2/v1/authorize`.
    #[error("not a URL of /oauth2/v1/authorize")]
    NotAuthorize,
    /// A page was shown in place of a redirect.
    #[error("a page was shown (status {status}): {page}")]
    Page {
        /// Its status: 200 for the sign-in page shown again, 400 for an error page.
        status: u16,
        /// The page, as HTML.
        page: String,
    },
}

/// Opens an authorize URL and signs in.
pub(crate) fn by_hand(shared: &Arc<Shared>, authorize_url: &str, login: &str) -> Result<String, SignInError> {
    // Either a whole URL or only its path and query.
    let target = match url::Url::parse(authorize_url) {
        Ok(url) => format!("{}?{}", url.path(), url.query().unwrap_or_default()),
        Err(_) => authorize_url.to_owned(),
    };
    if !target.starts_with("/oauth2/v1/authorize?") {
        return Err(SignInError::NotAuthorize);
    }
    // The first user's login is drawn from the seed, and most tests only want an admin.
    let owner = (login == "me").then(|| people::owner(&shared.lock().org).map(ToString::to_string)).flatten();
    let login = owner.as_deref().unwrap_or(login);
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("login", login).finish();
    let request = Request::post(target)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(body))
        .map_err(|_| SignInError::NotAuthorize)?;
    let Answer::Ready(reply) = shared.with(|engine, now| engine.handle(&request, now)) else {
        return Err(SignInError::NotAuthorize);
    };
    match reply.headers.get(LOCATION).and_then(|to| to.to_str().ok()) {
        Some(to) => Ok(to.to_owned()),
        None => Err(SignInError::Page {
            status: reply.status.as_u16(),
            page: String::from_utf8_lossy(&reply.body).into_owned(),
        }),
    }
}
