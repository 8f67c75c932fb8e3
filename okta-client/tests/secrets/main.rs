//! Nothing that the client prints holds a piece of a secret: not an error, not a Debug, not a span or event at any level, not a panic. For
//! every kind of credential, against an org that sends everything it gets back in every place an answer has.
#![cfg(feature = "oauth")]

mod failures;
mod keys;
mod kinds;
mod programs;
mod scan;
mod spans;
#[path = "../support/mod.rs"]
mod support;
mod way;

use std::panic::AssertUnwindSafe;

use self::scan::Scan;

#[test]
fn the_scan_finds_what_it_looks_for() {
    let scan = Scan::default();
    scan.secret("0123456789abcdef");
    scan.print("… 456789ab …");
    let found = std::panic::catch_unwind(AssertUnwindSafe(|| scan.assert_clean(1)));
    assert!(found.is_err());
}
