//! Any Event Hook body: never a panic; what is accepted stands in the body byte for byte; what is refused is kept.
#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use okta_ingest::Org;
use okta_ingest::receive::{EventHook, Secrets};

const SECRET: &str = "the-secret-of-the-fuzzer";

fuzz_target!(|data: &[u8]| {
    let org = Org::new("example.okta.com").expect("a host");
    let hook = EventHook::new(org, Secrets::new(&SECRET.into()).expect("long enough"));
    let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(SECRET))]);
    let reading =
        hook.authenticate(&headers).expect("the secret is right").read(Bytes::copy_from_slice(data));
    for event in reading.batch.events() {
        assert!(data.windows(event.raw().len()).any(|window| window == &event.raw()[..]));
    }
    let status = reading.answer.status().as_u16();
    assert!(status == 204 || !reading.batch.quarantined().is_empty());
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let mut headers = headers;
        headers.insert("x-okta-verification-challenge", value);
        assert!(matches!(hook.answer_challenge(&headers).status().as_u16(), 200 | 400));
    }
});
