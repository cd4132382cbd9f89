//! Assembly: which recorded parts become the object, and what its ETag and checksum are. Pure: a table tests it.

use drystone_digest::combine::crc_number;
use drystone_digest::{composite_checksum, etag_of_parts, full_object_crc};
use drystone_metastore::record::PartRecord;
use drystone_types::{
    Checksum, ChecksumAlgorithm, ChecksumType, ETag, ManifestPart, ObjectChecksum, PartNumber, limits,
};

use crate::error::CompleteError;

/// A part as Complete's body names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedPart {
    /// PartNumber; any positive integer.
    pub part_number: u64,
    /// ETag, as sent.
    pub etag: String,
    /// Its checksum element.
    pub checksum: Option<Checksum>,
}

/// What Complete's headers claim of the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompleteClaims {
    /// x-amz-checksum-*: value, and the `-N` of a composite one.
    pub checksum: Option<(Checksum, Option<u16>)>,
    /// x-amz-checksum-type.
    pub checksum_type: Option<ChecksumType>,
    /// x-amz-mp-object-size.
    pub object_size: Option<u64>,
}

/// What will be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// Ascending; at least one.
    pub chosen: Vec<ManifestPart>,
    /// Of the object (b108).
    pub etag: ETag,
    /// Of the object (b133, b138, b143).
    pub checksum: ObjectChecksum,
}

type Declared = Option<(ChecksumAlgorithm, ChecksumType)>;

/// Chooses the `requested` parts among the `recorded` ones (ascending by number) of an upload that declared `declared`.
///
/// # Errors
/// The [`CompleteError`] that AWS would report, in its order: list order, parts and ETags, part checksums, sizes, claims.
pub fn assemble(
    declared: Declared,
    recorded: &[PartRecord],
    requested: &[RequestedPart],
    claims: &CompleteClaims,
) -> Result<Assembly, CompleteError> {
    assert!(!requested.is_empty(), "an empty list is refused as it is parsed");
    check_type(declared, claims)?;
    check_order(requested)?;
    let chosen =
        requested.iter().map(|part| choose(declared, recorded, part)).collect::<Result<Vec<_>, _>>()?;
    check_sizes(&chosen)?;
    let checksum = object_checksum(declared, &chosen);
    check_claims(declared, &checksum, &chosen, claims)?;
    let etag = etag_of_parts(chosen.iter().map(|part| &part.md5));
    Ok(Assembly { chosen, etag, checksum })
}

fn check_type(declared: Declared, claims: &CompleteClaims) -> Result<(), CompleteError> {
    let upload = declared.map(|(_, kind)| kind);
    match claims.checksum_type {
        Some(kind) if upload != Some(kind) => Err(CompleteError::ChecksumTypeMismatch { upload }), // b140, b142
        _ => Ok(()),
    }
}

fn check_order(requested: &[RequestedPart]) -> Result<(), CompleteError> {
    let ascending = requested.windows(2).all(|pair| pair[0].part_number < pair[1].part_number);
    if ascending { Ok(()) } else { Err(CompleteError::InvalidPartOrder) }
}

fn choose(
    declared: Declared,
    recorded: &[PartRecord],
    requested: &RequestedPart,
) -> Result<ManifestPart, CompleteError> {
    let invalid = || CompleteError::InvalidPart {
        part_number: requested.part_number,
        etag: requested.etag.trim().trim_matches('"').to_owned(),
    };
    let number = PartNumber::new(requested.part_number).ok_or_else(invalid)?;
    let index =
        recorded.binary_search_by_key(&number, |record| record.part.part_number).map_err(|_| invalid())?;
    let part = recorded[index].part;
    if ETag::parse(&requested.etag) != Some(ETag::single(part.md5)) {
        return Err(invalid());
    }
    check_part_checksum(declared, &part, requested)?;
    Ok(part)
}

fn check_part_checksum(
    declared: Declared,
    part: &ManifestPart,
    requested: &RequestedPart,
) -> Result<(), CompleteError> {
    let part_number = part.part_number.get();
    let invalid = || CompleteError::InvalidPart {
        part_number: requested.part_number,
        etag: requested.etag.trim().trim_matches('"').to_owned(),
    };
    match (declared, requested.checksum) {
        (Some((algorithm, ChecksumType::Composite)), None) => {
            Err(CompleteError::PartChecksumMissing { algorithm, part_number }) // b134
        }
        (_, None) => Ok(()),               // b138
        (None, Some(_)) => Err(invalid()), // b142
        (Some((upload, _)), Some(sent)) if upload != sent.algorithm() => {
            Err(CompleteError::PartChecksumOther { algorithm: sent.algorithm(), part_number }) // b136
        }
        (Some(_), sent) if part.checksum != sent => Err(invalid()), // b135
        _ => Ok(()),
    }
}

