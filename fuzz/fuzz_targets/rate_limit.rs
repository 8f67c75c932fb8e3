//! Any rate-limit headers: reading them never panics.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 5] =
    ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "retry-after", "date"];

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    for (index, value) in data.split(|byte| *byte == b'\n').take(10).enumerate() {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(NAMES[index % NAMES.len()]), value);
        }
    }
    let _ = okta_client::rate_limit::RateLimit::from_headers(&headers);
});
