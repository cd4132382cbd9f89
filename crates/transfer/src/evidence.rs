//! Evidence: what a store says of an object, and what of that bytes can be checked against. Pure.

use drystone_digest::combine::{composite_checksum, crc_number, full_object_crc};
use drystone_types::{Checksum, ChecksumAlgorithm, ETag, Timestamp};
use http::header::{CONTENT_LENGTH, ETAG, HeaderMap, LAST_MODIFIED};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// x-amz-checksum-*.
    Checksum,
    /// The ETag, where it is an MD5.
    Etag,
}

/// A value that the bytes of an object have to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The value; of `part_count` parts, that of their values in a row.
    pub value: Checksum,
    /// How many parts it is over; `None` when it is over all bytes.
    pub part_count: Option<u32>,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a match of a value proves, from the weakest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// 32 bits: one of four billion accidental changes is missed.
    Weak,
    /// No accidental change is missed; a deliberate one may be.
    Accidents,
    /// No change at all is missed, as far as anybody knows.
    Everything,
}

impl Strength {
    /// In a few words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Weak => "detects accidental changes, all but one in four billion",
            Self::Accidents => "detects every accidental change, not one that was made to be missed",
            Self::Everything => "detects every change, deliberate ones too",
        }
    }

    /// One word, for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Accidents => "accidents",
            Self::Everything => "everything",
        }
    }
}

/// Is it a CRC, so that values of pieces give that of the whole?
pub fn is_crc(algorithm: ChecksumAlgorithm) -> bool {
    matches!(algorithm, ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c | ChecksumAlgorithm::Crc64Nvme)
}

impl Evidence {
    /// Algorithm.
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.value.algorithm()
    }

    /// Can it be put together from values of any pieces?
    pub fn is_combinable(&self) -> bool {
        self.part_count.is_none() && is_crc(self.algorithm())
    }

    /// `CRC64NVME of the whole object`, `MD5 of 13 parts (ETag)`.
    pub fn name(&self) -> String {
        let of = match self.part_count {
            None => "the whole object".to_owned(),
            Some(1) => "its only part".to_owned(),
            Some(count) => format!("{count} parts"),
        };
        let origin = if self.origin == Origin::Etag { " (ETag)" } else { "" };
        format!("{} of {of}{origin}", self.algorithm().name())
    }

    /// What a match proves.
    pub fn strength(&self) -> Strength {
        match self.algorithm() {
            ChecksumAlgorithm::Sha256 | ChecksumAlgorithm::Sha512 => Strength::Everything,
            ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c => Strength::Weak,
            _ => Strength::Accidents,
        }
    }

    /// The value that pieces give whose checksums and lengths these are, in order: the parts, or for a value over all bytes any
    /// pieces of a CRC, or the one piece that is everything. `None` when they are not such pieces.
    pub fn value_of(&self, pieces: &[(Checksum, u64)]) -> Option<Checksum> {
        let algorithm = self.algorithm();
        if pieces.iter().any(|(checksum, _)| checksum.algorithm() != algorithm) {
            return None;
        }
        match (self.part_count, pieces) {
            (Some(count), _) if usize::try_from(count) == Ok(pieces.len()) => {
                let checksums: Vec<_> = pieces.iter().map(|(checksum, _)| *checksum).collect();
                Some(composite_checksum(algorithm, &checksums).checksum)
            }
            (None, [(only, _)]) => Some(*only),
            (None, _) if is_crc(algorithm) => {
                let pieces = pieces.iter().map(|(checksum, len)| (crc_number(checksum), *len));
                Some(full_object_crc(algorithm, pieces).checksum)
            }
            _ => None,
        }
    }

    /// A value as the store writes it.
    pub fn text(&self, value: &Checksum) -> String {
        let digits = match self.origin {
            Origin::Checksum => value.to_base64(),
            Origin::Etag => drystone_wire::sigv4::hex(value.as_bytes()),
        };
        self.part_count.map_or(digits.clone(), |count| format!("{digits}-{count}"))
    }
}

/// What a store says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Bytes.
    pub size: u64,
    /// ETag as the store sends it, with quotes.
    pub etag: Option<String>,
    /// Version.
    pub version_id: Option<String>,
    /// When it was made.
    pub last_modified: Option<Timestamp>,
    /// What its bytes can be checked against: checksums first.
    pub evidence: Vec<Evidence>,
    /// Why its ETag is no evidence, if that is so.
    pub etag_is_no_md5: Option<&'static str>,
}

