//! Registering, verifying, switching and deleting Event Hooks.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::{EventHook, EventHooks};
use crate::edit::Edit;
use crate::error::Error;
use crate::logs::EventType;
use crate::raw::Raw;

/// A hook to be registered.
///
/// ```
/// use okta_client::event_hooks::NewEventHook;
///
/// let hook = NewEventHook::new("Ingest", "https://ingest.example.com/okta/events", &["user.session.start".into()])
///     .secret("Authorization", "a long random text")
///     .header("X-Source", "okta");
/// ```
///
/// **Source**: Okta, "Create an event hook".
#[derive(Clone)]
#[must_use = "a hook is registered by `EventHooks::create`"]
pub struct NewEventHook {
    body: Edit,
    headers: Vec<serde_json::Value>,
}

impl NewEventHook {
    /// A hook at an `https` address of at most 1,024 characters, told of up to 300 types of events that Okta marks as
    /// eligible for hooks. The name has 1 to 255 characters.
    pub fn new(name: impl AsRef<str>, uri: impl AsRef<str>, events: &[EventType]) -> Self {
        let config = json!({ "uri": uri.as_ref(), "method": "POST" });
        let body = Edit::new()
            .set("/name", name.as_ref())
            .set("/events", json!({ "type": "EVENT_TYPE", "items": events }))
            .set("/channel", json!({ "type": "HTTP", "version": "1.0.0", "config": config }));
        Self { body, headers: Vec::new() }
    }

    /// What it is for.
    pub fn description(mut self, text: impl AsRef<str>) -> Self {
        self.body = self.body.set("/description", text.as_ref());
        self
    }

    /// The header by which the receiver knows Okta. Okta sends the value as it is, and never tells it to anyone.
    pub fn secret(mut self, header: impl AsRef<str>, value: impl Into<SecretString>) -> Self {
        let value = value.into();
        let scheme = json!({ "type": "HEADER", "key": header.as_ref(), "value": value.expose_secret() });
        self.body = self.body.set("/channel/config/authScheme", scheme);
        self
    }

    /// One more header. Every admin can see it.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.headers.push(json!({ "key": name.as_ref(), "value": value.as_ref() }));
        self.body = self.body.set("/channel/config/headers", &self.headers);
        self
    }
}

impl std::fmt::Debug for NewEventHook {
    /// Without the headers' values: one of them may be what the receiver knows Okta by.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|header| &header["key"]).collect();
        f.debug_struct("NewEventHook").field("headers", &names).finish_non_exhaustive()
    }
}

impl Serialize for NewEventHook {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}

impl EventHooks {
    /// Registers a hook: active, and not called before it is [verified](Self::verify). Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create an event hook".
    pub async fn create(&self, hook: &impl Serialize) -> Result<Raw<EventHook>, Error> {
        self.client.api(Method::POST, &["eventHooks"]).json(hook).document().await
    }

    /// Replaces a hook. Begin with what was read ([`Raw::edit`]) and put the secret back in at
    /// `/channel/config/authScheme/value`: Okta did not say it. With another channel it has to be verified anew.
    ///
    /// **Source**: Okta, "Replace an event hook".
    pub async fn replace(
        &self,
        hook_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<EventHook>, Error> {
        self.client.api(Method::PUT, &["eventHooks", hook_id.as_ref()]).json(body).document().await
    }

    /// Lets Okta call the hook's address with a challenge, which has to be answered within three seconds.
    ///
    /// # Errors
    /// [`Error::Api`] with status 400 where the challenge failed.
    ///
    /// **Source**: Okta, "Verify an event hook".
    pub async fn verify(&self, hook_id: impl AsRef<str>) -> Result<Raw<EventHook>, Error> {
        self.operate(hook_id.as_ref(), "verify").await
    }

    /// Switches a hook on.
    ///
    /// **Source**: Okta, "Activate an event hook".
    pub async fn activate(&self, hook_id: impl AsRef<str>) -> Result<Raw<EventHook>, Error> {
        self.operate(hook_id.as_ref(), "activate").await
    }

    /// Switches a hook off. What happens meanwhile is not pushed later.
    ///
    /// **Source**: Okta, "Deactivate an event hook".
    pub async fn deactivate(&self, hook_id: impl AsRef<str>) -> Result<Raw<EventHook>, Error> {
        self.operate(hook_id.as_ref(), "deactivate").await
    }

    /// Deletes a hook, which has to be switched off.
    ///
    /// **Source**: Okta, "Delete an event hook".
    pub async fn delete(&self, hook_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["eventHooks", hook_id.as_ref()]).done().await
    }

    async fn operate(&self, hook_id: &str, operation: &str) -> Result<Raw<EventHook>, Error> {
        self.client.api(Method::POST, &["eventHooks", hook_id, "lifecycle", operation]).document().await
    }
}
