//! Trust: whose certificates this program believes when it is the client: of webhooks, and of the server that it administers.

use crate::tls::provider;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// Where systems keep the authorities that they trust.
const SYSTEM_CERTIFICATES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// Trusts the certificates of a PEM file; the system's when none is named.
///
/// # Errors
/// What is wrong with them; `setting` names what would name a file.
pub(crate) fn connector(ca_cert: Option<&Path>, setting: &str) -> Result<TlsConnector, String> {
    Ok(TlsConnector::from(Arc::new(client_config(ca_cert, setting)?)))
}

/// The same as [`connector`], not yet a connector.
///
/// # Errors
/// The same.
pub(crate) fn client_config(ca_cert: Option<&Path>, setting: &str) -> Result<ClientConfig, String> {
    let path = match ca_cert {
        Some(path) => path.to_owned(),
        None => system_certificates(std::env::var_os("SSL_CERT_FILE"))
            .ok_or_else(|| format!("the system's certificates are not found; set {setting}"))?,
    };
    let wrong =
        |error: &dyn std::fmt::Display| format!("cannot use {} as certificates: {error}", path.display());
    let named = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let named = named.map_err(|error| wrong(&error))?;
    let chains = chains(&named).map_err(|error| wrong(&error))?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has both versions of TLS")
        .dangerous() // no check is left out: see `Named`
        .with_custom_certificate_verifier(Arc::new(Named { chains, named }))
        .with_no_client_auth();
    Ok(config)
}

/// Trusts nobody, for those who speak plain HTTP where the system has no certificates.
pub(crate) fn nobody() -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has both versions of TLS")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

/// Believes chains that end in one of these certificates.
fn chains(named: &[CertificateDer<'static>]) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(named.iter().cloned());
    if added == 0 {
        return Err("no certificate in it".into());
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
    verifier.build().map_err(|error| error.to_string())
}

/// Trusts chains to the named certificates, and the named certificates themselves: those that `openssl req -x509` signs for
/// itself say that they are authorities, and chains do not end in an authority.
#[derive(Debug)]
struct Named {
    chains: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // What has a name of its own, as an expired certificate has, stays refused.
            Err(Error::InvalidCertificate(CertificateError::Other(_))) if self.named.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// The file that `named` names if it is there, else the first of the usual ones that is.
fn system_certificates(named: Option<OsString>) -> Option<PathBuf> {
    let named = named.map(PathBuf::from);
    named.into_iter().chain(SYSTEM_CERTIFICATES.map(PathBuf::from)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::{Named, chains, connector, system_certificates};
    use std::path::Path;
    use std::time::Duration;
    use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use tokio_rustls::rustls::{CertificateError, Error};

    /// As `openssl req -x509` makes it, for 127.0.0.1, from November 2026 for ten years.
    const ONE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBfjCCASSgAwIBAgIUTaD2Hx0qP2EpwV57lSA4QOPF3ZowCgYIKoZIzj0EAwIw\n\
DDEKMAgGA1UEAwwBdDAeFw0yNjExMjIyMDAxNDJaFw0zNjExMTkyMDAxNDJaMAwx\n\
CjAIBgNVBAMMAXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATT4gP7B70U9WLR\n\
vSkbnJnXN5g673sDPrP3ICWy30fqL6twxntseAH2F6CYAr57ltmOo7I9d+3KKrdg\n\
ph23hVBno2QwYjAdBgNVHQ4EFgQUi0yqXEXfD+yE8wYQT8B757jGRxYwHwYDVR0j\n\
BBgwFoAUi0yqXEXfD+yE8wYQT8B757jGRxYwDwYDVR0TAQH/BAUwAwEB/zAPBgNV\n\
HREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIQDsUigBnP9YJc6Chny5LDca\n\
bIM5gpOqUntGxZKZMe30BwIgZBNiIQZ2WHzDiH7aWueGJG56KgHCe/IlLyXP0DpZ\n\
q7g=\n\
-----END CERTIFICATE-----\n\
";
    /// The same with another key.
    const OTHER: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBfjCCASSgAwIBAgIUWBBm0vYZnJ9lPWvncyXAvUSVejkwCgYIKoZIzj0EAwIw\n\
DDEKMAgGA1UEAwwBdTAeFw0yNjExMjIyMDAxNDJaFw0zNjExMTkyMDAxNDJaMAwx\n\
CjAIBgNVBAMMAXUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT5hGUxM3wJXGlO\n\
7k6E0IOLbQKT0sw0LhjgcuXqmYDRE7Lmd/dO+IeACdti4ccs+JgFto+h6hytUWde\n\
u+peWseQo2QwYjAdBgNVHQ4EFgQU1moWIkkiZoYVLTcy7ls/xnwoxikwHwYDVR0j\n\
BBgwFoAU1moWIkkiZoYVLTcy7ls/xnwoxikwDwYDVR0TAQH/BAUwAwEB/zAPBgNV\n\
HREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIQCp1xKjOgjfl1bDGmyWN+CK\n\
1pev87Ngyx7DuCJmmCZ7qgIgaQvjRc1fev18QwVU1A3Y3DoixFz3a9Gx1UGKFilm\n\
+oA=\n\
-----END CERTIFICATE-----\n\
";

    #[test]
    fn a_named_certificate_is_trusted_itself_for_its_names_and_its_time() {
        let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let named = vec![der(ONE)];
        let named = Named { chains: chains(&named).unwrap(), named };
        let asked = |shown: &str, name: &str, year: u64| {
            let name = ServerName::try_from(name.to_owned()).unwrap();
            let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
            named.verify_server_cert(&der(shown), &[], &name, &[], now).map(drop)
        };
        assert_eq!(asked(ONE, "127.0.0.1", 2030), Ok(()));
        for (shown, name, year) in
            [(ONE, "127.0.0.2", 2030), (ONE, "localhost", 2030), (OTHER, "127.0.0.1", 2030)]
        {
            assert!(asked(shown, name, year).is_err(), "{name} {year}");
        }
        for year in [2020, 2040] {
            let refusal = asked(ONE, "127.0.0.1", year);
            let is_other =
                matches!(refusal, Ok(()) | Err(Error::InvalidCertificate(CertificateError::Other(_))));
            assert!(!is_other, "{year}: {refusal:?}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        let error = connector(Some(Path::new("/dev/null")), "--ca-cert").err().unwrap();
        assert_eq!(error, "cannot use /dev/null as certificates: no certificate in it");
        let error = connector(Some(Path::new("/nowhere/ca.pem")), "--ca-cert").err().unwrap();
        assert!(error.contains("/nowhere/ca.pem"), "{error}");
    }

    #[test]
    fn the_system_is_trusted_through_the_file_that_the_environment_names() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(system_certificates(Some(file.path().into())).as_deref(), Some(file.path()));
        assert_ne!(system_certificates(Some("/nowhere".into())).as_deref(), Some(Path::new("/nowhere")));
    }
}
