//! Prove: does a local file give the value that a store says of an object?

use crate::error::TransferError;
use crate::evidence::{Evidence, is_crc};
use crate::part_lens::{Asker, Known, PartLens, ranges_of};
use crate::rehash::rehash;
use drystone_types::Checksum;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Pieces of which a CRC is put together, so that many threads can read.
const PIECE_BYTES: u64 = 16 << 20;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The file gives the value. The parts that it was made of are known then.
    Equal(Option<PartLens>),
    /// It gives another one.
    Different {
        /// What the file gives.
        found: Checksum,
        /// The first part that differs, from 1, with its first byte and length, where parts have checksums of their own.
        part: Option<(u32, u64, u64)>,
    },
    /// Nothing can be said, and why.
    Unknown(String),
}

/// A file to be proved, of as many bytes as the object has.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The open file.
    pub file: &'a Arc<File>,
    /// Its path, for messages.
    pub path: &'a Path,
    /// The object.
    pub asker: Asker<'a>,
}

impl Subject<'_> {
    /// Checks one value. `read` is told how many bytes were read, many times.
    ///
    /// # Errors
    /// [`TransferError`], when the file or the store cannot be read.
    pub async fn prove(
        &self,
        evidence: &Evidence,
        read: impl Fn(u64) + Clone + Send + Sync + 'static,
    ) -> Result<Proof, TransferError> {
        let size = self.asker.remote.size;
        let Some(count) = evidence.part_count else {
            let step = if is_crc(evidence.algorithm()) { PIECE_BYTES } else { size.max(1) };
            let lens: Vec<u64> = (0..size.div_ceil(step).max(1)).map(|n| step.min(size - n * step)).collect();
            let (found, _) = self.value(evidence, &lens, read).await?;
            let is_equal = found == evidence.value;
            return Ok(if is_equal { Proof::Equal(None) } else { Proof::Different { found, part: None } });
        };
        let listed = (evidence.origin == crate::evidence::Origin::Checksum).then(|| evidence.algorithm());
        let Some(parts) = self.asker.find(count, listed).await? else {
            return Ok(Proof::Unknown(format!("the store does not tell how long the {count} parts are")));
        };
        let (found, sums) = self.value(evidence, &parts.lens, read.clone()).await?;
        if found == evidence.value {
            return Ok(Proof::Equal(Some(parts)));
        }
        if parts.known != Known::Supposed {
            return Ok(Proof::Different { found, part: first_difference(&parts, &sums) });
        }
        // The parts need not be equal: only asking for each of them tells.
        let Some(asked) = self.asker.each(count).await? else {
            return Ok(Proof::Unknown(format!(
                "the store does not tell how long each of the {count} parts is"
            )));
        };
        if asked.lens == parts.lens {
            return Ok(Proof::Different { found, part: None });
        }
        let (found, _) = self.value(evidence, &asked.lens, read).await?;
        let is_equal = found == evidence.value;
        Ok(if is_equal { Proof::Equal(Some(asked)) } else { Proof::Different { found, part: None } })
    }

    async fn value(
        &self,
        evidence: &Evidence,
        lens: &[u64],
        read: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<(Checksum, Vec<Checksum>), TransferError> {
        let wrong = |source| TransferError::Local { what: "read", path: self.path.to_owned(), source };
        let sums = rehash(self.file, evidence.algorithm(), ranges_of(lens), read).await.map_err(wrong)?;
        let pieces: Vec<_> = sums.iter().copied().zip(lens.iter().copied()).collect();
        let value = evidence.value_of(&pieces);
        let value = value.ok_or_else(|| wrong(io::Error::other("its pieces give no value")))?;
        Ok((value, sums))
    }
}

fn first_difference(parts: &PartLens, sums: &[Checksum]) -> Option<(u32, u64, u64)> {
    let listed = parts.checksums.as_ref()?;
    let index = listed.iter().zip(sums).position(|(listed, found)| listed != found)?;
    let (start, len) = parts.ranges()[index];
    Some((u32::try_from(index + 1).ok()?, start, len))
}
