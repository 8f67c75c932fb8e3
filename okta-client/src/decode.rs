//! Turns a page's bytes into items: each value beside its exact bytes, in one pass over the array.
//!
//! One bad item never spoils a page: it becomes a [`BadItem`] with its bytes, and the walk goes on behind it. Only when
//! the array itself is broken is the whole page refused. Nothing here shows what it read: a parser's message quotes its
//! input, and the input holds people's data.

mod path;

use std::fmt;

use bytes::Bytes;
use secrecy::SecretString;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::raw::Raw;
use crate::timestamp::Timestamp;

/// One element of a page: decoded, or kept as it came.
pub type Item<T> = Result<Raw<T>, BadItem>;

/// An element that could not be decoded.
///
/// Its text is kept for whoever investigates, and shown by nothing but [`raw`](Self::raw).
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("item {index} of a page cannot be decoded")]
#[non_exhaustive]
pub struct BadItem {
    /// Position in the page, from 0.
    pub index: usize,
    raw: Bytes,
    #[source]
    problem: DecodeProblem,
}

impl BadItem {
    /// Where decoding stopped, relative to the beginning of the element.
    pub fn problem(&self) -> &DecodeProblem {
        &self.problem
    }

    /// The element's exact bytes.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
}

impl fmt::Debug for BadItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BadItem")
            .field("index", &self.index)
            .field("size_bytes", &self.raw.len())
            .field("problem", &self.problem)
            .finish()
    }
}

/// Where and how decoding failed. Neither Display nor Debug shows a word of the input; the names of its fields are behind
/// [`path`](Self::path).
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{category} at line {line}, column {column}")]
#[non_exhaustive]
pub struct DecodeProblem {
    /// What kind of failure it is.
    pub category: Category,
    /// Line, from 1; 0 where no place is known.
    pub line: usize,
    /// Column in bytes; 0 where no place is known.
    pub column: usize,
    path: Option<Box<str>>,
}

impl fmt::Debug for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeProblem")
            .field("category", &self.category)
            .field("line", &self.line)
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

/// Kinds of undecodable input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Category {
    /// Not JSON.
    Syntax,
    /// JSON that ends too early.
    Truncated,
    /// JSON of another shape than expected: a missing field, a wrong type.
    Shape,
    /// Something else where a list belongs: an object, `null`, nothing at all.
    NotAList,
    /// A web page in place of JSON.
    WebPage,
    /// Nested deeper than 128 levels.
    TooDeep,
    /// Bytes that are not UTF-8.
    NotUtf8,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "invalid JSON",
            Self::Truncated => "JSON that ends too early",
            Self::Shape => "JSON of an unexpected shape",
            Self::NotAList => "no list",
            Self::WebPage => "a web page",
            Self::TooDeep => "JSON nested too deep",
            Self::NotUtf8 => "bytes that are not UTF-8",
        })
    }
}

impl DecodeProblem {
    pub(crate) fn new(category: Category) -> Self {
        Self { category, line: 0, column: 0, path: None }
    }
}

impl DecodeProblem {
    /// Whether the same answer may come out well another time: broken off, garbled, or a proxy's page in its place. JSON
    /// of another shape stays that.
    pub(crate) fn may_pass(&self) -> bool {
        use Category::{NotAList, Syntax, Truncated, WebPage};
        matches!(self.category, Syntax | Truncated | NotAList | WebPage)
    }
}

impl From<serde_json::Error> for DecodeProblem {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category as Json;
        let category = match error.classify() {
            Json::Syntax | Json::Io => Category::Syntax,
            Json::Eof => Category::Truncated,
            Json::Data => Category::Shape,
        };
        Self { category, line: error.line(), column: error.column(), path: None }
    }
}

impl DecodeProblem {
    /// The JSON pointer (RFC 6901) to the value of unexpected shape, such as `/profile/login`; to the object, where a field of it
    /// is missing. `None` where it is not the shape that is wrong, or the place is not known.
    ///
    /// The names in it are the answer's own: they may be anything.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Of this text.
    fn of(error: serde_json::Error, text: &[u8]) -> Self {
        let problem = Self::from(error);
        match std::str::from_utf8(text) {
            Ok(text) if problem.category == Category::Shape => {
                Self { path: Some(path::at(text, problem.line, problem.column).into()), ..problem }
            }
            _ => problem,
        }
    }
}

/// For fields in which Okta may send `null` where nothing is meant.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// For times that Okta also writes in other ways than everywhere else. What is not RFC 3339 is `None`, and in the item's text.
pub(crate) fn time_if_readable<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.parse().ok()))
}

/// For what must not be shown.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// One document.
pub(crate) fn document<T: DeserializeOwned>(text: &[u8]) -> Result<T, DecodeProblem> {
    if is_markup(text) {
        return Err(DecodeProblem::new(Category::WebPage));
    }
    check_text(text)?;
    serde_json::from_slice(text).map_err(|error| DecodeProblem::of(error, text))
}

