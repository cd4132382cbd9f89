//! CompleteMultipartUpload: the list of parts (b114-b120, b137).

use drystone_types::limits::XML_COMPLETE_MAX_BYTES;
use drystone_types::{Checksum, ChecksumAlgorithm};

use crate::error::S3Error;
use crate::xml::reader::{Node, read};

/// One listed part, as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedPart {
    /// At least 1; may be above 10,000, which is InvalidPart rather than malformed (b114).
    pub part_number: u64,
    /// ETag as sent, with quotes or without; may be garbage, which is InvalidPart.
    pub etag: String,
    /// The checksum, if one was sent; of any algorithm.
    pub checksum: Option<Checksum>,
}

/// Reads the list of parts, in the order of the request.
///
/// Call it only once the upload is known to exist (b119).
///
/// # Errors
/// InvalidRequest for an empty body (b117); MalformedXML for broken XML, no part, or a part without PartNumber or
/// ETag (b118); InvalidArgument for a part number below 1 (b114) and for a checksum that is not base64 or not the
/// only one (b137); NotImplemented for a checksum of an algorithm we do not have.
pub fn parse(body: &[u8]) -> Result<Vec<RequestedPart>, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(S3Error::no_parts_listed());
    }
    let root = read(body, XML_COMPLETE_MAX_BYTES)?;
    if &*root.name != "CompleteMultipartUpload" {
        return Err(S3Error::malformed_xml());
    }
    let parts: Vec<_> = root.children_named("Part").map(part).collect::<Result<_, _>>()?;
    if parts.is_empty() { Err(S3Error::malformed_xml()) } else { Ok(parts) }
}

fn part(node: &Node) -> Result<RequestedPart, S3Error> {
    let number = node.only("PartNumber")?.ok_or_else(S3Error::malformed_xml)?.integer()?;
    let etag = node.text_of("ETag")?.ok_or_else(S3Error::malformed_xml)?;
    if i32::try_from(number).is_err() {
        return Err(S3Error::malformed_xml());
    }
    let part_number = u64::try_from(number).ok().filter(|number| *number >= 1);
    let part_number = part_number.ok_or_else(|| S3Error::part_number_below_one(number.to_string()))?;
    Ok(RequestedPart { part_number, etag: etag.trim().to_owned(), checksum: checksum(node)? })
}

