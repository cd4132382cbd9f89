//! Work: in which pieces an object is fetched, and what their checksums are compared with. Pure.

use super::fetch::Piece;
use crate::engine::Settings;
use crate::evidence::{Evidence, Remote};
use crate::part_lens::{Known, PartLens, ranges_of};
use crate::plan::{Plan, PlanError};
use drystone_types::{Checksum, ChecksumAlgorithm};

/// Parts that are longer are fetched in several pieces, and proved when all are there.
const PIECE_MAX_BYTES: u64 = 64 << 20;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) pieces: Vec<Piece>,
    /// Of the pieces' checksums.
    pub(super) algorithm: ChecksumAlgorithm,
    /// What the pieces have to be, where the store says it of each.
    pub(super) expected: Option<Vec<Checksum>>,
    /// What the checksums of the pieces give.
    pub(super) evidence: Option<Evidence>,
    /// A value that is not given may come of parts that were supposed to be equal.
    pub(super) is_supposed: bool,
}

impl Work {
    /// Chooses the pieces.
    pub(super) fn new(
        remote: &Remote,
        parts: Option<&PartLens>,
        settings: &Settings,
    ) -> Result<Self, PlanError> {
        let evidence = remote.by_cost().first().copied();
        let is_whole = remote.size < settings.multipart_threshold_bytes;
        if let (Some(evidence), Some(parts), false) = (evidence, parts, is_whole)
            && evidence.part_count.is_some_and(|count| usize::try_from(count) == Ok(parts.lens.len()))
            && parts.lens.iter().all(|len| (1..=PIECE_MAX_BYTES).contains(len))
        {
            return Ok(Self {
                pieces: pieces_of(&parts.lens),
                algorithm: evidence.algorithm(),
                expected: parts.checksums.clone(),
                evidence: Some(evidence),
                is_supposed: parts.known == Known::Supposed,
            });
        }
        let lens = if is_whole { whole(remote.size) } else { equal(remote.size, settings.part_size_bytes)? };
        let given =
            evidence.filter(|found| found.is_combinable() || found.part_count.is_none() && lens.len() == 1);
        Ok(Self {
            pieces: pieces_of(&lens),
            algorithm: given.map_or(ChecksumAlgorithm::Crc64Nvme, |given| given.algorithm()),
            expected: None,
            evidence: given,
            is_supposed: false,
        })
    }

    /// One piece: the store does nothing else.
    pub(super) fn undivided(remote: &Remote) -> Self {
        let settings = Settings { multipart_threshold_bytes: u64::MAX, ..Settings::default() };
        Self::new(remote, None, &settings).expect("nothing is cut")
    }

    /// Lengths of the pieces.
    pub(super) fn lens(&self) -> Vec<u64> {
        self.pieces.iter().map(|piece| piece.len).collect()
    }

    /// Pieces of these lengths instead, as an earlier run cut them; `false` when they cannot be used.
    pub(super) fn recut(&mut self, lens: &[u64], algorithm: &str) -> bool {
        if lens == self.lens() {
            return algorithm == self.algorithm.name();
        }
        let is_free = self.evidence.is_none_or(|evidence| evidence.is_combinable());
        if is_free && algorithm == self.algorithm.name() {
            self.pieces = pieces_of(lens);
        }
        is_free && algorithm == self.algorithm.name()
    }

    /// Are these checksums of the pieces what they have to be? `None` when they alone do not tell.
    pub(super) fn verdict(&self, sums: &[Checksum]) -> Option<Result<Evidence, Checksum>> {
        let evidence = self.evidence?;
        let pieces: Vec<_> = sums.iter().copied().zip(self.lens()).collect();
        let found = evidence.value_of(&pieces)?;
        if found == evidence.value {
            return Some(Ok(evidence));
        }
        (!self.is_supposed).then_some(Err(found))
    }
}

fn whole(size: u64) -> Vec<u64> {
    if size == 0 { Vec::new() } else { vec![size] }
}

