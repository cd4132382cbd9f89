//! Logs: to stderr, as text or JSON Lines. Secrets never get there: the types that hold them print nothing.

use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::config::Config;

/// Starts logging.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(config.log_filter())
        .map_err(|error| Failure::Config(format!("log.filter is not valid: {error}")))?;
    let writer = || Quiet(std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    let _ = if config.log_is_json()? { builder.json().try_init() } else { builder.try_init() };
    Ok(())
}

/// Standard error whose failures nobody hears of: a log on a full disk must not take the server down with it.
struct Quiet(std::io::Stderr);

impl std::io::Write for Quiet {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.write_all(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Quiet;
    use std::io::Write as _;

    #[test]
    fn writing_a_log_line_never_fails() {
        let mut log = Quiet(std::io::stderr());
        assert_eq!(log.write(b"").unwrap(), 0);
        log.flush().unwrap();
    }
}
