//! `Timestamp`: a point in time as Okta writes it, in milliseconds of UTC.
//!
//! Okta sends `2026-08-21T08:00:00.000Z` nearly everywhere and whole seconds in a few places. Both are read, and so is
//! any other RFC 3339 time. What is finer than a millisecond is cut off, so that equal times print equally.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A point in time, to the millisecond.
///
/// **Shape**: a JSON string, always written `YYYY-MM-DDTHH:MM:SS.mmmZ`. Years 0000 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text or number is not a point in time between the years 0000 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time in the years 0000 to 9999")]
pub struct InvalidTimestamp;

const MIN_MILLIS: i64 = -62_167_219_200_000;
const MAX_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z.
    pub const UNIX_EPOCH: Self = Self(0);

    /// The time `millis` milliseconds after the Unix epoch, or `None` outside the years 0000 to 9999.
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < MIN_MILLIS || millis > MAX_MILLIS {
            return None;
        }
        Some(Self(millis))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This machine's clock. Compare Okta's times with each other, not with this one, wherever that is possible.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond().clamp(MIN_MILLIS, MAX_MILLIS))
    }

    /// This time plus `by`, or the last representable time.
    #[must_use]
    pub fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)).min(MAX_MILLIS))
    }

    /// This time minus `by`, or the first representable time.
    #[must_use]
    pub fn saturating_sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)).max(MIN_MILLIS))
    }

    /// How long after `earlier` this time is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1000)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        if let Some(time) = parse_fixed(text.as_bytes()) {
            return Ok(time);
        }
        let parsed: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        let nanos = parsed.as_nanosecond().div_euclid(1_000_000);
        i64::try_from(nanos).ok().and_then(Self::from_millis).ok_or(InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Okta's two usual forms, with and without milliseconds: a page of users holds 1,200 of them.
fn parse_fixed(text: &[u8]) -> Option<Timestamp> {
    let millis = match text.len() {
        24 if text[19] == b'.' => number(&text[20..23])?,
        20 => 0,
        _ => return None,
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (text.len() - 1, b'Z')];
    if separators.iter().any(|&(at, byte)| text[at] != byte) {
        return None;
    }
    let (year, month, day) = (number(&text[0..4])?, number(&text[5..7])?, number(&text[8..10])?);
    let (hour, minute, second) = (number(&text[11..13])?, number(&text[14..16])?, number(&text[17..19])?);
    if !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Timestamp::from_millis(seconds * 1000 + millis)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |value, &byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March, so that a leap day
/// is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_okta_sends_is_read_and_printed_in_one_form() {
        for (text, printed) in [
            ("2026-08-21T08:00:00.101Z", "2026-08-21T08:00:00.101Z"),
            ("2026-08-21T08:14:57Z", "2026-08-21T08:14:57.000Z"),
            ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"),
            ("2026-08-21T10:00:00.101+02:00", "2026-08-21T08:00:00.101Z"),
            ("2026-08-21T08:00:00.123456Z", "2026-08-21T08:00:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            let time: Timestamp = text.parse().expect(text);
            assert_eq!(time.to_string(), printed, "{text}");
            assert_eq!(time.to_string().parse(), Ok(time), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "2026-13-01T00:00:00.000Z",
            "2026-02-30T00:00:00.000Z",
            "2026-08-21",
            "yesterday",
            "2026-08-21T08:00:00.00aZ",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn the_fast_path_agrees_with_the_general_parser() {
        for millis in [-62_167_219_200_000, -1, 0, 951_782_400_000, 1_787_299_210_101, 253_402_207_199_999] {
            let time = Timestamp::from_millis(millis).expect("in range");
            let slow: jiff::Timestamp = time.to_string().parse().expect("what we print is RFC 3339");
            assert_eq!(slow.as_millisecond(), millis);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let last = Timestamp(MAX_MILLIS);
        assert_eq!(last.saturating_add(Duration::MAX), last);
        assert_eq!(Timestamp(MIN_MILLIS).saturating_sub(Duration::MAX), Timestamp(MIN_MILLIS));
        assert_eq!(Timestamp::UNIX_EPOCH.since(last), Duration::ZERO);
        assert_eq!(Timestamp(1500).since(Timestamp(500)), Duration::from_secs(1));
        assert_eq!(Timestamp::from_millis(MAX_MILLIS + 1), None);
    }
}
