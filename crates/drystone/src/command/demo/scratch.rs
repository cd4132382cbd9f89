//! Scratch: a folder of the demo's own, gone when it is over; and the sample file in it.

use drystone_store::{Entropy as _, SystemEntropy};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::Failure;

/// Bytes of the sample: three parts of 40 MiB, the last one shorter.
const SAMPLE_BYTES: usize = 104_000_000;
/// Bytes that are made at once.
const BLOCK_BYTES: usize = 1 << 20;

/// How often the folder's removal is tried.
const REMOVE_TRIES: u32 = 100;

/// A folder that is removed when this is dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self, Failure> {
        let name = format!("drystone-demo-{:016x}", SystemEntropy.random_u128() >> 64);
        let path = std::env::temp_dir().join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| Failure::other(format!("cannot make the folder {}", path.display()), error))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The store may be in its last moments and make another file meanwhile.
        for _ in 0..REMOVE_TRIES {
            if std::fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                break;
            }
            std::thread::yield_now();
        }
    }
}

/// Writes a file that no two parts of which are alike.
pub(super) fn write_sample(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut number: u64 = 1;
    let mut left = SAMPLE_BYTES;
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            number = next(number);
            word.copy_from_slice(&number.to_le_bytes());
        }
        let len = left.min(BLOCK_BYTES);
        file.write_all(&block[..len])?;
        left -= len;
    }
    Ok(())
}

/// The next number of a sequence that looks random (xorshift64).
fn next(mut number: u64) -> u64 {
    number ^= number << 13;
    number ^= number >> 7;
    number ^ (number << 17)
}

#[cfg(test)]
mod tests {
    use super::{SAMPLE_BYTES, Scratch, write_sample};

    #[test]
    fn the_scratch_folder_is_private_and_goes() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let sample = path.join("film.mp4");
        write_sample(&sample).unwrap();
        assert_eq!(sample.metadata().unwrap().len(), SAMPLE_BYTES as u64);
        assert!(write_sample(&sample).is_err(), "nothing is overwritten");
        drop(scratch);
        assert!(!path.exists());
    }
}
