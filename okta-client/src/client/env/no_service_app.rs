//! A private key in the configuration, where the feature that could use it is off.

use std::path::Path;

use super::{MODE, Settings};
use crate::client::ClientBuilder;
use crate::error::Error;

pub(super) fn add(
    _: ClientBuilder,
    _: Settings,
    _: &impl Fn(&Path) -> std::io::Result<String>,
) -> Result<ClientBuilder, Error> {
    Err(Error::config(MODE, "is PrivateKey, and okta-client was built without its feature `oauth`"))
}
