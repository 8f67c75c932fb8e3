//! Ids that look like Okta's, from a seed: twenty characters, a prefix for the kind, growing with every new one.
//!
//! Each kind counts for itself, so creating a group does not change the id of the next user. The counter comes
//! first in an order-preserving spelling, so a list in id order is a list in order of creation, and a number can be read
//! back from its id: an org of a million users needs no table of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json;

/// A shared id, as cheap to copy as to compare.
pub(crate) type Id = Arc<str>;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How the ids of one kind are spelled: number to id and back, both without a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
    seed: u64,
    kind: u64,
    prefix: &'static str,
    prefix_bytes: u64,
    start: u64,
    ending: u32,
}

/// An id in three words, so that writing it twice costs no more than six stores.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelled {
    start: u64,
    middle: u64,
    end: u32,
}

impl Spelled {
    pub(crate) fn put(&self, slot: &mut [u8; 20]) {
        slot[..8].copy_from_slice(&self.start.to_le_bytes());
        slot[8..16].copy_from_slice(&self.middle.to_le_bytes());
        slot[16..].copy_from_slice(&self.end.to_le_bytes());
    }
}

impl Spelling {
    pub(crate) fn new(seed: u64, prefix: &'static str) -> Self {
        let kind = prefix.bytes().fold(0, |sum, byte| sum * 256 + u64::from(byte));
        // Eight digits of counter, so the start is drawn from those numbers that need all eight.
        let start = 62_u64.pow(7) + mix(seed, kind, 0) % 62_u64.pow(8).div_euclid(2);
        let ending = pair(mix(seed, 0, 0) % 3_844) as u32;
        // Three characters, the first in the lowest byte.
        let prefix_bytes = prefix.bytes().rev().fold(0, |word, byte| word << 8 | u64::from(byte));
        debug_assert!(prefix.len() == 3, "Okta's prefixes have three characters: {prefix}");
        Self { seed, kind, prefix, prefix_bytes, start, ending }
    }

    /// The id of the `n`th of its kind, counted from 0.
    pub(crate) fn spell(&self, n: u64) -> Spelled {
        let counter = eight_digits(self.start + n);
        // Seven digits of noise: of eight, each two from twelve bits, the last one makes room for the ending.
        let noise = mix(self.seed, self.kind, n + 1);
        let pair = |at: u32| pair((((noise >> (12 * at)) & 4_095) * 3_844) >> 12) << (16 * at);
        let noise = pair(0) | pair(1) | pair(2) | pair(3);
        Spelled {
            start: self.prefix_bytes | counter << 24,
            middle: counter >> 40 | noise << 24,
            end: (noise >> 40) as u32 & 0xffff | self.ending << 16,
        }
    }

    pub(crate) fn bytes(&self, n: u64) -> [u8; 20] {
        let mut id = [b'0'; 20];
        self.spell(n).put(&mut id);
        id
    }

    /// What follows the prefix: the eight digits of the counter, which grow with `n`.
    pub(crate) fn counter(&self, n: u64) -> [u8; 8] {
        eight_digits(self.start + n).to_le_bytes()
    }

    pub(crate) fn id(&self, n: u64) -> Id {
        String::from_utf8_lossy(&self.bytes(n)).into()
    }

    /// Whose id this is, whether it was given out yet or not; `None` when it is no id of this kind and org.
    pub(crate) fn number(&self, id: &str) -> Option<u64> {
        let counter = id.strip_prefix(self.prefix)?.as_bytes().get(..8)?;
        let digit = |sum: u64, byte: &u8| Some(sum * 62 + u64::from(value(*byte)?));
        let n = counter.iter().try_fold(0, digit)?.checked_sub(self.start)?;
        (self.bytes(n) == id.as_bytes()).then_some(n)
    }
}

/// Makes every id of one org.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Mint {
    #[serde(skip)]
    seed: u64,
    made: BTreeMap<Cow<'static, str>, u64>,
}

