//! How long Okta takes to store an event: by a profile, drawn from the seed. Pure.
//!
//! Polling goes by the time of storing, bounded reads by that of happening: what lies between is why the second miss
//! events.

use std::collections::VecDeque;
use std::time::Duration;

use super::id::mix;
use crate::timestamp::millis;

/// How long events take from happening (`published`) to being stored, and seen.
///
/// Events put into the log by hand, with `POST /_mock/log` or in a scenario, keep the times they are given.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum LogLateness {
    /// No time at all.
    #[default]
    None,
    /// About what Okta takes: half of them 150 ms, one in a hundred more than 2 s.
    Normal,
    /// As that, but some take up to `most`.
    Late {
        /// The share of late events, from 0 to 1.
        chance: f64,
        /// The longest lateness.
        most: Duration,
    },
    /// These, in turn; then none.
    Scripted(Vec<Duration>),
}

/// Points of the usual distribution: in a thousand, milliseconds.
const USUAL: [(u64, u64); 5] = [(0, 20), (500, 150), (900, 500), (990, 2_000), (1_000, 5_000)];

impl std::str::FromStr for LogLateness {
    type Err = String;

    /// Reads `none`, `normal` or `late:0.01,10m`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is none of none, normal, late:CHANCE,DURATION such as late:0.01,10m");
        match text {
            "none" => Ok(Self::None),
            "normal" => Ok(Self::Normal),
            _ => {
                let (chance, most) =
                    text.strip_prefix("late:").and_then(|rest| rest.split_once(',')).ok_or_else(wrong)?;
                let chance = chance.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
                let most = crate::timestamp::parse_duration(most);
                Ok(Self::Late { chance: chance.ok_or_else(wrong)?, most: most.ok_or_else(wrong)? })
            }
        }
    }
}

/// The profile at work.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    profile: LogLateness,
    scripted: VecDeque<Duration>,
    seed: u64,
    drawn: u64,
}

impl Delays {
    pub(crate) fn new(profile: &LogLateness, seed: u64) -> Self {
        let scripted = match profile {
            LogLateness::Scripted(delays) => delays.iter().copied().collect(),
            _ => VecDeque::new(),
        };
        Self { profile: profile.clone(), scripted, seed, drawn: 0 }
    }

    /// How long the next event takes, in milliseconds.
    pub(super) fn next(&mut self) -> i64 {
        self.drawn += 1;
        match &self.profile {
            LogLateness::None => 0,
            LogLateness::Normal => self.usual(),
            LogLateness::Late { chance, most } => {
                let draw = mix(self.seed, 0x1a7e, self.drawn);
                #[allow(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
                let place = (draw >> 11) as f64 / (1_u64 << 53) as f64;
                if place >= *chance {
                    return self.usual();
                }
                let most = millis(*most).unsigned_abs().max(1);
                1 + (mix(self.seed, 0x1a7f, self.drawn) % most).cast_signed()
            }
            LogLateness::Scripted(_) => self.scripted.pop_front().map_or(0, millis),
        }
    }

    fn usual(&self) -> i64 {
        let draw = mix(self.seed, 0x1a80, self.drawn) % 1_000;
        let between = USUAL.windows(2).find(|ends| draw < ends[1].0);
        let Some([(from, low), (to, high)]) = between else { return 0 };
        (low + (high - low) * (draw - from) / (to - from)).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(profile: &str) -> Vec<i64> {
        let mut delays = Delays::new(&profile.parse().expect("a profile"), 7);
        let mut drawn: Vec<i64> = (0..10_000).map(|_| delays.next()).collect();
        drawn.sort_unstable();
        drawn
    }

    #[test]
    fn a_profile_has_its_shape() {
        assert_eq!(drawn("none")[9_999], 0);
        let normal = drawn("normal");
        assert!((140..160).contains(&normal[5_000]), "{}", normal[5_000]);
        assert!((1_700..2_300).contains(&normal[9_900]), "{}", normal[9_900]);
        let late = drawn("late:0.01,10m");
        let beyond = late.iter().filter(|delay| **delay > 5_000).count();
        assert!((70..=130).contains(&beyond) && late[9_999] <= 600_000, "{beyond}");
    }

    #[test]
    fn a_wrong_profile_is_told_what_there_is() {
        for wrong in ["late", "late:2,10m", "late:0.5", "late:0.5,soon", "early"] {
            let error = wrong.parse::<LogLateness>().expect_err(wrong);
            assert!(error.contains("is none of none, normal, late:"), "{error}");
        }
    }
}
