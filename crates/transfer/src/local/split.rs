//! Split: a file as pieces, named as split(1) names them, each with the digests that its part will have. Blocks.

use crate::error::TransferError;
use drystone_digest::ChecksumDigest;
use drystone_types::{Checksum, ChecksumAlgorithm};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Bytes that are read at once.
const READ_LEN: usize = 1 << 20;

/// A piece that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitPiece {
    /// Its number as a part, from 1.
    pub part_number: u32,
    /// Its file.
    pub path: PathBuf,
    /// Where it begins in the whole.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
    /// MD5: the ETag that a store gives to its part.
    pub md5: Checksum,
    /// Of the chosen algorithm.
    pub checksum: Checksum,
}

/// The name of piece `index` (from 0) after its prefix: aa, ab, ..., yz, zaaa, zaab, ... as split(1) goes on.
pub fn suffix(index: u64) -> String {
    let mut left = index;
    let mut zs = 0;
    loop {
        let letters = zs + 2;
        // All words of so many letters, but those that begin with z: they are longer ones.
        let count = 25u64.saturating_mul(26u64.saturating_pow(letters - 1));
        if left < count {
            let mut word = Vec::new();
            for _ in 0..letters {
                word.push(char::from(b'a' + u8::try_from(left % 26).expect("a letter's number is below 26")));
                left /= 26;
            }
            let zs = usize::try_from(zs).expect("a few letters");
            return "z".repeat(zs) + &word.iter().rev().collect::<String>();
        }
        left -= count;
        zs += 1;
    }
}

/// Writes the pieces of `source`, `piece_len` bytes each and the rest in the last one, as `PREFIXaa`, `PREFIXab`, ...; tells `done`
/// of each. Nothing is overwritten.
///
/// # Errors
/// [`TransferError::Local`], also when a piece's file is there already; [`TransferError::Refused`] when there would be more than
/// 10,000 pieces.
pub fn split(
    source: &Path,
    piece_len: u64,
    prefix: &str,
    algorithm: ChecksumAlgorithm,
    mut done: impl FnMut(&SplitPiece),
) -> Result<(), TransferError> {
    let wrong = |source_error| local("read", source, source_error);
    let mut file = File::open(source).map_err(wrong)?;
    let metadata = file.metadata().map_err(wrong)?;
    let count_max = u64::from(drystone_types::limits::PART_COUNT_MAX);
    if metadata.len().div_ceil(piece_len) > count_max {
        let least = metadata.len().div_ceil(count_max);
        let why = format!("there would be more than 10,000 pieces; try --bytes {least} or more");
        return Err(TransferError::Refused(why));
    }
    let mut buffer = vec![0; READ_LEN];
    let mut offset = 0;
    for index in 0..count_max {
        let mut len = fill(&mut file, &mut buffer, piece_len).map_err(wrong)?;
        if len == 0 && index > 0 {
            break;
        }
        let path = PathBuf::from(format!("{prefix}{}", suffix(index)));
        let part_number = u32::try_from(index + 1).expect("there are at most 10,000 pieces");
        let mut digests = (ChecksumDigest::new(ChecksumAlgorithm::Md5), ChecksumDigest::new(algorithm));
        let mut piece = create(&path)?;
        let mut written = 0;
        while len > 0 {
            piece.write_all(&buffer[..len]).map_err(|error| local("write", &path, error))?;
            digests.0.update(&buffer[..len]);
            digests.1.update(&buffer[..len]);
            written += len as u64;
            len = fill(&mut file, &mut buffer, piece_len - written).map_err(wrong)?;
        }
        let (md5, checksum) = (digests.0.finish(), digests.1.finish());
        done(&SplitPiece { part_number, path, offset, len: written, md5, checksum });
        offset += written;
        if written < piece_len {
            break;
        }
    }
    Ok(())
}

/// Reads up to `limit` bytes, as many as fit.
fn fill(file: &mut File, buffer: &mut [u8], limit: u64) -> io::Result<usize> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(buffer.len());
    let mut len = 0;
    while len < limit {
        match file.read(&mut buffer[len..limit]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

fn create(path: &Path) -> Result<File, TransferError> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| local("make", path, error))
}

fn local(what: &'static str, path: &Path, source: io::Error) -> TransferError {
    TransferError::Local { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{split, suffix};
    use crate::error::TransferError;
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm::{Crc64Nvme, Md5};
    use std::path::Path;

    #[expect(clippy::disallowed_methods, reason = "the source of a test")]
    fn write(path: &Path, data: &[u8]) {
        std::fs::write(path, data).unwrap();
    }

    #[test]
    fn pieces_are_named_as_split_names_them() {
        let cases = [
            (0, "aa"),
            (1, "ab"),
            (25, "az"),
            (26, "ba"),
            (649, "yz"),
            (650, "zaaa"),
            (651, "zaab"),
            (650 + 25 * 26 * 26 - 1, "zyzz"),
            (650 + 25 * 26 * 26, "zzaaaa"),
        ];
        for (index, name) in cases {
            assert_eq!(suffix(index), name, "{index}");
        }
    }

    #[test]
    fn pieces_make_the_file_again_and_are_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("f");
        let data: Vec<u8> = (0..2_500_000u32).map(|n| (n % 251) as u8).collect();
        write(&source, &data);
        let prefix = folder.path().join("x").display().to_string();
        let mut pieces = Vec::new();
        split(&source, 1_100_000, &prefix, Crc64Nvme, |piece| pieces.push(piece.clone())).unwrap();
        let lens: Vec<_> = pieces.iter().map(|piece| (piece.part_number, piece.offset, piece.len)).collect();
        assert_eq!(lens, [(1, 0, 1_100_000), (2, 1_100_000, 1_100_000), (3, 2_200_000, 300_000)]);
        let mut whole = Vec::new();
        for piece in &pieces {
            let bytes = std::fs::read(&piece.path).unwrap();
            assert_eq!(piece.md5, checksum_of(Md5, &bytes));
            assert_eq!(piece.checksum, checksum_of(Crc64Nvme, &bytes));
            whole.extend(bytes);
        }
        assert!(whole == data);
        assert!(pieces[2].path.ends_with("xac"));
        let again = split(&source, 1_100_000, &prefix, Crc64Nvme, |_| panic!("nothing is done"));
        assert!(matches!(again, Err(TransferError::Local { what: "make", .. })), "{again:?}");
    }

    #[test]
    fn an_exact_multiple_has_no_empty_piece_and_nothing_is_one_piece() {
        let folder = tempfile::tempdir().unwrap();
        for (size, expected) in [(2000, vec![1000, 1000]), (0, vec![0])] {
            let source = folder.path().join(format!("f{size}"));
            write(&source, &vec![7; size]);
            let prefix = folder.path().join(format!("p{size}-")).display().to_string();
            let mut lens = Vec::new();
            split(&source, 1000, &prefix, Crc64Nvme, |piece| lens.push(piece.len)).unwrap();
            assert_eq!(lens, expected);
        }
    }

    #[test]
    fn more_pieces_than_parts_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("f");
        write(&source, &vec![7; 20_001]);
        let refused = split(&source, 2, "never", Crc64Nvme, |_| panic!("nothing is done")).unwrap_err();
        assert!(refused.to_string().contains("--bytes 3"), "{refused}");
    }
}
