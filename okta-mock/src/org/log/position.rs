//! Places in the order of persistence.
//!
//! A position is `persisted × 4096 + n`, so it orders events strictly, stays below 2^53 until 2039 (JavaScript reads it
//! exactly) and can be split into Okta's `{ms}_{n}` cursor.

/// How many events may share a millisecond of persistence before the next one is used.
pub(crate) const PER_MS: u64 = 4_096;

/// The last millisecond that has positions.
pub(crate) const LAST_MS: i64 = (1 << 51) - 1;

/// The first position of a millisecond.
pub(crate) fn position_of(persisted: i64) -> u64 {
    persisted.clamp(0, LAST_MS).cast_unsigned() * PER_MS
}

/// A position as milliseconds and the number within.
pub(crate) fn split(position: u64) -> (i64, u64) {
    ((position / PER_MS).cast_signed(), position % PER_MS)
}
