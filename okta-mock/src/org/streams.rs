//! Log streams: the whole System Log, handed to AWS EventBridge or to Splunk Cloud.
//!
//! Sources: API reference, "Log Streaming"; the help pages for the two attempts after which Okta switches a stream off.
//! What was said about the far end at creation cannot be changed later, but for Splunk's token.

use std::sync::Arc;

use super::event::{Event, Origin, Party};
use super::id::Id;
use super::{Org, Tx};
use crate::error::ApiError;
use crate::{json, timestamp};

/// Okta's limit of streams per org.
const MAX_STREAMS: usize = 2;

/// One log stream.
#[derive(Clone, Debug)]
pub(crate) struct LogStream {
    pub(crate) id: Id,
    pub(crate) created: i64,
    pub(crate) last_updated: i64,
    pub(crate) active: bool,
    pub(crate) name: String,
    pub(crate) target: StreamTarget,
}

/// The far end of a stream.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum StreamTarget {
    EventBridge {
        account: String,
        source_name: String,
        region: String,
    },
    /// The token is never shown again.
    Splunk {
        edition: String,
        host: String,
        token: String,
    },
}

impl std::fmt::Debug for StreamTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl StreamTarget {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::EventBridge { .. } => "aws_eventbridge",
            Self::Splunk { .. } => "splunk_cloud_logstreaming",
        }
    }

    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let refuse = |what: &str| {
            Err(ApiError::validation(what, format!("{what}: The field does not have an allowed value")))
        };
        match self {
            Self::EventBridge { account, source_name, region } => {
                if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                    return refuse("settings.accountId");
                }
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                if !(1..=75).contains(&source_name.len()) || !source_name.chars().all(fits) {
                    return refuse("settings.eventSourceName");
                }
                let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if region.is_empty() || !region.chars().all(fits) {
                    return refuse("settings.region");
                }
            }
            Self::Splunk { edition, host, token } => {
                if !["aws", "aws_govcloud", "gcp"].contains(&edition.as_str()) {
                    return refuse("settings.edition");
                }
                if !(17..=116).contains(&host.len()) || host.contains(['/', ' ', ':']) {
                    return refuse("settings.host");
                }
                if token.is_empty() {
                    return refuse("settings.token");
                }
            }
        }
        Ok(())
    }

    /// Whether `other` may take this one's place: everything but Splunk's token is written once.
    fn allows(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Splunk { edition, host, .. }, Self::Splunk { edition: e, host: h, .. }) => {
                (edition, host) == (e, h)
            }
            _ => self == other,
        }
    }
}

impl LogStream {
    /// Account, event source name and region, for a stream to EventBridge.
    pub(crate) fn event_bridge(&self) -> Option<(&str, &str, &str)> {
        match &self.target {
            StreamTarget::EventBridge { account, source_name, region } => {
                Some((account, source_name, region))
            }
            StreamTarget::Splunk { .. } => None,
        }
    }

    pub(crate) fn party(&self) -> Party {
        let (unknown, name): (Arc<str>, Arc<str>) = ("unknown".into(), self.name.as_str().into());
        Party::new("LogStream", &self.id, &unknown, &name)
    }

    /// The stream's JSON; a token is left out.
    pub(crate) fn json(&self, base: &str) -> String {
        let id = &self.id;
        let mut out = String::with_capacity(600);
        json::open(&mut out, "id", id);
        json::text(&mut out, "type", self.target.kind());
        json::text(&mut out, "name", &self.name);
        json::text(&mut out, "lastUpdated", &timestamp::iso(self.last_updated));
        json::text(&mut out, "created", &timestamp::iso(self.created));
        json::text(&mut out, "status", if self.active { "ACTIVE" } else { "INACTIVE" });
        json::raw(&mut out, "settings", "");
        match &self.target {
            StreamTarget::EventBridge { account, source_name, region } => {
                json::open(&mut out, "accountId", account);
                json::text(&mut out, "eventSourceName", source_name);
                json::text(&mut out, "region", region);
            }
            StreamTarget::Splunk { edition, host, .. } => {
                json::open(&mut out, "edition", edition);
                json::text(&mut out, "host", host);
            }
        }
        let operation = if self.active { "deactivate" } else { "activate" };
        let href = format!("{base}/api/v1/logStreams/{id}");
        json::push(
            &mut out,
            format_args!(
                "}},\"_links\":{{\"self\":{{\"href\":\"{href}\",\"method\":\"GET\"}},\"{operation}\":{{\"href\":\"{href}/lifecycle/{operation}\",\"method\":\"POST\"}}}}}}"
            ),
        );
        out
    }
}

