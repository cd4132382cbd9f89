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
    match all_but_last.iter().find(|part| part.blob.len < limits::PART_SIZE_MIN_BYTES) {
        Some(part) => Err(CompleteError::EntityTooSmall {
            proposed: part.blob.len,
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
            full_object_crc(algorithm, chosen.iter().map(|part| (crc_number(&kept(part)), part.blob.len)))
        }
        None => full_object_crc(
            ChecksumAlgorithm::Crc64Nvme,
            chosen.iter().map(|part| (part.crc64nvme, part.blob.len)),
        ),
    }
}

fn check_claims(
    declared: Declared,
    computed: &ObjectChecksum,
    chosen: &[ManifestPart],
    claims: &CompleteClaims,
) -> Result<(), CompleteError> {
    let size = chosen.iter().map(|part| part.blob.len).sum();
    if let Some(given) = claims.object_size.filter(|given| *given != size) {
        return Err(CompleteError::ObjectSizeMismatch { given, computed: size });
    }
    let (Some((_, kind)), Some((checksum, part_count))) = (declared, claims.checksum) else {
        return Ok(()); // b142: without an algorithm the final header is ignored
    };
    let algorithm = checksum.algorithm();
    if kind == ChecksumType::Composite && part_count.is_none() {
        return Err(CompleteError::FinalChecksumInvalid(algorithm));
    }
    if checksum != computed.checksum || part_count != computed.part_count {
        return Err(CompleteError::FinalChecksumMismatch(algorithm)); // b139
    }
    Ok(())
}
