//! Okta's spelling of time: milliseconds since 1970 in the engine, `2026-08-21T08:00:00.000Z` on the wire.
//!
//! The engine counts in `i64` milliseconds so that time is an argument like any other.

/// `2026-08-21T08:00:00.000Z`. Times outside the years 0–9999 are shown as the nearest one inside.
pub(crate) fn iso(ms: i64) -> String {
    let ms = ms.clamp(-62_167_219_200_000, 253_402_207_200_000);
    let (days, of_day) = (ms.div_euclid(DAY), ms.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    put(&mut text, 0, year / 100);
    put(&mut text, 2, year % 100);
    put(&mut text, 5, month);
    put(&mut text, 8, day);
    let seconds = of_day / 1_000;
    put(&mut text, 11, seconds / 3_600);
    put(&mut text, 14, seconds / 60 % 60);
    put(&mut text, 17, seconds % 60);
    put(&mut text, 20, of_day % 1_000 / 10);
    text[22] = b'0' + u8::try_from(of_day % 10).unwrap_or(0);
    String::from_utf8_lossy(&text).into_owned()
}

/// Two digits.
fn put(text: &mut [u8], at: usize, value: i64) {
    let value = u8::try_from(value % 100).unwrap_or(0);
    text[at] = b'0' + value / 10;
    text[at + 1] = b'0' + value % 10;
}

/// Year, month and day of a day since 1970. Source: Howard Hinnant, "chrono-compatible low-level date algorithms".
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Writes [`iso`]; for times of this and the next centuries, as pages hold many.
pub(crate) fn stamp(ms: i64, blank: &mut [u8; 24]) {
    let (days, of_day) = (ms.div_euclid(DAY), u32::try_from(ms.rem_euclid(DAY)).unwrap_or(0));
    let (year, month, day) = civil(days);
    let [year, month, day] = [year, month, day].map(|part| u32::try_from(part).unwrap_or(0));
    *blank = *b"0000-00-00T00:00:00.000Z";
    let pair = |value: u32| PAIRS[(value & 63) as usize];
    let seconds = of_day / 1_000;
    let (minutes, milliseconds) = (seconds / 60, of_day % 1_000);
    let tens = |value: u32| [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8];
    for (at, two) in [
        (0, tens(year / 100)),
        (2, tens(year % 100)),
        (5, pair(month)),
        (8, pair(day)),
        (11, pair(minutes / 60)),
        (14, pair(minutes % 60)),
        (17, pair(seconds % 60)),
        (20, tens(milliseconds / 10)),
    ] {
        blank[at..at + 2].copy_from_slice(&two);
    }
    blank[22] = b'0' + (milliseconds % 10) as u8;
}

/// Users, groups and apps show whole seconds, unlike the log.
pub(crate) fn whole_seconds(ms: i64) -> String {
    iso(ms.div_euclid(1_000) * 1_000)
}

/// The dates of some years, spelled once: rows of generated users hold six times each, and this is the quick way.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    first: i64,
    days: std::sync::Arc<[[u8; 11]]>,
}

/// A second of a calendar, taken apart already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// Days since the calendar's first.
    pub(crate) day: u32,
    /// Of the day.
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

impl Moment {
    /// So much later, still on the same day.
    pub(crate) fn later(self, minutes: u32, seconds: u32) -> Self {
        Self { day: self.day, minute: self.minute + minutes, second: self.second + seconds }
    }
}

const DAY: i64 = 86_400_000;

impl Calendar {
    /// So many days, from the one that holds `ms`.
    pub(crate) fn new(ms: i64, days: i64) -> Self {
        let first = ms.div_euclid(DAY);
        let spelled = (first..first + days).map(|day| {
            let mut date = [b'0'; 11];
            // Eleven characters: the date and the `T`.
            for (slot, byte) in date.iter_mut().zip(iso(day.saturating_mul(DAY)).bytes()) {
                *slot = byte;
            }
            date
        });
        Self { first, days: spelled.collect() }
    }

