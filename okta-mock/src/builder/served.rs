//! Where a fake is served, and by what address it calls itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Builder, StartError};

impl Builder {
    /// The address of the socket. Default `127.0.0.1:0`, a free port of this machine only.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The origin by which clients reach the fake, for example `https://okta.test:8443`: where a port is mapped, in a
    /// container, behind a proxy. It is what [`OktaMock::url`](crate::OktaMock::url), every link and every token say,
    /// and `/_mock` answers to its name. Default: the address of the socket; one that stands for all addresses of the
    /// machine, such as `0.0.0.0`, is called by its loopback address.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] when it is more or less than an http or https origin.
    pub fn public_url(mut self, url: &str) -> Result<Self, StartError> {
        // Not repeated: there may be a password in it.
        let wrong = || StartError::Setup {
            what: "public url",
            wrong: "expected scheme, host and port alone, such as https://okta.test:8443".to_owned(),
        };
        let url = url::Url::parse(url).map_err(|_| wrong())?;
        let origin = url.origin().ascii_serialization();
        if !matches!(url.scheme(), "http" | "https") || url.as_str() != format!("{origin}/") {
            return Err(wrong());
        }
        self.hosts.extend(url.host_str().map(str::to_owned));
        self.public_url = Some(origin);
        Ok(self)
    }

    /// One more name in `Host` under which `/_mock` answers over a socket. Addresses, `localhost`, names without a dot and
    /// names under private domains (`.test`, `.local`, `.internal`, …) need no leave; any other could be a web page's
    /// own name, pointed at this machine.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }
}

/// How a client of this machine reaches a socket.
pub(super) fn origin(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_address_is_called_by_its_loopback_address() {
        for (address, url) in [
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:81", "http://[::1]:81"),
            ("192.168.0.7:82", "http://192.168.0.7:82"),
            ("[::1]:83", "http://[::1]:83"),
        ] {
            assert_eq!(origin(address.parse().expect("an address")), url);
        }
    }

    #[test]
    fn a_public_url_is_an_origin_and_no_more() {
        for (url, origin) in [
            ("https://okta.ci.acme.com", "https://okta.ci.acme.com"),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
            ("HTTP://OKTA:8080", "http://okta:8080"),
        ] {
            let builder = Builder::default().public_url(url).expect("an origin");
            assert_eq!(builder.public_url.as_deref(), Some(origin));
        }
        for url in
            ["okta.ci", "ftp://okta.test", "http://", "http://a.test/b", "http://a.test/?b", "http://a:b@c"]
        {
            let error = Builder::default().public_url(url).expect_err(url).to_string();
            assert!(error.starts_with("public url: expected ") && !error.contains(url), "{error}");
        }
    }
}
