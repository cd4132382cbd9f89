//! LifecycleConfiguration: the rules of PutBucketLifecycleConfiguration, checked as S3 checks them (b167-b172).

use std::collections::HashSet;

use drystone_types::Timestamp;
use drystone_types::lifecycle::{Expiration, LifecycleConfiguration, Rule};
use drystone_types::limits::{LIFECYCLE_RULE_ID_MAX, LIFECYCLE_RULES_MAX, XML_OTHER_MAX_BYTES};

use super::lifecycle_filter::{self, ParsedFilter};
use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::{Node, read};

/// Actions that S3 has and we do not do yet: NotImplemented names the element.
const ACTIONS_NOT_DONE: [&str; 3] =
    ["Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition"];
const DAY_MS: u64 = 86_400_000;

/// Reads the configuration. A rule without an ID gets `rule-N`, with the lowest N that no rule has.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML, InvalidRequest and InvalidArgument as S3 has them
/// (b170-b172); NotImplemented, naming the element, for transitions, rules on versions and expiration by tag.
pub fn parse(body: &[u8]) -> Result<LifecycleConfiguration, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "LifecycleConfiguration" || root.children.iter().any(|child| &*child.name != "Rule") {
        return Err(S3Error::malformed_xml());
    }
    if !(1..=LIFECYCLE_RULES_MAX).contains(&root.children.len()) {
        return Err(S3Error::malformed_xml());
    }
    let mut rules: Vec<_> = root.children.iter().map(rule).collect::<Result<_, _>>()?;
    name_rules(&mut rules)?;
    Ok(LifecycleConfiguration { rules })
}

fn rule(node: &Node) -> Result<Rule, S3Error> {
    let known = ["ID", "Prefix", "Filter", "Status", "Expiration", "AbortIncompleteMultipartUpload"];
    let is_known = |child: &Node| known.contains(&&*child.name) || ACTIONS_NOT_DONE.contains(&&*child.name);
    if !node.children.iter().all(is_known) {
        return Err(S3Error::malformed_xml());
    }
    let id = node.text_of("ID")?.unwrap_or_default().to_owned();
    if id.chars().count() > LIFECYCLE_RULE_ID_MAX {
        return Err(S3Error::lifecycle_id_too_long());
    }
    let enabled = match node.text_of("Status")?.map(str::trim) {
        Some("Enabled") => true,
        Some("Disabled") => false,
        _ => return Err(S3Error::malformed_xml()),
    };
    let ParsedFilter { filter, has_tags } = lifecycle_filter::parse(node)?;
    let abort_incomplete_days = node.only("AbortIncompleteMultipartUpload")?.map(abort_days).transpose()?;
    if abort_incomplete_days.is_some() && has_tags {
        return Err(S3Error::abort_with_tags());
    }
    let has_size = filter.object_size_greater_than.or(filter.object_size_less_than).is_some();
    if abort_incomplete_days.is_some() && has_size {
        return Err(S3Error::abort_with_object_size());
    }
    let expiration = node.only("Expiration")?.map(expiration).transpose()?;
    if let Some(name) = ACTIONS_NOT_DONE.into_iter().find(|name| node.child(name).is_some()) {
        return Err(S3Error::not_implemented(name));
    }
    if has_tags {
        return Err(S3Error::not_implemented("Tag"));
    }
    if abort_incomplete_days.is_none() && expiration.is_none() {
        return Err(S3Error::invalid_request("At least one action needs to be specified in a rule."));
    }
    Ok(Rule { id, enabled, filter, abort_incomplete_days, expiration })
}

fn abort_days(node: &Node) -> Result<u32, S3Error> {
    let days = node.only("DaysAfterInitiation")?.ok_or_else(S3Error::malformed_xml)?;
    positive(days, "AbortIncompleteMultipartUpload")
}

