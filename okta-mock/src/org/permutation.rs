//! A shuffle of `0..n` that stores nothing: where a number goes, and which number went there, each in constant time.
//!
//! A Feistel network shuffles the next power of four; what falls outside `0..n` is shuffled again until it falls
//! inside ("cycle walking"), fewer than four times on average.

use super::id::mix;

const ROUNDS: u64 = 4;

/// A shuffle of `0..n`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permutation {
    n: u32,
    /// Bits of each half.
    half: u32,
    key: u64,
}

impl Permutation {
    pub(crate) fn new(n: u32, key: u64) -> Self {
        let bits = u32::BITS - n.saturating_sub(1).leading_zeros();
        Self { n, half: bits.div_ceil(2).max(1), key }
    }

    /// How many numbers are shuffled.
    pub(crate) fn len(&self) -> u32 {
        self.n
    }

    /// Where `at` goes. `at` must be below `n`.
    pub(crate) fn forward(&self, at: u32) -> u32 {
        self.walk(at, |value| {
            (0..ROUNDS).fold(value, |value, round| {
                let (left, right) = self.split(value);
                self.join(right, left ^ self.round(right, round))
            })
        })
    }

    /// What went to `at`. `at` must be below `n`.
    pub(crate) fn inverse(&self, at: u32) -> u32 {
        self.walk(at, |value| {
            (0..ROUNDS).rev().fold(value, |value, round| {
                let (left, right) = self.split(value);
                self.join(right ^ self.round(left, round), left)
            })
        })
    }

    fn walk(&self, at: u32, step: impl Fn(u64) -> u64) -> u32 {
        debug_assert!(at < self.n, "a shuffle is asked about its own numbers only");
        let mut value = step(u64::from(at));
        while value >= u64::from(self.n) {
            value = step(value);
        }
        u32::try_from(value).unwrap_or(0)
    }

    fn split(&self, value: u64) -> (u64, u64) {
        (value >> self.half, value & self.mask())
    }

    fn join(&self, left: u64, right: u64) -> u64 {
        (left << self.half) | right
    }

    fn round(&self, half: u64, round: u64) -> u64 {
        mix(self.key, round, half) & self.mask()
    }

    fn mask(&self) -> u64 {
        (1 << self.half) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_goes_somewhere_and_comes_back() {
        for n in [1, 2, 3, 4, 5, 33, 64, 1_000, 4_097] {
            let shuffle = Permutation::new(n, 99);
            let mut seen: Vec<u32> = (0..n).map(|at| shuffle.forward(at)).collect();
            assert!((0..n).all(|at| shuffle.inverse(shuffle.forward(at)) == at), "{n}");
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..n), "{n}");
        }
    }

    #[test]
    fn keys_give_different_shuffles() {
        let order = |key| (0..100).map(|at| Permutation::new(100, key).forward(at)).collect::<Vec<_>>();
        assert_ne!(order(1), order(2));
        assert_ne!(order(1), (0..100).collect::<Vec<_>>());
    }
}
