//! Ids that look like Okta's, from a seed: twenty characters, a prefix for the kind, growing with every new one.
//!
//! Each kind counts for itself, so creating a group does not change the id of the next user. The counter comes
//! first in an order-preserving spelling, so a list in id order is a list in order of creation.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A shared id, as cheap to copy as to compare.
pub(crate) type Id = Arc<str>;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes every id of one org.
#[derive(Debug)]
pub(crate) struct Mint {
    seed: u64,
    made: BTreeMap<&'static str, u64>,
}

impl Mint {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: BTreeMap::new() }
    }

    /// The next id of this kind: `00u…`, `00g…`, `0oa…`, `0ua…`, `who…`.
    pub(crate) fn id(&mut self, prefix: &'static str) -> Id {
        let n = self.next(prefix);
        let kind = prefix.bytes().fold(0, |sum, byte| sum * 256 + u64::from(byte));
        // Eight digits of counter, so the start is drawn from those numbers that need all eight.
        let start = 62_u64.pow(7) + mix(self.seed, kind, 0) % 62_u64.pow(8).div_euclid(2);
        let mut id = String::with_capacity(20);
        id.push_str(prefix);
        base62(&mut id, start + n, 8);
        base62(&mut id, mix(self.seed, kind, n + 1), 10 - prefix.len());
        base62(&mut id, mix(self.seed, 0, 0), 2);
        id.into()
    }

    /// An error id: `oae` and 22 more characters.
    pub(crate) fn error_id(&mut self) -> String {
        let n = self.next("oae");
        let mut id = "oae".to_owned();
        base62(&mut id, mix(self.seed, 0xe44, n), 11);
        base62(&mut id, mix(self.seed, 0xe45, n), 11);
        id
    }

    /// 32 hexadecimal digits, as in `X-Okta-Request-Id`.
    pub(crate) fn hex(&mut self, kind: &'static str) -> String {
        let n = self.next(kind);
        let key = kind.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
        format!("{:016x}{:016x}", mix(self.seed, key, n), mix(self.seed, key ^ 0xff, n))
    }

    /// A time-based UUID, as Okta gives its log events.
    pub(crate) fn event_uuid(&mut self, published: i64) -> String {
        let n = self.next("uuid");
        let noise = mix(self.seed, 0x1d, n);
        // The 48 bits at the end carry the counter: two events can never share a UUID.
        let time = published.cast_unsigned();
        format!(
            "{:08x}-{:04x}-1{:03x}-{:04x}-{:012x}",
            time & 0xffff_ffff,
            (time >> 32) & 0xffff,
            noise & 0xfff,
            0x8000 | ((noise >> 12) & 0x3fff),
            n & 0xffff_ffff_ffff
        )
    }

    /// A random-looking UUID (version 4), as Okta gives a push.
    pub(crate) fn push_uuid(&mut self) -> String {
        let hex = self.hex("push");
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    fn next(&mut self, kind: &'static str) -> u64 {
        let made = self.made.entry(kind).or_default();
        *made += 1;
        *made
    }
}

/// A well-spread number from three (SplitMix64's finaliser).
pub(crate) fn mix(seed: u64, kind: u64, n: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(kind.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add(n.wrapping_mul(0x8cb9_2ba7_2f3d_8dd7));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number below `below`, for drawing from a list.
pub(crate) fn pick(seed: u64, kind: u64, n: u64, below: usize) -> usize {
    let below = u64::try_from(below.max(1)).unwrap_or(1);
    usize::try_from(mix(seed, kind, n) % below).unwrap_or(0)
}

fn base62(out: &mut String, mut value: u64, digits: usize) {
    let mut reversed = [b'0'; 24];
    for slot in &mut reversed[..digits] {
        *slot = DIGITS[usize::try_from(value % 62).unwrap_or(0)];
        value /= 62;
    }
    out.extend(reversed[..digits].iter().rev().map(|byte| char::from(*byte)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_twenty_characters_and_grow() {
        let mut mint = Mint::new(7);
        let ids: Vec<Id> = (0..1_000).map(|_| mint.id("00u")).collect();
        assert!(ids.iter().all(|id| id.len() == 20 && id.starts_with("00u")));
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn kinds_do_not_disturb_each_other() {
        let (mut one, mut two) = (Mint::new(7), Mint::new(7));
        two.id("00g");
        assert_eq!(one.id("00u"), two.id("00u"));
        assert_ne!(Mint::new(8).id("00u"), Mint::new(7).id("00u"));
    }
}
