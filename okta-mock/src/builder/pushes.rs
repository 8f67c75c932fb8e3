//! How pushes are made, and where the events of log streams end.

use std::time::Duration;

use super::Builder;
use crate::push::bridge::{Relay, Shape};
use crate::timestamp;

impl Builder {
    /// How long events wait for others to go out in the same push. Default 200 ms of the mock's clock.
    pub fn batch_window(mut self, window: Duration) -> Self {
        self.push.window_ms = timestamp::millis(window);
        self
    }

    /// How long an Event Hook that was made or changed does not fire; minutes at Okta. Default none.
    pub fn hook_activation_delay(mut self, delay: Duration) -> Self {
        self.push.activation_delay_ms = timestamp::millis(delay);
        self
    }

    /// Event Hooks get events without nulls, which is the other spelling in the field. Default `false`.
    pub fn sparse_hooks(mut self, sparse: bool) -> Self {
        self.push.sparse = sparse;
        self
    }

    /// How many events Event Hooks get in 24 hours, and at how many Okta warns. Default 400,000 and 280,000.
    pub fn hook_daily_cap(mut self, cap: u64, warning: u64) -> Self {
        (self.push.daily_cap, self.push.daily_warning) = (cap, warning);
        self
    }

    /// How many pushes to one receiver may be under way at once. Default 1, so that they arrive in order; Okta promises
    /// none.
    pub fn pushes_in_flight(mut self, pushes: usize) -> Self {
        self.push.in_flight = pushes.max(1);
        self
    }

    /// Where the events of log streams to EventBridge end: an API destination that sends `secret` in `Authorization`.
    /// Without one AWS drops them. `POST /_mock/relay` can name another header.
    ///
    /// # Panics
    ///
    /// When the address is not an http address or no header can carry the secret.
    pub fn eventbridge_relay(mut self, url: &str, secret: &str) -> Self {
        match Relay::new(url, secret, None, Shape::Envelope) {
            Ok(relay) => self.push.relay = Some(relay),
            Err(wrong) => panic!("{wrong}"),
        }
        self
    }
}
