//! ChecksumAlgorithm, ChecksumType, Checksum: what x-amz-checksum-* can say. Computing them is `digest`'s work.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// An algorithm of x-amz-checksum-*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChecksumAlgorithm {
    /// CRC-32 (ISO-HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME, the default.
    Crc64Nvme,
    /// MD5 (b22).
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512 (b22).
    Sha512,
    /// XXH3 with 128 bits (b22).
    XxHash128,
    /// XXH3 with 64 bits (b22).
    XxHash3,
    /// XXH64 (b22).
    XxHash64,
}

/// How one algorithm is written, and the length of its value in bytes.
struct Spelling {
    name: &'static str,
    lower_name: &'static str,
    header: &'static str,
    element: &'static str,
    digest_len: usize,
}

macro_rules! spelling {
    ($name:literal, $lower:literal, $len:literal) => {
        &Spelling {
            name: $name,
            lower_name: $lower,
            header: concat!("x-amz-checksum-", $lower),
            element: concat!("Checksum", $name),
            digest_len: $len,
        }
    };
}

impl ChecksumAlgorithm {
    /// All of them, as AWS's error text lists them (b23).
    pub const ALL: [Self; 10] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::XxHash128,
        Self::XxHash3,
        Self::XxHash64,
    ];

    const fn spelling(self) -> &'static Spelling {
        match self {
            Self::Crc32 => spelling!("CRC32", "crc32", 4),
            Self::Crc32c => spelling!("CRC32C", "crc32c", 4),
            Self::Crc64Nvme => spelling!("CRC64NVME", "crc64nvme", 8),
            Self::Md5 => spelling!("MD5", "md5", 16),
            Self::Sha1 => spelling!("SHA1", "sha1", 20),
            Self::Sha256 => spelling!("SHA256", "sha256", 32),
            Self::Sha512 => spelling!("SHA512", "sha512", 64),
            Self::XxHash128 => spelling!("XXHASH128", "xxhash128", 16),
            Self::XxHash3 => spelling!("XXHASH3", "xxhash3", 8),
            Self::XxHash64 => spelling!("XXHASH64", "xxhash64", 8),
        }
    }

    /// `CRC32`, as x-amz-checksum-algorithm and XML spell it.
    pub const fn name(self) -> &'static str {
        self.spelling().name
    }

    /// `crc32`, as some error texts and header names spell it.
    pub const fn lower_name(self) -> &'static str {
        self.spelling().lower_name
    }

    /// `x-amz-checksum-crc32`.
    pub const fn header(self) -> &'static str {
        self.spelling().header
    }

    /// `ChecksumCRC32`, the XML element.
    pub const fn element(self) -> &'static str {
        self.spelling().element
    }

    /// Length of the raw value in bytes.
    pub const fn digest_len(self) -> usize {
        self.spelling().digest_len
    }

    /// Reads a name in any case (b23).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name))
    }

    /// The algorithm whose header is `header` (lower case).
    pub fn from_header(header: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.header() == header)
    }

    /// The type an upload gets when it names none (b20).
    pub fn default_type(self) -> ChecksumType {
        if self == Self::Crc64Nvme { ChecksumType::FullObject } else { ChecksumType::Composite }
    }

    /// May an upload combine this algorithm with `kind` (b21, b22)?
    pub fn allows(self, kind: ChecksumType) -> bool {
        match kind {
            ChecksumType::Composite => self != Self::Crc64Nvme,
            ChecksumType::FullObject => matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme),
        }
    }
}

/// How an object's checksum comes from its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChecksumType {
    /// Digest of the part digests, with `-N` (b133).
    Composite,
    /// Digest of the whole object.
    FullObject,
}

impl ChecksumType {
    /// `COMPOSITE` or `FULL_OBJECT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }

    /// Reads a name in any case.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Composite, Self::FullObject].into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }
}

const DIGEST_LEN_MAX: usize = ChecksumAlgorithm::Sha512.digest_len();

/// A raw checksum of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    bytes: [u8; DIGEST_LEN_MAX], // zero past digest_len
}

