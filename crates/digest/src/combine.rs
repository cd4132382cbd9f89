//! From parts to object: ETag of ETags, composite checksums, combined CRCs. Cost: parts, never bytes.

use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType, ETag, ObjectChecksum};
use md5::{Digest as _, Md5};

use crate::body::checksum_of;

/// ETag of an object completed from parts with these MD5s, in order: the MD5 of their concatenation, and `-N` (b108).
pub fn etag_of_parts<'a>(md5s: impl IntoIterator<Item = &'a [u8; 16]>) -> ETag {
    let mut digest = Md5::new();
    let mut count: u16 = 0;
    for md5 in md5s {
        digest.update(md5);
        count = count.checked_add(1).expect("at most 10,000 parts");
    }
    ETag { digest: digest.finalize().into(), part_count: Some(count) }
}

/// COMPOSITE checksum over part checksums of one algorithm, in order (b133).
pub fn composite_checksum(algorithm: ChecksumAlgorithm, parts: &[Checksum]) -> ObjectChecksum {
    let mut all = Vec::with_capacity(parts.len() * algorithm.digest_len());
    for part in parts {
        assert_eq!(part.algorithm(), algorithm, "part checksums are of the upload's algorithm");
        all.extend_from_slice(part.as_bytes());
    }
    let checksum = checksum_of(algorithm, &all);
    let count = u16::try_from(parts.len()).expect("at most 10,000 parts");
    ObjectChecksum { checksum, kind: ChecksumType::Composite, part_count: Some(count) }
}

/// FULL_OBJECT CRC from `(crc of the part, length of the part)` in order, by combination (b138).
///
/// `algorithm` must be a CRC; no parts give the CRC of no bytes. Costs one polynomial product per part, and a few dozen
/// per distinct part length: 10,000 parts take about a millisecond.
pub fn full_object_crc(
    algorithm: ChecksumAlgorithm,
    parts: impl IntoIterator<Item = (u64, u64)>,
) -> ObjectChecksum {
    let field = Field::of(algorithm);
    let mut last_shift = (0, field.one()); // parts are mostly of one length
    let combined = parts.into_iter().fold(0, |crc, (next, len)| {
        if last_shift.0 != len {
            last_shift = (len, field.x_to_the_bits_of(len));
        }
        field.product(last_shift.1, crc) ^ next
    });
    ObjectChecksum::full(crc_checksum(algorithm, combined))
}

/// Polynomials over GF(2) modulo a CRC's own, bits reflected: the top bit is x^0.
///
/// Appending n bytes to a message multiplies its CRC by x^8n, and adds the CRC of what was appended: that holds for
/// CRCs whose initial value and final complement are both all ones, as ours are.
///
/// # Source
/// Mark Adler's explanation of `crc32_combine`, <https://stackoverflow.com/a/23126768>, read 2026-11.
#[derive(Clone, Copy)]
struct Field {
    polynomial: u64,
    top: u64,
}

impl Field {
    fn of(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Crc32 => Self { polynomial: 0xedb8_8320, top: 1 << 31 },
            ChecksumAlgorithm::Crc32c => Self { polynomial: 0x82f6_3b78, top: 1 << 31 },
            ChecksumAlgorithm::Crc64Nvme => Self { polynomial: 0x9a6c_9329_ac4b_c9b5, top: 1 << 63 },
            _ => unreachable!("only CRCs make full-object checksums of uploads"),
        }
    }

    fn one(self) -> u64 {
        self.top
    }

    fn product(self, a: u64, mut b: u64) -> u64 {
        let mut sum = 0;
        let mut bit = self.top;
        while bit != 0 {
            if a & bit != 0 {
                sum ^= b;
            }
            b = (b >> 1) ^ (self.polynomial & (b & 1).wrapping_neg());
            bit >>= 1;
        }
        sum
    }

    /// x^(8 * `len`).
    fn x_to_the_bits_of(self, len: u64) -> u64 {
        let mut power = self.top >> 8; // x^8
        let mut result = self.one();
        let mut exponent = len;
        while exponent != 0 {
            if exponent & 1 == 1 {
                result = self.product(result, power);
            }
            power = self.product(power, power);
            exponent >>= 1;
        }
        result
    }
}

/// A CRC's number as a checksum value: big-endian.
pub fn crc_checksum(algorithm: ChecksumAlgorithm, crc: u64) -> Checksum {
    let bytes = crc.to_be_bytes();
    Checksum::new(algorithm, &bytes[8 - algorithm.digest_len()..]).expect("4 or 8 bytes")
}

