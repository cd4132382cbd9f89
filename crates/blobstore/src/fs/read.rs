//! Reading a blob file: header and footer are checked once, then every block that a range touches, before it leaves.

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use drystone_disk::{File, Fs};
use drystone_types::{BlobRef, ByteRange};

use super::layout::{self, Layout};
use super::shards;
use crate::{BlobError, BlobReader};

/// Bytes of a checksum in the table.
const CRC_BYTES: u64 = 8;

/// A blob file open for reading. It holds the file, so a deletion does not hurt it.
pub(super) struct FsBlobReader {
    file: Arc<dyn File>,
    blob: BlobRef,
    layout: Layout,
}

/// Opens the file of `blob` and checks that it is that file, finished and of that length.
pub(super) fn open(fs: &dyn Fs, dir: &Path, blob: &BlobRef) -> Result<FsBlobReader, BlobError> {
    let corrupt = |what| BlobError::Corrupt { id: blob.id, what };
    let file =
        fs.open(&shards::blob_path(dir, blob.id)).map_err(|error| BlobError::io(blob.id, "open", error))?;

    let header = fetch(&*file, blob, 0, layout::HEADER_BYTES)?;
    let block_size = layout::read_header(blob.id, &header).map_err(corrupt)?;
    let layout = Layout { block_size, len: blob.len };
    check_len(&*file, blob, layout)?;
    let footer = fetch(&*file, blob, layout.footer_offset(), layout::FOOTER_BYTES)?;
    layout::check_footer(blob, &footer).map_err(corrupt)?;
    Ok(FsBlobReader { file, blob: *blob, layout })
}

fn check_len(file: &dyn File, blob: &BlobRef, layout: Layout) -> Result<(), BlobError> {
    let file_len = file.len().map_err(|error| BlobError::medium(blob.id, "read", error))?;
    // The first test keeps an absurd length out of the arithmetic of the second.
    if file_len < blob.len || file_len != layout.file_len() {
        let what =
            format!("its file of {file_len} bytes does not hold a finished blob of {} bytes", blob.len);
        return Err(BlobError::Corrupt { id: blob.id, what });
    }
    Ok(())
}

impl BlobReader for FsBlobReader {
    fn read(&self, range: ByteRange) -> Result<Bytes, BlobError> {
        assert!(range.start <= range.end, "a range starts before it ends");
        assert!(range.end <= self.blob.len, "a range lies within its blob");
        if range.start == range.end {
            return Ok(Bytes::new());
        }
        let block_size = u64::from(self.layout.block_size);
        let (first, last) = (range.start / block_size, (range.end - 1) / block_size);
        let (start, end) = (first * block_size, self.blob.len.min((last + 1) * block_size));

        let sums = self.fetch(self.layout.table_offset(first), (last - first + 1) * CRC_BYTES)?;
        let data = self.fetch(Layout::data_offset(start), end - start)?;
        self.check_blocks(first, &data, &sums)?;
        let skipped = index(range.start - start);
        Ok(Bytes::from(data).slice(skipped..skipped + index(range.len())))
    }
}

impl FsBlobReader {
    /// Checks `data`, whole blocks from number `first` on, against their checksums.
    fn check_blocks(&self, first: u64, data: &[u8], sums: &[u8]) -> Result<(), BlobError> {
        let blocks = data.chunks(index(self.layout.block_size.into()));
        for (block, (bytes, sum)) in (first..).zip(blocks.zip(sums.chunks(index(CRC_BYTES)))) {
            if !layout::block_matches(self.blob.id, block, bytes, sum) {
                let start = block * u64::from(self.layout.block_size);
                let what = format!(
                    "bytes {start} to {} (block {block}) fail their checksum",
                    start + bytes.len() as u64
                );
                return Err(BlobError::Corrupt { id: self.blob.id, what });
            }
        }
        Ok(())
    }

    fn fetch(&self, offset: u64, len: u64) -> Result<Vec<u8>, BlobError> {
        fetch(&*self.file, &self.blob, offset, len)
    }
}

/// Reads exactly `len` bytes of the file. That it ends before means damage: someone cut it.
fn fetch(file: &dyn File, blob: &BlobRef, offset: u64, len: u64) -> Result<Vec<u8>, BlobError> {
    let mut buffer = vec![0; index(len)];
    file.read_exact_at(&mut buffer, offset).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            BlobError::Corrupt { id: blob.id, what: format!("its file ends before byte {}", offset + len) }
        }
        _ => BlobError::medium(blob.id, "read", error),
    })?;
    Ok(buffer)
}

fn index(bytes: u64) -> usize {
    usize::try_from(bytes).expect("what is read at a time fits a usize")
}
