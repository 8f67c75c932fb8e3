//! Where in a JSON document a place is: `/profile/login` for line 1, column 40. Pure.
//!
//! Looked for only when something could not be decoded, so the parser that runs for every item need not keep track.

/// What encloses the place, from the outside in.
enum Within<'a> {
    Object { key: Option<&'a str>, value: bool },
    Array { index: usize },
}

/// The JSON pointer (RFC 6901) to the value that the parser was at, or had just read. Keys stand as they were written.
pub(super) fn at(text: &str, line: usize, column: usize) -> String {
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    let end = start.saturating_add(column).min(text.len());
    // What is behind the place has nothing to say.
    let text = text.get(..end).unwrap_or(text);
    let mut stack = Vec::new();
    let bytes = text.as_bytes();
    let mut here = 0;
    while here < end {
        match bytes[here] {
            b'"' => {
                let string = string(text, here + 1);
                if let Some(Within::Object { key, value: false }) = stack.last_mut() {
                    *key = Some(string);
                }
                here += string.len() + 1;
            }
            b'{' => stack.push(Within::Object { key: None, value: false }),
            b'[' => stack.push(Within::Array { index: 0 }),
            b'}' | b']' => drop(stack.pop()),
            b':' => {
                if let Some(Within::Object { value, .. }) = stack.last_mut() {
                    *value = true;
                }
            }
            b',' => match stack.last_mut() {
                Some(Within::Object { key, value }) => (*key, *value) = (None, false),
                Some(Within::Array { index }) => *index += 1,
                None => {}
            },
            _ => {}
        }
        here += 1;
    }
    stack.iter().fold(String::new(), |path, within| match within {
        Within::Object { key: Some(key), .. } => path + "/" + &key.replace('~', "~0").replace('/', "~1"),
        Within::Object { key: None, .. } => path,
        Within::Array { index } => format!("{path}/{index}"),
    })
}

/// The text of the string that begins here, up to its closing quote or the end.
fn string(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    let mut escaped = false;
    let end = rest.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_path_of_the_value_it_is_in_or_behind() {
        for (text, path) in [
            (r#"{"id":7"#, "/id"),
            (r#"{"id":"1","profile":{"a":[{"x":1},{"y":"#, "/profile/a/1/y"),
            (r#"{"id":"1","profile":{"login":["a"]"#, "/profile/login"),
            (r#"{"id":"1","profile":{"a":1}"#, "/profile"),
            (r#"{"id":"1","pro"#, "/pro"),
            (r#"{"a,\"{b":"x\\","c/d~e":tru"#, "/c~1d~0e"),
            ("{\n \"id\":\n  7", "/id"),
            ("[1,2,", "/2"),
            ("", ""),
            ("}}]],:", ""),
        ] {
            let (line, column) = (text.lines().count(), text.lines().last().map_or(0, str::len));
            assert_eq!(at(text, line, column), path, "{text}");
            assert_eq!(at(&format!("{text} , \"later\": {{"), line, column), path, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_and_no_place_stop_it(text in "[\\[\\]{}:,\"\\\\a-cé\n]{0,60}", line in 0..9_usize, column: usize) {
            at(&text, line, column);
        }
    }
}
