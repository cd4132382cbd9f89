//! What a lifecycle rule does: expiration of objects and versions, abort of uploads, and transitions.
//! Transitions are only checked.

use drystone_types::lifecycle::{Expiration, NoncurrentExpiration};
use drystone_types::limits::NEWER_NONCURRENT_VERSIONS_MAX;
use drystone_types::{StorageClass, Timestamp};

use crate::error::S3Error;
use crate::xml::reader::Node;

const DAY_MS: u64 = 86_400_000;

/// DaysAfterInitiation.
pub(super) fn abort_days(node: &Node) -> Result<u32, S3Error> {
    let days = node.only("DaysAfterInitiation")?.ok_or_else(S3Error::malformed_xml)?;
    positive(days, "AbortIncompleteMultipartUpload")
}

/// Exactly one of Days, Date and ExpiredObjectDeleteMarker.
pub(super) fn expiration(node: &Node) -> Result<Expiration, S3Error> {
    let [choice] = node.children.as_slice() else { return Err(S3Error::malformed_xml()) };
    match &*choice.name {
        "Days" => positive(choice, "Expiration").map(Expiration::Days),
        "Date" => midnight(&choice.text).map(Expiration::Date),
        "ExpiredObjectDeleteMarker" => match choice.text.trim() {
            "true" => Ok(Expiration::ExpiredObjectDeleteMarker(true)),
            "false" => Ok(Expiration::ExpiredObjectDeleteMarker(false)),
            _ => Err(S3Error::malformed_xml()),
        },
        _ => Err(S3Error::malformed_xml()),
    }
}

/// NoncurrentDays, and perhaps NewerNoncurrentVersions.
pub(super) fn noncurrent_expiration(node: &Node) -> Result<NoncurrentExpiration, S3Error> {
    only_has(node, &["NoncurrentDays", "NewerNoncurrentVersions"])?;
    let days = node.only("NoncurrentDays")?.ok_or_else(S3Error::malformed_xml)?;
    let days = positive(days, "NoncurrentVersionExpiration")?;
    let newer_kept = node.only("NewerNoncurrentVersions")?.map(newer_kept).transpose()?;
    Ok(NoncurrentExpiration { days, newer_kept })
}

/// Is it a transition that S3 would take?
pub(super) fn check_transition(node: &Node) -> Result<(), S3Error> {
    let class =
        node.text_of("StorageClass")?.and_then(StorageClass::parse).ok_or_else(S3Error::malformed_xml)?;
    if matches!(class, StorageClass::Standard | StorageClass::ReducedRedundancy) {
        return Err(S3Error::malformed_xml());
    }
    if &*node.name == "NoncurrentVersionTransition" {
        only_has(node, &["NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"])?;
        let days = node.only("NoncurrentDays")?.ok_or_else(S3Error::malformed_xml)?;
        node.only("NewerNoncurrentVersions")?.map(newer_kept).transpose()?;
        return not_negative(days, "NoncurrentVersionTransition");
    }
    only_has(node, &["Days", "Date", "StorageClass"])?;
    match (node.only("Days")?, node.only("Date")?) {
        (Some(days), None) => not_negative(days, "Transition"),
        (None, Some(date)) => midnight(&date.text).map(drop),
        _ => Err(S3Error::malformed_xml()),
    }
}

fn only_has(node: &Node, names: &[&str]) -> Result<(), S3Error> {
    let known = node.children.iter().all(|child| names.contains(&&*child.name));
    if known { Ok(()) } else { Err(S3Error::malformed_xml()) }
}

fn newer_kept(node: &Node) -> Result<u32, S3Error> {
    let max = NEWER_NONCURRENT_VERSIONS_MAX;
    let count = u32::try_from(node.integer()?).ok().filter(|count| (1..=max).contains(count));
    count.ok_or_else(|| {
        let message = format!("'NewerNoncurrentVersions' must be an integer between 1 and {max}");
        S3Error::invalid_argument("NewerNoncurrentVersions", node.text.trim(), message)
    })
}

