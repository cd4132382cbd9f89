//! Manifest: the ordered parts of an object. Reading any range is a question to it, answered without I/O.

use crate::{BlobRef, ByteRange, Checksum, PartNumber};

/// One part of a finished object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestPart {
    /// The number that the client gave it; 1 for objects sent in one piece.
    pub part_number: PartNumber,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes as they are stored: `size` of them, or more when they are encrypted.
    pub blob: BlobRef,
    /// MD5 of the part.
    pub md5: [u8; 16],
    /// CRC64NVME of the part, always known.
    pub crc64nvme: u64,
    /// The part's checksum by the algorithm that the upload declared.
    pub checksum: Option<Checksum>,
}

/// The parts of an object in ascending order of part number; an object is their concatenation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Ascending by part number; at least one.
    pub parts: Vec<ManifestPart>,
}

/// A stretch of one blob that a range needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Of which part.
    pub part_number: PartNumber,
    /// Size of that part in bytes.
    pub size: u64,
    /// Where to read.
    pub blob: BlobRef,
    /// Which bytes of the part that it holds.
    pub range: ByteRange,
}

impl Manifest {
    /// Size of the object in bytes.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.size).sum()
    }

    /// The bytes of the object that its `index`th part holds (0 is the first). `None` past the last part.
    pub fn part_range(&self, index: usize) -> Option<ByteRange> {
        let part = self.parts.get(index)?;
        let start = self.parts[..index].iter().map(|part| part.size).sum();
        Some(ByteRange { start, end: start + part.size })
    }

    /// The pieces that make up `range`, in order; empty stretches are left out.
    pub fn locate(&self, range: ByteRange) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut part_start = 0;
        for part in &self.parts {
            let part_end = part_start + part.size;
            let start = range.start.max(part_start);
            let end = range.end.min(part_end);
            if start < end {
                let range = ByteRange { start: start - part_start, end: end - part_start };
                let ManifestPart { part_number, size, blob, .. } = *part;
                pieces.push(Piece { part_number, size, blob, range });
            }
            if part_end >= range.end {
                break;
            }
            part_start = part_end;
        }
        pieces
    }

    /// Invariant `manifest_adds_up`: parts ascend strictly, there is at least one, and they hold `size` bytes.
    pub fn adds_up(&self, size: u64) -> bool {
        let ascending = self.parts.windows(2).all(|pair| pair[0].part_number < pair[1].part_number);
        !self.parts.is_empty() && ascending && self.size() == size
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, ManifestPart, Piece};
    use crate::{BlobHome, BlobId, BlobRef, ByteRange, PartNumber};

    fn manifest(lens: &[u64]) -> Manifest {
        let part = |(index, len): (usize, &u64)| ManifestPart {
            part_number: PartNumber::new(index as u64 + 1).expect("legal"),
            size: *len,
            blob: BlobRef { id: BlobId(index as u64), len: *len, home: BlobHome::Store },
            md5: [0; 16],
            crc64nvme: 0,
            checksum: None,
        };
        Manifest { parts: lens.iter().enumerate().map(part).collect() }
    }

    /// Reads a range by taking every byte's (blob, offset), the slow and obvious way.
    fn slow(lens: &[u64], range: ByteRange) -> Vec<(u64, u64)> {
        let all: Vec<_> = lens
            .iter()
            .enumerate()
            .flat_map(|(blob, len)| (0..*len).map(move |at| (blob as u64, at)))
            .collect();
        all[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()].to_vec()
    }

    #[test]
    fn b189_any_range_across_part_borders_is_exact() {
        for lens in [vec![0], vec![5], vec![3, 4, 2], vec![1, 0, 1, 7], vec![2, 2, 2, 2, 1]] {
            let manifest = manifest(&lens);
            let size = manifest.size();
            for start in 0..=size {
                for end in start..=size {
                    let range = ByteRange { start, end };
                    let pieces = manifest.locate(range);
                    let bytes: Vec<_> = pieces
                        .iter()
                        .flat_map(|Piece { blob, range, .. }| {
                            (range.start..range.end).map(|at| (blob.id.0, at))
                        })
                        .collect();
                    assert_eq!(bytes, slow(&lens, range), "{lens:?} {range:?}");
                }
            }
        }
    }

    #[test]
    fn parts_know_their_range() {
        let manifest = manifest(&[3, 4, 2]);
        assert_eq!(manifest.part_range(1), Some(ByteRange { start: 3, end: 7 }));
        assert_eq!(manifest.part_range(3), None);
        assert!(manifest.adds_up(9));
        assert!(!manifest.adds_up(8));
    }
}
