//! BodyDigest: MD5, CRC64NVME and at most one more checksum of a body, in one pass.

use aws_lc_rs::digest as lc;
use crc_fast::CrcAlgorithm;
use drystone_types::{Checksum, ChecksumAlgorithm};
use md5::{Digest as _, Md5};

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
    extra: Option<ChecksumDigest>,
}

impl BodyDigest {
    /// Starts; `extra` is the checksum wanted besides MD5 and CRC64NVME.
    pub fn new(extra: Option<ChecksumAlgorithm>) -> Self {
        Self {
            len: 0,
            md5: Md5::new(),
            crc64nvme: crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme),
            extra: extra.map(ChecksumDigest::new),
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
        let checksum = self.extra.map(|extra| match extra {
            ChecksumDigest::Crc64Nvme => Checksum::crc64nvme(crc64nvme),
            other => other.finish(),
        });
        BodySummary { len: self.len, md5: self.md5.finalize().into(), crc64nvme, checksum }
    }
}

#[expect(clippy::large_enum_variant, reason = "one per body being received")]
enum ChecksumDigest {
    Crc(ChecksumAlgorithm, crc_fast::Digest),
    Sha(ChecksumAlgorithm, lc::Context),
    Crc64Nvme, // computed for every body anyway
}

impl ChecksumDigest {
    fn new(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c => {
                Self::Crc(algorithm, crc_fast::Digest::new(crc_kind(algorithm)))
            }
            ChecksumAlgorithm::Crc64Nvme => Self::Crc64Nvme,
            ChecksumAlgorithm::Sha1 => Self::Sha(algorithm, lc::Context::new(&lc::SHA1_FOR_LEGACY_USE_ONLY)),
            ChecksumAlgorithm::Sha256 => Self::Sha(algorithm, lc::Context::new(&lc::SHA256)),
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc(_, digest) => digest.update(data),
            Self::Sha(_, context) => context.update(data),
            Self::Crc64Nvme => {}
        }
    }

    fn finish(self) -> Checksum {
        match self {
            Self::Crc(algorithm, digest) => crate::combine::crc_checksum(algorithm, digest.finalize()),
            Self::Sha(algorithm, context) => Checksum::new(algorithm, context.finish().as_ref())
                .expect("a digest has its algorithm's length"),
            Self::Crc64Nvme => unreachable!("taken from the digest that every body has"),
        }
    }
}

fn crc_kind(algorithm: ChecksumAlgorithm) -> CrcAlgorithm {
    match algorithm {
        ChecksumAlgorithm::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
        ChecksumAlgorithm::Crc32c => CrcAlgorithm::Crc32Iscsi,
        ChecksumAlgorithm::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 => unreachable!("a SHA is no CRC"),
    }
}

/// Checksum of bytes at hand.
pub fn checksum_of(algorithm: ChecksumAlgorithm, data: &[u8]) -> Checksum {
    let mut digest = BodyDigest::new(Some(algorithm));
    digest.update(data);
    digest.finish().checksum.expect("asked for")
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
        ] {
            assert_eq!(checksum_of(algorithm, b"123456789").to_base64(), expected, "{algorithm:?}");
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
            assert_eq!(whole.finish(), pieces.finish());
        }
    }
}
