//! Creating, switching and deleting log streams.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::{LogStream, LogStreamType, LogStreams};
use crate::edit::Edit;
use crate::error::Error;
use crate::raw::Raw;

/// A stream to be created.
///
/// **Source**: Okta, "Create a log stream".
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
#[must_use = "a stream is created by `LogStreams::create`"]
pub struct NewLogStream(Edit);

impl NewLogStream {
    /// To AWS EventBridge: an account of twelve digits, a region, and the name that the event source will have there (1 to 75
    /// of letters, digits, `.`, `-` and `_`). None of them can be changed.
    pub fn event_bridge(
        name: impl AsRef<str>,
        account_id: impl AsRef<str>,
        region: impl AsRef<str>,
        event_source_name: impl AsRef<str>,
    ) -> Self {
        let settings = json!({
            "accountId": account_id.as_ref(),
            "region": region.as_ref(),
            "eventSourceName": event_source_name.as_ref(),
        });
        Self::of(&LogStreamType::AwsEventBridge, name.as_ref(), settings)
    }

    /// To Splunk Cloud: its edition (`aws`, `aws_govcloud` or `gcp`), its host, and a token for it.
    pub fn splunk_cloud(
        name: impl AsRef<str>,
        edition: impl AsRef<str>,
        host: impl AsRef<str>,
        token: impl Into<SecretString>,
    ) -> Self {
        let settings = json!({
            "edition": edition.as_ref(),
            "host": host.as_ref(),
            "token": token.into().expose_secret(),
        });
        Self::of(&LogStreamType::SplunkCloud, name.as_ref(), settings)
    }

    fn of(stream_type: &LogStreamType, name: &str, settings: serde_json::Value) -> Self {
        Self(Edit::new().set("/type", stream_type).set("/name", name).set("/settings", settings))
    }
}

impl LogStreams {
    /// Creates a stream, active at once. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create a log stream".
    pub async fn create(&self, stream: &impl Serialize) -> Result<Raw<LogStream>, Error> {
        self.client.api(Method::POST, &["logStreams"]).json(stream).document().await
    }

    /// Replaces a stream: in practice its name. Begin with what was read ([`Raw::edit`]): what cannot be changed has to be there.
    ///
    /// **Source**: Okta, "Replace a log stream".
    pub async fn replace(
        &self,
        stream_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<LogStream>, Error> {
        self.client.api(Method::PUT, &["logStreams", stream_id.as_ref()]).json(body).document().await
    }

    /// Switches a stream on. What was logged before is not streamed.
    ///
    /// **Source**: Okta, "Activate a log stream"; the recorded answer is empty.
    pub async fn activate(&self, stream_id: impl AsRef<str>) -> Result<(), Error> {
        self.client
            .api(Method::POST, &["logStreams", stream_id.as_ref(), "lifecycle", "activate"])
            .done()
            .await
    }

    /// Switches a stream off.
    ///
    /// **Source**: Okta, "Deactivate a log stream"; the recorded answer is empty.
    pub async fn deactivate(&self, stream_id: impl AsRef<str>) -> Result<(), Error> {
        let path = ["logStreams", stream_id.as_ref(), "lifecycle", "deactivate"];
        self.client.api(Method::POST, &path).done().await
    }

    /// Deletes a stream.
    ///
    /// **Source**: Okta, "Delete a log stream".
    pub async fn delete(&self, stream_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["logStreams", stream_id.as_ref()]).done().await
    }
}
