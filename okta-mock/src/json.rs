//! Writes JSON text straight into a `String` or a [`Sheet`].
//!
//! Users, groups and log events are rendered once and served many times; building a `serde_json::Value` first
//! would cost more than everything else a list request does. Each function appends one member; the first member
//! of an object is written without a comma by giving it to [`open`].

use std::fmt::Write;

use serde_json::Value;

use crate::sheet::Sheet;

/// What text is appended to.
pub(crate) trait Out: Write {
    fn push_str(&mut self, text: &str);

    fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }
}

impl Out for String {
    fn push_str(&mut self, text: &str) {
        Self::push_str(self, text);
    }
}

impl Out for Sheet {
    fn push_str(&mut self, text: &str) {
        Sheet::push(self, text.as_bytes());
    }
}

impl Write for Sheet {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        Sheet::push(self, text.as_bytes());
        Ok(())
    }
}

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn string(out: &mut impl Out, text: &str) {
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
pub(crate) fn open(out: &mut impl Out, key: &str, text: &str) {
    out.push_str("{\"");
    out.push_str(key);
    out.push_str("\":");
    string(out, text);
}

/// Appends `,"key":"text"`.
pub(crate) fn text(out: &mut impl Out, key: &str, value: &str) {
    raw(out, key, "");
    string(out, value);
}

/// Appends `,"key":"text"`, or `,"key":null`.
pub(crate) fn maybe(out: &mut impl Out, key: &str, value: Option<&str>) {
    match value {
        Some(value) => text(out, key, value),
        None => raw(out, key, "null"),
    }
}

/// Appends `,"key":` and then `json` as it is.
pub(crate) fn raw(out: &mut impl Out, key: &str, json: &str) {
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":");
    out.push_str(json);
}

/// Appends a number in sixteen hexadecimal digits.
pub(crate) fn hex(out: &mut impl Out, value: u64) {
    let digits = digits_of(value);
    out.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}

/// Sixteen hexadecimal digits.
pub(crate) fn digits_of(value: u64) -> [u8; 16] {
    // Each half byte in a byte of its own, all sixteen at once; letters are 39 further on than digits.
    let spread = |half: u64| {
        let pairs = (half | half << 16) & 0x0000_ffff_0000_ffff;
        let bytes = (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff;
        let halves = (bytes | bytes << 4) & 0x0f0f_0f0f_0f0f_0f0f;
        let letters = (halves + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
        (halves + 0x3030_3030_3030_3030 + letters * 39).to_be_bytes()
    };
    let mut digits = [b'0'; 16];
    digits[..8].copy_from_slice(&spread(value >> 32));
    digits[8..].copy_from_slice(&spread(value & 0xffff_ffff));
    digits
}

/// Appends any value.
pub(crate) fn value(out: &mut impl Out, value: &Value) {
    match value {
        Value::String(text) => string(out, text),
        Value::Null => out.push_str("null"),
        Value::Object(members) => object(out, members),
        other => push(out, format_args!("{other}")),
    }
}

/// Appends an object.
pub(crate) fn object(out: &mut impl Out, members: &serde_json::Map<String, Value>) {
    out.push('{');
    for (n, (key, member)) in members.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        string(out, key);
        out.push(':');
        value(out, member);
    }
    out.push('}');
}

/// Appends formatted text.
pub(crate) fn push(out: &mut impl Out, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for value in [0, 1, 0x0123_4567_89ab_cdef, 0x9a9a_afaf_0099_aaff, u64::MAX] {
            assert_eq!(digits_of(value).to_vec(), format!("{value:016x}").into_bytes());
        }
    }

    #[test]
    fn any_value_reads_back_as_it_was() {
        let value = serde_json::json!({
            "a\"b": null, "": [1, "x\n", {}], "deep": { "deeper": { "t": true, "n": -1.5e300 } },
        });
        let mut out = String::new();
        super::value(&mut out, &value);
        assert_eq!(serde_json::from_str::<Value>(&out).expect("valid JSON"), value);
    }

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
