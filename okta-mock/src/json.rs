//! Writes JSON text straight into a `String`.
//!
//! Users, groups and log events are rendered once and served many times; building a `serde_json::Value` first
//! would cost more than everything else a list request does. Each function appends one member; the first member
//! of an object is written without a comma by giving it to [`open`].

use std::fmt::Write as _;

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    // Nearly every text is plain; looking at all of it without stopping is what processors are quick at.
    let special = |found: bool, byte: u8| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    if !text.bytes().fold(false, special) {
        out.push_str(text);
        return out.push('"');
    }
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        if escaped.is_empty() {
            push(out, format_args!("\\u{byte:04x}"));
        } else {
            out.push_str(escaped);
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Appends `{"key":"text"`.
pub(crate) fn open(out: &mut String, key: &str, text: &str) {
    out.push_str("{\"");
    out.push_str(key);
    out.push_str("\":");
    string(out, text);
}

/// Appends `,"key":"text"`.
pub(crate) fn text(out: &mut String, key: &str, value: &str) {
    raw(out, key, "");
    string(out, value);
}

/// Appends `,"key":"text"`, or `,"key":null`.
pub(crate) fn maybe(out: &mut String, key: &str, value: Option<&str>) {
    match value {
        Some(value) => text(out, key, value),
        None => raw(out, key, "null"),
    }
}

/// Appends `,"key":` and then `json` as it is.
pub(crate) fn raw(out: &mut String, key: &str, json: &str) {
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":");
    out.push_str(json);
}

/// Appends a number in sixteen hexadecimal digits.
pub(crate) fn hex(out: &mut String, value: u64) {
    let digit = |n: u32| char::from(b"0123456789abcdef"[((value >> (60 - 4 * n)) & 15) as usize]);
    out.extend((0..16).map(digit));
}

/// Appends formatted text.
pub(crate) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_reads_back_as_it_was() {
        for text in ["", "plain", "\"quoted\\\"", "line\nbreak\ttab\r", "\u{1}\u{1f}", "Zoë 李 🦀", "\u{7f}"]
        {
            let mut out = String::new();
            string(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&out).expect("valid JSON"), text);
        }
    }
}
