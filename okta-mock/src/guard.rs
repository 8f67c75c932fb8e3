//! Who may steer a fake over a socket: any program, and the fake's own page in a browser. Not a web page from elsewhere.
//!
//! `/_mock` asks for no credentials, so a page on the internet must not reach it through the browser of whoever looks at
//! that page. Two rules see to it. A request that changes something and has an `Origin` must come from the origin it goes
//! to, or from the one that the fake was told is its own; browsers always send one, curl and test clients send none. And `Host` must be a name that nobody on the internet
//! can point at this machine (DNS rebinding), or one that was allowed: an IP address, `localhost`, a name without a dot
//! such as a container's, or one under a domain that is reserved for private use. Pure.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Method};

/// Domains that no registry gives out (RFC 2606, RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`).
const PRIVATE: [&str; 7] =
    [".localhost", ".test", ".example", ".invalid", ".local", ".internal", ".home.arpa"];

/// The names that a fake may be called by, beside those that need no leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    /// The fake's own origin, where a proxy in front of it changes `Host`.
    public_url: Option<String>,
}

impl Guard {
    pub(crate) fn allowing(hosts: Vec<String>, public_url: Option<String>) -> Self {
        Self { hosts, public_url }
    }

    /// Why a request may not reach `/_mock`; `None` when it may.
    pub(crate) fn refusal(&self, method: &Method, headers: &HeaderMap) -> Option<String> {
        let host = text(headers, &HOST)?;
        if !self.allows(host) {
            return Some(format!(
                "Host: {host:?} could be anybody's name for this machine; use an address or localhost, or start with \
                 --allow-host"
            ));
        }
        if *method == Method::GET || *method == Method::HEAD {
            return None;
        }
        let origin = text(headers, &ORIGIN)?;
        let own = origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
        let own = own || self.public_url.as_deref() == Some(origin);
        (!own).then(|| format!("Origin: {origin:?} may not steer this fake, only its own page may"))
    }

    fn allows(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        !name.contains('.')
            || name.parse::<IpAddr>().is_ok()
            || PRIVATE.iter().any(|domain| name.ends_with(domain))
            || self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name))
    }
}

/// A header; one that is not text is a name nobody allowed.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("unreadable."))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn refused(method: Method, host: &'static str, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
        let public_url = Some("https://okta.ci.acme.com".to_owned());
        Guard::allowing(vec!["okta.ci.acme.com".to_owned()], public_url).refusal(&method, &headers).is_some()
    }

    #[test]
    fn only_names_that_nobody_can_point_here_are_taken() {
        for host in [
            "127.0.0.1:8080",
            "[::1]:8080",
            "192.168.0.7",
            "localhost:1",
            "okta-mock:8080",
            "LocalHost.",
            "okta.test",
            "host.docker.internal:80",
            "okta.ci.acme.com:80",
            "[::1]",
        ] {
            assert!(!refused(Method::GET, host, None), "{host}");
        }
        for host in
            ["rebound.attacker.com:8080", "127.0.0.1.attacker.com", "okta.com.", "1.2.3.4.5", "test.com"]
        {
            assert!(refused(Method::GET, host, None), "{host}");
        }
    }

    #[test]
    fn a_change_comes_from_the_fakes_own_page_or_from_no_page() {
        for (method, origin, refusal) in [
            (Method::POST, None, false),
            (Method::POST, Some("http://127.0.0.1:8080"), false),
            (Method::POST, Some("http://127.0.0.1:8081"), true),
            // Its public URL, as the page behind a proxy sends it.
            (Method::POST, Some("https://okta.ci.acme.com"), false),
            (Method::POST, Some("http://okta.ci.acme.com"), true),
            (Method::PUT, Some("https://attacker.com"), true),
            (Method::DELETE, Some("null"), true),
            (Method::POST, Some("http://127.0.0.1"), true),
            (Method::POST, Some(""), true),
            // Nothing changes, and without CORS headers no page elsewhere may read the answer.
            (Method::GET, Some("https://attacker.com"), false),
        ] {
            assert_eq!(refused(method.clone(), "127.0.0.1:8080", origin), refusal, "{method} {origin:?}");
        }
        assert!(Guard::default().refusal(&Method::POST, &HeaderMap::new()).is_none(), "HTTP/1.0 has no Host");
    }
}
