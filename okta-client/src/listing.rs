//! What every list builder is underneath: a path, its query parameters, and the listing they make.

use serde::de::DeserializeOwned;
use url::Url;

use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::error::Error;
use crate::operation;
use crate::paginated::Paginated;

pub(crate) struct Listing {
    client: Client,
    url: Result<Url, Error>,
    query: Vec<(&'static str, String)>,
}

impl Listing {
    pub(crate) fn new(client: Client, segments: &[&str]) -> Self {
        let url = client.url(segments);
        Self { client, url, query: Vec::new() }
    }

    /// Sets a parameter; the last value counts.
    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.retain(|(other, _)| *other != name);
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn url(self) -> Result<Url, Error> {
        let mut url = self.url?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    pub(crate) fn paginate<T: DeserializeOwned + Send + 'static>(self) -> Paginated<T> {
        let client = self.client.clone();
        client.list(self.url())
    }

    pub(crate) fn resume<T: DeserializeOwned + Send + 'static>(self, token: &ResumeToken) -> Paginated<T> {
        self.paginate().resumed(token)
    }
}

/// The parameters hold what people wrote, names and addresses among it.
impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.url.as_ref().map(|url| operation::template(url.path()));
        f.debug_struct("Listing").field("path", &path).finish_non_exhaustive()
    }
}
