//! `Page<T>`: one answer of a listing, with everything that a caller may need to know about it.

mod envelope;

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::response::Parts;
use serde::de::DeserializeOwned;
use url::Url;

use crate::cursor::Cursor;
use crate::decode::{self, DecodeProblem, Item};
use crate::error::PagingProblem;
use crate::link::Links;
use crate::origin::Origins;
use crate::rate_limit::{self, RateLimit};
use crate::timestamp::Timestamp;

/// One page.
#[non_exhaustive]
pub struct Page<T> {
    pub(crate) items: Vec<Item<T>>,
    next: Result<Option<Cursor>, PagingProblem>,
    date: Option<Timestamp>,
    request_id: Option<String>,
    rate_limit: RateLimit,
}

impl<T: DeserializeOwned> Page<T> {
    pub(crate) fn decode(
        origins: &Origins,
        url: &Url,
        head: &Parts,
        body: &Bytes,
    ) -> Result<Self, DecodeProblem> {
        let (items, linked) = match envelope::member(url.path()) {
            None => (decode::items(body)?, None),
            Some(member) => {
                let (items, linked) = envelope::open(body, member)?;
                (decode::items(&items)?, linked)
            }
        };
        let next = match (next(origins, url, &head.headers), linked) {
            (Ok(None), Some(linked)) => origins.follow(url, &linked).map(Some),
            (next, _) => next,
        };
        Ok(Self {
            items,
            next,
            date: rate_limit::date(&head.headers),
            request_id: request_id(&head.headers),
            rate_limit: RateLimit::from_headers(&head.headers),
        })
    }
}

impl<T> Page<T> {
    /// The items in Okta's order, the undecodable ones among them. May be empty in the middle of a listing.
    pub fn items(&self) -> &[Item<T>] {
        &self.items
    }

    /// The items themselves.
    pub fn into_items(self) -> Vec<Item<T>> {
        self.items
    }

    /// Where the next page is. `None` on the last page of a listing, or where [`problem`](Self::problem) says why it is unknown.
    pub fn next(&self) -> Option<&Cursor> {
        self.next.as_ref().ok()?.as_ref()
    }

    /// Why the listing cannot go on behind this page, if it cannot.
    pub fn problem(&self) -> Option<PagingProblem> {
        self.next.as_ref().err().copied()
    }

    /// When Okta answered, by Okta's clock (whole seconds).
    pub fn date(&self) -> Option<Timestamp> {
        self.date
    }

    /// Okta's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What the answer said about its rate-limit bucket.
    pub fn rate_limit(&self) -> RateLimit {
        self.rate_limit
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("items", &self.items.len())
            .field("next", &self.next)
            .field("date", &self.date)
            .field("request_id", &self.request_id)
            .field("rate_limit", &self.rate_limit)
            .finish()
    }
}

pub(crate) fn next(
    origins: &Origins,
    url: &Url,
    headers: &HeaderMap,
) -> Result<Option<Cursor>, PagingProblem> {
    let links = Links::from_headers(headers).map_err(|_| PagingProblem::Malformed)?;
    links.next()?.map(|target| origins.follow(url, target)).transpose()
}

pub(crate) const REQUEST_ID: &str = "x-okta-request-id";

/// Ids are up to 36 letters and digits; anything else in that header is not one, and is not repeated in our messages.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = id.len() <= 36
        && !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    plain.then(|| id.to_owned())
}