fn check_sizes(chosen: &[ManifestPart]) -> Result<(), CompleteError> {
    let (_, all_but_last) = chosen.split_last().expect("at least one part");
    match all_but_last.iter().find(|part| part.size < limits::PART_SIZE_MIN_BYTES) {
        Some(part) => Err(CompleteError::EntityTooSmall {
            proposed: part.size,
            part_number: part.part_number.get(),
            etag: ETag::single(part.md5).to_string(),
        }),
        None => Ok(()),
    }
}

fn object_checksum(declared: Declared, chosen: &[ManifestPart]) -> ObjectChecksum {
    let kept = |part: &ManifestPart| {
        part.checksum.expect("an upload with an algorithm keeps a checksum of every part")
    };
    match declared {
        Some((algorithm, ChecksumType::Composite)) => {
            composite_checksum(algorithm, &chosen.iter().map(kept).collect::<Vec<_>>())
        }
        Some((algorithm, ChecksumType::FullObject)) => {
            full_object_crc(algorithm, chosen.iter().map(|part| (crc_number(&kept(part)), part.size)))
        }
        None => full_object_crc(
            ChecksumAlgorithm::Crc64Nvme,
            chosen.iter().map(|part| (part.crc64nvme, part.size)),
        ),
    }
}

fn check_claims(
    declared: Declared,
    computed: &ObjectChecksum,
    chosen: &[ManifestPart],
    claims: &CompleteClaims,
) -> Result<(), CompleteError> {
    let size = chosen.iter().map(|part| part.size).sum();
    if let Some(given) = claims.object_size.filter(|given| *given != size) {
        return Err(CompleteError::ObjectSizeMismatch { given, computed: size });
    }
    let (Some(_), Some((checksum, part_count))) = (declared, claims.checksum) else {
        return Ok(()); // b142: without an algorithm the final header is ignored
    };
    if checksum != computed.checksum || part_count != computed.part_count {
        return Err(CompleteError::FinalChecksumMismatch(checksum.algorithm())); // b139; b144: composite ones end in -N
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{CompleteClaims, Declared, RequestedPart, assemble};
    use crate::error::CompleteError as E;
    use drystone_digest::BodyDigest;
    use drystone_metastore::record::PartRecord;
    use drystone_types::{
        BlobHome, BlobId, BlobRef, Checksum, ChecksumAlgorithm as A, ChecksumType as T, ETag, ManifestPart,
        PartNumber, Timestamp, limits,
    };

    const BIG: u64 = limits::PART_SIZE_MIN_BYTES;
    const COMPOSITE: Declared = Some((A::Crc32, T::Composite));
    const FULL: Declared = Some((A::Crc32, T::FullObject));

    /// A recorded part of `len` bytes whose digests are those of its number.
    fn recorded(number: u64, len: u64, declared: Declared) -> PartRecord {
        let mut digest = BodyDigest::new(declared.map(|(algorithm, _)| algorithm));
        digest.update(&number.to_le_bytes());
        let summary = digest.finish();
        let part = ManifestPart {
            part_number: PartNumber::new(number).unwrap(),
            size: len,
            blob: BlobRef { id: BlobId(number), len, home: BlobHome::Store },
            md5: summary.md5,
            crc64nvme: summary.crc64nvme,
            checksum: summary.checksum,
        };
        PartRecord { part, last_modified: Timestamp(0) }
    }

    fn requested(record: &PartRecord, with_checksum: bool) -> RequestedPart {
        RequestedPart {
            part_number: record.part.part_number.get().into(),
            etag: ETag::single(record.part.md5).quoted(),
            checksum: record.part.checksum.filter(|_| with_checksum),
        }
    }

    fn outcome(declared: Declared, records: &[PartRecord], parts: &[RequestedPart]) -> Result<String, E> {
        assemble(declared, records, parts, &CompleteClaims::default())
            .map(|assembly| assembly.etag.to_string())
    }

    #[test]
    fn b108_b109_b110_the_listed_parts_make_the_object_gaps_and_all() {
        let records =
            [recorded(1, BIG, None), recorded(3, BIG, None), recorded(7, 1, None), recorded(9, 1, None)];
        let parts = [requested(&records[0], false), requested(&records[2], false)];
        let assembly = assemble(None, &records, &parts, &CompleteClaims::default()).unwrap();
        assert_eq!(assembly.chosen, [records[0].part, records[2].part]);
        assert_eq!(assembly.etag.part_count, Some(2));
        assert_eq!(assembly.checksum.checksum.algorithm(), A::Crc64Nvme); // b143
        assert_eq!(assembly.checksum.kind, T::FullObject);
    }

    #[test]
    fn b111_to_b116_wrong_lists_are_refused_in_order_of_precedence() {
        let records = [recorded(1, BIG, None), recorded(2, BIG - 1, None), recorded(3, 0, None)];
        let [one, two, three] = [0, 1, 2].map(|index: usize| requested(&records[index], false));
        let bare =
            |number, etag: &str| RequestedPart { part_number: number, etag: etag.into(), checksum: None };
        let invalid = |part_number, etag: &str| E::InvalidPart { part_number, etag: etag.into() };
        let small = ETag::single(records[1].part.md5).to_string();
        let cases = [
            (vec![two.clone(), one.clone()], Err(E::InvalidPartOrder)),
            (vec![one.clone(), one.clone()], Err(E::InvalidPartOrder)),
            (vec![bare(4, "\"abc\"")], Err(invalid(4, "abc"))),
            (vec![bare(10_001, "x")], Err(invalid(10_001, "x"))),
            (vec![bare(1, "x")], Err(invalid(1, "x"))),
            (vec![bare(1, &two.etag)], Err(invalid(1, &small))),
            (
                vec![one.clone(), two.clone(), three.clone()],
                Err(E::EntityTooSmall { proposed: BIG - 1, part_number: 2, etag: small.clone() }),
            ),
        ];
        for (parts, expected) in cases {
            assert_eq!(outcome(None, &records, &parts), expected, "{parts:?}");
        }
        assert!(outcome(None, &records, &[one, two.clone()]).is_ok(), "the last part may be small");
        assert!(outcome(None, &records, &[two]).unwrap().ends_with("-1"));
        assert!(outcome(None, &records, &[three]).is_ok(), "b116: one empty part");
    }

    #[test]
    fn b134_to_b138_b142_part_checksums() {
        let other = Checksum::new(A::Sha256, &[7; 32]);
        let wrong = Checksum::new(A::Crc32, &[7; 4]);
        for (declared, sent, expected) in [
            (COMPOSITE, None, Some(E::PartChecksumMissing { algorithm: A::Crc32, part_number: 1 })),
            (COMPOSITE, wrong, Some(E::InvalidPart { part_number: 1, etag: String::new() })),
            (COMPOSITE, other, Some(E::PartChecksumOther { algorithm: A::Sha256, part_number: 1 })),
            (FULL, None, None),
            (FULL, wrong, Some(E::InvalidPart { part_number: 1, etag: String::new() })),
            (None, wrong, Some(E::InvalidPart { part_number: 1, etag: String::new() })),
        ] {
            let records = [recorded(1, 5, declared)];
            let part = RequestedPart { checksum: sent, ..requested(&records[0], false) };
            let etag = ETag::single(records[0].part.md5).to_string();
            let expected = expected.map(|error| match error {
                E::InvalidPart { part_number, .. } => E::InvalidPart { part_number, etag: etag.clone() },
                other => other,
            });
            assert_eq!(outcome(declared, &records, &[part]).err(), expected, "{declared:?} {sent:?}");
        }
        let records = [recorded(1, 5, COMPOSITE)];
        assert!(outcome(COMPOSITE, &records, &[requested(&records[0], true)]).is_ok());
    }

    #[test]
    fn b122_b139_to_b144_claims_about_the_object() {
        let none = CompleteClaims::default();
        let wrong = Checksum::new(A::Crc32, &[7; 4]).unwrap();
        for (declared, claims, expected) in [
            (None, CompleteClaims { object_size: Some(5), ..none }, None),
            (
                None,
                CompleteClaims { object_size: Some(4), ..none },
                Some(E::ObjectSizeMismatch { given: 4, computed: 5 }),
            ),
            (
                None,
                CompleteClaims { checksum_type: Some(T::FullObject), ..none },
                Some(E::ChecksumTypeMismatch { upload: None }),
            ),
            (
                FULL,
                CompleteClaims { checksum_type: Some(T::Composite), ..none },
                Some(E::ChecksumTypeMismatch { upload: Some(T::FullObject) }),
            ),
            (FULL, CompleteClaims { checksum_type: Some(T::FullObject), ..none }, None),
            (None, CompleteClaims { checksum: Some((wrong, None)), ..none }, None), // b142: ignored
            (
                FULL,
                CompleteClaims { checksum: Some((wrong, None)), ..none },
                Some(E::FinalChecksumMismatch(A::Crc32)),
            ),
            (
                COMPOSITE,
                CompleteClaims { checksum: Some((wrong, None)), ..none },
                Some(E::FinalChecksumMismatch(A::Crc32)), // without its -N
            ),
            (
                COMPOSITE,
                CompleteClaims { checksum: Some((wrong, Some(1))), ..none },
                Some(E::FinalChecksumMismatch(A::Crc32)),
            ),
        ] {
            let records = [recorded(1, 5, declared)];
            let parts = [requested(&records[0], true)];
            let result = assemble(declared, &records, &parts, &claims);
            assert_eq!(result.err(), expected, "{declared:?} {claims:?}");
        }
        for declared in [FULL, COMPOSITE] {
            let records = [recorded(1, 5, declared)];
            let parts = [requested(&records[0], true)];
            let right = assemble(declared, &records, &parts, &none).unwrap().checksum;
            let claims = CompleteClaims { checksum: Some((right.checksum, right.part_count)), ..none };
            assert!(assemble(declared, &records, &parts, &claims).is_ok(), "{declared:?}");
            let claims = CompleteClaims { checksum: Some((right.checksum, Some(2))), ..none };
            assert!(assemble(declared, &records, &parts, &claims).is_err(), "{declared:?}: another -N");
        }
    }
}
