//! Clocks by name: for flags and for `/_mock/clock`.

use std::str::FromStr;

use super::Clock;
use crate::timestamp;

/// Where clocks start that are not told when, so that two runs give the same bytes: 2026-08-21T08:00:00Z.
const START: i64 = 1_787_299_200_000;

const EXPECTED: &str = "real, manual[:TIME], frozen[:TIME], scaled:FACTOR[@TIME], auto[:TIME], tokio[:TIME]";

impl FromStr for Clock {
    type Err = String;

    /// Reads `real`, `manual`, `manual:2026-01-01T00:00:00Z`, `frozen:…`, `scaled:60`, `scaled:60@…`, `auto:…`, `tokio:…`.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text, START)
    }
}

impl Clock {
    /// Reads a clock that starts at `start` unless it says when.
    pub(crate) fn read(text: &str, start: i64) -> Result<Self, String> {
        let (mode, rest) = match text.split_once(':') {
            None => (text, None),
            Some((mode, rest)) => (mode, Some(rest)),
        };
        let time = |text: Option<&str>| match text {
            None => Ok(start),
            Some(text) => {
                let parsed = timestamp::parse(text).filter(|ms| (0..1 << 41).contains(ms));
                parsed.ok_or_else(|| format!("{text:?} is not a time like 2026-01-01T00:00:00Z"))
            }
        };
        match (mode, rest) {
            ("real" | "system", None) => Ok(Self::Real),
            ("manual", _) => time(rest).map(Self::Manual),
            ("frozen", _) => time(rest).map(Self::Frozen),
            ("auto", _) => time(rest).map(Self::AutoAdvance),
            ("tokio", _) => time(rest).map(Self::Tokio),
            ("scaled", Some(rest)) => {
                let (factor, at) =
                    rest.split_once('@').map_or((rest, None), |(factor, at)| (factor, Some(at)));
                let factor = factor.parse().ok().filter(|factor| (1..=1_000_000).contains(factor));
                let factor = factor.ok_or_else(|| format!("{rest:?} is not a factor from 1 to 1000000"))?;
                Ok(Self::Scaled { start_ms: time(at)?, factor })
            }
            _ => Err(format!("{text:?} is none of {EXPECTED}")),
        }
    }

    /// Its name, without the time it started at.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Real => "real".to_owned(),
            Self::Manual(_) => "manual".to_owned(),
            Self::Frozen(_) => "frozen".to_owned(),
            Self::Scaled { factor, .. } => format!("scaled:{factor}"),
            Self::AutoAdvance(_) => "auto".to_owned(),
            Self::Tokio(_) => "tokio".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_by_name() {
        let at = 1_767_225_600_000;
        for (text, clock) in [
            ("real", Clock::Real),
            ("system", Clock::Real),
            ("manual", Clock::Manual(START)),
            ("manual:2026-01-01T00:00:00Z", Clock::Manual(at)),
            ("frozen:2026-01-01T00:00:00Z", Clock::Frozen(at)),
            ("scaled:60", Clock::Scaled { start_ms: START, factor: 60 }),
            ("scaled:60@2026-01-01T00:00:00Z", Clock::Scaled { start_ms: at, factor: 60 }),
            ("auto", Clock::AutoAdvance(START)),
            ("tokio:2026-01-01T00:00:00Z", Clock::Tokio(at)),
        ] {
            assert_eq!(text.parse(), Ok(clock), "{text}");
        }
        for (wrong, says) in [
            ("sundial", "\"sundial\" is none of real, manual"),
            ("scaled", "\"scaled\" is none of"),
            ("scaled:0", "\"0\" is not a factor"),
            ("manual:noon", "\"noon\" is not a time"),
            ("real:2026-01-01T00:00:00Z", "\"real:2026-01-01T00:00:00Z\" is none of"),
        ] {
            let error = wrong.parse::<Clock>().expect_err(wrong);
            assert!(error.starts_with(says), "{error}");
        }
    }
}
