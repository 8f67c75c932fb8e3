//! Event Hooks and log streams as a test handles them.

use std::sync::Arc;

use crate::builder::given::Given;
use crate::org::event::Origin;
use crate::org::streams::StreamTarget;
use crate::org::{Org, Tx};
use crate::push::bridge::{Relay, Shape};
use crate::shared::Shared;

/// Makes the hooks and streams that an org has from the start. Their settings were checked when they were given.
pub(crate) fn give(org: &mut Org, given: &Given, now: i64) {
    let id: Arc<str> =
        if given.hooks.is_empty() && given.streams.is_empty() { return } else { org.mint.hex("job").into() };
    let tx = Tx { at: now, actor: org.owner_party(), origin: Origin::Job { id } };
    for hook in &given.hooks {
        let made = org.create_hook(&tx, hook.clone());
        let verified = made.and_then(|id| {
            let hook = org.hook(&id)?.clone();
            org.set_hook_verified(&tx, &hook)
        });
        if let Err(refused) = verified {
            tracing::warn!(why = refused.summary, "a hook was refused");
        }
    }
    for (name, target) in &given.streams {
        if let Err(refused) = org.create_stream(&tx, name.clone(), target.clone()) {
            tracing::warn!(why = refused.summary, "a log stream was refused");
        }
    }
}

/// Event Hooks beyond what Okta's own API offers; see [`OktaMock::event_hooks`](crate::OktaMock::event_hooks).
#[derive(Clone, Debug)]
pub struct EventHooks {
    shared: Arc<Shared>,
}

impl EventHooks {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Sends the admin console's preview to a hook, whatever its status: an event that never happened, most of it
    /// null. Returns the push's id.
    ///
    /// # Panics
    ///
    /// When there is no such hook.
    pub fn preview(&self, hook_id: &str) -> String {
        let push_id = self.shared.with(|engine, now| engine.push.preview(&mut engine.org, hook_id, now));
        push_id.unwrap_or_else(|| panic!("there is no hook {hook_id:?}"))
    }

    /// From now on events are sent without nulls, or with them again.
    pub fn sparse(&self, sparse: bool) {
        self.shared.lock().push.settings.sparse = sparse;
    }

    /// Sends a remembered attempt once more, with the same push id.
    ///
    /// # Panics
    ///
    /// When it is not remembered.
    pub fn redeliver(&self, n: u64) {
        let sent = self.shared.with(|engine, now| engine.push.redeliver(n, now));
        assert!(sent, "there is no delivery {n} to repeat");
    }
}

/// Log streams in one line; see [`OktaMock::log_streams`](crate::OktaMock::log_streams).
#[derive(Clone, Debug)]
pub struct LogStreams {
    shared: Arc<Shared>,
}

impl LogStreams {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Makes an active stream to EventBridge and returns its id. Its events have the source
    /// `aws.partner/okta.com/{subdomain}/{name}`, where the subdomain is the first label of the fake's own host: `127`
    /// for `127.0.0.1`. They go to the relay, once there is one.
    ///
    /// # Panics
    ///
    /// When the name is not one (1–75 of letters, digits, `.`, `-`, `_`), or two streams are there already.
    pub fn eventbridge(&self, name: &str) -> String {
        let target = StreamTarget::EventBridge {
            account: "123456789012".into(),
            source_name: name.into(),
            region: "eu-central-1".into(),
        };
        let created = self.shared.with(|engine, now| {
            let at = engine.tick(now);
            let id: Arc<str> = engine.org.mint.hex("job").into();
            let tx = Tx { at, actor: engine.org.owner_party(), origin: Origin::Job { id } };
            let created = engine.org.create_stream(&tx, name.to_owned(), target);
            engine.offer();
            created
        });
        match created {
            Ok(id) => id.to_string(),
            Err(refused) => panic!("{}", refused.summary),
        }
    }

    /// Where the events of streams to EventBridge end; see
    /// [`Builder::eventbridge_relay`](crate::Builder::eventbridge_relay).
    ///
    /// # Panics
    ///
    /// As there.
    pub fn relay(&self, url: &str, secret: &str) {
        self.set_relay(url, secret, Shape::Envelope);
    }

    /// The same, with the body as a consumer of an SQS queue gets it: `Records[]`, the envelope as text in `body`.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn sqs_relay(&self, url: &str, secret: &str) {
        self.set_relay(url, secret, Shape::Sqs);
    }

    /// Whether the stream is still on; `None` when there is none.
    #[must_use]
    pub fn is_active(&self, id: &str) -> Option<bool> {
        self.shared.lock().org.streams.get(id).map(|stream| stream.active)
    }

    fn set_relay(&self, url: &str, secret: &str, shape: Shape) {
        match Relay::new(url, secret, None, shape) {
            Ok(relay) => self.shared.lock().push.settings.relay = Some(relay),
            Err(wrong) => panic!("{wrong}"),
        }
    }
}
