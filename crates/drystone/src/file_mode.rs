//! file_mode: files that hold secrets are for their owner alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tracing::warn;

/// Warns when others than the owner of a file with secrets may read or change it.
pub(crate) fn warn_if_open(path: &Path) {
    let Ok(metadata) = std::fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if is_open(mode) {
        let path = path.display();
        warn!(
            "{path} holds secrets, and others than its owner may read or change it (mode {mode:04o}): chmod 600 {path}"
        );
    }
}

fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn what_group_or_others_may_use_is_open() {
        assert!([0o600, 0o400, 0o700].iter().all(|mode| !is_open(*mode)));
        assert!([0o640, 0o604, 0o620, 0o666, 0o644].iter().all(|mode| is_open(*mode)));
    }
}
