//! The blob file, version 1, byte by byte: header, data, table of block checksums, footer. Pure; drawn in docs/FORMATS.md.

use crc_fast::{CrcAlgorithm, Digest};
use drystone_types::{BlobId, BlobRef};

/// Version of the format that this code writes.
pub(super) const VERSION: u8 = 1;
/// Bytes before the data.
pub(super) const HEADER_BYTES: u64 = 4096;
/// Bytes after the table.
pub(super) const FOOTER_BYTES: u64 = 64;
/// Largest block size: bounds the memory that one damaged or foreign header can make a reader take.
pub(super) const BLOCK_SIZE_MAX_BYTES: u32 = 16 * 1024 * 1024;

/// Bytes of a checksum.
const CRC_BYTES: usize = 8;
const HEADER_MAGIC: [u8; 7] = *b"DRYBLOB";
const FOOTER_MAGIC: [u8; 7] = *b"DRYBEND";

/// Where everything lies in the file of a blob of `len` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) block_size: u32,
    pub(super) len: u64,
}

impl Layout {
    /// Number of blocks; the last may be short.
    pub(super) fn block_count(self) -> u64 {
        self.len.div_ceil(u64::from(self.block_size))
    }

    /// First byte of the blob's byte `at`.
    pub(super) fn data_offset(at: u64) -> u64 {
        HEADER_BYTES + at
    }

    /// First byte of the checksum of `block`.
    pub(super) fn table_offset(self, block: u64) -> u64 {
        HEADER_BYTES + self.len + block * CRC_BYTES as u64
    }

    pub(super) fn footer_offset(self) -> u64 {
        self.table_offset(self.block_count())
    }

    pub(super) fn file_len(self) -> u64 {
        self.footer_offset() + FOOTER_BYTES
    }
}

/// The first [`HEADER_BYTES`] of the file of blob `id`.
pub(super) fn header(id: BlobId, block_size: u32) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(HEADER_BYTES).expect("a small constant")];
    bytes[0] = VERSION;
    bytes[1..8].copy_from_slice(&HEADER_MAGIC);
    bytes[8..16].copy_from_slice(&id.0.to_le_bytes());
    bytes[16..20].copy_from_slice(&block_size.to_le_bytes());
    seal(&mut bytes);
    bytes
}

/// Reads the header of the file of blob `id`; returns its block size, or what is wrong.
pub(super) fn read_header(id: BlobId, bytes: &[u8]) -> Result<u32, String> {
    check_frame("header", id, HEADER_MAGIC, bytes)?;
    let block_size = u32::from_le_bytes(array(bytes, 16));
    if block_size == 0 || block_size > BLOCK_SIZE_MAX_BYTES {
        return Err(format!("the header names blocks of {block_size} bytes"));
    }
    Ok(block_size)
}

/// The last [`FOOTER_BYTES`] of the file of a finished blob.
pub(super) fn footer(blob: &BlobRef) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(FOOTER_BYTES).expect("a small constant")];
    bytes[0] = VERSION;
    bytes[1..8].copy_from_slice(&FOOTER_MAGIC);
    bytes[8..16].copy_from_slice(&blob.id.0.to_le_bytes());
    bytes[16..24].copy_from_slice(&blob.len.to_le_bytes());
    seal(&mut bytes);
    bytes
}

/// Checks that `bytes` is the footer of `blob`, or says what is wrong.
pub(super) fn check_footer(blob: &BlobRef, bytes: &[u8]) -> Result<(), String> {
    check_frame("footer", blob.id, FOOTER_MAGIC, bytes)?;
    let len = u64::from_le_bytes(array(bytes, 16));
    if len != blob.len {
        return Err(format!("the footer says {len} bytes, not {}", blob.len));
    }
    Ok(())
}

/// What header and footer share: version, magic, id, and a checksum over all of it at the end.
fn check_frame(what: &str, id: BlobId, magic: [u8; 7], bytes: &[u8]) -> Result<(), String> {
    let (body, sum) = bytes.split_at(bytes.len() - CRC_BYTES);
    if crc(body) != u64::from_le_bytes(array(sum, 0)) {
        return Err(format!("the {what} fails its checksum"));
    }
    if body[1..8] != magic {
        return Err(format!("the {what} is not that of a blob"));
    }
    if body[0] != VERSION {
        return Err(format!("the {what} is of format version {}, this program reads {VERSION}", body[0]));
    }
    let found = BlobId(u64::from_le_bytes(array(body, 8)));
    if found != id {
        return Err(format!("the {what} is that of blob {found}"));
    }
    Ok(())
}

/// Writes the checksum of all bytes before it into the last eight.
fn seal(bytes: &mut [u8]) {
    let (body, sum) = bytes.split_at_mut(bytes.len() - CRC_BYTES);
    sum.copy_from_slice(&crc(body).to_le_bytes());
}

fn crc(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes)
}

/// Is `sum`, an entry of the table, that of `bytes` as block number `block` of blob `id`?
pub(super) fn block_matches(id: BlobId, block: u64, bytes: &[u8], sum: &[u8]) -> bool {
    let mut digest = start_block(id, block);
    digest.update(bytes);
    digest.finalize().to_le_bytes() == sum
}

