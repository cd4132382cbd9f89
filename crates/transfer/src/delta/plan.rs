//! Delta plan: how the new object is cut, which pieces the old one may have, and what proves that it has. Pure.

use crate::copy::layout::Layout;
use crate::plan::Plan;
use drystone_types::limits::{PART_COUNT_MAX, PART_SIZE_MAX_BYTES, PART_SIZE_MIN_BYTES};
use drystone_types::{Checksum, ETag};

/// A piece of the new object: one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// First byte, in the new object.
    pub start: u64,
    /// Bytes.
    pub len: u64,
    /// May it be copied? Then the old object has bytes at exactly this place.
    pub old: Old,
}

/// What the old object has at the place of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Less than the piece, or nothing.
    Nothing,
    /// Bytes, of which nothing is told.
    Bytes,
    /// Exactly its part of this number, from 1.
    Part(u32),
}

/// What S3 demands of parts.
#[derive(Clone, Copy, Debug)]
struct Rules {
    len_min: u64,
    len_max: u64,
    count_max: usize,
}

const S3: Rules =
    Rules { len_min: PART_SIZE_MIN_BYTES, len_max: PART_SIZE_MAX_BYTES, count_max: PART_COUNT_MAX as usize };

/// Cuts a new object of `new_size` bytes where the old one, whose parts are `old`, was cut, and what comes after its end, or after
/// the part in which the new one ends, into parts of the same length. `None` when that cannot be: there is nothing, or too much.
pub fn cut_like(old: &Layout, new_size: u64) -> Option<Vec<Cut>> {
    cut(old.parts(), new_size, S3)
}

/// Cuts a new object as `plan` says; the old one's parts are not known, it has `old_size` bytes. A range can be copied only from an
/// object of more than 5 MiB.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>, read 2026-08.
pub fn cut_anew(plan: &Plan, old_size: u64) -> Vec<Cut> {
    let parts = (1..=plan.part_count()).map(|number| plan.part(number));
    let is_there = |end: u64| end <= old_size && old_size > PART_SIZE_MIN_BYTES;
    let old = |end| if is_there(end) { Old::Bytes } else { Old::Nothing };
    parts.map(|(start, len)| Cut { start, len, old: old(start + len) }).collect()
}

