//! The origin guard: a credential goes to the configured org and nowhere else.
//!
//! Links in answers are text from the network. Only their path and query are ever used, and only after their scheme,
//! host and port have proved to be the org's own (or a declared alias of it).

use url::{Host, Url};

use crate::cursor::Cursor;
use crate::error::{Error, PagingProblem};

/// Where requests may go.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    org: Url,
    aliases: Vec<Url>,
}

impl Origins {
    pub(crate) fn new(org: Url, aliases: Vec<Url>) -> Self {
        Self { org, aliases }
    }

    pub(crate) fn org(&self) -> &Url {
        &self.org
    }

    /// The org's URL at the path and query that `link` names, if `link` leads to this org. `base` is the URL of the answer that held it.
    pub(crate) fn follow(&self, base: &Url, link: &str) -> Result<Cursor, PagingProblem> {
        // The URL standard drops tabs and newlines in silence, and no honest link holds any.
        if link.is_empty() || link.chars().any(char::is_control) {
            return Err(PagingProblem::Malformed);
        }
        let url = base.join(link).map_err(|_| PagingProblem::Malformed)?;
        if !self.allows(&url) {
            return Err(PagingProblem::ForeignOrigin);
        }
        Cursor::of(&url).map_err(|_| PagingProblem::Malformed)
    }

    /// The org's URL for a caller's path, which may be a full URL of this org.
    pub(crate) fn resolve(&self, path: &str) -> Result<Url, Error> {
        if path.chars().any(char::is_control) {
            return Err(Error::config("path", "holds a control character"));
        }
        let url = self.org.join(path).map_err(|_| Error::config("path", "is not a path"))?;
        if !(path.starts_with('/') || path.starts_with("https://") || path.starts_with("http://")) {
            return Err(Error::config("path", "must begin with a slash"));
        }
        if !self.allows(&url) {
            return Err(Error::config("path", "leads to another origin than the org's"));
        }
        if url.fragment().is_some() {
            return Err(Error::config("path", "holds a #, which is never sent; write it as %23"));
        }
        if url.path().starts_with("//") {
            return Err(Error::config("path", "begins with two slashes"));
        }
        let mut own = self.org.clone();
        own.set_path(url.path());
        own.set_query(url.query());
        Ok(own)
    }

    /// The org's URL at a cursor.
    pub(crate) fn at(&self, cursor: &Cursor) -> Url {
        let mut url = self.org.clone();
        let (path, query) = cursor.parts();
        url.set_path(path);
        url.set_query(query);
        url
    }

    fn allows(&self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        plain && std::iter::once(&self.org).chain(&self.aliases).any(|own| own.origin() == url.origin())
    }
}

/// Checks and trims the URL of an org: scheme, host and port, nothing else.
pub(crate) fn parse_org_url(field: &'static str, text: &str) -> Result<Url, Error> {
    let url = Url::parse(text.trim()).map_err(|error| Error::Config {
        field,
        reason: "is not a URL".into(),
        source: Some(error.into()),
    })?;
    let Some(host) = url.host() else { return Err(Error::config(field, "has no host")) };
    let loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(Error::config(field, "must be https; http is for loopback only")),
        _ => return Err(Error::config(field, "must be https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::config(field, "must not hold credentials"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(Error::config(
            field,
            "must be an origin such as https://example.okta.com, without path or query",
        ));
    }
    if let Host::Domain(name) = &host
        && let Some(right) = without_admin(name)
    {
        return Err(Error::config(field, format!("names the Admin Console; the org is https://{right}")));
    }
    Ok(url)
}

/// Orgs are directly below one of these. **Source**: Okta, "Org URL domain name".
const OKTA_DOMAINS: [&str; 5] = ["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"];

/// Okta's own domains have an Admin Console host beside each org; a custom domain's labels mean nothing to us.
fn without_admin(host: &str) -> Option<String> {
    let (label, domain) = host.split_once('.')?;
    let name = label.strip_suffix("-admin")?;
    OKTA_DOMAINS.contains(&domain).then(|| format!("{name}.{domain}"))
}