/// A checksum that already covers whose block it is and which: a block in the wrong place never matches.
fn start_block(id: BlobId, block: u64) -> Digest {
    let mut place = [0; 16];
    place[..8].copy_from_slice(&id.0.to_le_bytes());
    place[8..].copy_from_slice(&block.to_le_bytes());
    let mut digest = Digest::new(CrcAlgorithm::Crc64Nvme);
    digest.update(&place);
    digest
}

/// The table of block checksums of a blob that arrives in pieces of any size.
pub(super) struct Table {
    id: BlobId,
    block_size: usize,
    /// Checksum of the block that is not full yet, and its length so far.
    open: Digest,
    open_len: usize,
    sums: Vec<u8>,
}

impl Table {
    pub(super) fn new(id: BlobId, block_size: u32) -> Self {
        let block_size = usize::try_from(block_size).expect("at most BLOCK_SIZE_MAX_BYTES");
        Self { id, block_size, open: start_block(id, 0), open_len: 0, sums: Vec::new() }
    }

    /// Takes the next bytes of the blob.
    pub(super) fn update(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let (piece, rest) = data.split_at(data.len().min(self.block_size - self.open_len));
            self.open.update(piece);
            self.open_len += piece.len();
            if self.open_len == self.block_size {
                self.close_block();
            }
            data = rest;
        }
    }

    /// The table as it stands in the file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.open_len > 0 {
            self.close_block();
        }
        self.sums
    }

    fn close_block(&mut self) {
        self.sums.extend_from_slice(&self.open.finalize().to_le_bytes());
        self.open = start_block(self.id, (self.sums.len() / CRC_BYTES) as u64);
        self.open_len = 0;
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("a slice of N bytes")
}

#[cfg(test)]
mod tests {
    use drystone_types::BlobHome;

    use super::*;

    #[test]
    fn the_parts_of_a_file_lie_where_the_drawing_says() {
        // len, blocks, table, footer, file
        for (len, blocks, table, footer, file) in [
            (0, 0, 4096, 4096, 4160),
            (1, 1, 4097, 4105, 4169),
            (65_536, 1, 69_632, 69_640, 69_704),
            (65_537, 2, 69_633, 69_649, 69_713),
        ] {
            let layout = Layout { block_size: 65_536, len };
            assert_eq!(layout.block_count(), blocks, "{len}");
            assert_eq!(layout.table_offset(0), table, "{len}");
            assert_eq!(layout.footer_offset(), footer, "{len}");
            assert_eq!(layout.file_len(), file, "{len}");
        }
    }

    /// Goal: stored files stay readable. Method: the bytes of version 1, written down once, the sums from another program.
    #[test]
    fn version_1_never_changes() {
        let id = BlobId(0x0102_0304_0506_0708);
        let header = header(id, 65_536);
        assert_eq!(header[..24], *b"\x01DRYBLOB\x08\x07\x06\x05\x04\x03\x02\x01\0\0\x01\0\0\0\0\0");
        assert!(header[24..4088].iter().all(|byte| *byte == 0));
        assert_eq!(header[4088..], HEADER_SUM.to_le_bytes());
        let footer = footer(&BlobRef { id, len: 5, home: BlobHome::Store });
        assert_eq!(footer[..24], *b"\x01DRYBEND\x08\x07\x06\x05\x04\x03\x02\x01\x05\0\0\0\0\0\0\0");
        assert!(footer[24..56].iter().all(|byte| *byte == 0));
        assert_eq!(footer[56..], FOOTER_SUM.to_le_bytes());
        let mut table = Table::new(id, 4);
        table.update(b"hello");
        assert_eq!(table.finish(), [BLOCK_0_SUM.to_le_bytes(), BLOCK_1_SUM.to_le_bytes()].concat());
        assert_eq!(crc(b"123456789"), 0xae8b_1486_0a79_9888, "the published check value of CRC-64/NVME");
    }
    const HEADER_SUM: u64 = 0x748c_4942_1ea6_4874;
    const FOOTER_SUM: u64 = 0x44a7_a561_6a4b_901c;
    const BLOCK_0_SUM: u64 = 0xd3f3_7f6d_4220_be45;
    const BLOCK_1_SUM: u64 = 0x1787_c3ae_964b_af2f;

    #[test]
    fn the_table_does_not_depend_on_how_the_bytes_arrive() {
        let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let table = |piece: usize| {
            let mut table = Table::new(BlobId(7), 64);
            data.chunks(piece).for_each(|piece| table.update(piece));
            table.finish()
        };
        for piece in [1, 3, 63, 64, 65, 128, 999, 1000] {
            assert_eq!(table(piece), table(1000), "pieces of {piece}");
        }
        assert_eq!(table(1000).len(), 16 * CRC_BYTES);
    }

    #[test]
    fn a_header_of_another_blob_kind_or_version_is_refused() {
        let id = BlobId(1);
        let resealed = |at: usize, byte: u8| {
            let mut bytes = header(id, 64);
            bytes[at] = byte;
            seal(&mut bytes);
            bytes
        };
        assert_eq!(read_header(id, &header(id, 64)), Ok(64));
        for (bytes, says) in [
            (header(BlobId(2), 64), "that of blob 0000000000000002"),
            (resealed(0, 2), "format version 2"),
            (resealed(3, b'x'), "not that of a blob"),
            (resealed(16, 0), "blocks of 0 bytes"),
            (resealed(19, 0xff), "blocks of 4278190144 bytes"),
            (vec![0; 4096], "header"),
        ] {
            let refused = read_header(id, &bytes).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
