//! Rate limits, how many requests may be under way, and how long answers take.

use std::time::Duration;

use super::{Builder, StartError};
use crate::limits::{Latency, RateLimits, settings_json};
use crate::timestamp;

impl Builder {
    /// Which limits are enforced. Default [`RateLimits::Off`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits.mode = limits;
        self
    }

    /// How long a rate-limit window lasts. Default 60 s, as at Okta.
    pub fn rate_window(mut self, window: Duration) -> Self {
        self.limits.window_ms = timestamp::millis(window).max(1);
        self
    }

    /// How much of a bucket one token may use, in percent from 1 to 100. Default 50, as at Okta.
    pub fn token_share(mut self, percent: u64) -> Self {
        self.limits.share = percent.clamp(1, 100);
        self
    }

    /// Sets limits as the JSON of `PUT /_mock/rate-limits` does, buckets included.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] with what is wrong and where.
    pub fn rate_limits_json(mut self, json: &str) -> Result<Self, StartError> {
        let wrong = |wrong| StartError::Setup { what: "rate limits", wrong };
        let body =
            serde_json::from_str(json).map_err(|error| wrong(format!("not a JSON object: {error}")))?;
        settings_json::apply(&mut self.limits, &body).map_err(wrong)?;
        Ok(self)
    }

    /// Multiplies every rate limit. Default 1; a limit is at least 1.
    pub fn rate_limit_scale(mut self, scale: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
        let percent = (scale.clamp(0.0, 1_000_000.0) * 100.0).round() as u64;
        self.limits.scale_percent = percent;
        self
    }

    /// Whether a 429 says `Retry-After`, which Okta's do not. Default `false`.
    pub fn retry_after(mut self, said: bool) -> Self {
        self.given.retry_after = said;
        self
    }

    /// How long answers take on the mock's clock. Default [`Latency::None`].
    pub fn latency(mut self, latency: Latency) -> Self {
        self.limits.concurrency.latency = latency;
        self
    }

    /// How many requests may be under way at once. Default: none with [`RateLimits::Off`], 35 for an Integrator org and
    /// 75 for others. It only shows together with a [`latency`](Self::latency).
    pub fn concurrency(mut self, ceiling: u64) -> Self {
        self.limits.concurrency.given = Some(ceiling.max(1));
        self
    }
}
