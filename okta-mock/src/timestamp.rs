//! Okta's spelling of time: milliseconds since 1970 in the engine, `2026-08-21T08:00:00.000Z` on the wire.
//!
//! The engine counts in `i64` milliseconds so that time is an argument like any other.

/// `2026-08-21T08:00:00.000Z`. Times outside the years 0–9999 are shown as the nearest one inside.
pub(crate) fn iso(ms: i64) -> String {
    let ms = ms.clamp(-62_167_219_200_000, 253_402_207_200_000);
    let time = jiff::Timestamp::from_millisecond(ms).expect("the clamped range is inside jiff's");
    format!("{time:.3}")
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

    /// Appends [`whole_seconds`].
    pub(crate) fn write(&self, out: &mut Vec<u8>, ms: i64) {
        let day = usize::try_from(ms.div_euclid(DAY) - self.first).ok().and_then(|day| self.days.get(day));
        let Some(date) = day else { return out.extend_from_slice(whole_seconds(ms).as_bytes()) };
        let seconds = u32::try_from(ms.rem_euclid(DAY) / 1_000).unwrap_or(0);
        let digit = |value: u32| b'0' + u8::try_from(value % 10).unwrap_or(0);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let mut time = *b"0000-00-00T00:00:00.000Z";
        time[..11].copy_from_slice(date);
        for (at, value) in [(11, hours), (14, minutes), (17, seconds)] {
            time[at] = digit(value / 10);
            time[at + 1] = digit(value);
        }
        out.extend_from_slice(&time);
    }
}

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
        let start = 1_787_299_210_005;
        let calendar = Calendar::new(start, 400);
        for ms in (start - DAY..start + 401 * DAY).step_by(9_876_543) {
            let mut out = Vec::new();
            calendar.write(&mut out, ms);
            assert_eq!(String::from_utf8(out).expect("text"), whole_seconds(ms));
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