fn expiration(node: &Node) -> Result<Expiration, S3Error> {
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

fn positive(node: &Node, action: &str) -> Result<u32, S3Error> {
    let days = node.integer()?;
    if days < 1 {
        return Err(S3Error::lifecycle_days_not_positive(&node.name, action));
    }
    i32::try_from(days).ok().and_then(|days| u32::try_from(days).ok()).ok_or_else(S3Error::malformed_xml)
}

fn midnight(text: &str) -> Result<Timestamp, S3Error> {
    let date = Timestamp::parse_iso8601(text.trim()).ok_or_else(S3Error::malformed_xml)?;
    if date.0 % DAY_MS != 0 {
        return Err(S3Error::new(ErrorCode::InvalidArgument).message("'Date' must be at midnight GMT"));
    }
    Ok(date)
}

/// Every rule has its own id (b172); those without one get it.
fn name_rules(rules: &mut [Rule]) -> Result<(), S3Error> {
    let mut ids = HashSet::new();
    for rule in rules.iter().filter(|rule| !rule.id.is_empty()) {
        if !ids.insert(rule.id.clone()) {
            return Err(S3Error::lifecycle_duplicate_id(&rule.id));
        }
    }
    let mut fresh = (1..).map(|number| format!("rule-{number}")).filter(|id| !ids.contains(id));
    for rule in rules.iter_mut().filter(|rule| rule.id.is_empty()) {
        rule.id = fresh.next().expect("the numbers do not end");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::xml::response::lifecycle::lifecycle_configuration;
    use drystone_types::lifecycle::FilterForm;
    use proptest::prelude::*;

    const ABORT: &str = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation>\
                         </AbortIncompleteMultipartUpload>";
    const TAG: &str = "<Tag><Key>a</Key><Value>b</Value></Tag>";

    fn rules(inside: &str) -> String {
        format!("<LifecycleConfiguration>{inside}</LifecycleConfiguration>")
    }

    fn rule(inside: &str) -> String {
        rules(&format!("<Rule><Status>Enabled</Status>{inside}</Rule>"))
    }

    #[test]
    fn b167_what_was_put_is_what_get_returns() {
        let filters = [
            ("<Prefix>logs/</Prefix>", FilterForm::RulePrefix),
            ("<Prefix></Prefix>", FilterForm::RulePrefix),
            ("<Filter></Filter>", FilterForm::Empty),
            ("<Filter><Prefix></Prefix></Filter>", FilterForm::One),
            ("<Filter><Prefix>a&amp;b</Prefix></Filter>", FilterForm::One),
        ];
        for (filter, form) in filters {
            let xml = format!("<Rule><ID>x</ID>{filter}<Status>Disabled</Status>{ABORT}</Rule>");
            let configuration = parse(rules(&xml).as_bytes()).expect(filter);
            assert_eq!(configuration.rules[0].filter.form, form, "{filter}");
            assert!(lifecycle_configuration(&configuration).contains(&xml), "{filter}");
        }
        let others = [
            "<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>",
            "<Filter><ObjectSizeLessThan>5</ObjectSizeLessThan></Filter>",
            "<Filter><And><Prefix>a</Prefix><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>\
             <ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>",
        ];
        let expirations = [
            "<Days>1</Days>",
            "<Date>2030-01-01T00:00:00.000Z</Date>",
            "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>",
        ];
        for (filter, days) in others.into_iter().zip(expirations) {
            let xml = format!(
                "<Rule><ID>x</ID>{filter}<Status>Enabled</Status><Expiration>{days}</Expiration></Rule>"
            );
            let configuration = parse(rules(&xml).as_bytes()).expect(filter);
            assert!(lifecycle_configuration(&configuration).contains(&xml), "{filter}");
        }
    }

    #[test]
    fn b170_to_b172_broken_rules_are_refused_as_s3_does() {
        let abort =
            |days: &str| format!("<AbortIncompleteMultipartUpload>{days}</AbortIncompleteMultipartUpload>");
        let days = |days: &str| {
            format!("<Filter/>{}", abort(&format!("<DaysAfterInitiation>{days}</DaysAfterInitiation>")))
        };
        let expire = |inside: &str| format!("<Filter/><Expiration>{inside}</Expiration>");
        let filter = |inside: &str| format!("<Filter>{inside}</Filter>{ABORT}");
        let long_id = "i".repeat(256);
        let no_tags = "AbortIncompleteMultipartUpload cannot be specified with Tags.";
        let no_size = "AbortIncompleteMultipartUpload cannot be specified with Object Size";
        let cases = [
            (
                rule(&days("0")),
                "InvalidArgument",
                "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
            ),
            (rule(&days("-1")), "InvalidArgument", ""),
            (rule(&days("x")), "MalformedXML", ""),
            (rule(&days("2147483648")), "MalformedXML", ""),
            (rule(&format!("<Filter/>{}", abort(""))), "MalformedXML", ""),
            (rule(&filter(TAG)), "InvalidRequest", no_tags),
            (rule(&filter(&format!("<And><Prefix>a</Prefix>{TAG}</And>"))), "InvalidRequest", no_tags),
            (rule(&filter("<ObjectSizeGreaterThan>1</ObjectSizeGreaterThan>")), "InvalidRequest", no_size),
            (
                rule(&filter("<And><Prefix>a</Prefix><ObjectSizeLessThan>1</ObjectSizeLessThan></And>")),
                "InvalidRequest",
                no_size,
            ),
            (rule(ABORT), "MalformedXML", ""),
            (rule(&format!("<Filter/><Prefix/>{ABORT}")), "MalformedXML", ""),
            (rule(&filter("<Prefix/><Prefix/>")), "MalformedXML", ""),
            (rule(&filter("<And/>")), "MalformedXML", ""),
            (rule(&filter("<Other/>")), "MalformedXML", ""),
            (rule(&format!("<Filter/><Status>Enabled</Status>{ABORT}")), "MalformedXML", ""),
            (rules(&format!("<Rule><Filter/>{ABORT}</Rule>")), "MalformedXML", ""),
            (rules(&format!("<Rule><Filter/><Status>enabled</Status>{ABORT}</Rule>")), "MalformedXML", ""),
            (rules(""), "MalformedXML", ""),
            (rules("<Other/>"), "MalformedXML", ""),
            ("<Lifecycle/>".into(), "MalformedXML", ""),
            (String::new(), "MissingRequestBodyError", ""),
            (rule("<Filter/>"), "InvalidRequest", "At least one action needs to be specified in a rule."),
            (
                rule(&format!("<ID>{long_id}</ID><Filter/>{ABORT}")),
                "InvalidArgument",
                "ID length should not exceed allowed limit of 255",
            ),
            (
                rule(&expire("<Days>0</Days>")),
                "InvalidArgument",
                "'Days' for Expiration action must be a positive integer",
            ),
            (rule(&expire("<Days>1</Days><Date>2030-01-01T00:00:00Z</Date>")), "MalformedXML", ""),
            (rule(&expire("")), "MalformedXML", ""),
            (
                rule(&expire("<Date>2030-01-01T00:00:01Z</Date>")),
                "InvalidArgument",
                "'Date' must be at midnight GMT",
            ),
            (rule(&expire("<Date>20300101</Date>")), "MalformedXML", ""),
            (
                rule(&format!("<Filter>{TAG}</Filter><Expiration><Days>1</Days></Expiration>")),
                "NotImplemented",
                "",
            ),
            (
                rule("<Filter/><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"),
                "NotImplemented",
                "",
            ),
            (rule("<Filter/><NoncurrentVersionExpiration/>"), "NotImplemented", ""),
        ];
        for (xml, code, message) in cases {
            let error = parse(xml.as_bytes()).expect_err(&xml);
            assert_eq!(error.code.as_str(), code, "{xml}");
            assert!(message.is_empty() || error.message == message, "{xml}: {}", error.message);
        }
    }

    #[test]
    fn b172_ids_are_unique_and_made_up_when_missing() {
        let named = |id: &str| format!("<Rule><ID>{id}</ID><Filter/><Status>Enabled</Status>{ABORT}</Rule>");
        let xml = rules(&[named("a"), named("a")].concat());
        assert_eq!(parse(xml.as_bytes()).map_err(|error| error.code.as_str()), Err("InvalidArgument"));
        let xml = rules(&[named(""), named("rule-1"), named("")].concat());
        let configuration = parse(xml.as_bytes()).expect("legal");
        let ids: Vec<_> = configuration.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["rule-2", "rule-1", "rule-3"]);
        let many = |count: usize| rules(&named("").repeat(count));
        assert_eq!(parse(many(1000).as_bytes()).map(|configuration| configuration.rules.len()), Ok(1000));
        assert!(parse(many(1001).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_rules_never_panic(inside in "(<Rule>|</Rule>|<Filter/>|<Status>Enabled</Status>|<Expiration><Days>|</Days></Expiration>|[0-9-]{1,12}|x){0,12}") {
            let _ = parse(rules(&inside).as_bytes());
        }
    }
}
