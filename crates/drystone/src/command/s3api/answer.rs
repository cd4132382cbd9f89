//! Answer: headers and document become the JSON that the AWS CLI prints.

use super::json::Json;
use super::model::{Field, Kind, Operation, Shape, Told, fields};
use drystone_types::Timestamp;
use drystone_wire::encoding::decode_query;
use drystone_wire::headers::text::text as header_text;
use drystone_wire::xml::reader::Node;
use http::HeaderMap;

/// The output of an operation: members that came in headers, then those of the document.
pub(super) fn output(operation: &Operation, headers: &HeaderMap, root: Option<&Node>) -> Json {
    let tolds = operation.headers.iter().flat_map(|group| group.iter());
    let mut members: Vec<_> = tolds.filter_map(|told| from_header(told, headers)).collect();
    if let Some(root) = root {
        match operation.payload {
            Some((name, shape)) => members.push((name.to_owned(), structure(shape, root))),
            None => members.extend(structure_members(operation.document, root)),
        }
    }
    // Dates of HTTP can be anything; this one is told as it came, too.
    let has_expires =
        operation.headers.iter().flat_map(|group| group.iter()).any(|told| told.name == "Expires");
    if let Some(expires) = header_text(headers, "expires").filter(|_| has_expires) {
        members.push(("ExpiresString".to_owned(), Json::Text(expires)));
    }
    Json::Object(members)
}

fn from_header(told: &Told, headers: &HeaderMap) -> Option<(String, Json)> {
    if matches!(told.kind, Kind::Map) {
        return Some((told.name.to_owned(), metadata(told.header, headers)));
    }
    let text = header_text(headers, told.header)?;
    Some((told.name.to_owned(), scalar(told.kind, &text)?))
}

fn metadata(prefix: &str, headers: &HeaderMap) -> Json {
    let named = headers.keys().filter_map(|name| Some((name.as_str(), name.as_str().strip_prefix(prefix)?)));
    let member = |(name, short): (&str, &str)| {
        (short.to_owned(), Json::Text(header_text(headers, name).unwrap_or_default()))
    };
    Json::Object(named.map(member).collect())
}

/// `None` for what is no value of its kind: better no member than a wrong one.
fn scalar(kind: Kind, text: &str) -> Option<Json> {
    match kind {
        Kind::Number => text.trim().parse().ok().map(Json::Number),
        Kind::Flag => Some(Json::Flag(text.trim().eq_ignore_ascii_case("true"))),
        Kind::Moment => moment(text.trim()).map(Json::Text),
        _ => Some(Json::text(text)),
    }
}

/// `2026-11-22T10:30:00+00:00`.
fn moment(text: &str) -> Option<String> {
    let moment = Timestamp::parse_iso8601(text).or_else(|| Timestamp::parse_http_date(text))?;
    let seconds = moment.iso8601();
    let seconds = seconds.strip_suffix(".000Z").unwrap_or(&seconds);
    Some(match moment.0 % 1000 {
        0 => format!("{seconds}+00:00"),
        ms => format!("{seconds}.{ms:03}000+00:00"),
    })
}

fn structure(shape: Shape, node: &Node) -> Json {
    Json::Object(structure_members(shape, node))
}

fn structure_members(shape: Shape, node: &Node) -> Vec<(String, Json)> {
    fields(shape).filter_map(|field| Some((field.name.to_owned(), from_document(field, node)?))).collect()
}

fn from_document(field: &Field, node: &Node) -> Option<Json> {
    match (field.kind, field.wraps) {
        (Kind::List(of), None) => {
            let items: Vec<_> =
                node.children_named(field.tag).filter_map(|child| value(*of, child)).collect();
            (!items.is_empty()).then_some(Json::List(items))
        }
        (Kind::List(of), Some(tag)) => {
            let list = node.child(field.tag)?;
            Some(Json::List(list.children_named(tag).filter_map(|child| value(*of, child)).collect()))
        }
        (kind, _) => value(kind, node.child(field.tag)?),
    }
}

fn value(kind: Kind, node: &Node) -> Option<Json> {
    match kind {
        Kind::Structure(shape) => Some(structure(shape, node)),
        kind => scalar(kind, &node.text),
    }
}

