//! Any EventBridge body: never a panic, and nothing is accepted that names another org.
#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use okta_ingest::Org;
use okta_ingest::receive::{EventBridge, Secrets};

const SECRET: &str = "the-secret-of-the-fuzzer";

fuzz_target!(|data: &[u8]| {
    let org = Org::new("example.okta.com").expect("a host");
    let bridge = EventBridge::new(org, Secrets::new(&SECRET.into()).expect("long enough"));
    let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(SECRET))]);
    let reading =
        bridge.authenticate(&headers).expect("the secret is right").read(Bytes::copy_from_slice(data));
    let ours = b"aws.partner/okta.com/example/";
    if reading.answer.status() == 204 && !data.contains(&b'\\') {
        assert!(data.windows(ours.len()).any(|window| window == ours));
    }
});