fn checksum(part: &Node) -> Result<Option<Checksum>, S3Error> {
    let mut found = None;
    for node in part.children.iter().filter(|child| child.name.starts_with("Checksum")) {
        let algorithm =
            ChecksumAlgorithm::ALL.into_iter().find(|algorithm| algorithm.element() == &*node.name);
        let algorithm = algorithm.ok_or_else(|| S3Error::not_implemented(&*node.name))?;
        let text = node.text.trim();
        let value = Checksum::from_base64(algorithm, text).filter(|_| found.is_none());
        found = Some(value.ok_or_else(|| S3Error::part_checksum_malformed(text))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{RequestedPart, parse};
    use drystone_types::{Checksum, ChecksumAlgorithm};
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn code(xml: &str) -> &'static str {
        parse(xml.as_bytes()).expect_err(xml).code.as_str()
    }

    #[test]
    fn b120_parts_are_read_with_and_without_quotes_and_namespace() {
        let plain = RequestedPart { part_number: 1, etag: "abc".into(), checksum: None };
        let quoted = RequestedPart { etag: "\"abc\"".into(), ..plain.clone() };
        let cases = [
            (
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>abc</ETag></Part></CompleteMultipartUpload>",
                &plain,
            ),
            (
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>&quot;abc&quot;</ETag><PartNumber> 1 </PartNumber></Part></CompleteMultipartUpload>",
                &quoted,
            ),
            (
                "<?xml version=\"1.0\"?>\n<CompleteMultipartUpload>\n<Part>\n<ETag>\"abc\"</ETag>\n<PartNumber>1</PartNumber>\n</Part>\n</CompleteMultipartUpload>",
                &quoted,
            ),
            (
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&#34;abc&#34;</ETag><Size>5</Size></Part></CompleteMultipartUpload>",
                &quoted,
            ),
        ];
        for (xml, expected) in cases {
            assert_eq!(parse(xml.as_bytes()).as_deref(), Ok(std::slice::from_ref(expected)), "{xml}");
        }
    }

    #[test]
    fn b117_an_empty_body_lists_no_part() {
        for body in [&b""[..], b"\n "] {
            let error = parse(body).expect_err("no body");
            assert_eq!(
                (error.code.as_str(), &*error.message),
                ("InvalidRequest", "You must specify at least one part")
            );
        }
    }

    #[test]
    fn b118_an_empty_part_list_is_malformed_xml() {
        let wrap = |inside: &str| format!("<CompleteMultipartUpload>{inside}</CompleteMultipartUpload>");
        for inside in [
            "",
            "<Part/>",
            "<Part><PartNumber>1</PartNumber></Part>",
            "<Part><ETag>a</ETag></Part>",
            "<Part><PartNumber/><ETag>a</ETag></Part>",
            "<Part><PartNumber>x</PartNumber><ETag>a</ETag></Part>",
            "<Part><PartNumber>1.5</PartNumber><ETag>a</ETag></Part>",
            "<Part><PartNumber>2147483648</PartNumber><ETag>a</ETag></Part>",
            "<Part><PartNumber>99999999999999999999</PartNumber><ETag>a</ETag></Part>",
            "<Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber><ETag>a</ETag></Part>",
            "<Part><PartNumber>1</PartNumber><ETag>a</ETag>",
        ] {
            assert_eq!(code(&wrap(inside)), "MalformedXML", "{inside}");
        }
        assert_eq!(
            code("<Complete><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part></Complete>"),
            "MalformedXML"
        );
        assert_eq!(code("no xml"), "MalformedXML");
    }

    #[test]
    fn b114_part_numbers_below_one_are_invalid_arguments_and_large_ones_pass() {
        let list = |number: &str| {
            format!(
                "<CompleteMultipartUpload><Part><PartNumber>{number}</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>"
            )
        };
        for number in ["0", "-1"] {
            let error = parse(list(number).as_bytes()).expect_err(number);
            assert_eq!(
                (error.code.as_str(), &*error.message),
                ("InvalidArgument", "PartNumber must be >= 1")
            );
        }
        assert_eq!(parse(list("10001").as_bytes()).map(|parts| parts[0].part_number), Ok(10_001));
    }

    #[test]
    fn b137_a_part_has_at_most_one_well_formed_checksum() {
        let list = |inside: &str| {
            format!(
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag>{inside}</Part></CompleteMultipartUpload>"
            )
        };
        let parts = parse(list("<ChecksumCRC32>AAAAAA==</ChecksumCRC32>").as_bytes()).expect("legal");
        assert_eq!(parts[0].checksum, Checksum::new(ChecksumAlgorithm::Crc32, &[0; 4]));
        for inside in [
            "<ChecksumCRC32>!</ChecksumCRC32>",
            "<ChecksumCRC32/>",
            "<ChecksumSHA256>AAAAAA==</ChecksumSHA256>",
            "<ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C>",
            "<ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumCRC32>AAAAAA==</ChecksumCRC32>",
        ] {
            let error = parse(list(inside).as_bytes()).expect_err(inside);
            assert_eq!(error.get("ArgumentName"), Some("Checksum"), "{inside}");
        }
        assert_eq!(code(&list("<ChecksumXXHASH32>x</ChecksumXXHASH32>")), "NotImplemented");
    }

    fn ten_thousand_parts() -> String {
        let mut xml =
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
        for number in 1..=10_000 {
            let etag = "0123456789abcdef".repeat(2);
            let sha = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
            write!(xml, "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag><ChecksumSHA256>{sha}</ChecksumSHA256></Part>")
                .expect("a String");
        }
        xml + "</CompleteMultipartUpload>"
    }

    #[test]
    fn b1_ten_thousand_parts_with_checksums_fit() {
        let parts = parse(ten_thousand_parts().as_bytes()).expect("legal");
        assert_eq!(parts.len(), 10_000);
        assert_eq!(parts.last().map(|part| part.part_number), Some(10_000));
    }

    #[test]
    #[ignore = "a measurement: cargo test --release -p drystone-wire -- --ignored ten_thousand"]
    #[expect(clippy::disallowed_methods, reason = "this measures real time")]
    fn ten_thousand_parts_parse_within_20_ms() {
        let xml = ten_thousand_parts();
        let measure = |_| {
            let start = std::time::Instant::now();
            let parts = parse(xml.as_bytes()).expect("legal");
            assert_eq!(parts.len(), 10_000);
            start.elapsed()
        };
        let best = (0..5).map(measure).min().expect("five measurements");
        println!("{} bytes: {best:?}", xml.len());
        assert!(best.as_millis() < 20);
    }

    proptest! {
        #[test]
        fn arbitrary_lists_never_panic(body in "<CompleteMultipartUpload>(<Part>|</Part>|<PartNumber>|</PartNumber>|<ETag>|</ETag>|<ChecksumCRC32>|</ChecksumCRC32>|[0-9-]{1,20}|a){0,20}</CompleteMultipartUpload>") {
            let _ = parse(body.as_bytes());
        }

        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&body);
        }
    }
}
