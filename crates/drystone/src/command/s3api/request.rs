//! Request: an operation and its input become a call. Pure but for the file that a body is.

use super::json::Json;
use super::model::{Field, Kind, Member, On, Operation, Place, Shape, fields};
use drystone_client::action::{COMPLETE_PATIENCE, content_md5};
use drystone_client::{Call, CallError};
use drystone_types::{Checksum, ChecksumAlgorithm, Timestamp};
use drystone_wire::encoding::encode_path;
use drystone_wire::headers::text::to_header_value;
use drystone_wire::xml::writer::XmlWriter;
use http::Method;
use http::header::HeaderName;

/// Input by S3's names, as [`super::values`] shaped it.
pub(super) type Input = Vec<(String, Json)>;

/// The member of that name, if it is there and not null.
pub(super) fn given<'a>(input: &'a Input, name: &str) -> Option<&'a Json> {
    input.iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|value| **value != Json::Null)
}

/// The text of a member.
pub(super) fn given_text(input: &Input, name: &str) -> Option<String> {
    given(input, name).map(plain)
}

/// The call that the operation and its input come to; its body, if it is a file, is added later.
///
/// # Errors
/// [`CallError::Unsendable`].
pub(super) fn call(operation: &'static Operation, input: &Input) -> Result<Call, CallError> {
    let method = Method::from_bytes(operation.method.as_bytes()).expect("the table has methods");
    let mut call = Call::new(operation.name, method).patience(COMPLETE_PATIENCE);
    if operation.on != On::Nothing {
        call.bucket = given_text(input, "Bucket");
    }
    if operation.on == On::Object {
        call.key = given_text(input, "Key");
    }
    if let Some((name, value)) = operation.query {
        call = call.query(name, value);
    }
    if operation.name == "ListObjectsV2" && given(input, "EncodingType").is_none() {
        call = call.query("encoding-type", "url");
    }
    for member in operation.members() {
        if let Some(value) = given(input, member.name) {
            call = with(call, operation, member, value)?;
        }
    }
    Ok(call)
}

fn with(call: Call, operation: &Operation, member: &Member, value: &Json) -> Result<Call, CallError> {
    match (member.place, value) {
        // What protects documents is Content-MD5; checksums of bodies are made with the body.
        (Place::Header("x-amz-sdk-checksum-algorithm") | Place::Body, _) => Ok(call),
        (Place::Header("x-amz-copy-source"), value) => {
            header(call, "x-amz-copy-source", &copy_source(&plain(value)))
        }
        (Place::Header(name), value) if member.is_key => customer_key(call, name, &plain(value)),
        (Place::Header(prefix), Json::Object(members)) => members
            .iter()
            .try_fold(call, |call, (name, value)| header(call, &format!("{prefix}{name}"), &plain(value))),
        (Place::Header(name), value) => header(call, name, &header_text(member, value)),
        (Place::Query(name), value) => Ok(call.query(name, query_text(member, value))),
        (Place::Document(root), value) => {
            let Kind::Structure(shape) = member.kind else { return Ok(call) };
            let xml = XmlWriter::document(root, |w| write_structure(w, shape, value));
            let call = if operation.protects_document {
                call.header(HeaderName::from_static("content-md5"), content_md5(xml.as_bytes()))
            } else {
                call
            };
            Ok(call.body(xml))
        }
    }
}

/// Adds a header, in whatever case its name is.
pub(super) fn header(mut call: Call, name: &str, value: &str) -> Result<Call, CallError> {
    let unsendable =
        |what: &str| CallError::Unsendable { action: call.action, why: format!("{name}: {value:?} {what}") };
    let header =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("has a name that no header has"))?;
    let value = to_header_value(value).ok_or_else(|| unsendable("cannot stand in a header"))?;
    call.headers.append(header, value);
    Ok(call)
}

/// A key of SSE-C goes base64-encoded, with its MD5 beside it, as the AWS CLI sends it.
fn customer_key(call: Call, name: &'static str, key: &str) -> Result<Call, CallError> {
    let md5 = content_md5(key.as_bytes());
    let call = header(call, name, &base64(key.as_bytes()))?;
    let md5_name = format!("{name}-md5");
    if call.headers.contains_key(&md5_name) {
        return Ok(call);
    }
    header(call, &md5_name, md5.to_str().expect("base64 is text"))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// `bucket/key?versionId=id`, with bucket and key percent-encoded.
fn copy_source(typed: &str) -> String {
    match typed.split_once("?versionId=") {
        Some((path, version_id)) => format!("{}?versionId={version_id}", encode_path(path)),
        None => encode_path(typed),
    }
}

/// Dates in headers are those of HTTP, but for the one of locks.
fn header_text(member: &Member, value: &Json) -> String {
    match (member.kind, value) {
        (Kind::Moment, value) if member.name == "ObjectLockRetainUntilDate" => plain(value),
        (Kind::Moment, value) => http_date(value),
        (_, Json::List(items)) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        (_, value) => plain(value),
    }
}

fn query_text(member: &Member, value: &Json) -> String {
    if matches!(member.kind, Kind::Moment) { http_date(value) } else { plain(value) }
}

fn http_date(value: &Json) -> String {
    let text = plain(value);
    Timestamp::parse_iso8601(&text).map_or(text, Timestamp::http_date)
}

/// A scalar as headers, queries and documents write it.
pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        Json::Null => String::new(),
        other => other.compact(),
    }
}

