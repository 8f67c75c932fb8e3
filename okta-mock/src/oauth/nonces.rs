//! DPoP nonces: one value at a time, replaced every 24 h, and good for three more days after that.
//!
//! Kept nowhere: the value of a period follows from the seed and the period's number. Source: DPoP guide.

use super::jose;

/// How long a nonce is the newest, unless a test says otherwise.
pub(crate) const AGE_MS: i64 = 24 * 3_600_000;
/// For how many further periods a replaced nonce is taken.
const GRACE: i64 = 3;

/// The nonces of one org.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nonces {
    seed: u64,
    start: i64,
    age_ms: i64,
}

impl Nonces {
    pub(crate) fn new(seed: u64, start: i64, age_ms: i64) -> Self {
        Self { seed, start, age_ms: age_ms.max(1) }
    }

    /// The newest.
    pub(crate) fn current(&self, now: i64) -> String {
        self.value(self.period(now))
    }

    pub(crate) fn takes(&self, nonce: &str, now: i64) -> bool {
        let period = self.period(now);
        (0..=GRACE).any(|back| period >= back && self.value(period - back) == nonce)
    }

    fn period(&self, now: i64) -> i64 {
        now.saturating_sub(self.start).div_euclid(self.age_ms)
    }

    fn value(&self, period: i64) -> String {
        let digest = jose::sha256(format!("{}/dpop-nonce/{period}", self.seed).as_bytes());
        jose::base64(&digest[..24])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_the_newest_for_one_age_and_taken_for_three_more() {
        let nonces = Nonces::new(7, 1_000, 10);
        let first = nonces.current(1_000);
        assert_eq!(nonces.current(1_009), first);
        assert_ne!(nonces.current(1_010), first);
        assert!(nonces.takes(&first, 1_039) && !nonces.takes(&first, 1_040));
        assert!(!nonces.takes(&nonces.current(1_010), 1_009), "not before its time");
        assert!(!nonces.takes("", 1_000));
    }
}