impl Mint {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: BTreeMap::new() }
    }

    /// The seed, which a snapshot says once, taken from an org just made.
    pub(crate) fn settle_in(&mut self, fresh: &Self) {
        self.seed = fresh.seed;
    }

    /// The next id of this kind: `00g…`, `0oa…`, `0ua…`, `who…`. Users have a numbering of their own.
    pub(crate) fn id(&mut self, prefix: &'static str) -> Id {
        let n = self.next(prefix);
        Spelling::new(self.seed, prefix).id(n - 1)
    }

    /// Leaves out the first numbers of a kind: those that a formula spells.
    pub(crate) fn skip(&mut self, kind: &'static str, count: u64) {
        *self.made.entry(Cow::Borrowed(kind)).or_default() += count;
    }

    /// An error id: `oae` and 22 more characters.
    pub(crate) fn error_id(&mut self) -> String {
        let n = self.next("oae");
        let mut id = [b'0'; 25];
        id[..3].copy_from_slice(b"oae");
        digits(&mut id[3..14], mix(self.seed, 0xe44, n));
        digits(&mut id[14..], mix(self.seed, 0xe45, n));
        String::from_utf8_lossy(&id).into_owned()
    }

    /// 32 hexadecimal digits, as in `X-Okta-Request-Id`.
    pub(crate) fn hex(&mut self, kind: &'static str) -> String {
        let n = self.next(kind);
        let key = kind.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
        let mut hex = String::with_capacity(32);
        json::hex(&mut hex, mix(self.seed, key, n));
        json::hex(&mut hex, mix(self.seed, key ^ 0xff, n));
        hex
    }

    /// A time-based UUID, as Okta gives its log events.
    pub(crate) fn event_uuid(&mut self, published: i64) -> String {
        let n = self.next("uuid");
        event_uuid(self.seed, n, published)
    }

    /// A random-looking UUID (version 4), as Okta gives a push.
    pub(crate) fn push_uuid(&mut self) -> String {
        let hex = self.hex("push");
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    fn next(&mut self, kind: &'static str) -> u64 {
        let made = self.made.entry(Cow::Borrowed(kind)).or_default();
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

/// The UUID of the `n`th event, counted from 1.
pub(crate) fn event_uuid(seed: u64, n: u64, published: i64) -> String {
    String::from_utf8_lossy(&event_uuid_bytes(seed, n, published)).into_owned()
}

pub(crate) fn event_uuid_bytes(seed: u64, n: u64, published: i64) -> [u8; 36] {
    let noise = mix(seed, 0x1d, n);
    let time = json::digits_of(published.cast_unsigned());
    let version = json::digits_of(0x1000 | noise & 0xfff);
    let variant = json::digits_of(0x8000 | noise >> 12 & 0x3fff);
    // The 48 bits at the end carry the counter: two events can never share a UUID.
    let counter = json::digits_of(n);
    let mut uuid = *b"00000000-0000-0000-0000-000000000000";
    uuid[..8].copy_from_slice(&time[8..]);
    uuid[9..13].copy_from_slice(&time[4..8]);
    uuid[14..18].copy_from_slice(&version[12..]);
    uuid[19..23].copy_from_slice(&variant[12..]);
    uuid[24..].copy_from_slice(&counter[4..]);
    uuid
}

/// The time in a UUID as [`event_uuid`] makes them, whoever made it.
pub(crate) fn time_of_uuid(uuid: &str) -> Option<i64> {
    let digits = |at: std::ops::Range<usize>| i64::from_str_radix(uuid.get(at)?, 16).ok();
    Some(digits(9..13)? << 32 | digits(0..8)?)
}

/// Every two digits, in order; the first one in the lower byte.
const PAIRS: [u16; 3_844] = {
    let mut pairs = [0; 3_844];
    let mut n = 0;
    while n < 3_844 {
        pairs[n] = DIGITS[n / 62] as u16 | (DIGITS[n % 62] as u16) << 8;
        n += 1;
    }
    pairs
};

fn pair(value: u64) -> u64 {
    PAIRS.get(value as usize).copied().unwrap_or_default().into()
}

/// A number below 62^8; the first digit in the lowest byte.
fn eight_digits(value: u64) -> u64 {
    const FOUR: u64 = 62_u64.pow(4);
    let (high, low) = (value / FOUR, value % FOUR);
    pair(high / 3_844) | pair(high % 3_844) << 16 | pair(low / 3_844) << 32 | pair(low % 3_844) << 48
}

/// Fills `slots` with the last digits of a number, four at a time: small divisions are quicker, and these overlap.
fn digits(slots: &mut [u8], mut value: u64) {
    const FOUR: u64 = 62_u64.pow(4);
    for four in slots.rchunks_mut(4) {
        let mut low = u32::try_from(value % FOUR).unwrap_or(0);
        value /= FOUR;
        for slot in four.iter_mut().rev() {
            *slot = DIGITS[(low % 62) as usize];
            low /= 62;
        }
    }
}

/// What a digit counts.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'Z' => Some(digit - b'A' + 10),
        b'a'..=b'z' => Some(digit - b'a' + 36),
        _ => None,
    }
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
    fn an_id_says_which_number_it_has_and_no_other_text_does() {
        let spelling = Spelling::new(7, "00u");
        for n in [0, 1, 61, 62, 999_999, u64::from(u32::MAX)] {
            let id = spelling.id(n);
            assert_eq!(spelling.number(&id), Some(n));
            assert_eq!(Spelling::new(8, "00u").number(&id), None, "of another org");
            assert_eq!(spelling.number(&id[..19]), None);
            assert_eq!(spelling.number(&id.replace("00u", "00g")), None);
        }
        for other in ["", "00u", "00u~~~~~~~~~~~~~~~~~", "00uzzzzzzzzzzzzzzzzz", "00u000000000000000é"] {
            assert_eq!(spelling.number(other), None, "{other}");
        }
    }

    #[test]
    fn kinds_do_not_disturb_each_other() {
        let (mut one, mut two) = (Mint::new(7), Mint::new(7));
        two.id("00g");
        assert_eq!(one.id("00u"), two.id("00u"));
        assert_ne!(Mint::new(8).id("00u"), Mint::new(7).id("00u"));
    }
}