/// The number of a CRC checksum.
pub fn crc_number(checksum: &Checksum) -> u64 {
    checksum.as_bytes().iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::{composite_checksum, crc_number, etag_of_parts, full_object_crc};
    use crate::body::{BodyDigest, BodySummary, checksum_of};
    use drystone_types::{Checksum, ChecksumAlgorithm as A};

    fn summary(algorithm: A, data: &[u8]) -> BodySummary {
        let mut digest = BodyDigest::new(Some(algorithm));
        digest.update(data);
        digest.finish()
    }

    #[test]
    fn b234_five_small_chunks_as_one_part() {
        let data = b"upload-part-1".repeat(5);
        let part = summary(A::Crc64Nvme, &data);
        assert_eq!(etag_of_parts([&part.md5]).to_string(), "e747540af6911dbc890f8d3e0b48549b-1");
        assert_eq!(Checksum::crc64nvme(part.crc64nvme).to_base64(), "CTXktO4pIQs=");
    }

    #[test]
    fn b235_three_parts_of_5_mib() {
        let parts: Vec<Vec<u8>> = [b'A', b'B', b'C'].map(|byte| vec![byte; 5 << 20]).into();
        let sums =
            |algorithm| -> Vec<BodySummary> { parts.iter().map(|part| summary(algorithm, part)).collect() };
        let sha: Vec<_> = sums(A::Sha256);
        let md5s: Vec<_> = sha.iter().map(|part| part.md5).collect();
        assert_eq!(etag_of_parts(&md5s).to_string(), "b2add96cc9702bbf4efb0ccdfc6b7747-3");
        let checksums: Vec<_> = sha.iter().filter_map(|part| part.checksum).collect();
        let composite = composite_checksum(A::Sha256, &checksums);
        assert_eq!(composite.text(), "uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3");
        for (algorithm, expected) in
            [(A::Crc32, "WgDhBQ=="), (A::Crc32c, "xU+Krw=="), (A::Crc64Nvme, "i+6LR0y3eFo=")]
        {
            let crcs =
                sums(algorithm).into_iter().map(|part| (crc_number(&part.checksum.unwrap()), part.len));
            assert_eq!(full_object_crc(algorithm, crcs).text(), expected);
        }
    }

    #[test]
    fn b236_parts_of_unequal_length() {
        let parts = [vec![b'a'; 5_242_881], vec![b'a'; 5_242_881], vec![b'a'; 10]];
        let sums: Vec<_> = parts.iter().map(|part| summary(A::Crc32, part)).collect();
        let md5s: Vec<_> = sums.iter().map(|part| part.md5).collect();
        assert_eq!(etag_of_parts(&md5s).to_string(), "4d45984fc3feb2ac9b22683c49674b56-3");
        let checksums: Vec<_> = sums.iter().filter_map(|part| part.checksum).collect();
        assert_eq!(composite_checksum(A::Crc32, &checksums).text(), "5FRUiw==-3");
        let crcs = sums.iter().map(|part| (crc_number(&part.checksum.unwrap()), part.len));
        assert_eq!(full_object_crc(A::Crc32, crcs).text(), "qSEQSA==");
        let sha: Vec<_> = parts[..2].iter().filter_map(|part| summary(A::Sha256, part).checksum).collect();
        assert_eq!(
            composite_checksum(A::Sha256, &sha).text(),
            "2Wjxbc3N6c1y3Eqve6x8X+xPy4qXhB1vAMgge0qeZJM=-2"
        );
    }

    #[test]
    fn b22_b133_the_algorithms_of_2026_are_composite_over_raw_digests() {
        for (algorithm, expected) in [
            (A::Md5, "AY14Qn0G3SnKoZsGCFt+fg==-2"),
            (A::XxHash64, "JFAOS5Vj4VM=-2"),
            (A::XxHash3, "f0x13fclHFs=-2"),
            (A::XxHash128, "nmWLWm7wRLdkOUeVotbJvQ==-2"),
        ] {
            let parts = [checksum_of(algorithm, b"first"), checksum_of(algorithm, b"second")];
            assert_eq!(composite_checksum(algorithm, &parts).text(), expected, "{algorithm:?}");
        }
    }

    #[test]
    fn b138_combining_equals_one_pass_over_any_split() {
        let data: Vec<u8> = (0..5000u32).map(|i| (i * 31 % 253) as u8).collect();
        for algorithm in [A::Crc32, A::Crc32c, A::Crc64Nvme] {
            let whole = checksum_of(algorithm, &data);
            for cuts in [vec![0], vec![1], vec![5000], vec![0, 0, 2500], vec![13, 13, 4999]] {
                let mut from = 0;
                let mut parts = Vec::new();
                for cut in cuts.iter().copied().chain([5000]) {
                    let part = summary(algorithm, &data[from..cut]);
                    parts.push((crc_number(&part.checksum.unwrap()), part.len));
                    from = cut;
                }
                assert_eq!(full_object_crc(algorithm, parts).checksum, whole, "{algorithm:?} {cuts:?}");
            }
        }
    }
}
