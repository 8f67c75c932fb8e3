//! Tells nothing: the feature `metrics` is off. The functions are those of `telemetry.rs`.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::rate_limit::RateLimit;

pub(crate) fn answered(_: &Method, _: &str, _: Option<StatusCode>, _: Duration) {}

pub(crate) fn waited(_: &'static str, _: Duration) {}

pub(crate) fn retried(_: &Method, _: &str) {}

pub(crate) fn limit(_: &'static str, _: StatusCode, _: &RateLimit) {}
