//! Reads `Link` headers (RFC 8288) as Okta and the proxies before it write them.
//!
//! Okta sends `self` and `next` as two header lines in either order; proxies join them with a comma; the URLs hold
//! commas and semicolons of their own. A listing that misreads this line ends early and nobody notices, so nothing here
//! guesses: a line that cannot be read is [`Malformed`], and two different `next` targets are [`Problem::Ambiguous`].
//! Pure, linear in the length of the header, and without a copy of any target.

use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;
use http::header::LINK;

/// Every link of one response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links<'a> {
    links: Vec<Link<'a>>,
}

/// One link: a target and what it is to the page that sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link<'a> {
    /// The text between `<` and `>`, as sent.
    pub target: &'a str,
    /// The value of the first `rel` parameter: one or more words. Empty if there was none.
    pub rel: Cow<'a, str>,
}

/// A `Link` line that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Link header that cannot be read")]
#[non_exhaustive]
pub struct Malformed;

/// Why a response has no trustworthy `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A line could not be read, and it may have been the one with `next`.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Two `next` links with different targets.
    #[error("two different next links")]
    Ambiguous,
}

/// Reads one header line.
///
/// # Errors
/// [`Malformed`] where the line is not a list of links.
pub fn parse(line: &str) -> Result<Links<'_>, Malformed> {
    let mut links = Links::default();
    Reader { text: line, at: 0 }.links(&mut links.links)?;
    Ok(links)
}

impl<'a> Links<'a> {
    /// Reads every `Link` line of a response.
    ///
    /// # Errors
    /// [`Malformed`] where any of them cannot be read: it may be the one that matters.
    pub fn from_headers(headers: &'a HeaderMap) -> Result<Self, Malformed> {
        let mut links = Self::default();
        for value in headers.get_all(LINK) {
            let line = value.to_str().map_err(|_| Malformed)?;
            Reader { text: line, at: 0 }.links(&mut links.links)?;
        }
        Ok(links)
    }

    /// The target of the `next` link, if there is one.
    ///
    /// # Errors
    /// [`Problem::Ambiguous`] where two `next` links disagree.
    pub fn next(&self) -> Result<Option<&'a str>, Problem> {
        let mut targets = self.links.iter().filter(|link| link.is("next")).map(|link| link.target);
        let first = targets.next();
        if targets.any(|other| Some(other) != first) {
            return Err(Problem::Ambiguous);
        }
        Ok(first)
    }

    /// Every link, in the order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = &Link<'a>> {
        self.links.iter()
    }
}

impl Link<'_> {
    /// Whether `rel` is among this link's relations. Relations are compared without regard to case.
    pub fn is(&self, rel: &str) -> bool {
        self.rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
    }
}