    /// The moment in milliseconds since 1970.
    pub(crate) fn ms(&self, at: Moment) -> i64 {
        let seconds = i64::from(at.minute) * 60 + i64::from(at.second);
        (self.first + i64::from(at.day)) * DAY + seconds * 1_000
    }

    /// Writes the first 19 characters of [`whole_seconds`] over `0000-00-00T00:00:00`.
    pub(crate) fn spell(&self, at: Moment, blank: &mut [u8; 19]) {
        if let Some(date) = self.days.get(at.day as usize) {
            blank[..11].copy_from_slice(date);
        }
        let hour = at.minute / 60;
        for (slot, value) in [(11, hour), (14, at.minute - hour * 60), (17, at.second)] {
            blank[slot..slot + 2].copy_from_slice(&PAIRS[(value & 63) as usize]);
        }
    }
}

/// The numbers below 64 in two digits.
const PAIRS: [[u8; 2]; 64] = {
    let mut pairs = [[b'0'; 2]; 64];
    let mut n = 0;
    while n < 64 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// Reads an RFC 3339 time with a zone.
pub(crate) fn parse(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// The `Date` header's form, `Fri, 21 Aug 2026 08:00:10 GMT`.
pub(crate) fn http_date(ms: i64) -> String {
    let seconds = ms.div_euclid(1_000).clamp(0, 253_402_207_200).cast_unsigned();
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

/// Whole milliseconds of a duration, capped where an `i64` would overflow.
pub(crate) fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Reads `90s`, `5m`, `200ms`, `1h` or `2d`.
pub(crate) fn parse_duration(text: &str) -> Option<std::time::Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit_ms = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit_ms).filter(|ms| *ms < 1 << 45).map(std::time::Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_printed_as_okta_prints_it() {
        assert_eq!(iso(1_787_299_210_005), "2026-08-21T08:00:10.005Z");
        assert_eq!(parse("2026-08-21T10:00:10.005+02:00"), Some(1_787_299_210_005));
        assert_eq!(http_date(1_787_299_210_999), "Fri, 21 Aug 2026 08:00:10 GMT");
        assert_eq!(parse("2026-08-21T08:00:10"), None, "a time without a zone is not one");
    }

    #[test]
    fn the_calendar_spells_as_everybody_else() {
        let calendar = Calendar::new(1_787_299_210_005, 400);
        for n in 0..40_000 {
            let moment = Moment { day: n / 100, minute: n * 7 % 1_440, second: n % 60 };
            let mut spelled = *b"0000-00-00T00:00:00";
            calendar.spell(moment, &mut spelled);
            let spelled = String::from_utf8(spelled.to_vec()).expect("text");
            assert_eq!(spelled + ".000Z", whole_seconds(calendar.ms(moment)));
        }
    }

    #[test]
    fn every_day_is_spelled_as_jiff_spells_it() {
        for ms in (-62_167_219_200_000..253_402_207_200_000).step_by(7_777_777_777) {
            let time = jiff::Timestamp::from_millisecond(ms).expect("inside jiff's range");
            assert_eq!(iso(ms), format!("{time:.3}"));
            let mut stamped = [b' '; 24];
            stamp(ms, &mut stamped);
            assert_eq!(stamped.as_slice(), iso(ms).as_bytes());
        }
    }

    #[test]
    fn far_away_times_do_not_panic() {
        for ms in [i64::MIN, i64::MAX, 0, -1] {
            assert!(iso(ms).ends_with('Z'));
            assert!(http_date(ms).ends_with("GMT"));
        }
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(parse_duration("90s"), Some(std::time::Duration::from_secs(90)));
        assert_eq!(parse_duration("200ms"), Some(std::time::Duration::from_millis(200)));
        assert_eq!(parse_duration("2d"), Some(std::time::Duration::from_secs(172_800)));
        for wrong in ["", "s", "5", "5 s", "-1s", "99999999999999999999s", "18446744073709551615d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