/// Refuses the URL of an org, parsed before, that is neither on one of Okta's domains nor one of `custom`, or that names a port.
pub(crate) fn of_okta_or(org: &Url, custom: &[String]) -> Result<(), Error> {
    let host = org.host_str().unwrap_or_default();
    let of_okta = host.split_once('.').is_some_and(|(_, domain)| OKTA_DOMAINS.contains(&domain));
    let known = of_okta || custom.iter().any(|custom| custom.eq_ignore_ascii_case(host));
    if org.scheme() == "https" && org.port().is_none() && known {
        return Ok(());
    }
    Err(Error::config(
        "org_url",
        "is neither on a domain of Okta's nor a custom domain that is expected here",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        let url = |text| Url::parse(text).expect("a URL");
        Origins::new(url("https://acme.okta.com"), vec![url("https://id.acme.example")])
    }

    #[test]
    fn xa11_only_links_of_the_org_are_followed() {
        let origins = origins();
        let base = Url::parse("https://acme.okta.com/api/v1/users?limit=2").expect("a URL");
        for own in [
            "https://acme.okta.com/api/v1/users?after=a,b;c",
            "https://ACME.okta.com:443/api/v1/users?after=a,b;c",
            "https://id.acme.example/api/v1/users?after=a,b;c",
            "/api/v1/users?after=a,b;c",
        ] {
            let cursor = origins.follow(&base, own).expect(own);
            assert_eq!(cursor.to_string(), "/api/v1/users?after=a,b;c");
            assert_eq!(origins.at(&cursor).as_str(), "https://acme.okta.com/api/v1/users?after=a,b;c");
        }
        for foreign in [
            "https://evil.example/api/v1/users",
            "http://acme.okta.com/api/v1/users",
            "https://acme.okta.com:8443/x",
            "//evil.example/x",
            "\\\\evil.example\\x",
            "https://acme.okta.com@evil.example/x",
            "https://user@acme.okta.com/x",
            "https://acme-admin.okta.com/x",
            "https://acme.okta.com.evil.example/x",
            "https://acme.okta.com./x",
            "https://аcme.okta.com/x",
            "ftp://acme.okta.com/x",
            "javascript:alert(1)",
        ] {
            assert_eq!(origins.follow(&base, foreign), Err(PagingProblem::ForeignOrigin), "{foreign}");
        }
        for malformed in ["", "https://", "http://[::1", "/x\ty"] {
            assert_eq!(origins.follow(&base, malformed), Err(PagingProblem::Malformed), "{malformed}");
        }
    }

    #[test]
    fn a_callers_path_cannot_leave_the_org() {
        let origins = origins();
        assert_eq!(
            origins.resolve("/api/v1/org?x=1").expect("a path").as_str(),
            "https://acme.okta.com/api/v1/org?x=1"
        );
        assert_eq!(
            origins.resolve("https://id.acme.example/api/v1/org").expect("an alias").as_str(),
            "https://acme.okta.com/api/v1/org"
        );
        for path in [
            "//evil.example/x",
            "https://evil.example/x",
            "api/v1/org",
            "/x\nHost: y",
            "http://acme.okta.com/x",
            "/api/v1/users/a#b",
            "/api/v1/users?q=#1",
            "https://acme.okta.com//evil.example/x",
            "",
        ] {
            assert!(origins.resolve(path).is_err(), "{path}");
        }
    }

    #[test]
    fn xa13_xb22_where_strangers_name_the_org_only_oktas_domains_and_those_expected_are_taken() {
        let custom = ["id.acme.example".to_owned()];
        let taken = |url| of_okta_or(&parse_org_url("org_url", url).expect("an origin"), &custom).is_ok();
        for good in ["https://acme.okta.com", "https://acme.oktapreview.com:443", "https://ID.acme.example"] {
            assert!(taken(good), "{good}");
        }
        for bad in [
            "https://evil.example",
            "https://acme.okta.com.evil.example",
            "https://evilokta.com",
            "https://okta.com",
            "https://a.b.okta.com",
            "https://acme.okta.com.",
            "https://acme.okta.com:8443",
            "https://x.id.acme.example",
            "https://id.acme.example:8443",
            "https://8.8.8.8",
            "https://169.254.169.254",
            "https://[::1]",
            "http://localhost",
            "http://127.0.0.1:80",
        ] {
            assert!(!taken(bad), "{bad}");
        }
    }

    #[test]
    fn xa13_an_org_url_is_an_origin() {
        for good in [
            "https://acme.okta.com",
            "https://acme.okta.com/",
            " https://login-admin.example.com ",
            "http://127.0.0.1:1234",
            "http://localhost:1",
            "http://[::1]:2",
        ] {
            assert!(parse_org_url("org_url", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "acme.okta.com",
            "http://acme.okta.com",
            "http://10.0.0.1",
            "ftp://acme.okta.com",
            "https://u:p@acme.okta.com",
            "https://acme.okta.com/api/v1",
            "https://acme.okta.com/?x=1",
            "http://localhost.evil.example",
        ] {
            assert!(parse_org_url("org_url", bad).is_err(), "{bad}");
        }
        let admin =
            parse_org_url("org_url", "https://acme-admin.okta.com").expect_err("the console").to_string();
        assert!(admin.contains("https://acme.okta.com"), "{admin}");
    }
}
