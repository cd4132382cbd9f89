//! Peer: whom a request is from. That is the other end of its connection, unless that is a listed proxy (S26).

use http::HeaderMap;
use http::request::Parts;
use std::net::IpAddr;

use crate::connection::Connection;

/// Whom a request is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Did the request leave it by TLS?
    pub is_tls: bool,
    /// Version of TLS, where the connection ends here.
    pub tls_version: Option<&'static str>,
}

/// Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<Network>);

#[derive(Clone, Copy, Debug)]
struct Network {
    bits: u128,
    len: u8,
}

impl TrustedProxies {
    /// Reads addresses and ranges (`10.0.0.0/8`), separated by commas. `None` when one is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(Network::parse).collect::<Option<_>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        self.0.iter().any(|network| network.covers(bits))
    }

    /// Whom the request is from: the connection's other end; or, behind proxies that are trusted, the last address of
    /// X-Forwarded-For that is not one of them.
    pub fn client(&self, head: &Parts) -> Peer {
        let connection = Connection::of(head);
        let tls_version = connection.tls.as_ref().map(|tls| tls.version);
        let peer = Peer { address: connection.address, is_tls: tls_version.is_some(), tls_version };
        if !self.trusts(peer.address) {
            return peer;
        }
        let is_tls = match last(&head.headers, "x-forwarded-proto") {
            Some(scheme) => scheme.eq_ignore_ascii_case("https"),
            None => peer.is_tls,
        };
        let mut address = peer.address;
        for hop in hops(&head.headers) {
            let Some(hop) = hop else { break }; // what stands before it cannot be believed either
            address = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        Peer { address, is_tls, tls_version: None }
    }
}

/// The addresses of X-Forwarded-For, from the nearest; `None` for what is none.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let values: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or("?")).collect();
    let hops: Vec<Option<IpAddr>> = values.iter().flat_map(|value| value.split(',')).map(parse_hop).collect();
    hops.into_iter().rev()
}

/// `192.0.2.1`, `192.0.2.1:1234`, `2001:db8::1` or `[2001:db8::1]:1234`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let socket = text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    let plain = text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    socket.or(plain).map(|address: IpAddr| address.to_canonical())
}

fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, len) = match text.split_once('/') {
            Some((address, len)) => (address.parse::<IpAddr>().ok()?, Some(len.parse::<u8>().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let (width, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let len = len.unwrap_or(width);
        (len <= width).then(|| Self { bits: bits(address), len: before + len })
    }

    fn covers(self, bits: u128) -> bool {
        let differing = (self.bits ^ bits).leading_zeros();
        differing >= u32::from(self.len)
    }
}

/// An address as 128 bits; IPv4 as it is mapped into IPv6.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::TrustedProxies;
    use crate::connection::{Connection, TlsSession};
    use http::Request;
    use std::sync::Arc;

    fn client(proxies: &str, from: &str, forwarded: &[&str]) -> String {
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        head.extensions.insert(Arc::new(Connection { address: from.parse().unwrap(), tls: None }));
        TrustedProxies::parse(proxies).unwrap().client(&head).address.to_string()
    }

    #[test]
    fn s26_only_listed_proxies_speak_for_others() {
        let cases = [
            ("", "192.0.2.1", &["10.9.9.9"][..], "192.0.2.1"),
            ("10.0.0.1", "192.0.2.1", &["10.9.9.9"], "192.0.2.1"),
            ("10.0.0.1", "10.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", "10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", &["1.2.3.4, 192.0.2.7, 10.5.5.5"], "192.0.2.7"),
            ("10.0.0.0/8", "10.0.0.1", &["1.2.3.4", "192.0.2.7", "10.5.5.5"], "192.0.2.7"),
            ("10.0.0.0/8", "10.0.0.1", &["10.1.1.1"], "10.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", &["192.0.2.7, nonsense, 10.5.5.5"], "10.5.5.5"),
            ("10.0.0.1", "::ffff:10.0.0.1", &["192.0.2.7:1234"], "192.0.2.7"),
            ("2001:db8::/32", "2001:db8::1", &["[2001:db9::1]:443"], "2001:db9::1"),
            ("0.0.0.0/0", "192.0.2.1", &["198.51.100.1"], "198.51.100.1"),
        ];
        for (proxies, from, forwarded, expected) in cases {
            assert_eq!(client(proxies, from, forwarded), expected, "{proxies} {from} {forwarded:?}");
        }
        for bad in ["x", "10.0.0.0/33", "10.0.0.0/", "::/129"] {
            assert!(TrustedProxies::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn s26_the_scheme_is_the_proxys_word_too() {
        let tls = |proxies: &str, is_tls: bool, scheme: &str| {
            let request = Request::builder().header("x-forwarded-proto", scheme);
            let (mut head, ()) = request.body(()).unwrap().into_parts();
            let session = || TlsSession { version: "TLSv1.3", cipher: String::new() };
            let connection = Connection { address: "10.0.0.1".parse().unwrap(), tls: is_tls.then(session) };
            head.extensions.insert(Arc::new(connection));
            TrustedProxies::parse(proxies).unwrap().client(&head).is_tls
        };
        assert!(tls("10.0.0.1", false, "https"));
        assert!(!tls("", false, "https"));
        assert!(!tls("10.0.0.1", true, "http"));
        assert!(!tls("10.0.0.1", false, "https, http"));
    }
}