impl Remote {
    /// What the head of an answer to HeadObject or GetObject says. `None` when it does not say how long the object is.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let etag = text(ETAG.as_str()).map(str::to_owned);
        let parsed = etag.as_deref().and_then(ETag::parse);
        let etag_is_no_md5 = match (text("x-amz-server-side-encryption"), parsed) {
            _ if text("x-amz-server-side-encryption-customer-algorithm").is_some() => {
                Some("the object is encrypted with a key of the client's own (SSE-C)")
            }
            (Some(kms), _) if kms.starts_with("aws:") => Some("the object is encrypted with a key of KMS"),
            (_, None) => Some("it does not look like one"),
            _ => None,
        };
        let part_count = parsed.and_then(|etag| etag.part_count);
        let mut evidence: Vec<_> = ChecksumAlgorithm::ALL
            .into_iter()
            .filter_map(|algorithm| {
                of_header(
                    algorithm,
                    text(algorithm.header())?,
                    text("x-amz-checksum-type"),
                    part_count.is_some(),
                )
            })
            .collect();
        if let (Some(etag), None) = (parsed, etag_is_no_md5) {
            evidence.push(Evidence {
                value: Checksum::new(ChecksumAlgorithm::Md5, &etag.digest).expect("an MD5 has 16 bytes"),
                part_count: etag.part_count.map(u32::from),
                origin: Origin::Etag,
            });
        }
        Some(Self {
            size: text(CONTENT_LENGTH.as_str())?.trim().parse().ok()?,
            etag,
            version_id: text("x-amz-version-id").map(str::to_owned),
            last_modified: text(LAST_MODIFIED.as_str()).and_then(Timestamp::parse_http_date),
            evidence,
            etag_is_no_md5,
        })
    }

    /// ETag without quotes, or nothing.
    pub fn bare_etag(&self) -> &str {
        self.etag.as_deref().unwrap_or_default().trim_matches('"')
    }

    /// The values, by what checking them costs while the object is read in pieces: first what can be put together from any pieces,
    /// then what needs its parts, then what needs all bytes in order, and the ETag last.
    pub fn by_cost(&self) -> Vec<Evidence> {
        let cost = |evidence: &Evidence| match (evidence.origin, evidence.part_count) {
            (Origin::Checksum, None) if evidence.is_combinable() => 0,
            (Origin::Checksum, Some(_)) => 1,
            (Origin::Checksum, None) => 2,
            (Origin::Etag, _) => 3,
        };
        let mut sorted = self.evidence.clone();
        sorted.sort_by_key(|found| (cost(found), found.algorithm() != ChecksumAlgorithm::Crc64Nvme));
        sorted
    }

    /// The checksum over all bytes, for results: its name in lower case and its value.
    pub fn whole_checksum(&self) -> Option<(String, String)> {
        let found = self
            .evidence
            .iter()
            .find(|found| found.origin == Origin::Checksum && found.part_count.is_none())?;
        Some((found.algorithm().lower_name().to_owned(), found.value.to_base64()))
    }
}

