//! What goes wrong from the start: faults, storms, a log that is late.

use std::time::Duration;

use super::{Builder, StartError};
use crate::faults::{Act, BodyFault, Match, Pattern, Planned, When, rule_json};
use crate::org::lateness::LogLateness;

impl Builder {
    /// How long events take from happening to being stored. Default [`LogLateness::None`]. Event Hooks and log streams get
    /// events once they are stored.
    pub fn log_lateness(mut self, lateness: LogLateness) -> Self {
        self.lateness = lateness;
        self
    }

    /// How often a page of the log holds its first event twice, from 0 to 1: a fault rule named `log_dup_rate`, drawn from
    /// the seed given so far. Default never.
    pub fn log_dup_rate(mut self, rate: f64) -> Self {
        let when = When { probability: Some((rate.clamp(0.0, 1.0), self.sizes.seed)), ..When::default() };
        let name = Some("log_dup_rate".to_owned());
        let (matches, act) =
            (Match::path(Pattern::any("GET", "/api/v1/logs")), Act::Body(BodyFault::DuplicateRows));
        let (delay, jitter) = (Duration::ZERO, Duration::ZERO);
        self.faults.push(Planned { name, matches, when, act, delay, jitter, chaos: false });
        self
    }

    /// Whether a request may ask for a fault of its own: a header `X-Okta-Mock-Fault` with the `do` of a rule in JSON.
    /// Its `stale_index` reaches back ten minutes at most, for which past states of users are kept. Default `false`.
    pub fn header_faults(mut self, allowed: bool) -> Self {
        self.header_faults = allowed;
        self
    }

    /// Adds fault rules in the JSON of `POST /_mock/faults`, behind those of a scenario. A reset brings them back.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] with what is wrong and where.
    pub fn faults_json(mut self, json: &str) -> Result<Self, StartError> {
        let wrong = |wrong| StartError::Setup { what: "faults", wrong };
        let rules = serde_json::from_str(json).map_err(|error| wrong(format!("not JSON: {error}")))?;
        self.faults.extend(rule_json::read_all(&rules).map_err(wrong)?);
        Ok(self)
    }

    /// Starts with a storm: `budget` faults drawn from `seed`, as [`Faults::chaos`](crate::Faults::chaos) adds them.
    pub fn chaos(mut self, seed: u64, budget: u64) -> Self {
        self.faults.extend(crate::faults::storm(seed, budget));
        self
    }
}