/// The elements of a JSON array.
pub(crate) fn items<T: DeserializeOwned>(page: &Bytes) -> Result<Vec<Item<T>>, DecodeProblem> {
    let mut at = skip_blanks(page, 0);
    if page.get(at) != Some(&b'[') {
        let category = if is_markup(page) { Category::WebPage } else { Category::NotAList };
        return Err(DecodeProblem::new(category));
    }
    // Looked at once for the whole page, so that the parser need not look at each string again.
    let text = std::str::from_utf8(page).ok();
    at = skip_blanks(page, at + 1);
    let mut items = Vec::new();
    if page.get(at) == Some(&b']') {
        at += 1;
    } else {
        loop {
            let end = match text {
                Some(text) => {
                    let typed = serde_json::Deserializer::from_str(&text[at..]).into_iter();
                    element(page, at, typed, check_depth, &mut items)?
                }
                None => {
                    let typed = serde_json::Deserializer::from_slice(&page[at..]).into_iter();
                    element(page, at, typed, check_text, &mut items)?
                }
            };
            if items.len() == 1 {
                // The rows of a page are about the same size. They are large, and moving them as the list grows is not free.
                items.reserve((page.len() / (end - at).max(MIN_ROW)).min(MAX_ROWS));
            }
            at = skip_blanks(page, end);
            match page.get(at) {
                Some(b',') => at = skip_blanks(page, at + 1),
                Some(b']') => {
                    at += 1;
                    break;
                }
                Some(_) => return Err(place(page, at, Category::Syntax)),
                None => return Err(place(page, at, Category::Truncated)),
            }
        }
    }
    match skip_blanks(page, at) {
        end if end == page.len() => Ok(items),
        end => Err(place(page, end, Category::Syntax)),
    }
}

/// What is set aside at once, whatever the first row looks like: no page of Okta's holds more.
const MAX_ROWS: usize = 1000;
const MIN_ROW: usize = 64;

/// Decodes the element at `start` and returns the offset behind it, or the failure of the array itself.
#[inline]
fn element<'de, T: DeserializeOwned, R: serde_json::de::Read<'de>>(
    page: &Bytes,
    start: usize,
    mut typed: serde_json::StreamDeserializer<'de, R, T>,
    check: impl Fn(&[u8]) -> Result<(), DecodeProblem>,
    items: &mut Vec<Item<T>>,
) -> Result<usize, DecodeProblem> {
    let (problem, end) = match typed.next() {
        Some(Ok(value)) => {
            let end = start + typed.byte_offset();
            match check(&page[start..end]) {
                Ok(()) => {
                    items.push(Ok(Raw::from_parts(value, page.slice(start..end))));
                    return Ok(end);
                }
                Err(problem) => (problem, end),
            }
        }
        Some(Err(error)) => {
            // Where the element ends can still be found without knowing its shape; if not even that, the array is broken.
            let mut any = serde_json::Deserializer::from_slice(&page[start..]).into_iter::<IgnoredAny>();
            match any.next() {
                Some(Ok(_)) => {
                    let end = start + any.byte_offset();
                    (DecodeProblem::of(error, &page[start..end]), end)
                }
                Some(Err(broken)) => {
                    let category = DecodeProblem::from(broken).category;
                    return Err(place(page, start, category));
                }
                None => return Err(place(page, start, Category::Truncated)),
            }
        }
        None => return Err(place(page, start, Category::Truncated)),
    };
    items.push(Err(BadItem { index: items.len(), raw: page.slice(start..end), problem }));
    Ok(end)
}

pub(crate) fn check_text(text: &[u8]) -> Result<(), DecodeProblem> {
    match std::str::from_utf8(text) {
        Ok(_) => check_depth(text),
        Err(_) => Err(DecodeProblem::new(Category::NotUtf8)),
    }
}

const MAX_DEPTH: usize = 128;

/// Refuses JSON nested deeper than [`MAX_DEPTH`]: whoever parses the kept bytes again may not survive it.
fn check_depth(text: &[u8]) -> Result<(), DecodeProblem> {
    // Text with few opening brackets cannot be deep. Counted in pieces whose count fits a byte, which is a vector instruction
    // for sixteen of them, so nearly every item costs next to nothing.
    let opening =
        |piece: &[u8]| piece.iter().fold(0_u8, |count, &byte| count + u8::from(byte | 0x20 == b'{'));
    if text.chunks(255).map(|piece| usize::from(opening(piece))).sum::<usize>() <= MAX_DEPTH {
        return Ok(());
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(DecodeProblem::new(Category::TooDeep));
        }
    }
    Ok(())
}

/// Whether a text that should be JSON is HTML or XML: a proxy's page, a sign-in page, a maintenance notice.
pub(crate) fn is_markup(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.get(skip_blanks(text, 0)) == Some(&b'<')
}

fn skip_blanks(page: &[u8], mut at: usize) -> usize {
    while matches!(page.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

fn place(page: &[u8], at: usize, category: Category) -> DecodeProblem {
    let before = &page[..at.min(page.len())];
    let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    let column = before.iter().rev().take_while(|&&byte| byte != b'\n').count() + 1;
    DecodeProblem { category, line, column, path: None }
}

#[cfg(test)]
mod tests;
