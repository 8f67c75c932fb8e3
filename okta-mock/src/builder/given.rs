//! What an org has from the start beside what is generated: tokens, receivers, and how it is served.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Builder, StartError};
use crate::credentials::AdminRole;
use crate::org::hooks::HookSettings;
use crate::org::streams::StreamTarget;
use crate::push::bridge::{Relay, Shape};
use crate::{catalogue, timestamp};

/// Event types that one hook may name. Source: Event Hooks concept page.
const TYPES: usize = 300;

/// What is given; an org made anew after a reset gets it again.
#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Given {
    /// Name, value, role.
    pub(crate) tokens: Vec<(String, String, AdminRole)>,
    pub(crate) hooks: Vec<HookSettings>,
    /// Name and target.
    pub(crate) streams: Vec<(String, StreamTarget)>,
    /// Any API token is good.
    pub(crate) any_token: bool,
    /// `/_mock` is not there. Not of the org: how it is served.
    #[serde(skip)]
    pub(crate) no_admin: bool,
    /// 429s say `Retry-After`.
    pub(crate) retry_after: bool,
    /// Answers have the headers, too, that say nothing about them.
    pub(crate) all_headers: bool,
    /// How long a cursor is good, in milliseconds.
    pub(crate) cursor_ttl_ms: Option<i64>,
}

fn wrong(what: &'static str, wrong: impl Into<String>) -> StartError {
    StartError::Setup { what, wrong: wrong.into() }
}

impl Builder {
    /// One more API token with this value, in the name of the org's first user.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] when the value is not visible ASCII without spaces, or another token has it.
    pub fn token(mut self, name: &str, value: &str, role: AdminRole) -> Result<Self, StartError> {
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(
                "token",
                format!("the value of {name:?} must be visible ASCII without spaces"),
            ));
        }
        let taken = self.given.tokens.iter().any(|(_, other, _)| other == value);
        if taken || self.api_token.as_deref() == Some(value) {
            return Err(wrong("token", format!("another token has the value of {name:?}")));
        }
        self.given.tokens.push((name.to_owned(), value.to_owned(), role));
        Ok(self)
    }

    /// Whether any API token is good: an unknown value becomes a token of its own, with every right. Default `false`.
    pub fn any_token(mut self, any: bool) -> Self {
        self.given.any_token = any;
        self
    }

    /// Event Hooks to this address, active and verified from the start, for every event type that a hook may have; their
    /// secret goes into `Authorization`. There are more types than a hook may name, so it takes two.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] when Okta would refuse the hook.
    pub fn event_hook(mut self, url: &str, secret: &str) -> Result<Self, StartError> {
        let types: Vec<&str> = catalogue::eligible().collect();
        for (n, types) in types.chunks(TYPES).enumerate() {
            let hook = HookSettings {
                name: format!("okta-mock {}", self.given.hooks.len() + n + 1),
                description: None,
                event_types: types.iter().map(|name| (*name).to_owned()).collect(),
                filters: Vec::new(),
                uri: url.to_owned(),
                headers: Vec::new(),
                auth: Some(("Authorization".to_owned(), secret.to_owned())),
            };
            let refused = |error: crate::error::ApiError| error.causes.join("; ");
            hook.check().map_err(|error| wrong("hook", refused(error)))?;
            self.given.hooks.push(hook);
        }
        Ok(self)
    }

    /// An active log stream to EventBridge from the start, and the API destination behind it.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] when the address, the secret or the name is not one, or there are two streams already.
    pub fn eventbridge(
        mut self,
        url: &str,
        secret: &str,
        account: &str,
        region: &str,
        name: &str,
    ) -> Result<Self, StartError> {
        let relay =
            Relay::new(url, secret, None, Shape::Envelope).map_err(|error| wrong("eventbridge", error))?;
        if self.given.streams.len() >= 2 {
            return Err(wrong("eventbridge", "Okta has two log streams at most"));
        }
        let target = StreamTarget::EventBridge {
            account: account.into(),
            source_name: name.into(),
            region: region.into(),
        };
        target.check().map_err(|error| wrong("eventbridge", error.causes.join("; ")))?;
        self.push.relay = Some(relay);
        self.given.streams.push((name.to_owned(), target));
        Ok(self)
    }

    /// Leaves `/_mock` out: it is then a path like any other. Default `false`.
    pub fn no_admin(mut self, none: bool) -> Self {
        self.given.no_admin = none;
        self
    }

    /// Whether answers have the headers, too, that Okta's have and that say nothing about them: security policies, client
    /// hints, and cookies that a client must not keep. Default `false`.
    pub fn all_headers(mut self, all: bool) -> Self {
        self.given.all_headers = all;
        self
    }

    /// How long a cursor is good after it was handed out. Default: for ever.
    pub fn cursor_ttl(mut self, ttl: Duration) -> Self {
        self.given.cursor_ttl_ms = Some(timestamp::millis(ttl));
        self
    }

    /// Writes every request into this file as well, a JSON object a line, in the form of `GET /_mock/requests`. What the
    /// file held is lost.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] when the file cannot be written.
    pub fn journal_file(mut self, path: &Path) -> Result<Self, StartError> {
        let file = std::fs::File::create(path);
        let file = file.map_err(|error| wrong("journal", format!("{}: {error}", path.display())))?;
        self.journal_file = Some(Arc::new(Mutex::new(file)));
        Ok(self)
    }
}