impl Checksum {
    /// `None` unless `bytes` has the algorithm's length.
    pub fn new(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != algorithm.digest_len() {
            return None;
        }
        let mut padded = [0; DIGEST_LEN_MAX];
        padded[..bytes.len()].copy_from_slice(bytes);
        Some(Self { algorithm, bytes: padded })
    }

    /// Reads base64, as headers and XML carry it. `None` when it is malformed or of another length (b45).
    pub fn from_base64(algorithm: ChecksumAlgorithm, text: &str) -> Option<Self> {
        Self::new(algorithm, &STANDARD.decode(text).ok()?)
    }

    /// A CRC64NVME value.
    pub fn crc64nvme(value: u64) -> Self {
        Self::new(ChecksumAlgorithm::Crc64Nvme, &value.to_be_bytes()).expect("8 bytes")
    }

    /// Which algorithm.
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// The raw value, big-endian for CRCs.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.digest_len()]
    }

    /// Base64, as headers and XML carry it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.as_bytes())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.to_base64())
    }
}

/// The checksum of a finished object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectChecksum {
    /// The value, without `-N`.
    pub checksum: Checksum,
    /// How it was made.
    pub kind: ChecksumType,
    /// Parts that a composite value covers; `None` for a full-object one.
    pub part_count: Option<u16>,
}

impl ObjectChecksum {
    /// Checksum of a body sent in one piece.
    pub fn full(checksum: Checksum) -> Self {
        Self { checksum, kind: ChecksumType::FullObject, part_count: None }
    }

    /// Base64, with `-N` for composite values, as headers and Complete's answer carry it.
    pub fn text(&self) -> String {
        match self.part_count {
            Some(count) => format!("{}-{count}", self.checksum.to_base64()),
            None => self.checksum.to_base64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksum, ChecksumAlgorithm as A, ChecksumType as T, ObjectChecksum};

    #[test]
    fn b20_b21_default_types_and_allowed_pairs() {
        for algorithm in A::ALL {
            assert!(algorithm.allows(algorithm.default_type()));
            assert_eq!(A::parse(&algorithm.lower_name().to_uppercase()), Some(algorithm));
            assert_eq!(A::from_header(algorithm.header()), Some(algorithm));
        }
        assert_eq!(A::Crc64Nvme.default_type(), T::FullObject);
        assert_eq!(A::Sha256.default_type(), T::Composite);
        assert!(!A::Crc64Nvme.allows(T::Composite));
        assert!(!A::Sha1.allows(T::FullObject));
        assert!(A::Crc32.allows(T::FullObject));
    }

    #[test]
    fn b22_the_algorithms_of_2026_make_composite_checksums_only() {
        for algorithm in [A::Md5, A::Sha512, A::XxHash128, A::XxHash3, A::XxHash64] {
            assert_eq!(algorithm.default_type(), T::Composite);
            assert!(!algorithm.allows(T::FullObject));
        }
        assert_eq!(A::XxHash3.header(), "x-amz-checksum-xxhash3");
        assert_eq!(A::Sha512.element(), "ChecksumSHA512");
    }

    #[test]
    fn b22_a_part_stays_small_though_a_digest_may_have_64_bytes() {
        assert!(size_of::<crate::ManifestPart>() <= 128, "10,000 parts are held at once");
    }

    #[test]
    fn b45_malformed_values_are_refused() {
        assert!(Checksum::from_base64(A::Crc32, "AAAAAA==").is_some());
        for bad in ["", "AAAA", "AAAAAA", "!!!!!!==", "AAAAAAAA"] {
            assert!(Checksum::from_base64(A::Crc32, bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn b133_composite_values_end_in_the_part_count() {
        let checksum = Checksum::crc64nvme(1);
        assert_eq!(ObjectChecksum::full(checksum).text(), "AAAAAAAAAAE=");
        let composite = ObjectChecksum { checksum, kind: T::Composite, part_count: Some(2) };
        assert_eq!(composite.text(), "AAAAAAAAAAE=-2");
    }
}
