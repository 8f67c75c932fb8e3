//! How long to leave a failed thing alone: doubling, capped, with full jitter. Pure: the caller brings the random number.

use std::time::Duration;

/// Exponential backoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait after the first failure.
    pub first: Duration,
    /// Longest wait ever.
    pub max: Duration,
}

impl Backoff {
    /// The wait after `failures` failures in a row (1 or more): a random part, at least half, of the doubled `first`.
    ///
    /// `jitter` is a random number from 0 to 1. At least half is waited so that a broken thing is never hammered.
    pub fn after(&self, failures: u32, jitter: f64) -> Duration {
        let doubled =
            self.first.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
        let ceiling = doubled.min(self.max);
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
        Duration::try_from_secs_f64(ceiling.as_secs_f64() * (0.5 + jitter / 2.0)).unwrap_or(ceiling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xb03_a_cap_as_large_as_it_gets_is_no_panic() {
        let backoff = Backoff { first: Duration::MAX, max: Duration::MAX };
        assert!(backoff.after(u32::MAX, 1.0) >= backoff.after(1, 0.0));
    }

    #[test]
    fn waits_double_up_to_the_cap_and_are_never_below_half() {
        let backoff = Backoff { first: Duration::from_secs(30), max: Duration::from_secs(900) };
        for (failures, ceiling) in
            [(0, 30), (1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (33, 900), (u32::MAX, 900)]
        {
            assert_eq!(backoff.after(failures, 1.0), Duration::from_secs(ceiling), "{failures}");
            assert_eq!(backoff.after(failures, 0.0), Duration::from_secs(ceiling) / 2, "{failures}");
            assert_eq!(backoff.after(failures, f64::NAN), Duration::from_secs(ceiling), "{failures}");
        }
    }
}