/// One header. A value that could be of the whole object as well as of its parts is none: guessing proves nothing.
fn of_header(
    algorithm: ChecksumAlgorithm,
    text: &str,
    kind: Option<&str>,
    is_multipart: bool,
) -> Option<Evidence> {
    let (digits, part_count) = match text.rsplit_once('-') {
        Some((digits, count)) => (digits, Some(count.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let is_composite = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("COMPOSITE"));
    let is_unclear = kind.is_none() && is_multipart && algorithm != ChecksumAlgorithm::Crc64Nvme;
    if part_count.is_none() && (is_composite || is_unclear) {
        return None;
    }
    Some(Evidence { value: Checksum::from_base64(algorithm, digits)?, part_count, origin: Origin::Checksum })
}

#[cfg(test)]
mod tests {
    use super::{Origin, Remote, Strength};
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm as A;
    use http::header::{HeaderMap, HeaderName, HeaderValue};

    fn remote(pairs: &[(&'static str, &str)]) -> Remote {
        let mut headers = HeaderMap::new();
        headers.insert("content-length", HeaderValue::from_static("15"));
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Remote::of(&headers).unwrap()
    }

    fn names(remote: &Remote) -> Vec<String> {
        remote.evidence.iter().map(super::Evidence::name).collect()
    }

    #[test]
    fn b109_what_an_etag_proves() {
        let single = ("etag", "\"900150983cd24fb0d6963f7d28e17f72\"");
        let parts = ("etag", "\"b2add96cc9702bbf4efb0ccdfc6b7747-3\"");
        assert_eq!(names(&remote(&[single])), ["MD5 of the whole object (ETag)"]);
        assert_eq!(names(&remote(&[parts])), ["MD5 of 3 parts (ETag)"]);
        assert_eq!(names(&remote(&[single, ("x-amz-server-side-encryption", "AES256")])).len(), 1);
        for (encryption, value) in [
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption", "aws:kms:dsse"),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ] {
            let found = remote(&[single, (encryption, value)]);
            assert_eq!(names(&found), [""; 0]);
            assert!(found.etag_is_no_md5.unwrap().contains("encrypted"));
        }
        assert!(remote(&[("etag", "\"CO_7mq2Fz4kDEAE=\"")]).etag_is_no_md5.is_some());
        assert!(remote(&[]).evidence.is_empty());
    }

    /// Headers, and what they say.
    type Case<'a> = (&'a [(&'static str, &'a str)], &'a [&'a str]);

    #[test]
    fn b133_values_of_parts_and_of_the_whole_are_told_apart_or_not_used() {
        let parts = ("etag", "\"b2add96cc9702bbf4efb0ccdfc6b7747-3\"");
        let kms = ("x-amz-server-side-encryption", "aws:kms");
        let sum = |value| ("x-amz-checksum-crc32", value);
        let kind = |value| ("x-amz-checksum-type", value);
        let cases: [Case<'_>; 7] = [
            (&[sum("WgDhBQ==")], &["CRC32 of the whole object"]),
            (&[sum("WgDhBQ=="), parts, kms], &[]),
            (&[sum("WgDhBQ=="), parts, kms, kind("FULL_OBJECT")], &["CRC32 of the whole object"]),
            (&[sum("WgDhBQ=="), kind("COMPOSITE")], &[]),
            (&[sum("WgDhBQ==-3"), kind("COMPOSITE")], &["CRC32 of 3 parts"]),
            (&[sum("WgDhBQ==-1")], &["CRC32 of its only part"]),
            (&[sum("nonsense")], &[]),
        ];
        for (headers, expected) in cases {
            assert_eq!(names(&remote(headers)), expected, "{headers:?}");
        }
    }

    #[test]
    fn what_costs_least_is_chosen_and_what_it_proves_is_told() {
        let crc = ("x-amz-checksum-crc64nvme", "i+6LR0y3eFo=");
        let sha = ("x-amz-checksum-sha256", "uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3");
        let etag = ("etag", "b2add96cc9702bbf4efb0ccdfc6b7747-3");
        let cheapest = |pairs: &[_]| remote(pairs).by_cost()[0];
        assert_eq!(cheapest(&[etag, sha, crc]).algorithm(), A::Crc64Nvme);
        assert_eq!(cheapest(&[etag, sha]).strength(), Strength::Everything);
        assert_eq!(cheapest(&[etag]).origin, Origin::Etag);
        assert_eq!(cheapest(&[etag, crc]).strength(), Strength::Accidents);
        assert_eq!(remote(&[sha, crc]).whole_checksum(), Some(("crc64nvme".into(), "i+6LR0y3eFo=".into())));
    }

    #[test]
    fn b235_values_come_from_pieces() {
        let parts = [b'A', b'B', b'C'].map(|byte| vec![byte; 5 << 20]);
        let pieces = |algorithm| parts.clone().map(|part| (checksum_of(algorithm, &part), part.len() as u64));
        let etag = remote(&[("etag", "\"b2add96cc9702bbf4efb0ccdfc6b7747-3\"")]).evidence[0];
        assert_eq!(etag.value_of(&pieces(A::Md5)), Some(etag.value));
        assert_eq!(etag.text(&etag.value), "b2add96cc9702bbf4efb0ccdfc6b7747-3");
        assert_eq!(etag.value_of(&pieces(A::Md5)[..2]), None);
        assert_eq!(etag.value_of(&pieces(A::Crc32)), None);
        let whole = remote(&[("x-amz-checksum-crc64nvme", "i+6LR0y3eFo=")]).evidence[0];
        assert_eq!(whole.value_of(&pieces(A::Crc64Nvme)), Some(whole.value));
        let sha = remote(&[("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]).evidence[0];
        assert_eq!(sha.value_of(&[(checksum_of(A::Sha1, b"123456789"), 9)]), Some(sha.value));
        assert_eq!(sha.value_of(&pieces(A::Sha1)), None);
    }
}
