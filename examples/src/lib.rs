//! What more than one example needs.

pub mod audit;
