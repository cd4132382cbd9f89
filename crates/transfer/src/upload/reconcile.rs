//! Reconcile: which parts of an open upload can be kept. Pure.

use crate::journal::upload::PartLine;
use crate::plan::Plan;
use drystone_types::{Checksum, ChecksumAlgorithm};
use drystone_wire::sigv4::hex;
use std::collections::BTreeMap;

/// A part as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// Number.
    pub part_number: u64,
    /// Bytes.
    pub size: u64,
    /// ETag, without quotes.
    pub etag: String,
    /// Its checksum, if the store keeps one.
    pub checksum: Option<Checksum>,
}

/// A part that the store has and that is known to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPart {
    /// ETag, without quotes.
    pub etag: String,
    /// Of the data; of the upload's algorithm, or MD5.
    pub checksum: Checksum,
    /// Bytes.
    pub len: u64,
}

/// What is to be done with the parts of a plan. Each part that is in neither map is to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Right without a look at the source.
    pub kept: BTreeMap<u32, KeptPart>,
    /// Right if the source has this checksum there.
    pub to_prove: BTreeMap<u32, KeptPart>,
    /// Parts that the store has and the plan has not: they are left out at completion.
    pub strangers: u64,
}

/// Compares what the store has with the plan and the journal.
///
/// `trusted` are the lines of the journal if the source is what it was when they were written, else none. A listed part of the right
/// length is kept when the journal has it with the same ETag and, where both know one, the same checksum. Otherwise it is proved by
/// the checksum that the store keeps, or by an ETag that is an MD5.
pub fn reconcile(
    plan: &Plan,
    listed: &[ListedPart],
    trusted: &[PartLine],
    algorithm: ChecksumAlgorithm,
) -> Reconciled {
    let journal: BTreeMap<u32, &PartLine> = trusted.iter().map(|line| (line.part_number, line)).collect();
    let mut outcome = Reconciled::default();
    for part in listed {
        let number =
            u32::try_from(part.part_number).ok().filter(|number| (1..=plan.part_count()).contains(number));
        let Some(number) = number else {
            outcome.strangers += 1;
            continue;
        };
        if plan.part(number).1 != part.size {
            continue;
        }
        let known = journal.get(&number).filter(|line| line.etag == part.etag);
        let known = known.and_then(|line| known_checksum(line, algorithm));
        let agrees = |checksum: &Checksum| {
            part.checksum
                .is_none_or(|listed| listed.algorithm() != checksum.algorithm() || listed == *checksum)
        };
        let (etag, len) = (part.etag.clone(), part.size);
        match known.filter(agrees) {
            Some(checksum) => drop(outcome.kept.insert(number, KeptPart { etag, checksum, len })),
            None => {
                if let Some(checksum) = part.checksum.or_else(|| md5_of(&part.etag)) {
                    outcome.to_prove.insert(number, KeptPart { etag, checksum, len });
                }
            }
        }
    }
    outcome
}

/// The checksum in a journal's line: of the upload's algorithm, or MD5 when that is what its length says.
fn known_checksum(line: &PartLine, algorithm: ChecksumAlgorithm) -> Option<Checksum> {
    Checksum::from_base64(algorithm, &line.checksum)
        .or_else(|| Checksum::from_base64(ChecksumAlgorithm::Md5, &line.checksum))
}

/// The MD5 that an ETag is, if it looks like one.
pub fn md5_of(etag: &str) -> Option<Checksum> {
    let mut md5 = [0; 16];
    if etag.len() != 32 || !etag.is_ascii() {
        return None;
    }
    for (byte, pair) in md5.iter_mut().zip(etag.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    let checksum = Checksum::new(ChecksumAlgorithm::Md5, &md5)?;
    hex(checksum.as_bytes()).eq_ignore_ascii_case(etag).then_some(checksum)
}

#[cfg(test)]
mod tests {
    use super::{KeptPart, ListedPart, md5_of, reconcile};
    use crate::journal::upload::PartLine;
    use crate::plan::Plan;
    use drystone_types::{Checksum, ChecksumAlgorithm};

    const MIB: u64 = 1 << 20;
    const CRC: ChecksumAlgorithm = ChecksumAlgorithm::Crc64Nvme;

    fn listed(part_number: u64, size: u64, etag: &str, checksum: Option<u64>) -> ListedPart {
        ListedPart { part_number, size, etag: etag.to_owned(), checksum: checksum.map(Checksum::crc64nvme) }
    }

    fn line(part_number: u32, etag: &str, checksum: u64) -> PartLine {
        let checksum = Checksum::crc64nvme(checksum).to_base64();
        PartLine { part_number, etag: etag.to_owned(), checksum }
    }

    #[test]
    fn only_what_can_be_proved_is_kept() {
        let plan = Plan::new(12 * MIB, Some(5 * MIB)).unwrap();
        let md5 = "0123456789abcdef0123456789abcdef";
        let cases: [(&str, ListedPart, &[PartLine], bool, bool); 8] = [
            ("in the journal", listed(1, 5 * MIB, "a", Some(1)), &[line(1, "a", 1)], true, false),
            ("the store keeps no checksum", listed(1, 5 * MIB, "a", None), &[line(1, "a", 1)], true, false),
            ("overwritten by others", listed(1, 5 * MIB, "b", Some(1)), &[line(1, "a", 1)], false, true),
            ("another checksum", listed(1, 5 * MIB, "a", Some(2)), &[line(1, "a", 1)], false, true),
            ("no journal", listed(1, 5 * MIB, "a", Some(1)), &[], false, true),
            ("an ETag that is an MD5", listed(1, 5 * MIB, md5, None), &[], false, true),
            ("nothing to prove it with", listed(1, 5 * MIB, "a", None), &[], false, false),
            ("another length", listed(1, 4 * MIB, "a", Some(1)), &[line(1, "a", 1)], false, false),
        ];
        for (what, part, journal, kept, to_prove) in cases {
            let outcome = reconcile(&plan, &[part], journal, CRC);
            assert_eq!(outcome.kept.contains_key(&1), kept, "{what}");
            assert_eq!(outcome.to_prove.contains_key(&1), to_prove, "{what}");
        }
        let outcome = reconcile(
            &plan,
            &[listed(3, 2 * MIB, "c", Some(3)), listed(4, 9, "d", None)],
            &[line(3, "c", 3)],
            CRC,
        );
        let kept = KeptPart { etag: "c".to_owned(), checksum: Checksum::crc64nvme(3), len: 2 * MIB };
        assert_eq!((outcome.kept.get(&3), outcome.strangers), (Some(&kept), 1));
    }

    #[test]
    fn an_etag_is_an_md5_or_not() {
        assert!(md5_of("0123456789ABCDEF0123456789abcdef").is_some());
        for etag in [
            "",
            "0123456789abcdef0123456789abcdef-3",
            "g123456789abcdef0123456789abcdef",
            "+123456789abcdef0123456789abcde+",
        ] {
            assert_eq!(md5_of(etag), None, "{etag}");
        }
    }
}
