//! `Listing<T>`: what every list of every resource is: a path, its query parameters, and the listing they make.

mod narrowed;

pub use self::narrowed::{Filterable, Plain, Searchable, SortOrder};

use std::borrow::Cow;
use std::marker::PhantomData;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use url::Url;

use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::error::Error;
use crate::expression::Expression;
use crate::operation;
use crate::paginated::Paginated;

/// A list under construction: of `T`, narrowed as its `Kind` allows. Made by the `list` of a resource, and by what belongs to one of
/// its objects.
///
/// What a list can be asked for beyond this, it has methods for: `search` and `filter` where it is [`Searchable`], and others by what it
/// lists. Anything else that Okta knows is a [`query`](Self::query).
#[must_use = "a listing does nothing until it is polled"]
pub struct Listing<T, Kind = Plain> {
    client: Client,
    url: Result<Url, Error>,
    query: Vec<(Cow<'static, str>, String)>,
    /// What goes along with the request for every page.
    headers: HeaderMap,
    of: PhantomData<fn() -> (T, Kind)>,
}

impl<T: DeserializeOwned + Send + 'static, Kind> Listing<T, Kind> {
    /// The list at `/api/v1/` and these segments, in pages of `limit`.
    pub(crate) fn paged(client: &Client, segments: &[&str], limit: u16) -> Self {
        Self::whole(client, segments).limit(limit)
    }

    /// The list at `/api/v1/` and these segments, which Okta gives in one page.
    pub(crate) fn whole(client: &Client, segments: &[&str]) -> Self {
        Self::at(client, client.api_url(segments))
    }

    pub(crate) fn at(client: &Client, url: Result<Url, Error>) -> Self {
        Self { client: client.clone(), url, query: Vec::new(), headers: HeaderMap::new(), of: PhantomData }
    }

    /// Sends these along with the request for every page.
    pub(crate) fn headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// Sets a parameter to an expression.
    pub(crate) fn expression<L>(mut self, name: &'static str, expression: Expression<L>) -> Self {
        match expression.into_text() {
            Ok(text) => self.query(name, text),
            Err(invalid) => {
                self.url = Err(invalid.into_error(name));
                self
            }
        }
    }

    /// Objects per page. Okta has no use for it where it gives the whole list at once.
    pub fn limit(self, limit: u16) -> Self {
        self.query("limit", limit.to_string())
    }

    /// Any other parameter that Okta has for this list, such as `expand`; the last value counts. It is encoded here.
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.query.retain(|(other, _)| *other != name);
        self.query.push((name, value.into()));
        self
    }

    /// The URL of the first page.
    pub(crate) fn url(self) -> Result<Url, Error> {
        let mut url = self.url?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<T> {
        let (client, headers) = (self.client.clone(), self.headers.clone());
        client.list(self.url()).headers(headers)
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<T> {
        self.paginate().resumed(&token)
    }
}

/// The parameters hold what people wrote, names and addresses among it.
impl<T, Kind> std::fmt::Debug for Listing<T, Kind> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.url.as_ref().map(|url| operation::template(url.path()));
        f.debug_struct("Listing").field("path", &path).finish_non_exhaustive()
    }
}