impl Org {
    pub(crate) fn stream(&self, id: &str) -> Result<&LogStream, ApiError> {
        // Okta's own word: a stream is an app inside.
        self.streams.get(id).ok_or_else(|| ApiError::not_found(id, "AppInstance"))
    }

    pub(crate) fn create_stream(
        &mut self,
        tx: &Tx,
        name: String,
        target: StreamTarget,
    ) -> Result<Id, ApiError> {
        check_name(&name)?;
        target.check()?;
        if self.streams.len() >= MAX_STREAMS {
            return Err(ApiError::validation(
                "logStreams",
                format!("No more than {MAX_STREAMS} log streams are allowed"),
            ));
        }
        let id = self.mint.id("0oa");
        let (created, last_updated) = (tx.at, tx.at);
        let stream = LogStream { id: Arc::clone(&id), created, last_updated, active: true, name, target };
        let party = stream.party();
        self.streams.insert(Arc::clone(&id), stream);
        self.log_event(tx, tx.event("system.log_stream.lifecycle.create").target(party));
        Ok(id)
    }

    pub(crate) fn replace_stream(
        &mut self,
        tx: &Tx,
        id: &str,
        name: String,
        mut target: StreamTarget,
    ) -> Result<(), ApiError> {
        check_name(&name)?;
        let before = &self.stream(id)?.target;
        // A replacement without the token keeps it.
        if let (StreamTarget::Splunk { token, .. }, StreamTarget::Splunk { token: old, .. }) =
            (&mut target, before)
            && token.is_empty()
        {
            token.clone_from(old);
        }
        if !before.allows(&target) {
            return Err(ApiError::validation(
                "settings",
                "settings: Type and settings of a log stream cannot be changed",
            ));
        }
        self.change_stream(tx, id, "system.log_stream.lifecycle.update", |stream| {
            (stream.name, stream.target) = (name, target);
        })
    }

    pub(crate) fn set_stream_active(&mut self, tx: &Tx, id: &str, active: bool) -> Result<(), ApiError> {
        if self.stream(id)?.active == active {
            return Ok(());
        }
        let event = if active {
            "system.log_stream.lifecycle.activate"
        } else {
            "system.log_stream.lifecycle.deactivate"
        };
        self.change_stream(tx, id, event, |stream| stream.active = active)
    }

    pub(crate) fn delete_stream(&mut self, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let party = self.stream(id)?.party();
        self.streams.remove(id);
        self.log_event(tx, tx.event("system.log_stream.lifecycle.delete").target(party));
        Ok(())
    }

    /// Okta gives up on a stream whose target failed twice. `false` when it was off already.
    pub(crate) fn give_stream_up(&mut self, now: i64, id: &str) -> bool {
        let Some(stream) = self.streams.get_mut(id).filter(|stream| stream.active) else { return false };
        (stream.active, stream.last_updated) = (false, now);
        let party = stream.party();
        let job: Arc<str> = self.mint.hex("job").into();
        let event =
            Event::new("system.log_stream.lifecycle.deactivate", Party::system(), Origin::Job { id: job });
        self.log.append(&mut self.mint, now, event.target(party));
        true
    }

    fn change_stream(
        &mut self,
        tx: &Tx,
        id: &str,
        event: &'static str,
        change: impl FnOnce(&mut LogStream),
    ) -> Result<(), ApiError> {
        let stream = self.streams.get_mut(id).ok_or_else(|| ApiError::not_found(id, "AppInstance"))?;
        change(stream);
        stream.last_updated = tx.at;
        let party = stream.party();
        self.log_event(tx, tx.event(event).target(party));
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if name.is_empty() || name.chars().count() > 100 {
        return Err(ApiError::validation("name", "name: The field must have between 1 and 100 characters"));
    }
    Ok(())
}
