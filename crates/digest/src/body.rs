//! BodyDigest: MD5, CRC64NVME and at most one more checksum of a body, in one pass.

use aws_lc_rs::digest as lc;
use crc_fast::CrcAlgorithm;
use drystone_types::{Checksum, ChecksumAlgorithm};
use md5::Digest as _;
use md5::Md5;
use std::hash::Hasher as _;
use twox_hash::{XxHash3_64, XxHash3_128, XxHash64};

/// What a body turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodySummary {
    /// Length in bytes.
    pub len: u64,
    /// MD5: the ETag of a part.
    pub md5: [u8; 16],
    /// CRC64NVME, always: the default checksum of every object (b143).
    pub crc64nvme: u64,
    /// The checksum asked for.
    pub checksum: Option<Checksum>,
}

/// Digests of a body in the making.
pub struct BodyDigest {
    len: u64,
    md5: Md5,
    crc64nvme: crc_fast::Digest,
    wanted: Option<ChecksumAlgorithm>,
    extra: Option<Digest>,
}

impl BodyDigest {
    /// Starts; `wanted` is the checksum to compute besides MD5 and CRC64NVME.
    pub fn new(wanted: Option<ChecksumAlgorithm>) -> Self {
        let missing = wanted.filter(|wanted| {
            !matches!(wanted, ChecksumAlgorithm::Md5 | ChecksumAlgorithm::Crc64Nvme) // computed for every body
        });
        Self {
            len: 0,
            md5: Md5::new(),
            crc64nvme: crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme),
            wanted,
            extra: missing.map(Digest::new),
        }
    }

    /// Takes in the next bytes, in cache-sized steps so that memory is read once.
    pub fn update(&mut self, data: &[u8]) {
        for step in data.chunks(64 * 1024) {
            self.md5.update(step);
            self.crc64nvme.update(step);
            if let Some(extra) = &mut self.extra {
                extra.update(step);
            }
        }
        self.len += data.len() as u64;
    }

    /// The digests of all that was taken in.
    pub fn finish(self) -> BodySummary {
        let crc64nvme = self.crc64nvme.finalize();
        let md5: [u8; 16] = self.md5.finalize().into();
        let checksum = match (self.wanted, self.extra) {
            (_, Some(extra)) => Some(extra.finish()),
            (Some(ChecksumAlgorithm::Md5), None) => Some(checksum(ChecksumAlgorithm::Md5, &md5)),
            (Some(_), None) => Some(Checksum::crc64nvme(crc64nvme)),
            (None, None) => None,
        };
        BodySummary { len: self.len, md5, crc64nvme, checksum }
    }
}

/// One checksum of bytes that come piece by piece, and nothing else: a client need not know the MD5 of what it sends.
pub struct ChecksumDigest(Digest);

impl ChecksumDigest {
    /// Starts.
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        Self(Digest::new(algorithm))
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The checksum of all that was taken in.
    pub fn finish(self) -> Checksum {
        self.0.finish()
    }
}

impl std::fmt::Debug for ChecksumDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChecksumDigest")
    }
}

enum Digest {
    Crc(ChecksumAlgorithm, crc_fast::Digest),
    Sha(ChecksumAlgorithm, lc::Context),
    Md5(Md5),
    XxHash64(XxHash64),
    XxHash3(XxHash3_64),
    XxHash128(XxHash3_128),
}