/// Writes the members of a structure in the order of the model.
fn write_structure(w: &mut XmlWriter, shape: Shape, value: &Json) {
    for field in fields(shape) {
        if let Some(value) = value.get(field.name) {
            write_field(w, field, value);
        }
    }
}

fn write_field(w: &mut XmlWriter, field: &Field, value: &Json) {
    match (field.kind, field.wraps) {
        (Kind::List(of), None) => value.items().iter().for_each(|item| write_value(w, field.tag, *of, item)),
        (Kind::List(of), Some(tag)) => {
            w.element(field.tag, |w| value.items().iter().for_each(|item| write_value(w, tag, *of, item)));
        }
        (kind, _) => write_value(w, field.tag, kind, value),
    }
}

fn write_value(w: &mut XmlWriter, tag: &str, kind: Kind, value: &Json) {
    match kind {
        Kind::Structure(shape) => w.element(tag, |w| write_structure(w, shape, value)),
        _ => w.text(tag, &plain(value)),
    }
}

/// Adds the checksum of a body, unless one was given.
///
/// # Errors
/// [`CallError::Unsendable`].
pub(super) fn with_checksum(call: Call, checksum: Option<&Checksum>) -> Result<Call, CallError> {
    let Some(checksum) = checksum else { return Ok(call) };
    let call = header(call, checksum.algorithm().header(), &checksum.to_base64())?;
    header(call, "x-amz-sdk-checksum-algorithm", checksum.algorithm().name())
}

