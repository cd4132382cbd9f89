//! Connection: where a request comes from, and how. Every request carries it as an extension, `Arc<Connection>`.

use http::request::Parts;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio_rustls::rustls::{CommonState, ProtocolVersion};

/// An accepted connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Address of the other end; no header can change it.
    pub address: IpAddr,
    /// `None` without TLS.
    pub tls: Option<TlsSession>,
}

impl Connection {
    /// One that nothing is known of.
    const UNKNOWN: Self = Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), tls: None };

    /// That of a request; the address is the IPv4 one where it is mapped into IPv6.
    pub fn of(head: &Parts) -> Self {
        let mut found = head.extensions.get::<Arc<Self>>().map_or(Self::UNKNOWN, |found| (**found).clone());
        found.address = found.address.to_canonical();
        found
    }
}

/// What was agreed on in the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSession {
    /// `TLSv1.2`, `TLSv1.3`.
    pub version: &'static str,
    /// As OpenSSL names it: `ECDHE-RSA-AES128-GCM-SHA256`, `TLS_AES_128_GCM_SHA256`.
    pub cipher: String,
}

impl TlsSession {
    pub(crate) fn of(state: &CommonState) -> Self {
        let version = match state.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "",
        };
        let cipher = state.negotiated_cipher_suite();
        let cipher = cipher.map(|suite| openssl_name(&format!("{:?}", suite.suite()))).unwrap_or_default();
        Self { version, cipher }
    }
}

/// From rustls's name of a cipher suite.
fn openssl_name(name: &str) -> String {
    if let Some(name) = name.strip_prefix("TLS13_") {
        return format!("TLS_{name}");
    }
    let name = name.trim_start_matches("TLS_").replace("_WITH_", "_").replace('_', "-");
    let name = name.replace("AES-128", "AES128").replace("AES-256", "AES256");
    name.replace("CHACHA20-POLY1305-SHA256", "CHACHA20-POLY1305")
}

#[cfg(test)]
mod tests {
    use super::openssl_name;

    #[test]
    fn ciphers_have_the_names_that_s3_logs() {
        let cases = [
            ("TLS13_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ];
        for (name, expected) in cases {
            assert_eq!(openssl_name(name), expected);
        }
    }
}