fn cut(old: impl Iterator<Item = (u64, u64)>, new_size: u64, rules: Rules) -> Option<Vec<Cut>> {
    let mut cuts = Vec::new();
    let mut longest = rules.len_min;
    let mut is_kept = true;
    for (number, (start, len)) in (1..).zip(old) {
        longest = longest.max(len);
        let end = start + len;
        is_kept &= end <= new_size && (len >= rules.len_min || end == new_size);
        if is_kept {
            cuts.push(Cut { start, len, old: Old::Part(number) });
        }
    }
    let mut start = cuts.last().map_or(0, |cut| cut.start + cut.len);
    let part_size = longest.min(rules.len_max);
    while start < new_size && cuts.len() < rules.count_max {
        let len = part_size.min(new_size - start);
        cuts.push(Cut { start, len, old: Old::Nothing });
        start += len;
    }
    (new_size > 0 && start == new_size && cuts.len() <= rules.count_max).then_some(cuts)
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
const PROOF_BITS_MIN: usize = 64;

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
    use super::{Cut, Old, PieceDigest, Proof, Rules, cut, cut_anew, cut_like, is_etag_of};
    use crate::copy::layout::Layout;
    use crate::plan::Plan;
    use drystone_digest::BodyDigest;
    use drystone_types::{Checksum, ChecksumAlgorithm as A};
    use proptest::collection::vec;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;
    const TINY: Rules = Rules { len_min: 5, len_max: 50, count_max: 12 };

    /// `(length, number of the old part or 0)` of each cut.
    fn short(cuts: &[Cut]) -> Vec<(u64, u32)> {
        let old = |cut: &Cut| match cut.old {
            Old::Part(number) => number,
            Old::Nothing | Old::Bytes => 0,
        };
        cuts.iter().map(|cut| (cut.len, old(cut))).collect()
    }

    #[test]
    fn a_new_object_is_cut_where_the_old_one_was() {
        type Case<'a> = (&'a [u64], u64, Option<&'a [(u64, u32)]>);
        let cases: [Case<'_>; 13] = [
            (&[8, 8, 3], 19, Some(&[(8, 1), (8, 2), (3, 3)])),
            // It grew: a short last part is no last part any more.
            (&[8, 8, 3], 20, Some(&[(8, 1), (8, 2), (4, 0)])),
            (&[8, 8, 6], 23, Some(&[(8, 1), (8, 2), (6, 3), (1, 0)])),
            (&[8, 8, 8], 33, Some(&[(8, 1), (8, 2), (8, 3), (8, 0), (1, 0)])),
            // It shrank.
            (&[8, 8, 3], 18, Some(&[(8, 1), (8, 2), (2, 0)])),
            (&[8, 8, 3], 16, Some(&[(8, 1), (8, 2)])),
            (&[8, 8, 3], 15, Some(&[(8, 1), (7, 0)])),
            (&[8, 8, 3], 1, Some(&[(1, 0)])),
            (&[8, 8, 3], 0, None),
            // Parts that are not equal.
            (&[5, 9, 7, 2], 40, Some(&[(5, 1), (9, 2), (7, 3), (9, 0), (9, 0), (1, 0)])),
            // One part, and what comes after it.
            (&[6], 13, Some(&[(6, 1), (6, 0), (1, 0)])),
            (&[3], 13, Some(&[(5, 0), (5, 0), (3, 0)])),
            // More parts than there may be.
            (&[5], 61, None),
        ];
        for (lens, new_size, want) in cases {
            let starts = lens.iter().scan(0, |end, len| {
                *end += len;
                Some((*end - len, *len))
            });
            let cuts = cut(starts, new_size, TINY);
            assert_eq!(cuts.as_deref().map(short).as_deref(), want, "{lens:?} to {new_size}");
        }
    }

    #[test]
    fn s3s_own_numbers_hold() {
        let old = Layout::of_lens([8 * MIB, 8 * MIB, MIB], 17 * MIB).unwrap();
        let cuts = cut_like(&old, 18 * MIB).unwrap();
        assert_eq!(short(&cuts), [(8 * MIB, 1), (8 * MIB, 2), (2 * MIB, 0)]);
        assert_eq!(cut_like(&old, 8 * MIB * 10_000).unwrap().len(), 10_000);
        assert_eq!(cut_like(&old, 8 * MIB * 10_000 + 1), None);
    }

    #[test]
    fn without_a_layout_any_range_of_a_large_object_may_be_there() {
        let plan = Plan::new(20 * MIB, Some(8 * MIB)).unwrap();
        let old = |old_size| cut_anew(&plan, old_size).iter().map(|cut| cut.old).collect::<Vec<_>>();
        assert_eq!(old(20 * MIB), [Old::Bytes, Old::Bytes, Old::Bytes]);
        assert_eq!(old(19 * MIB), [Old::Bytes, Old::Bytes, Old::Nothing]);
        assert_eq!(old(5 * MIB), [Old::Nothing; 3]);
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

    fn old_lens() -> impl Strategy<Value = Vec<u64>> {
        (vec(5..20u64, 0..4), 1..20u64).prop_map(|(mut lens, last)| {
            lens.push(last);
            lens
        })
    }

    /// What a new object is put together of, when each piece that is the same is copied.
    fn assemble(old: &[u8], new: &[u8], cuts: &[Cut]) -> (Vec<u8>, usize) {
        let mut whole = Vec::new();
        let mut sent = 0;
        for cut in cuts {
            let range = usize::try_from(cut.start).unwrap()..usize::try_from(cut.start + cut.len).unwrap();
            let ours = digest(&new[range.clone()], A::Sha256);
            let is_same = cut.old != Old::Nothing && {
                let theirs = digest(&old[range.clone()], A::Sha256);
                ours.compare_checksum(Some(&theirs.checksum)) == Proof::Same
            };
            whole.extend_from_slice(if is_same { &old[range] } else { &new[range] });
            sent += usize::from(!is_same);
        }
        (whole, sent)
    }

    fn starts(lens: &[u64]) -> Vec<(u64, u64)> {
        let mut end = 0;
        lens.iter()
            .map(|len| {
                end += len;
                (end - len, *len)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_put_together_is_the_file_whatever_changed(
            lens in old_lens(), old in vec(0..3u8, 100), new in vec(0..3u8, 1..100), keep in 0..100usize,
        ) {
            let old = &old[..usize::try_from(lens.iter().sum::<u64>()).unwrap()];
            let mut new = new;
            let kept = keep.min(new.len()).min(old.len());
            new[..kept].copy_from_slice(&old[..kept]);
            if let Some(cuts) = cut(starts(&lens).into_iter(), new.len() as u64, TINY) {
                prop_assert!(cuts.len() <= TINY.count_max);
                prop_assert!(cuts[..cuts.len() - 1].iter().all(|cut| cut.len >= TINY.len_min));
                prop_assert!(cuts.iter().all(|cut| cut.len <= TINY.len_max));
                prop_assert_eq!(assemble(old, &new, &cuts).0, new);
            }
        }

        #[test]
        fn one_changed_byte_sends_one_part(lens in old_lens(), old in vec(0..3u8, 100), at in 0..100usize) {
            let old = &old[..usize::try_from(lens.iter().sum::<u64>()).unwrap()];
            let mut new = old.to_vec();
            let at = at % new.len();
            new[at] ^= 0x80;
            let cuts = cut(starts(&lens).into_iter(), new.len() as u64, TINY).unwrap();
            prop_assert_eq!(assemble(old, &new, &cuts), (new.clone(), 1));
            prop_assert_eq!(assemble(old, old, &cuts), (old.to_vec(), 0));
        }
    }
}