impl Digest {
    fn new(algorithm: ChecksumAlgorithm) -> Self {
        let crc = |kind| Self::Crc(algorithm, crc_fast::Digest::new(kind));
        let sha = |kind| Self::Sha(algorithm, lc::Context::new(kind));
        match algorithm {
            ChecksumAlgorithm::Crc32 => crc(CrcAlgorithm::Crc32IsoHdlc),
            ChecksumAlgorithm::Crc32c => crc(CrcAlgorithm::Crc32Iscsi),
            ChecksumAlgorithm::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme),
            ChecksumAlgorithm::Md5 => Self::Md5(Md5::new()),
            ChecksumAlgorithm::Sha1 => sha(&lc::SHA1_FOR_LEGACY_USE_ONLY),
            ChecksumAlgorithm::Sha256 => sha(&lc::SHA256),
            ChecksumAlgorithm::Sha512 => sha(&lc::SHA512),
            ChecksumAlgorithm::XxHash128 => Self::XxHash128(XxHash3_128::new()),
            ChecksumAlgorithm::XxHash3 => Self::XxHash3(XxHash3_64::new()),
            ChecksumAlgorithm::XxHash64 => Self::XxHash64(XxHash64::with_seed(0)),
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc(_, digest) => digest.update(data),
            Self::Sha(_, context) => context.update(data),
            Self::Md5(digest) => digest.update(data),
            Self::XxHash64(hasher) => hasher.write(data),
            Self::XxHash3(hasher) => hasher.write(data),
            Self::XxHash128(hasher) => hasher.write(data),
        }
    }

    /// Numbers are written big-endian: the canonical form of xxHash, too.
    fn finish(self) -> Checksum {
        match self {
            Self::Crc(algorithm, digest) => crate::combine::crc_checksum(algorithm, digest.finalize()),
            Self::Sha(algorithm, context) => checksum(algorithm, context.finish().as_ref()),
            Self::Md5(digest) => checksum(ChecksumAlgorithm::Md5, &digest.finalize()),
            Self::XxHash64(hasher) => checksum(ChecksumAlgorithm::XxHash64, &hasher.finish().to_be_bytes()),
            Self::XxHash3(hasher) => checksum(ChecksumAlgorithm::XxHash3, &hasher.finish().to_be_bytes()),
            Self::XxHash128(hasher) => {
                checksum(ChecksumAlgorithm::XxHash128, &hasher.finish_128().to_be_bytes())
            }
        }
    }
}

fn checksum(algorithm: ChecksumAlgorithm, digest: &[u8]) -> Checksum {
    Checksum::new(algorithm, digest).expect("a digest has its algorithm's length")
}

/// Checksum of bytes at hand.
pub fn checksum_of(algorithm: ChecksumAlgorithm, data: &[u8]) -> Checksum {
    let mut digest = Digest::new(algorithm);
    digest.update(data);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::{BodyDigest, checksum_of};
    use drystone_types::ChecksumAlgorithm as A;

    #[test]
    fn b233_crc64nvme_vectors() {
        for (text, expected) in
            [("aaa", "Rnr2/5P7Gsk="), ("hello world", "jSnVw/bqjr4="), ("test content 123", "BsLNlKumA5I=")]
        {
            assert_eq!(checksum_of(A::Crc64Nvme, text.as_bytes()).to_base64(), expected);
        }
    }

    #[test]
    fn every_algorithm_matches_its_published_check_value() {
        for (algorithm, expected) in [
            (A::Crc32, "y/Q5Jg=="),
            (A::Crc32c, "4waSgw=="),
            (A::Crc64Nvme, "rosUhgp5mIg="),
            (A::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (A::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
            (A::Md5, "JfnnlDI7RTiF9RgfG2JNCw=="),
            (A::XxHash64, "jLhB20DmroM="),
            (A::XxHash3, "ctyxi2ehff8="),
            (A::XxHash128, "MxGUd+3l3NXpcWQnaB1YYA=="),
            (
                A::Sha512,
                "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==",
            ),
        ] {
            assert_eq!(checksum_of(algorithm, b"123456789").to_base64(), expected, "{algorithm:?}");
        }
    }

    #[test]
    fn b22_values_of_no_bytes_at_all() {
        for (algorithm, expected) in [
            (A::Md5, "1B2M2Y8AsgTpgAmY7PhCfg=="),
            (
                A::Sha512,
                "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            ),
            (A::XxHash64, "70bbN1HY6Zk="),
            (A::XxHash3, "LQaABTjTlMI="),
            (A::XxHash128, "maoG0wFHmNhgAcMkRo1Jfw=="),
        ] {
            assert_eq!(checksum_of(algorithm, b"").to_base64(), expected, "{algorithm:?}");
        }
    }

    #[test]
    fn a_body_in_pieces_has_the_digests_of_the_whole() {
        let data: Vec<u8> = (0..300_000u32).map(|i| (i * 7 % 251) as u8).collect();
        for algorithm in A::ALL {
            let mut whole = BodyDigest::new(Some(algorithm));
            whole.update(&data);
            let mut pieces = BodyDigest::new(Some(algorithm));
            for piece in data.chunks(77_777) {
                pieces.update(piece);
            }
            let whole = whole.finish();
            assert_eq!(whole.checksum, Some(checksum_of(algorithm, &data)));
            assert_eq!(whole, pieces.finish());
        }
    }
}
