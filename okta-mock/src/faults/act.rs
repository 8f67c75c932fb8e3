//! What a rule does.

use bytes::Bytes;

use super::Asked;
use crate::push::mischief::Mischief;

/// What a rule does to an answer, or to a push.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Act {
    /// 429 with an exhausted bucket. `reset_in_ms` may be negative: a reset that is over already.
    RateLimit { reset_in_ms: Option<i64> },
    /// 429 with `X-Rate-Limit-Limit: 0`.
    Concurrency,
    /// An Okta error under this status; the code and text are made up where they are not given.
    Error { status: Option<u16>, code: Option<String> },
    /// Any answer at all.
    Raw {
        status: u16,
        content_type: String,
        headers: Vec<(String, String)>,
        #[serde(with = "crate::snapshot::base64")]
        body: Bytes,
    },
    /// What the endpoint says to a cursor it does not know.
    InvalidCursor,
    /// The same, but only to a request that has a cursor.
    ExpireCursor,
    /// The right answer with these headers set, and those left out.
    Headers { set: Vec<(String, String)>, drop: Vec<String> },
    /// The right answer by another clock: `Date` and the reset are off by this many milliseconds.
    ClockSkew(i64),
    /// The right answer with another `next` link, or another spelling of its links.
    Link(Link),
    /// The right answer, broken off after so many bytes.
    Truncate(usize),
    /// The right answer with another body.
    Body(BodyFault),
    /// The right answer, late.
    Delay,
    /// The right answer in small pieces.
    Drip { bytes: usize, every_ms: u64 },
    /// The connection breaks.
    Transport(Transport),
    /// Done to a push.
    Push(Mischief),
}

/// A phase of an answer; one act at most in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Answer,
    Headers,
    Link,
    Body,
    Time,
    Transport,
    Push,
}

/// What becomes of the `Link` lines.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Link {
    /// No `next`.
    Missing,
    /// This `next`.
    To(String),
    /// `next` on another host.
    Host(String),
    /// `next` with another scheme.
    Scheme(String),
    /// `next` without an origin.
    Relative,
    /// `next` is the page itself.
    SelfLoop,
    /// All links on one line.
    CommaJoined,
    /// `rel="NEXT"`.
    UpperCaseRel,
    /// `rel=next`.
    UnquotedRel,
    /// A further parameter before `rel`.
    ExtraParameter,
    /// On an empty page of the log, `next` moves on to the present: what appears late lies behind it.
    AdvanceAtEnd,
    /// On an empty page, no `next`.
    MissingAtEnd,
}

/// What becomes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum BodyFault {
    /// JSON that ends in the middle, with a length to match.
    Malformed,
    /// The right body under `text/html`.
    WrongContentType,
    /// A byte order mark before the body.
    Bom,
    /// `Content-Encoding: gzip` on what is none.
    GzipCorrupt,
    /// Every object gets a member that no documentation has.
    UnknownFields,
    /// A value of an enum that nobody knows.
    UnknownEnum,
    /// Every member of a row is null, but for its identity.
    NullFields,
    /// The first row comes twice.
    DuplicateRows,
    /// The last row is missing.
    MissingRow,
    /// The rows come backwards.
    ShufflePage,
    /// No rows, although there is a `next`.
    EmptyPage,
}

/// How a connection breaks. Over a socket as named; without one the answer cannot come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Transport {
    /// TCP reset before a byte of the answer.
    Reset,
    /// Closed before a byte of the answer.
    EofBeforeHeaders,
    /// Closed in the middle of the body.
    EofMidBody,
    /// Something that is not HTTP.
    Garbage,
}

impl Act {
    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::RateLimit { .. }
            | Self::Concurrency
            | Self::Error { .. }
            | Self::Raw { .. }
            | Self::InvalidCursor
            | Self::ExpireCursor => Phase::Answer,
            Self::Headers { .. } | Self::ClockSkew(_) => Phase::Headers,
            Self::Link(_) => Phase::Link,
            Self::Truncate(_) | Self::Body(_) => Phase::Body,
            Self::Delay | Self::Drip { .. } => Phase::Time,
            Self::Transport(_) => Phase::Transport,
            Self::Push(_) => Phase::Push,
        }
    }

    /// Whether it is within what a rule in JSON may ask for.
    pub(crate) fn is_bounded(&self) -> bool {
        match self {
            Self::Push(Mischief::Duplicate { times, .. }) => *times <= 100,
            Self::Push(Mischief::Reorder(window)) => (1..=1_000).contains(window),
            _ => true,
        }
    }

    /// Whether there is something to do it to.
    pub(super) fn applies(&self, asked: &Asked<'_>) -> bool {
        *self != Self::ExpireCursor || asked.cursor().is_some()
    }
}

/// The words of `transport`.
pub(super) const TRANSPORT: [(&str, Transport); 4] = [
    ("reset_peer", Transport::Reset),
    ("eof_before_headers", Transport::EofBeforeHeaders),
    ("eof_mid_body", Transport::EofMidBody),
    ("garbage", Transport::Garbage),
];

/// The words for bodies.
pub(super) const BODY: [(&str, BodyFault); 11] = [
    ("malformed_json", BodyFault::Malformed),
    ("wrong_content_type", BodyFault::WrongContentType),
    ("bom", BodyFault::Bom),
    ("gzip_corrupt", BodyFault::GzipCorrupt),
    ("unknown_fields", BodyFault::UnknownFields),
    ("unknown_enum", BodyFault::UnknownEnum),
    ("null_fields", BodyFault::NullFields),
    ("duplicate_rows", BodyFault::DuplicateRows),
    ("missing_row", BodyFault::MissingRow),
    ("shuffle_page", BodyFault::ShufflePage),
    ("empty_page_with_next", BodyFault::EmptyPage),
];

/// The words for links that need nothing more.
pub(super) const LINK: [(&str, Link); 9] = [
    ("missing", Link::Missing),
    ("relative", Link::Relative),
    ("self_loop", Link::SelfLoop),
    ("comma_joined", Link::CommaJoined),
    ("upper_case_rel", Link::UpperCaseRel),
    ("unquoted_rel", Link::UnquotedRel),
    ("extra_params", Link::ExtraParameter),
    ("advance_at_end", Link::AdvanceAtEnd),
    ("missing_at_end", Link::MissingAtEnd),
];

impl Transport {
    pub(crate) fn name(self) -> &'static str {
        TRANSPORT.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}
