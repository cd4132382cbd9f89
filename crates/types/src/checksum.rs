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
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl ChecksumAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// `CRC32`, as x-amz-checksum-algorithm and XML spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// `crc32`, as some error texts and header names spell it.
    pub fn lower_name(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Crc32c => "crc32c",
            Self::Crc64Nvme => "crc64nvme",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// `x-amz-checksum-crc32`.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// `ChecksumCRC32`, the XML element.
    pub fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// Reads a name in any case (b23).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name))
    }

    /// The algorithm whose header is `header` (lower case).
    pub fn from_header(header: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.header() == header)
    }

    /// Length of the raw value in bytes.
    pub fn digest_len(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The type an upload gets when it names none (b20).
    pub fn default_type(self) -> ChecksumType {
        if self == Self::Crc64Nvme { ChecksumType::FullObject } else { ChecksumType::Composite }
    }

    /// May an upload combine this algorithm with `kind` (b21)?
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

/// A raw checksum of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    bytes: [u8; 32], // zero past digest_len
}

impl Checksum {
    /// `None` unless `bytes` has the algorithm's length.
    pub fn new(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != algorithm.digest_len() {
            return None;
        }
        let mut padded = [0; 32];
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
