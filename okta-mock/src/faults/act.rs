//! What a rule does.

use bytes::Bytes;

use super::Asked;
use crate::push::mischief::PushFault;

/// What a rule does to an answer, or to a push.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// 429 with an exhausted bucket. `reset_in_ms` may be negative: a reset that is over already.
    RateLimit { remaining: u64, reset_in_ms: Option<i64> },
    /// 429 with `X-Rate-Limit-Limit: 0`.
    Concurrency,
    /// An Okta error under this status; the code and text are made up where they are not given.
    Error { status: Option<u16>, code: Option<String> },
    /// Any answer at all.
    Raw { status: u16, content_type: String, headers: Vec<(String, String)>, body: Bytes },
    /// What the endpoint says to a cursor it does not know.
    InvalidCursor,
    /// The same, but only to a request that has a cursor.
    ExpireCursor,
    /// The answer of searches that see the users as they were so many milliseconds ago.
    StaleIndex(i64),
    /// A page of the log that passes over its first events. They stay hidden for so long, or for ever.
    LogHole { events: u64, for_ms: Option<i64> },
    /// The right answer with these headers set, and those left out.
    Headers { set: Vec<(String, String)>, drop: Vec<String> },
    /// The right answer by another clock: `Date` and the reset are off by this many milliseconds.
    ClockSkew(i64),
    /// The right answer with another `next` link, or another spelling of its links.
    Link(LinkFault),
    /// The right answer, broken off after so many bytes. Without `promised` its length is that of what is left.
    Truncate { bytes: usize, promised: bool },
    /// The right answer with another body.
    Body(BodyFault),
    /// The right answer, late.
    Delay,
    /// The right answer, its headers at once and its body late.
    LateBody,
    /// The right answer in small pieces.
    Drip { bytes: usize, every_ms: u64 },
    /// The right answer at so many bytes a second.
    Bandwidth(u64),
    /// The right answer, whose end and the end of whose connection come so many milliseconds after its last byte.
    SlowClose(i64),
    /// The connection breaks, or ends.
    Transport(TransportFault),
    /// Done to a push.
    Push(PushFault),
}

/// A phase of an answer; one act at most in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Answer,
    Data,
    Headers,
    Link,
    Body,
    Time,
    Transport,
    Push,
}

/// What becomes of the `Link` lines of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkFault {
    /// No `next`.
    Missing,
    /// This `next`, also where there was none.
    To(String),
    /// `next` with another scheme, host or port; what is `None` stays.
    Origin {
        /// `https`, …
        scheme: Option<String>,
        /// With or without a port.
        host: Option<String>,
        /// Beside or in place of the host's own.
        port: Option<u16>,
    },
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

/// What becomes of the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFault {
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

/// How a connection breaks or ends. Over a socket as named. Without one the first four leave no answer, or half of one,
/// and the last two change nothing but a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFault {
    /// TCP reset before a byte of the answer.
    Reset,
    /// Closed before a byte of the answer.
    EofBeforeHeaders,
    /// Closed in the middle of the body.
    EofMidBody,
    /// Something that is not HTTP.
    Garbage,
    /// The right answer on a connection that is then closed without a word, although it was to stay open: whoever sends
    /// the next request on it may find it gone.
    CloseIdleKeepalive,
    /// The right answer, and the announcement that it is the connection's last. The mock serves HTTP/1.1, so this is
    /// `Connection: close`, as a GOAWAY is in HTTP/2.
    Goaway,
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
            Self::StaleIndex(_) | Self::LogHole { .. } => Phase::Data,
            Self::Headers { .. } | Self::ClockSkew(_) => Phase::Headers,
            Self::Link(_) => Phase::Link,
            Self::Truncate { .. } | Self::Body(_) => Phase::Body,
            Self::Delay | Self::LateBody | Self::Drip { .. } | Self::Bandwidth(_) | Self::SlowClose(_) => {
                Phase::Time
            }
            Self::Transport(_) => Phase::Transport,
            Self::Push(_) => Phase::Push,
        }
    }

    /// Whether there is something to do it to.
    pub(super) fn applies(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::ExpireCursor => asked.cursor().is_some(),
            Self::LogHole { .. } => asked.method == "GET" && asked.path == "/api/v1/logs",
            _ => true,
        }
    }
}

impl Act {
    /// Whether it is about a hook's verification, and not about pushes.
    pub(super) fn verifies(&self) -> bool {
        *self == Self::Push(PushFault::ChallengeMismatch)
    }
}

/// The words of `transport`.
pub(super) const TRANSPORT: [(&str, TransportFault); 6] = [
    ("reset_peer", TransportFault::Reset),
    ("eof_before_headers", TransportFault::EofBeforeHeaders),
    ("eof_mid_body", TransportFault::EofMidBody),
    ("garbage", TransportFault::Garbage),
    ("close_idle_keepalive", TransportFault::CloseIdleKeepalive),
    ("goaway", TransportFault::Goaway),
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
pub(super) const LINK: [(&str, LinkFault); 9] = [
    ("missing", LinkFault::Missing),
    ("relative", LinkFault::Relative),
    ("self_loop", LinkFault::SelfLoop),
    ("comma_joined", LinkFault::CommaJoined),
    ("upper_case_rel", LinkFault::UpperCaseRel),
    ("unquoted_rel", LinkFault::UnquotedRel),
    ("extra_params", LinkFault::ExtraParameter),
    ("advance_at_end", LinkFault::AdvanceAtEnd),
    ("missing_at_end", LinkFault::MissingAtEnd),
];

impl TransportFault {
    pub(crate) fn name(self) -> &'static str {
        TRANSPORT.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}
