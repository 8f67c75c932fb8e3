//! Any `Link` header: the parser never panics, and a target it reports stands in the input.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(line) = std::str::from_utf8(data) else { return };
    if let Ok(links) = okta_client::link::parse(line)
        && let Ok(Some(next)) = links.next()
    {
        assert!(line.contains(next));
    }
});
