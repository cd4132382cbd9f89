//! Delta plan: how the new object is cut, which of its parts the old one may have, and what proves that it has them. Pure.

use crate::copy::layout::Layout;
use crate::plan::{Plan, PlanError};
use drystone_types::{Checksum, ETag};

/// Ranges of smaller objects cannot be copied.
const RANGE_SOURCE_MIN_BYTES: u64 = 5 << 20;

/// The object that is there.
#[derive(Clone, Debug)]
pub struct OldObject {
    /// Bytes.
    pub size: u64,
    /// How it is cut, where that is known.
    pub layout: Option<Layout>,
}

/// What the old object has at the place of a part of the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Less than the part, or nothing: it is to be sent.
    Nothing,
    /// Bytes, of which nothing is told.
    Bytes,
    /// Exactly its part of the same number.
    Part,
}

/// How the new object is cut: as the old one is, so that their parts can be compared, if that one has equal parts; and as `wanted`, if
/// that is given.
///
/// # Errors
/// [`PlanError`].
pub fn plan(old: &OldObject, new_size: u64, wanted: Option<u64>) -> Result<Plan, PlanError> {
    let theirs = old.layout.as_ref().and_then(Layout::equal_part_size);
    let like = theirs.filter(|_| wanted.is_none()).and_then(|size| Plan::new(new_size, Some(size)).ok());
    like.map_or_else(|| Plan::new(new_size, wanted), Ok)
}

/// What the old object has at the place of each part of the plan. A range can be copied only from an object of more than 5 MiB.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>, read 2026-08.
pub fn olds(plan: &Plan, old: &OldObject) -> Vec<Old> {
    let old_count = old.layout.as_ref().map_or(0, Layout::count);
    let at = |number| {
        let (start, len) = plan.part(number);
        let is_part = |layout: &Layout| number <= old_count && layout.part(number) == (start, len);
        if start + len > old.size || old.size <= RANGE_SOURCE_MIN_BYTES {
            Old::Nothing
        } else if old.layout.as_ref().is_some_and(is_part) {
            Old::Part
        } else {
            Old::Bytes
        }
    };
    (1..=plan.part_count()).map(at).collect()
}

/// What a piece of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PieceDigest {
    /// Bytes.
    pub len: u64,
    /// MD5.
    pub md5: [u8; 16],
    /// Checksum.
    pub checksum: Checksum,
}

/// What is known of bytes that the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// They are the piece of the file.
    Same,
    /// They are not.
    Differs,
    /// Nothing that decides.
    None,
}

/// Checksums with fewer bits do not prove by themselves that something is the same, only that it is not.
pub(super) const PROOF_BITS_MIN: usize = 64;

impl PieceDigest {
    /// Are the bytes with this checksum the piece?
    pub fn compare_checksum(&self, theirs: Option<&Checksum>) -> Proof {
        match theirs {
            Some(theirs) if theirs.algorithm() != self.checksum.algorithm() => Proof::None,
            Some(theirs) if *theirs != self.checksum => Proof::Differs,
            Some(theirs) if theirs.as_bytes().len() * 8 >= PROOF_BITS_MIN => Proof::Same,
            _ => Proof::None,
        }
    }

    /// Are the bytes with this ETag the piece? ETags are the MD5 of a part in most stores, but something else where the part is
    /// encrypted with a key of its own, so that another one tells nothing.
    pub fn compare_etag(&self, etag: &str) -> Proof {
        match ETag::parse(etag) {
            Some(etag) if etag == ETag::single(self.md5) => Proof::Same,
            _ => Proof::None,
        }
    }

    /// Are the bytes that a part of the store has the piece, by all that the store tells of it?
    pub fn compare(&self, theirs: Option<&Checksum>, etag: &str) -> Proof {
        match self.compare_checksum(theirs) {
            Proof::None => self.compare_etag(etag),
            proof => proof,
        }
    }
}

