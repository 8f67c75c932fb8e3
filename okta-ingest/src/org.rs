//! The org that an event belongs to: part of every key, so that two tenants can never suppress each other's events.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An Okta org, named by the host it answers on (`example.okta.com`; with its port if that is not the default one).
///
/// **Shape**: lower-case host, optionally `:port`. Two spellings of one host are one org.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Org(Arc<str>);

/// The text does not name a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the host of an Okta org; expected something like \"example.okta.com\"")]
pub struct InvalidOrg(String);

impl Org {
    /// Checks and normalises a host.
    ///
    /// # Errors
    /// [`InvalidOrg`] if the text is empty, longer than 255 bytes or holds anything but host characters and a port.
    pub fn new(host: &str) -> Result<Self, InvalidOrg> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if host.is_empty() || host.len() > 255 || !host.chars().all(allowed) {
            return Err(InvalidOrg(host));
        }
        Ok(Self(host.into()))
    }

    /// The org that a client talks to.
    pub fn of(client: &okta_client::Client) -> Self {
        let url = client.org_url();
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Self(format!("{host}{port}").into())
    }

    /// The host, with its port if there is one.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first label of the host: what Okta calls the subdomain (`example` of `example.okta.com`).
    pub fn subdomain(&self) -> &str {
        self.0.split(['.', ':']).next().unwrap_or_default()
    }
}

impl fmt::Display for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Org({})", self.0)
    }
}

impl FromStr for Org {
    type Err = InvalidOrg;

    fn from_str(text: &str) -> Result<Self, InvalidOrg> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_host_are_one_org() {
        assert_eq!(Org::new("Example.OKTA.com.").unwrap(), Org::new("example.okta.com").unwrap());
        assert_eq!(Org::new("example.okta.com").unwrap().subdomain(), "example");
    }

    #[test]
    fn what_is_not_a_host_is_refused_and_named() {
        for bad in ["", "https://example.okta.com", "a b", "example.okta.com/x", "é.okta.com"] {
            assert!(Org::new(bad).is_err(), "{bad}");
        }
        assert!(Org::new("a b").unwrap_err().to_string().contains("\"a b\""));
    }
}