/// Members of a list of objects that stores encode when they are asked to.
const ENCODED: [&str; 4] = ["Delimiter", "Prefix", "StartAfter", "Key"];

/// Decodes the names in a list for which encoding-type=url was asked by us rather than by the user.
pub(super) fn decode_names(output: &mut Json) {
    let Json::Object(members) = output else { return };
    for (name, value) in members {
        match value {
            Json::Text(text) if ENCODED.contains(&name.as_str()) => {
                if let Ok(decoded) = decode_query(text) {
                    *text = decoded;
                }
            }
            Json::List(items) if matches!(name.as_str(), "Contents" | "CommonPrefixes") => {
                items.iter_mut().for_each(decode_names);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{decode_names, output};
    use crate::command::s3api::model::Operation;
    use crate::command::s3api::table::OPERATIONS;
    use drystone_wire::xml::reader::read;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn of(command: &str, headers: &[(&'static str, &str)], xml: Option<&str>) -> String {
        let operation: &Operation = OPERATIONS.iter().find(|operation| operation.command == command).unwrap();
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        let root = xml.map(|xml| read(xml.as_bytes(), 1 << 20).unwrap());
        output(operation, &headers, root.as_ref()).compact()
    }

    #[test]
    fn heads_look_as_the_aws_clis() {
        let headers = [
            ("content-length", "100"),
            ("last-modified", "Sun, 22 Nov 2026 10:30:00 GMT"),
            ("etag", "\"e\""),
            ("x-amz-meta-k", "v"),
            ("expires", "0"),
            ("x-amz-request-id", "1"),
        ];
        let json = "{\"LastModified\": \"2026-11-22T10:30:00+00:00\", \"ContentLength\": 100, \"ETag\": \"\\\"e\\\"\", \
                    \"Metadata\": {\"k\": \"v\"}, \"ExpiresString\": \"0\"}";
        assert_eq!(of("head-object", &headers, None), json);
        assert_eq!(of("delete-object", &[], None), "{}");
    }

    #[test]
    fn documents_look_as_the_aws_clis() {
        let parts = "<ListPartsResult><IsTruncated>false</IsTruncated><Part><ETag>\"e\"</ETag><Size>5</Size>\
                     <LastModified>2026-11-22T10:30:00.250Z</LastModified><PartNumber>1</PartNumber></Part></ListPartsResult>";
        let json = "{\"IsTruncated\": false, \"Parts\": [{\"PartNumber\": 1, \"LastModified\": \"2026-11-22T10:30:00.250000+00:00\", \
                    \"ETag\": \"\\\"e\\\"\", \"Size\": 5}]}";
        assert_eq!(of("list-parts", &[], Some(parts)), json);
        let copied = "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>";
        let json = "{\"CopySourceVersionId\": \"v\", \"CopyObjectResult\": {\"ETag\": \"\\\"e\\\"\"}}";
        assert_eq!(of("copy-object", &[("x-amz-copy-source-version-id", "v")], Some(copied)), json);
        let buckets = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";
        assert_eq!(of("list-buckets", &[], Some(buckets)), "{\"Buckets\": []}");
        let attributes = "<GetObjectAttributesResponse><ObjectParts><PartsCount>2</PartsCount></ObjectParts></GetObjectAttributesResponse>";
        assert_eq!(
            of("get-object-attributes", &[], Some(attributes)),
            "{\"ObjectParts\": {\"TotalPartsCount\": 2}}"
        );
    }

    #[test]
    fn b102_names_are_decoded() {
        let xml = "<ListBucketResult><Prefix>a+b</Prefix><Contents><Key>a+b%2Fc</Key></Contents>\
                   <CommonPrefixes><Prefix>%C3%A9</Prefix></CommonPrefixes></ListBucketResult>";
        let operation = OPERATIONS.iter().find(|operation| operation.name == "ListObjectsV2").unwrap();
        let root = read(xml.as_bytes(), 1 << 20).unwrap();
        let mut json = output(operation, &HeaderMap::new(), Some(&root));
        decode_names(&mut json);
        let expected = "{\"Contents\": [{\"Key\": \"a b/c\"}], \"Prefix\": \"a b\", \"CommonPrefixes\": [{\"Prefix\": \"é\"}]}";
        assert_eq!(json.compact(), expected);
    }
}
