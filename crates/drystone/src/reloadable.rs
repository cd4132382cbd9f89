//! What SIGHUP reads anew: the TLS certificate, and the file of the access log.

use drystone_s3::LogSink;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

use crate::Failure;
use crate::access_log::AccessLog;
use crate::config::Config;
use crate::shutdown::on_hangup;
use crate::tls::Certificate;

/// Both, where they are configured.
#[derive(Clone)]
pub(crate) struct Reloadable {
    certificate: Option<Arc<Certificate>>,
    access_log: Option<Arc<AccessLog>>,
}

impl Reloadable {
    /// Reads the certificate and opens the log.
    pub(crate) fn open(config: &Config) -> Result<Self, Failure> {
        let certificate =
            config.tls_files()?.map(|(cert, key)| Certificate::load(&cert, &key)).transpose()?;
        let access_log = config.access_log().map(|path| AccessLog::start(&path)).transpose()?;
        Ok(Self { certificate, access_log: access_log.map(Arc::new) })
    }

    /// Shakes hands with the certificate, if there is one.
    pub(crate) fn acceptor(&self) -> Option<TlsAcceptor> {
        self.certificate.as_ref().map(Certificate::acceptor)
    }

    /// Takes the lines of the access log, if there is one.
    pub(crate) fn log_sink(&self) -> Option<Arc<dyn LogSink>> {
        self.access_log.as_ref().map(|log| log.sink())
    }

    /// From now on: both anew at SIGHUP, and the certificate when its files change, which is looked for `every` so often.
    pub(crate) fn watch(&self, every: Duration) -> Result<(), Failure> {
        let both = self.clone();
        on_hangup(move || both.reload())
            .map_err(|error| Failure::other("cannot listen for SIGHUP", error))?;
        if let Some(certificate) = self.certificate.clone() {
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(every).await;
                    certificate.reload_if_changed();
                }
            });
        }
        Ok(())
    }

    /// Writes what is left of the log.
    pub(crate) fn close(&self) {
        if let Some(log) = &self.access_log {
            log.close();
        }
    }

    fn reload(&self) {
        if let Some(certificate) = &self.certificate {
            certificate.reload();
        }
        if let Some(log) = &self.access_log {
            log.reopen();
        }
    }
}
