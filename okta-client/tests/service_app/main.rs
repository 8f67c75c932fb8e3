//! A service app against the org: tokens, proofs, nonces, clocks, refusals.
#![cfg(feature = "oauth")]

mod proofs;
mod refusals;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod tokens;

use bytes::Bytes;
use okta_mock::{Builder, OktaMock};

use self::support::Way;

fn bound() -> Builder {
    OktaMock::builder().seed(7).users(450).require_dpop(true)
}

fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Way {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Way::Answer(response.body(Bytes::from_static(body.as_bytes())).expect("a response"))
}
