//! What conduct is judged by, in a few words each, for whoever reads a judgement.

use serde_json::{Value, json};

const LINTS: [(&str, &str); 16] = [
    ("L01", "next links are followed as given"),
    ("L02", "a cursor stays with its query"),
    ("L03", "a used-up bucket is left alone until its reset"),
    ("L04", "no more requests at once than the org allows"),
    ("L05", "a pause before trying again"),
    ("L06", "the log is polled by next, not by time"),
    ("L07", "the log is not polled faster than is useful"),
    ("L08", "a POST of unknown fate is not repeated"),
    ("L09", "credentials stay with the org"),
    ("L10", "no list followed by every row by itself"),
    ("L11", "long lists in the largest pages"),
    ("L12", "requests say what sends them"),
    ("L13", "receivers answer pushes with 2xx in time"),
    ("L14", "a refusal is not taken for a hiccup"),
    ("L15", "a restart reads again what may be stored late"),
    ("L16", "no search right after a write"),
];

/// `GET /_mock/conduct/lints`.
pub(super) fn show() -> Value {
    let show = |(code, what): &(&str, &str)| json!({ "code": code, "what": what });
    json!({ "lints": LINTS.iter().map(show).collect::<Vec<_>>() })
}
