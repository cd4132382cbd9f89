//! Alike: are two objects the same, as far as their stores say? Pure.

use crate::evidence::Remote;

/// Is there a value over all bytes, of the same kind, that both have? `false` also where nothing can be compared.
pub fn alike(one: &Remote, other: &Remote) -> bool {
    let shared = |kind: &crate::evidence::Evidence| {
        other.evidence.iter().any(|found| {
            found.algorithm() == kind.algorithm()
                && found.part_count == kind.part_count
                && found.value == kind.value
        })
    };
    one.size == other.size && one.evidence.iter().any(shared)
}

#[cfg(test)]
mod tests {
    use super::alike;
    use crate::evidence::Remote;
    use http::HeaderMap;

    fn remote(pairs: &[(&'static str, &'static str)]) -> Remote {
        let mut headers = HeaderMap::new();
        headers.insert("content-length", "3".parse().unwrap());
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        Remote::of(&headers).unwrap()
    }

    #[test]
    fn equal_values_of_the_same_kind_prove_it() {
        let md5 = ("etag", "\"900150983cd24fb0d6963f7d28e17f72\"");
        let parts = ("etag", "\"900150983cd24fb0d6963f7d28e17f72-2\"");
        let crc = ("x-amz-checksum-crc32", "NSRBwg==");
        let full = ("x-amz-checksum-type", "FULL_OBJECT");
        let kms = ("x-amz-server-side-encryption", "aws:kms");
        assert!(alike(&remote(&[md5]), &remote(&[md5])));
        assert!(!alike(&remote(&[md5]), &remote(&[parts])), "other parts");
        assert!(!alike(&remote(&[md5, kms]), &remote(&[md5, kms])), "no MD5");
        assert!(alike(&remote(&[md5, crc, full]), &remote(&[parts, crc, full])));
        assert!(!alike(&remote(&[md5]), &remote(&[("etag", "\"another\"")])));
        assert!(!alike(&remote(&[md5]), &Remote { size: 4, ..remote(&[md5]) }));
    }
}