fn positive(node: &Node, action: &str) -> Result<u32, S3Error> {
    let days = node.integer()?;
    if days < 1 {
        return Err(S3Error::lifecycle_days_not_positive(&node.name, action));
    }
    i32::try_from(days).ok().and_then(|days| u32::try_from(days).ok()).ok_or_else(S3Error::malformed_xml)
}

fn not_negative(node: &Node, action: &str) -> Result<(), S3Error> {
    if node.integer()? == 0 { Ok(()) } else { positive(node, action).map(drop) }
}

fn midnight(text: &str) -> Result<Timestamp, S3Error> {
    let date = Timestamp::parse_iso8601(text.trim()).ok_or_else(S3Error::malformed_xml)?;
    if date.0 % DAY_MS != 0 {
        return Err(S3Error::invalid_argument("Date", text.trim(), "'Date' must be at midnight GMT"));
    }
    Ok(date)
}

#[cfg(test)]
mod tests {
    use super::{NoncurrentExpiration, S3Error, check_transition, noncurrent_expiration};
    use crate::xml::reader::{Node, read};

    fn ask<T>(xml: &str, parse: impl Fn(&Node) -> Result<T, S3Error>) -> Result<T, &'static str> {
        let node = read(xml.as_bytes(), 9999).expect("well-formed");
        parse(&node).map_err(|error| error.code.as_str())
    }

    #[test]
    fn versions_that_are_no_longer_current() {
        let rule = |inside: &str| ask(&format!("<N>{inside}</N>"), noncurrent_expiration);
        let days = "<NoncurrentDays>3</NoncurrentDays>";
        let newer = |count| format!("{days}<NewerNoncurrentVersions>{count}</NewerNoncurrentVersions>");
        assert_eq!(rule(days), Ok(NoncurrentExpiration { days: 3, newer_kept: None }));
        assert_eq!(rule(&newer(100)), Ok(NoncurrentExpiration { days: 3, newer_kept: Some(100) }));
        assert_eq!(rule(&newer(0)), Err("InvalidArgument"));
        assert_eq!(rule(&newer(101)), Err("InvalidArgument"));
        assert_eq!(rule("<NoncurrentDays>0</NoncurrentDays>"), Err("InvalidArgument"));
        assert_eq!(rule("<NewerNoncurrentVersions>1</NewerNoncurrentVersions>"), Err("MalformedXML"));
        assert_eq!(rule(&format!("{days}<Days>1</Days>")), Err("MalformedXML"));
    }

    #[test]
    fn transitions_are_checked_before_they_are_refused() {
        let class = "<StorageClass>GLACIER</StorageClass>";
        let cases = [
            (format!("<Transition><Days>0</Days>{class}</Transition>"), Ok(())),
            (format!("<Transition><Date>2030-01-01T00:00:00Z</Date>{class}</Transition>"), Ok(())),
            (
                format!("<Transition><Date>2030-01-01T00:00:01Z</Date>{class}</Transition>"),
                Err("InvalidArgument"),
            ),
            (format!("<Transition><Date>20300101</Date>{class}</Transition>"), Err("MalformedXML")),
            (format!("<Transition><Days>-1</Days>{class}</Transition>"), Err("InvalidArgument")),
            (format!("<Transition>{class}</Transition>"), Err("MalformedXML")),
            ("<Transition><Days>1</Days></Transition>".into(), Err("MalformedXML")),
            (
                "<Transition><Days>1</Days><StorageClass>STANDARD</StorageClass></Transition>".into(),
                Err("MalformedXML"),
            ),
            (
                format!(
                    "<NoncurrentVersionTransition><NoncurrentDays>0</NoncurrentDays>{class}\
                      </NoncurrentVersionTransition>"
                ),
                Ok(()),
            ),
            (
                format!("<NoncurrentVersionTransition>{class}</NoncurrentVersionTransition>"),
                Err("MalformedXML"),
            ),
        ];
        for (xml, expected) in cases {
            assert_eq!(ask(&xml, check_transition), expected, "{xml}");
        }
    }
}
