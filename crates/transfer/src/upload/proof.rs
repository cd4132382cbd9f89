//! Proof: how a store is told the checksum of what it gets, and what it takes. Pure.

use drystone_client::CallError;
use drystone_types::{Checksum, ChecksumAlgorithm};
use drystone_wire::sigv4::hex;

/// How a part proves that it arrived as it is, from the cheapest way to the one that every store knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// The checksum follows the data: the file is read once.
    Trailer,
    /// The checksum is a header: the file is read twice.
    Header,
    /// Content-MD5, and the ETag is compared with it.
    ContentMd5,
}

impl Proof {
    /// The next one to try.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Trailer => Some(Self::Header),
            Self::Header => Some(Self::ContentMd5),
            Self::ContentMd5 => None,
        }
    }

    /// Of `self` and `other`, the one that more stores know.
    pub fn plainer(self, other: Self) -> Self {
        self.max(other)
    }
}

/// May the store have refused the proof and not the request? Codes are those of stores that do not know trailers or checksums.
pub fn refuses_proof(error: &CallError) -> bool {
    let Some(service) = error.service() else { return false };
    let codes = [
        "NotImplemented",
        "InvalidRequest",
        "InvalidArgument",
        "BadRequest",
        "XAmzContentSHA256Mismatch",
        "MalformedTrailerError",
        "MissingContentLength",
        "SignatureDoesNotMatch",
        "UnsupportedSignature",
        "InvalidDigest",
    ];
    codes.contains(&service.code.as_str()) && (400..=501).contains(&service.status)
}

/// What the answer to a part says of the data that the store has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has what was sent.
    Same,
    /// It has something else.
    Other(String),
    /// It does not say.
    Silent,
}

/// Compares what was sent with what the store says that it got.
///
/// `told` is the checksum header of the answer. With Content-MD5 the store has compared already, and an ETag that is an MD5 says it
/// again; ETags of encrypted objects are none.
pub fn judge(proof: Proof, sent: &Checksum, told: Option<&str>, etag: &str) -> Verdict {
    let ours = sent.to_base64();
    if let Some(told) = told.filter(|_| proof != Proof::ContentMd5) {
        if told == ours {
            return Verdict::Same;
        }
        return Verdict::Other(format!("{} {ours} was sent, the store has {told}", sent.algorithm().name()));
    }
    if sent.algorithm() != ChecksumAlgorithm::Md5 {
        return Verdict::Silent;
    }
    let is_md5 = etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
    let md5 = hex(sent.as_bytes());
    if is_md5 && !etag.eq_ignore_ascii_case(&md5) {
        return Verdict::Other(format!("MD5 {md5} was sent, the ETag is {etag}"));
    }
    Verdict::Same
}

#[cfg(test)]
mod tests {
    use super::{Proof, Verdict, judge};
    use drystone_types::{Checksum, ChecksumAlgorithm};

    #[test]
    fn the_store_has_to_say_what_it_got() {
        let crc = Checksum::crc64nvme(7);
        let told = crc.to_base64();
        assert_eq!(judge(Proof::Trailer, &crc, Some(&told), "x"), Verdict::Same);
        assert_eq!(judge(Proof::Header, &crc, None, "x"), Verdict::Silent);
        assert!(matches!(judge(Proof::Header, &crc, Some("AAAAAAAAAAA="), "x"), Verdict::Other(_)));

        let md5 = Checksum::new(ChecksumAlgorithm::Md5, &[0xab; 16]).unwrap();
        let etag = "ab".repeat(16);
        assert_eq!(judge(Proof::ContentMd5, &md5, None, &etag), Verdict::Same);
        assert_eq!(judge(Proof::ContentMd5, &md5, None, &etag.to_uppercase()), Verdict::Same);
        assert_eq!(judge(Proof::ContentMd5, &md5, None, "opaque"), Verdict::Same);
        assert!(matches!(judge(Proof::ContentMd5, &md5, None, &"ac".repeat(16)), Verdict::Other(_)));
    }
}
