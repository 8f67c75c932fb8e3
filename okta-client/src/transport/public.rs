//! Which addresses are on the open internet. Pure: whoever lets others name the host must not be led into its own network.
//!
//! **Source**: IANA, "IPv4 / IPv6 Special-Purpose Address Registry".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A host's name leads into a private network, or nowhere.
#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
pub(crate) struct NoPublicAddress;

/// The public ones of a name's addresses. One that is private spoils the rest: no honest org has both.
pub(crate) fn all_public(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NoPublicAddress> {
    let good = !addresses.is_empty() && addresses.iter().all(|address| is_public(address.ip()));
    if good { Ok(addresses) } else { Err(NoPublicAddress) }
}

pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] | [224..=255, ..] => true,
        // Shared by a provider's customers; link-local, where clouds keep their metadata; private.
        [100, 64..=127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] => true,
        // Protocol assignments, documentation, 6to4 relays, benchmarks.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            true
        }
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, .., high, low] = address.segments();
    let embedded = || {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // An IPv4 address as IPv6 writes it, and as a translator (NAT64) does.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => embedded(),
        // Global unicast, but for protocol assignments (Teredo among them), documentation and 6to4.
        [0x2000..=0x3fff, ..] => {
            !matches!((first, second), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xb22_only_addresses_of_the_open_internet_are_public() {
        for public in [
            "8.8.8.8",
            "52.10.0.1",
            "100.63.255.255",
            "100.128.0.0",
            "169.253.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(special.parse().expect("an address")), "{special}");
        }
    }

    #[test]
    fn xb22_a_name_that_also_leads_inside_is_not_followed_outside() {
        let at = |addresses: &[&str]| {
            let addresses =
                addresses.iter().map(|address| SocketAddr::new(address.parse().expect("one"), 443));
            all_public(addresses.collect()).map(|all| all.len()).ok()
        };
        assert_eq!(at(&["8.8.8.8", "2606:4700::1111"]), Some(2));
        assert_eq!(at(&["8.8.8.8", "10.0.0.1"]), None);
        assert_eq!(at(&[]), None);
    }
}
