//! What more than one example needs.

pub mod audit;

/// The code in the project's README compiles, and runs where it needs no real org.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
