//! TLS: certificate and key from PEM files, for HTTP/1.1 only; read again when they change, without a restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tracing::{info, warn};

use crate::Failure;

/// The certificate in use, and where it comes from.
#[derive(Debug)]
pub(crate) struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    /// Of both files when they were last read, whether that went well or not.
    seen: RwLock<Seen>,
}

type Seen = [Option<SystemTime>; 2];

impl Certificate {
    /// Reads the files.
    pub(crate) fn load(cert: &Path, key: &Path) -> Result<Arc<Self>, Failure> {
        let seen = times(cert, key);
        let current = read(cert, key)?;
        Ok(Arc::new(Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current: RwLock::new(Arc::new(current)),
            seen: RwLock::new(seen),
        }))
    }

    /// Shakes hands with this certificate, whatever it is at that time.
    pub(crate) fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has both versions of TLS")
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// Reads the files again. When they cannot be used, the certificate in use stays: the files may be half replaced.
    pub(crate) fn reload(&self) {
        *write(&self.seen) = times(&self.cert, &self.key);
        match read(&self.cert, &self.key) {
            Ok(fresh) => {
                *write(&self.current) = Arc::new(fresh);
                info!(cert = %self.cert.display(), "the TLS certificate was read again and is in use");
            }
            Err(error) => warn!(%error, "the new TLS certificate cannot be used; the old one stays in use"),
        }
    }

    /// [`Certificate::reload`], if a file has changed.
    pub(crate) fn reload_if_changed(&self) {
        let seen = *self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if seen != times(&self.cert, &self.key) {
            self.reload();
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// The cryptography of every connection, of either side.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider())
}

fn times(cert: &Path, key: &Path) -> Seen {
    [cert, key].map(|path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
}

/// Reads a chain and its key, which must belong together.
fn read(cert: &Path, key: &Path) -> Result<CertifiedKey, Failure> {
    let wrong = |path: &Path, error: &dyn std::error::Error| {
        Failure::Config(format!("cannot use {} for TLS: {error}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| wrong(cert, &error))?;
    if chain.is_empty() {
        return Err(Failure::Config(format!("cannot use {} for TLS: no certificate in it", cert.display())));
    }
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    CertifiedKey::from_der(chain, key_der, &provider()).map_err(|error| wrong(cert, &error))
}