/// One header line with the same links.
impl fmt::Display for Links<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, link) in self.links.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}<{}>; rel=\"", link.target)?;
            for char in link.rel.chars() {
                if matches!(char, '"' | '\\') {
                    f.write_str("\\")?;
                }
                write!(f, "{char}")?;
            }
            f.write_str("\"")?;
        }
        Ok(())
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn links(&mut self, links: &mut Vec<Link<'a>>) -> Result<(), Malformed> {
        loop {
            self.skip(|byte| matches!(byte, b' ' | b'\t' | b','));
            if self.peek().is_none() {
                return Ok(());
            }
            let target = self.target()?;
            let rel = self.parameters()?.unwrap_or(Cow::Borrowed(""));
            links.push(Link { target, rel });
        }
    }

    fn target(&mut self) -> Result<&'a str, Malformed> {
        if self.peek() != Some(b'<') {
            return Err(Malformed);
        }
        let rest = &self.text[self.at + 1..];
        let end = rest.find('>').ok_or(Malformed)?;
        self.at += end + 2;
        Ok(rest[..end].trim())
    }

    /// The parameters of one link, up to the comma or the end; the first `rel` counts, as the RFC says.
    fn parameters(&mut self) -> Result<Option<Cow<'a, str>>, Malformed> {
        let mut rel = None;
        loop {
            self.blanks();
            match self.peek() {
                None | Some(b',') => return Ok(rel),
                Some(b';') => self.at += 1,
                Some(_) => return Err(Malformed),
            }
            self.blanks();
            let name = self.token();
            self.blanks();
            let value = if self.peek() == Some(b'=') {
                self.at += 1;
                self.blanks();
                self.value()?
            } else {
                Cow::Borrowed("")
            };
            if name.eq_ignore_ascii_case("rel") && rel.is_none() {
                rel = Some(value);
            }
        }
    }

    fn value(&mut self) -> Result<Cow<'a, str>, Malformed> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote),
            _ => Ok(Cow::Borrowed(self.token())),
        }
    }

    /// A quoted string. Single quotes are not in the RFC, but servers have sent them.
    fn quoted(&mut self, quote: u8) -> Result<Cow<'a, str>, Malformed> {
        let start = self.at + 1;
        let mut unescaped: Option<String> = None;
        let mut copied = start;
        self.at = start;
        while let Some(byte) = self.peek() {
            if byte == quote {
                let tail = &self.text[copied..self.at];
                self.at += 1;
                return Ok(match unescaped {
                    Some(mut text) => {
                        text.push_str(tail);
                        Cow::Owned(text)
                    }
                    None => Cow::Borrowed(tail),
                });
            }
            if byte == b'\\' {
                unescaped.get_or_insert_default().push_str(&self.text[copied..self.at]);
                copied = self.at + 1;
                self.at += 1;
            }
            self.at += self.text[self.at..].chars().next().ok_or(Malformed)?.len_utf8();
        }
        Err(Malformed)
    }

    fn token(&mut self) -> &'a str {
        let start = self.at;
        self.skip(|byte| !matches!(byte, b' ' | b'\t' | b',' | b';' | b'=' | b'"' | b'<' | b'>'));
        &self.text[start..self.at]
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(lines: &[&str]) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(LINK, line.parse().expect("a header value"));
        }
        Ok(Links::from_headers(&headers)?.next()?.map(str::to_owned))
    }

    #[test]
    fn p04_every_spelling_of_next_is_found() {
        let url = "https://a.okta.com/api/v1/logs?after=1,2;3&limit=1";
        for lines in [
            vec!["<https://a.okta.com/x>; rel=\"self\"".to_owned(), format!("<{url}>; rel=\"next\"")],
            vec![format!("<{url}>; rel=\"next\""), "<https://a.okta.com/x>; rel=\"self\"".to_owned()],
            vec![format!("<https://a.okta.com/x>; rel=\"self\", <{url}>; rel=\"next\"")],
            vec![format!("<{url}>;rel=next,<https://a.okta.com/x>;rel=self")],
            vec![format!("<{url}>; title=\"x, <y>; rel=self\"; rel=\"next\"")],
            vec![format!("<{url}>; rel='next'")],
            vec![format!("<{url}>; REL=\"Next\"")],
            vec![format!("<{url}> ; rel = \"prev next\" ; type=\"a/b\"")],
            vec![format!(", ,<{url}>; crossorigin; rel=\"ne\\xt\",")],
            vec![format!("<{url}>; rel=next"), format!("<{url}>; rel=next")],
        ] {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(next(&lines), Ok(Some(url.to_owned())), "{lines:?}");
        }
    }

    #[test]
    fn a_response_without_next_is_the_last_page() {
        for lines in [
            vec![],
            vec![""],
            vec!["<https://a/b>; rel=\"self\""],
            vec!["<https://a/b>"],
            vec!["<https://a/b>; rel=self; rel=next"],
        ] {
            assert_eq!(next(&lines), Ok(None), "{lines:?}");
        }
    }

    #[test]
    fn xb08_a_line_that_cannot_be_read_is_not_the_last_page() {
        for line in [
            "<https://a/b; rel=\"next\"",
            "https://a/b; rel=next",
            "<https://a/b>; rel=\"next",
            "<https://a/b> rel=next",
            "<https://a/b>; rel=next x",
        ] {
            assert_eq!(next(&[line]), Err(Problem::Malformed(Malformed)), "{line}");
        }
        assert_eq!(
            Links::from_headers(&HeaderMap::from_iter([(
                LINK,
                http::HeaderValue::from_static("<a>; rel=next")
            )]))
            .map(|links| links.links.len()),
            Ok(1)
        );
        let unreadable = HeaderMap::from_iter([(
            LINK,
            http::HeaderValue::from_bytes(b"<\xff>; rel=next").expect("opaque bytes are a header value"),
        )]);
        assert_eq!(Links::from_headers(&unreadable), Err(Malformed));
    }

    #[test]
    fn xb09_two_different_next_links_are_ambiguous() {
        assert_eq!(next(&["<https://a/1>; rel=next", "<https://a/2>; rel=next"]), Err(Problem::Ambiguous));
    }
}
