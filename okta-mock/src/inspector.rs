//! `/_mock/`: the fake in a browser. One page without anything from elsewhere; what it shows comes from the calls beside it.
//!
//! Style and script are within the page and allowed by their hashes, so that nothing else may run in it, whatever an org
//! holds. A browser without scripts gets the last requests and links to the JSON.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use sha2::{Digest, Sha256};

use crate::admin::sealed;
use crate::engine::Engine;
use crate::html::Escaped;
use crate::reply::Reply;
use crate::timestamp;

static STYLE: LazyLock<String> = LazyLock::new(|| {
    // Its own style has none of these inside a text.
    let loose = [(" { ", "{"), (" {", "{"), (" }", "}"), ("; ", ";"), (": ", ":"), (", ", ",")];
    let style = packed(include_str!("inspector/style.css"));
    loose.iter().fold(style, |style, (long, short)| style.replace(long, short))
});
static SCRIPT: LazyLock<String> = LazyLock::new(|| packed(include_str!("inspector/script.js")));
const ICON: &str = include_str!("inspector/icon.svg");
/// Requests that a page without scripts shows.
const SHOWN: usize = 50;

/// The page up to the requests, and behind them.
static PAGE: LazyLock<(String, String)> = LazyLock::new(|| {
    let page = include_str!("inspector/page.html");
    let page = page.replace("{{style}}", &STYLE).replace("{{script}}", &SCRIPT);
    let (before, after) = page.split_once("{{requests}}").expect("the page has a place for requests");
    (before.to_owned(), after.to_owned())
});

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'self'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(&STYLE),
        hash(&SCRIPT)
    )
});

/// The page.
pub(crate) fn page(engine: &Engine, now: i64) -> Reply {
    let (before, after) = &*PAGE;
    let mut reply =
        Reply::new(200, "text/html; charset=utf-8", format!("{before}{}{after}", requests(engine)));
    reply.set(CONTENT_SECURITY_POLICY, &POLICY);
    reply.set(REFERRER_POLICY, "no-referrer");
    reply.set(HeaderName::from_static("x-frame-options"), "DENY");
    sealed(reply, now)
}

/// Without what only its authors need: indentation and lines that are comments.
fn packed(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Its icon, so that a browser does not ask the org for one.
pub(crate) fn icon(now: i64) -> Reply {
    sealed(Reply::new(200, "image/svg+xml", ICON), now)
}

/// The last requests as a table.
fn requests(engine: &Engine) -> String {
    let mut out = "<table><tr><th>Time<th>Request<th>Status".to_owned();
    let all: Vec<_> = engine.journal.records().collect();
    for record in all.iter().rev().take(SHOWN) {
        let (at, target) = (timestamp::iso(record.at_ms), record.target());
        let _ = write!(
            out,
            "<tr><td>{at}<td>{} {}<td>{}",
            Escaped(&record.method),
            Escaped(&target),
            record.status
        );
    }
    out + "</table>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_page_is_small_and_names_no_other_place() {
        let (before, after) = &*PAGE;
        let page = format!("{before}{after}");
        assert!(page.len() <= 40_000, "{} bytes", page.len());
        assert!(!page.contains("{{"), "every place is filled");
        let svg = page.matches("http://www.w3.org/2000/svg").count();
        assert!(page.matches("http://").count() == svg && !page.contains("https://"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("insertAdjacentHTML"));
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}
