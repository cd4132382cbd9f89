//! Logs: to stderr, as text or JSON Lines. Secrets never get there: the types that hold them print nothing.

use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::config::Config;

/// Starts logging.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(config.log_filter())
        .map_err(|error| Failure::Config(format!("log.filter is not valid: {error}")))?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let _ = if config.log_is_json()? { builder.json().try_init() } else { builder.try_init() };
    Ok(())
}
