//! Event Hooks: where Okta pushes events to.

mod model;
mod write;

pub use self::model::{
    EventHook, EventHookChannel, EventHookConfig, EventHookHeader, EventSubscriptions, VerificationStatus,
};
pub use self::write::NewEventHook;

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about Event Hooks. Made by [`Client::event_hooks`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such hook.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct EventHooks {
    client: Client,
}

impl EventHooks {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every hook. Not paged.
    ///
    /// **Source**: Okta, "List all event hooks".
    pub fn list(&self) -> Listing<EventHook> {
        Listing::whole(&self.client, &["eventHooks"])
    }

    /// One hook.
    ///
    /// **Source**: Okta, "Retrieve an event hook".
    pub async fn get(&self, hook_id: impl AsRef<str>) -> Result<Raw<EventHook>, Error> {
        self.client.api(Method::GET, &["eventHooks", hook_id.as_ref()]).document().await
    }
}