/// Is the whole object, completed from parts that are cut as the pieces are, equal to the file, by its ETag?
pub fn is_etag_of(pieces: &[PieceDigest], etag: &str) -> bool {
    let Some(etag) = ETag::parse(etag) else { return false };
    match (etag.part_count, pieces) {
        (None, [only]) => only.md5 == etag.digest,
        (Some(_), _) => drystone_digest::etag_of_parts(pieces.iter().map(|piece| &piece.md5)) == etag,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Old, OldObject, PieceDigest, Proof, RANGE_SOURCE_MIN_BYTES, is_etag_of, olds, plan};
    use crate::copy::layout::Layout;
    use crate::plan::Plan;
    use drystone_digest::BodyDigest;
    use drystone_types::{Checksum, ChecksumAlgorithm as A};
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;

    fn old(lens: &[u64]) -> OldObject {
        let size = lens.iter().sum();
        OldObject { size, layout: Layout::of_lens(lens.iter().copied(), size) }
    }

    #[test]
    fn a_new_object_is_cut_where_the_old_one_was() {
        use Old::{Bytes as B, Nothing as N, Part as P};
        type Case<'a> = (&'a [u64], u64, u64, &'a [Old]);
        let cases: [Case<'_>; 13] = [
            (&[8, 8, 3], 19, 8, &[P, P, P]),
            // It grew: the short last part is no part of the new object.
            (&[8, 8, 3], 20, 8, &[P, P, N]),
            (&[8, 8, 8], 33, 8, &[P, P, P, N, N]),
            // It shrank: the bytes of its last part may still be there.
            (&[8, 8, 3], 18, 8, &[P, P, B]),
            (&[8, 8, 3], 16, 8, &[P, P]),
            (&[8, 8, 3], 15, 8, &[P, B]),
            (&[8, 8, 3], 1, 8, &[B]),
            // Parts that are not equal: planned anew, and any range of the old object may be there.
            (&[5, 9, 7, 2], 40, 16, &[B, N, N]),
            // One part, and what comes after it.
            (&[6], 13, 6, &[P, N, N]),
            (&[6], 6, 6, &[P]),
            (&[20], 41, 20, &[P, N, N]),
            // Too small to be copied from.
            (&[3], 13, 16, &[N]),
            (&[5], 5, 5, &[N]),
        ];
        for (lens, new_size, part_size, want) in cases {
            let lens: Vec<_> = lens.iter().map(|len| len * MIB).collect();
            let plan = plan(&old(&lens), new_size * MIB, None).unwrap();
            assert_eq!(plan.part_size_bytes, part_size * MIB, "{lens:?} to {new_size}");
            assert_eq!(olds(&plan, &old(&lens)), want, "{lens:?} to {new_size}");
        }
    }

    #[test]
    fn parts_stay_few_enough_and_as_wanted() {
        let small = old(&[5 * MIB, 5 * MIB]);
        assert_eq!(plan(&small, 50_000 * MIB, None).unwrap().part_size_bytes, 5 * MIB);
        assert_eq!(plan(&small, 50_001 * MIB, None).unwrap().part_size_bytes, 16 * MIB);
        assert_eq!(plan(&small, 50 * MIB, Some(7 * MIB)).unwrap().part_size_bytes, 7 * MIB);
        assert!(plan(&small, 50 * MIB, Some(1)).is_err());
        let unknown = OldObject { size: 40 * MIB, layout: None };
        let plan = plan(&unknown, 50 * MIB, None).unwrap();
        assert_eq!(olds(&plan, &unknown), [Old::Bytes, Old::Bytes, Old::Nothing, Old::Nothing]);
    }

    fn digest(data: &[u8], algorithm: A) -> PieceDigest {
        let mut digest = BodyDigest::new(Some(algorithm));
        digest.update(data);
        let summary = digest.finish();
        PieceDigest { len: summary.len, md5: summary.md5, checksum: summary.checksum.unwrap() }
    }

    #[test]
    fn what_proves_that_a_part_is_the_same() {
        let (a, b) = (b"aaaa".as_slice(), b"bbbb".as_slice());
        let md5_a = format!("\"{:032x}\"", u128::from_be_bytes(digest(a, A::Crc32).md5));
        let sum = |data, algorithm| Some(digest(data, algorithm).checksum);
        let cases: [(A, Option<Checksum>, &str, Proof); 9] = [
            (A::Sha256, sum(a, A::Sha256), "", Proof::Same),
            (A::Sha256, sum(b, A::Sha256), &md5_a, Proof::Differs),
            (A::Crc64Nvme, sum(a, A::Crc64Nvme), "\"x\"", Proof::Same),
            // 32 bits prove a difference; that nothing differs is proved by the MD5.
            (A::Crc32, sum(a, A::Crc32), "", Proof::None),
            (A::Crc32, sum(a, A::Crc32), &md5_a, Proof::Same),
            (A::Crc32, sum(b, A::Crc32), "", Proof::Differs),
            // A checksum of another kind tells nothing, nor does another ETag: it may be none of MD5.
            (A::Sha256, sum(a, A::Crc32), "", Proof::None),
            (A::Sha256, None, "\"00000000000000000000000000000000\"", Proof::None),
            (A::Sha256, None, &md5_a, Proof::Same),
        ];
        for (ours, theirs, etag, want) in cases {
            assert_eq!(digest(a, ours).compare(theirs.as_ref(), etag), want, "{ours:?} {theirs:?} {etag}");
        }
    }

    #[test]
    fn a_whole_object_is_proved_by_its_etag() {
        let pieces = [digest(b"aaaa", A::Crc32), digest(b"b", A::Crc32)];
        let etag = drystone_digest::etag_of_parts(pieces.iter().map(|piece| &piece.md5));
        assert!(is_etag_of(&pieces, &etag.quoted()));
        assert!(!is_etag_of(&pieces[..1], &etag.quoted()));
        let single = format!("{:032x}", u128::from_be_bytes(pieces[0].md5));
        assert!(is_etag_of(&pieces[..1], &single));
        assert!(!is_etag_of(&pieces, &single));
        assert!(!is_etag_of(&pieces, "\"abc\""));
    }

    /// What a new object is put together of, when each part that is the same is copied; and how many parts are sent.
    fn assemble(old: &[u8], new: &[u8], plan: &Plan, olds: &[Old]) -> (Vec<u8>, usize) {
        let mut whole = Vec::new();
        let mut sent = 0;
        for (number, there) in (1..).zip(olds) {
            let (start, len) = plan.part(number);
            let range = usize::try_from(start).unwrap()..usize::try_from(start + len).unwrap();
            let ours = digest(&new[range.clone()], A::Sha256);
            let is_same = *there != Old::Nothing && {
                let theirs = digest(&old[range.clone()], A::Sha256);
                ours.compare_checksum(Some(&theirs.checksum)) == Proof::Same
            };
            whole.extend_from_slice(if is_same { &old[range] } else { &new[range] });
            sent += usize::from(!is_same);
        }
        (whole, sent)
    }

    /// As in S3, but bytes count as MiB.
    fn scaled(old_size: u64, new_size: u64, part_size: u64) -> (Plan, Vec<Old>) {
        let there = OldObject {
            size: old_size * MIB,
            layout: Layout::of_plan(&Plan { object_size: old_size * MIB, part_size_bytes: part_size * MIB })
                .into(),
        };
        let plan = plan(&there, new_size * MIB, None).unwrap();
        assert_eq!(plan.part_size_bytes, part_size * MIB);
        (Plan { object_size: new_size, part_size_bytes: part_size }, olds(&plan, &there))
    }

    proptest! {
        #[test]
        fn what_is_put_together_is_the_file_whatever_changed(
            old in proptest::collection::vec(0..3u8, 6..100),
            new in proptest::collection::vec(0..3u8, 6..100),
            keep in 0..100usize,
            part_size in 5..20u64,
        ) {
            let mut new = new;
            let kept = keep.min(new.len()).min(old.len());
            new[..kept].copy_from_slice(&old[..kept]);
            prop_assume!(old.len() as u64 >= part_size); // one part that is shorter says nothing of the length of parts
            let (plan, olds) = scaled(old.len() as u64, new.len() as u64, part_size);
            prop_assert_eq!(assemble(&old, &new, &plan, &olds).0, new);
        }

        #[test]
        fn one_changed_byte_sends_one_part(
            old in proptest::collection::vec(0..3u8, 6..100), at in 0..100usize, part_size in 5..20u64,
        ) {
            prop_assume!(old.len() as u64 >= part_size);
            let mut new = old.clone();
            let at = at % new.len();
            new[at] ^= 0x80;
            let (plan, olds) = scaled(old.len() as u64, new.len() as u64, part_size);
            prop_assert_eq!(assemble(&old, &new, &plan, &olds), (new.clone(), 1));
            prop_assert_eq!(assemble(&old, &old, &plan, &olds), (old.clone(), 0));
        }
    }

    #[test]
    fn ranges_are_copied_from_objects_above_5_mib_only() {
        assert_eq!(RANGE_SOURCE_MIN_BYTES, drystone_types::limits::PART_SIZE_MIN_BYTES);
    }
}