/// The algorithm for a body: the one that was asked for, or CRC64NVME; none when a checksum or an MD5 was given.
///
/// # Errors
/// [`CallError::Unsendable`] for an algorithm that nobody has.
pub(super) fn body_algorithm(call: &Call, input: &Input) -> Result<Option<ChecksumAlgorithm>, CallError> {
    let is_given = |algorithm: ChecksumAlgorithm| call.headers.contains_key(algorithm.header());
    if ChecksumAlgorithm::ALL.into_iter().any(is_given) || call.headers.contains_key("content-md5") {
        return Ok(None);
    }
    match given_text(input, "ChecksumAlgorithm") {
        None => Ok(Some(ChecksumAlgorithm::Crc64Nvme)),
        Some(name) => ChecksumAlgorithm::parse(&name).map(Some).ok_or_else(|| CallError::Unsendable {
            action: call.action,
            why: format!("{name:?} is no checksum algorithm"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, body_algorithm, call};
    use crate::command::s3api::json::Json;
    use crate::command::s3api::model::{Operation, Place};
    use crate::command::s3api::table::OPERATIONS;
    use crate::command::s3api::values::shaped;
    use drystone_client::{Call, Payload};
    use drystone_types::ChecksumAlgorithm;
    use drystone_wire::xml::request::{complete, delete, lifecycle};

    fn operation(command: &str) -> &'static Operation {
        OPERATIONS.iter().find(|operation| operation.command == command).unwrap()
    }

    fn of(command: &str, json: &str) -> Call {
        let Json::Object(members) = Json::parse(json).unwrap() else { panic!("an object") };
        let operation = operation(command);
        let shape =
            |(name, value): (String, Json)| match operation.members().find(|member| member.name == name) {
                Some(member) => (name, shaped(member.kind, value).unwrap()),
                None => (name, value),
            };
        let input: Input = members.into_iter().map(shape).collect();
        call(operation, &input).unwrap()
    }

    fn body(call: &Call) -> &[u8] {
        match &call.payload {
            Payload::Bytes(bytes) => bytes,
            _ => panic!("a document"),
        }
    }

    #[test]
    fn b1_a_complete_is_written_as_the_server_reads_it() {
        let json = "{\"Bucket\":\"b\",\"Key\":\"k\",\"UploadId\":\"u\",\"MpuObjectSize\":5,\"IfNoneMatch\":\"*\",\
                    \"MultipartUpload\":{\"Parts\":[{\"PartNumber\":1,\"ETag\":\"\\\"e\\\"\",\"ChecksumCRC32\":\"AAAAAA==\"},\
                    {\"ETag\":\"f\",\"PartNumber\":2}]}}";
        let call = of("complete-multipart-upload", json);
        assert_eq!((call.bucket.as_deref(), call.key.as_deref()), (Some("b"), Some("k")));
        assert_eq!(call.query, [("uploadId".to_owned(), "u".to_owned())]);
        assert_eq!(
            (&call.headers["x-amz-mp-object-size"], &call.headers["if-none-match"]),
            (&"5".parse().unwrap(), &"*".parse().unwrap())
        );
        let parts = complete::parse(body(&call)).unwrap();
        assert_eq!((parts.len(), parts[0].etag.as_str(), parts[0].checksum.is_some()), (2, "\"e\"", true));
    }

    #[test]
    fn lifecycle_rules_and_deletions_are_written_as_the_server_reads_them() {
        let json = "{\"Bucket\":\"b\",\"LifecycleConfiguration\":{\"Rules\":[{\"ID\":\"tidy\",\"Status\":\"Enabled\",\
                    \"Filter\":{\"And\":{\"Prefix\":\"p\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"},{\"Key\":\"c\",\"Value\":\"d\"}]}},\
                    \"Expiration\":{\"Days\":5}}]}}";
        let call = of("put-bucket-lifecycle-configuration", json);
        let read = lifecycle::parse(body(&call)).unwrap();
        assert_eq!(read.rules[0].filter.tags.0.len(), 2);
        assert!(call.headers.contains_key("content-md5"));
        let call = of(
            "delete-objects",
            "{\"Bucket\":\"b\",\"Delete\":{\"Objects\":[{\"Key\":\"a&\\n\"}],\"Quiet\":true}}",
        );
        let read = delete::parse(body(&call)).unwrap();
        assert_eq!((read.objects[0].key.as_str(), read.quiet), ("a&\n", true));
    }

    #[test]
    fn headers_have_the_forms_of_s3() {
        let json = "{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":\"src/a b?versionId=v\",\"Metadata\":{\"Name\":\"é\"},\
                    \"CopySourceIfModifiedSince\":\"2026-11-22T10:30:00Z\",\"ObjectLockRetainUntilDate\":\"2026-11-22T10:30:00Z\",\
                    \"SSECustomerKey\":\"0123\",\"BucketKeyEnabled\":true}";
        let call = of("copy-object", json);
        let header = |name: &str| std::str::from_utf8(call.headers[name].as_bytes()).unwrap().to_owned();
        assert_eq!(header("x-amz-copy-source"), "src/a%20b?versionId=v");
        assert_eq!(header("x-amz-meta-name"), "é");
        assert_eq!(header("x-amz-copy-source-if-modified-since"), "Sun, 22 Nov 2026 10:30:00 GMT");
        assert_eq!(header("x-amz-object-lock-retain-until-date"), "2026-11-22T10:30:00.000Z");
        assert_eq!(header("x-amz-server-side-encryption-customer-key"), "MDEyMw==");
        assert_eq!(header("x-amz-server-side-encryption-customer-key-md5"), "62L2uTBttXXC1ZaxJ5YnpA==");
        assert_eq!(header("x-amz-server-side-encryption-bucket-key-enabled"), "true");
        let words = of(
            "get-object-attributes",
            "{\"Bucket\":\"b\",\"Key\":\"k\",\"ObjectAttributes\":[\"ETag\",\"Checksum\"]}",
        );
        assert_eq!(words.headers["x-amz-object-attributes"], "ETag,Checksum");
    }

    #[test]
    fn bodies_have_a_checksum_unless_one_is_given() {
        let algorithm = |json: &str| {
            let Json::Object(input) = Json::parse(json).unwrap() else { panic!("an object") };
            body_algorithm(&of("put-object", json), &input).map(|found| found.map(ChecksumAlgorithm::name))
        };
        assert_eq!(algorithm("{}").unwrap(), Some("CRC64NVME"));
        assert_eq!(algorithm("{\"ChecksumAlgorithm\":\"sha256\"}").unwrap(), Some("SHA256"));
        assert_eq!(algorithm("{\"ChecksumCRC32\":\"AAAAAA==\"}").unwrap(), None);
        assert_eq!(algorithm("{\"ContentMD5\":\"x\"}").unwrap(), None);
        assert!(algorithm("{\"ChecksumAlgorithm\":\"CRC16\"}").is_err());
    }

    #[test]
    fn every_flag_is_there_once_and_documents_are_structures() {
        for operation in OPERATIONS {
            let mut flags: Vec<_> = operation.members().map(|member| member.flag).collect();
            let count = flags.len();
            flags.sort_unstable();
            flags.dedup();
            assert_eq!(flags.len(), count, "{}", operation.name);
            let documents =
                operation.members().filter(|member| matches!(member.place, Place::Document(_))).count();
            assert!(documents <= 1 && !(documents == 1 && operation.sends_file()), "{}", operation.name);
        }
    }
}
