//! The values of flags.

use std::path::PathBuf;
use std::time::Duration;

use okta_mock::AdminRole;

/// The text of a flag that holds a secret. It is read behind clap, whose errors repeat what they refuse; nor is it in
/// `Debug`.
#[derive(Clone)]
pub(crate) struct Hidden(pub(crate) String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) role: AdminRole,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    pub(crate) secret: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Journal {
    Ring(usize),
    File(PathBuf),
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| "expected a duration like 60s".to_owned())?;
    let unit_ms = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("expected a duration like 60s".to_owned()),
    };
    let ms = number.checked_mul(unit_ms).filter(|ms| (1..1 << 40).contains(ms));
    ms.map(Duration::from_millis).ok_or_else(|| "expected a duration like 60s".to_owned())
}

pub(crate) fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.01..=1_000_000.0).contains(factor));
    factor.ok_or_else(|| "expected a number from 0.01 to 1000000".to_owned())
}

pub(crate) fn chance(text: &str) -> Result<f64, String> {
    let chance = text.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
    chance.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// What follows the last colon is the role; what is there in place of one may be a piece of the value, so it is not
/// repeated.
pub(crate) fn token(text: &str) -> Result<Token, String> {
    let (name, rest) = text.split_once('=').ok_or("expected NAME=VALUE or NAME=VALUE:ROLE")?;
    let (value, role) = match rest.rsplit_once(':') {
        None => (rest, AdminRole::SuperAdmin),
        Some((value, role)) => {
            let role =
                role.parse().map_err(|_| "what follows the last colon is no role such as READ_ONLY_ADMIN")?;
            (value, role)
        }
    };
    if name.is_empty() || value.is_empty() {
        return Err("expected NAME=VALUE or NAME=VALUE:ROLE".into());
    }
    Ok(Token { name: name.to_owned(), value: value.to_owned(), role })
}

/// The address ends at the first `=`; one in its query is written `%3D`.
pub(crate) fn receiver(text: &str) -> Result<Receiver, String> {
    match text.split_once('=') {
        Some((url, secret)) if !secret.is_empty() => {
            Ok(Receiver { url: url.to_owned(), secret: secret.to_owned() })
        }
        _ => Err("expected URL=SECRET".to_owned()),
    }
}

pub(crate) fn journal(text: &str) -> Result<Journal, String> {
    let wrong = || "expected ring:N, off or file:PATH".to_owned();
    match text.split_once(':') {
        None if text == "off" => Ok(Journal::Ring(0)),
        Some(("ring", n)) => n.parse().ok().filter(|n| *n <= 10_000_000).map(Journal::Ring).ok_or_else(wrong),
        Some(("file", path)) if !path.is_empty() => Ok(Journal::File(path.into())),
        _ => Err(wrong()),
    }
}
