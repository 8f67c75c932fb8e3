//! Log streams: the System Log as a stream to AWS EventBridge or Splunk Cloud. An org has at most two.

mod model;
mod write;

pub use self::model::{LogStream, LogStreamType};
pub use self::write::NewLogStream;

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about log streams. Made by [`Client::log_streams`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such stream.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct LogStreams {
    client: Client,
}

impl LogStreams {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every stream.
    ///
    /// **Source**: Okta, "List all log streams".
    pub fn list(&self) -> Listing<LogStream> {
        Listing::paged(&self.client, &["logStreams"], 200)
    }

    /// One stream.
    ///
    /// **Source**: Okta, "Retrieve a log stream".
    pub async fn get(&self, stream_id: impl AsRef<str>) -> Result<Raw<LogStream>, Error> {
        self.client.api(Method::GET, &["logStreams", stream_id.as_ref()]).document().await
    }
}
