//! Waits, retries, reading ahead and the endless reading, on a paused clock: the transport is a function, time costs nothing.

mod bad_days;
mod broken;
mod errors;
mod listings;
mod log;
mod pace;
mod positions;
mod requests;
mod retries;
mod script;
