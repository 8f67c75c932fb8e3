//! When a rule acts: by its count of matches and by the clock. All that is said has to hold.

use crate::org::id::mix;

/// Conditions; an empty one always acts. Times are milliseconds since the rule was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct When {
    /// Only on these matches, counted from 1.
    pub(crate) nth: Vec<u64>,
    /// Only on every so manyth match.
    pub(crate) every: Option<u64>,
    /// At most so often.
    pub(crate) times: Option<u64>,
    /// Not on the first so many matches.
    pub(crate) skip: u64,
    /// Not before.
    pub(crate) after_ms: Option<i64>,
    /// Only so long from then on.
    pub(crate) for_ms: Option<i64>,
    /// Only on so many matches from the first on.
    pub(crate) until_match: Option<u64>,
    /// Only before so long.
    pub(crate) until_ms: Option<i64>,
    /// Only before this time, in milliseconds since 1970.
    pub(crate) until_at: Option<i64>,
    /// Chance and what it is drawn from.
    pub(crate) probability: Option<(f64, u64)>,
}

impl When {
    pub(crate) fn nth(n: u64) -> Self {
        Self { nth: vec![n], ..Self::default() }
    }

    #[cfg(test)]
    pub(crate) fn times(n: u64) -> Self {
        Self { times: Some(n), ..Self::default() }
    }

    /// Whether the rule acts on its `seen`th match, having acted `acted` times, `now`, when it was made at `made_at`.
    pub(super) fn acts(&self, seen: u64, acted: u64, made_at: i64, now: i64) -> bool {
        let age = now.saturating_sub(made_at);
        let from = self.after_ms.unwrap_or(0);
        (self.nth.is_empty() || self.nth.contains(&seen))
            && seen > self.skip
            && self.every.is_none_or(|every| (seen - self.skip).is_multiple_of(every.max(1)))
            && self.times.is_none_or(|times| acted < times)
            && age >= from
            && self.for_ms.is_none_or(|length| age < from.saturating_add(length))
            && self.until_match.is_none_or(|last| seen <= last)
            && self.until_ms.is_none_or(|end| age < end)
            && self.until_at.is_none_or(|end| now < end)
            && self.probability.is_none_or(|(chance, seed)| draw(seed, seen) < chance)
    }
}

/// A number from 0 up to 1.
#[allow(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
fn draw(seed: u64, n: u64) -> f64 {
    (mix(seed, 0xfa17, n) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acting(when: &When, ages: impl Fn(u64) -> i64) -> Vec<u64> {
        let mut acted = 0;
        let mut on = Vec::new();
        for seen in 1..=10 {
            if when.acts(seen, acted, 1_000, 1_000 + ages(seen)) {
                acted += 1;
                on.push(seen);
            }
        }
        on
    }

    #[test]
    fn each_condition_holds() {
        let still = |_| 0;
        assert_eq!(acting(&When::default(), still).len(), 10);
        assert_eq!(acting(&When { nth: vec![2, 5], ..When::default() }, still), [2, 5]);
        assert_eq!(acting(&When { every: Some(4), ..When::default() }, still), [4, 8]);
        assert_eq!(acting(&When { skip: 3, times: Some(2), ..When::default() }, still), [4, 5]);
        let second = |seen: u64| seen.cast_signed() * 1_000;
        let window = When { after_ms: Some(3_000), for_ms: Some(2_000), ..When::default() };
        assert_eq!(acting(&window, second), [3, 4]);
        assert_eq!(acting(&When { until_match: Some(2), ..When::default() }, still), [1, 2]);
        let end = When { until_at: Some(4_000), ..When::default() };
        assert_eq!(acting(&end, second), [1, 2], "made at 1 s, so the third comes at 4 s");
        let half = When { probability: Some((0.5, 7)), ..When::default() };
        let drawn = acting(&half, still);
        assert!((1..10).contains(&drawn.len()), "{drawn:?}");
        assert_eq!(acting(&half, still), drawn, "the same seed draws the same");
    }
}
