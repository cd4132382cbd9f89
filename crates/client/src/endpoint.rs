//! Endpoint: where a store is, and how bucket and key become an address.

use drystone_wire::encoding::encode_path;
use std::net::IpAddr;

/// How a bucket is named in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// `https://host/bucket/key`.
    Path,
    /// `https://bucket.host/key`.
    Virtual,
}

/// A store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    is_https: bool,
    /// Host and port, as `Host` names them.
    authority: String,
    /// What stands before the bucket, without a slash at its end; mostly empty.
    base_path: String,
    addressing: Addressing,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host and port.
    pub authority: String,
    /// Percent-encoded path, starting with `/`.
    pub path: String,
}

/// An endpoint that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no endpoint, as http://127.0.0.1:9000 and https://s3.example.com are")]
pub struct EndpointError(pub String);

impl Endpoint {
    /// Reads a URL: `http` or `https`, a host, perhaps a port and a path. Custom endpoints use path style.
    ///
    /// # Errors
    /// [`EndpointError`] when it is none.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError(url.to_owned());
        let uri: http::Uri = url.parse().map_err(|_| wrong())?;
        let is_https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or_else(wrong)?;
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(wrong());
        }
        let default_port = if is_https { 443 } else { 80 };
        let authority = match authority.port_u16() {
            Some(port) if port == default_port => authority.host().to_owned(),
            _ => authority.as_str().to_owned(),
        };
        let base_path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { is_https, authority, base_path, addressing: Addressing::Path })
    }

    /// AWS's own endpoint of a region, in virtual-hosted style.
    pub fn aws(region: &str) -> Self {
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        Self {
            is_https: true,
            authority: format!("s3.{region}.{suffix}"),
            base_path: String::new(),
            addressing: Addressing::Virtual,
        }
    }

    /// The same with another way to name buckets.
    pub fn with_addressing(self, addressing: Addressing) -> Self {
        Self { addressing, ..self }
    }

    /// Is it HTTPS?
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Is it this machine, so that nobody can listen on the way?
    pub fn is_loopback(&self) -> bool {
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, _)| host);
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// `http://127.0.0.1:9000`, for messages and the journal.
    pub fn url(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority, self.base_path)
    }

    /// Where a bucket (or the list of buckets) and perhaps a key are. Names that cannot be part of a host, and over HTTPS those
    /// with dots, which no wildcard certificate covers, are named in the path.
    pub fn address(&self, bucket: Option<&str>, key: Option<&str>) -> Address {
        let key = key.map(encode_path).unwrap_or_default();
        let base = &self.base_path;
        match bucket {
            None => Address { authority: self.authority.clone(), path: format!("{base}/") },
            Some(bucket) if self.is_in_host(bucket) => {
                Address { authority: format!("{bucket}.{}", self.authority), path: format!("{base}/{key}") }
            }
            Some(bucket) => {
                let slash = if key.is_empty() { "" } else { "/" };
                let path = format!("{base}/{}{slash}{key}", encode_path(bucket));
                Address { authority: self.authority.clone(), path }
            }
        }
    }

    fn is_in_host(&self, bucket: &str) -> bool {
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = bucket.len() <= 63 && bucket.chars().all(|c| label(c) || (c == '.' && !self.is_https));
        self.addressing == Addressing::Virtual && fits && !self.is_ip()
    }

    fn is_ip(&self) -> bool {
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, _)| host);
        self.authority.starts_with('[') || host.parse::<IpAddr>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Addressing, Endpoint};

    #[test]
    fn b225_addresses_by_path_and_by_host() {
        let cases = [
            (
                "http://127.0.0.1:9000",
                Addressing::Path,
                Some("b"),
                Some("a b/c"),
                "127.0.0.1:9000",
                "/b/a%20b/c",
            ),
            ("http://127.0.0.1:9000", Addressing::Virtual, Some("b"), Some("k"), "127.0.0.1:9000", "/b/k"),
            ("http://s3.test/", Addressing::Virtual, Some("b.c"), Some("k"), "b.c.s3.test", "/k"),
            ("https://s3.test", Addressing::Virtual, Some("b.c"), Some("k"), "s3.test", "/b.c/k"),
            ("https://s3.test:443", Addressing::Virtual, Some("b"), None, "b.s3.test", "/"),
            ("https://s3.test:444/x/", Addressing::Path, Some("b"), None, "s3.test:444", "/x/b"),
            ("https://s3.test", Addressing::Path, None, None, "s3.test", "/"),
            ("https://s3.test", Addressing::Path, Some("b"), Some("../x"), "s3.test", "/b/../x"),
        ];
        for (url, addressing, bucket, key, authority, path) in cases {
            let address = Endpoint::parse(url).unwrap().with_addressing(addressing).address(bucket, key);
            assert_eq!((address.authority.as_str(), address.path.as_str()), (authority, path), "{url}");
        }
        assert_eq!(
            Endpoint::aws("eu-west-1").address(Some("b"), Some("k")).authority,
            "b.s3.eu-west-1.amazonaws.com"
        );
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for url in ["", "127.0.0.1:9000", "ftp://x", "http://", "http://u:p@h", "http://h?x=1", "/x"] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn loopback_is_known() {
        for (url, loopback) in [
            ("http://127.0.0.1:9000", true),
            ("http://[::1]:9000", true),
            ("http://localhost", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(Endpoint::parse(url).unwrap().is_loopback(), loopback, "{url}");
        }
    }
}