fn equal(size: u64, wanted: Option<u64>) -> Result<Vec<u64>, PlanError> {
    // What a store holds can be fetched, whatever part size was chosen.
    let plan = Plan::new(size, wanted).or_else(|_| Plan::new(size, None))?;
    Ok((1..=plan.part_count()).map(|number| plan.part(number).1).filter(|len| *len > 0).collect())
}

fn pieces_of(lens: &[u64]) -> Vec<Piece> {
    let pieces = (1..).zip(ranges_of(lens));
    pieces.map(|(number, (start, len))| Piece { number, start, len }).collect()
}

#[cfg(test)]
mod tests {
    use super::Work;
    use crate::engine::Settings;
    use crate::evidence::{Evidence, Origin, Remote};
    use crate::part_lens::{Known, PartLens};
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm as A;

    const MIB: u64 = 1 << 20;

    fn remote(size: u64, algorithm: A, part_count: Option<u32>) -> Remote {
        let evidence =
            vec![Evidence { value: checksum_of(algorithm, b""), part_count, origin: Origin::Checksum }];
        Remote { size, etag: None, version_id: None, last_modified: None, evidence, etag_is_no_md5: None }
    }

    fn work(remote: &Remote, lens: Option<&[u64]>) -> Work {
        let parts = |lens: &[u64]| PartLens { lens: lens.to_vec(), checksums: None, known: Known::Supposed };
        Work::new(remote, lens.map(parts).as_ref(), &Settings::default()).unwrap()
    }

    #[test]
    fn small_objects_are_one_piece_and_empty_ones_none() {
        for algorithm in [A::Crc64Nvme, A::Sha256] {
            let small = work(&remote(99_999_999, algorithm, None), None);
            assert_eq!((small.lens(), small.algorithm), (vec![99_999_999], algorithm));
            assert!(work(&remote(0, algorithm, None), None).pieces.is_empty());
        }
        let empty = work(&remote(0, A::Crc64Nvme, None), None);
        assert!(empty.verdict(&[]).unwrap().is_ok());
    }

    #[test]
    fn large_objects_are_cut_as_what_they_are_checked_against_demands() {
        let size = 200 * MIB;
        let whole = work(&remote(size, A::Crc32c, None), None);
        assert_eq!((whole.pieces.len(), whole.algorithm), (13, A::Crc32c));
        assert_eq!(whole.pieces[12].start + whole.pieces[12].len, size);
        let parts: Vec<u64> = vec![50 * MIB; 4];
        let composite = work(&remote(size, A::Sha256, Some(4)), Some(&parts));
        assert_eq!((composite.lens(), composite.algorithm, composite.is_supposed), (parts, A::Sha256, true));
        for (other, lens) in [
            (remote(size, A::Sha256, Some(3)), Some(vec![50 * MIB; 4])),
            (remote(size, A::Sha256, Some(2)), Some(vec![100 * MIB; 2])),
            (remote(size, A::Sha256, Some(4)), None),
            (remote(size, A::Sha256, None), None),
        ] {
            let free = work(&other, lens.as_deref());
            assert_eq!((free.pieces.len(), free.algorithm, free.evidence), (13, A::Crc64Nvme, None));
        }
    }

    #[test]
    fn an_earlier_cut_is_kept_where_any_cut_does() {
        let lens = vec![100 * MIB, 100 * MIB];
        let mut whole = work(&remote(200 * MIB, A::Crc32c, None), None);
        assert!(!whole.recut(&lens, "CRC64NVME"));
        assert!(whole.recut(&lens, "CRC32C"));
        assert_eq!(whole.lens(), lens);
        let mut composite = work(&remote(200 * MIB, A::Sha256, Some(4)), Some(&[50 * MIB; 4]));
        assert!(!composite.recut(&lens, "SHA256"));
        assert!(composite.recut(&[50 * MIB; 4], "SHA256"));
    }
}
