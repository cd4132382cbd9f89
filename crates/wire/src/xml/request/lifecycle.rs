//! LifecycleConfiguration: the rules of PutBucketLifecycleConfiguration, checked as S3 checks them (b167-b172).

use std::collections::HashSet;

use drystone_types::lifecycle::{Expiration, LifecycleConfiguration, Rule};
use drystone_types::limits::{LIFECYCLE_RULE_ID_MAX, LIFECYCLE_RULES_MAX, XML_OTHER_MAX_BYTES};

use super::lifecycle_actions::{abort_days, check_transition, expiration, noncurrent_expiration};
use super::lifecycle_filter;
use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::{Node, read};

/// Actions that we do not do: there is one tier, and to keep such a rule would be a promise broken in silence.
const TRANSITIONS: [&str; 2] = ["Transition", "NoncurrentVersionTransition"];

/// Reads the configuration. A rule without an ID gets `rule-N`, with the lowest N that no rule has.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML, InvalidRequest and InvalidArgument as S3 has them
/// (b170-b172); NotImplemented, naming the element, for transitions that are well-formed.
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
    const KNOWN: [&str; 7] = [
        "ID",
        "Prefix",
        "Filter",
        "Status",
        "Expiration",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
    ];
    let is_transition = |child: &&Node| TRANSITIONS.contains(&&*child.name);
    if !node.children.iter().all(|child| KNOWN.contains(&&*child.name) || is_transition(&child)) {
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
    let filter = lifecycle_filter::parse(node)?;
    let has_tags = !filter.tags.is_empty();
    let abort_incomplete_days = node.only("AbortIncompleteMultipartUpload")?.map(abort_days).transpose()?;
    if abort_incomplete_days.is_some() && has_tags {
        return Err(S3Error::abort_with_tags());
    }
    let has_size = filter.object_size_greater_than.or(filter.object_size_less_than).is_some();
    if abort_incomplete_days.is_some() && has_size {
        return Err(S3Error::abort_with_object_size());
    }
    let expiration = node.only("Expiration")?.map(expiration).transpose()?;
    if matches!(expiration, Some(Expiration::ExpiredObjectDeleteMarker(_))) && has_tags {
        return Err(S3Error::invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags."));
    }
    let noncurrent = node.only("NoncurrentVersionExpiration")?.map(noncurrent_expiration).transpose()?;
    let mut transitions = node.children.iter().filter(is_transition);
    transitions.clone().try_for_each(check_transition)?;
    if let Some(transition) = transitions.next() {
        return Err(S3Error::not_implemented(&*transition.name));
    }
    if abort_incomplete_days.is_none() && expiration.is_none() && noncurrent.is_none() {
        return Err(S3Error::invalid_request("At least one action needs to be specified in a rule."));
    }
    Ok(Rule { id, enabled, filter, abort_incomplete_days, expiration, noncurrent })
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
    const MARKERS: &str =
        "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
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
        let with_tags = format!("<Filter><And><Prefix>a</Prefix>{TAG}</And></Filter>");
        let one_tag = format!("<Filter>{TAG}</Filter>");
        let actions = [
            "<Expiration><Days>1</Days></Expiration>",
            "<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>",
            MARKERS,
            "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>",
            "<Expiration><Days>2</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>3\
             </NoncurrentDays><NewerNoncurrentVersions>100</NewerNoncurrentVersions>\
             </NoncurrentVersionExpiration>",
        ];
        for (filter, action) in others.into_iter().chain([&*with_tags, &*one_tag]).zip(actions) {
            let xml = format!("<Rule><ID>x</ID>{filter}<Status>Enabled</Status>{action}</Rule>");
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
                rule(&format!("<Filter>{TAG}</Filter>{MARKERS}")),
                "InvalidRequest",
                "ExpiredObjectDeleteMarker cannot be specified with Tags.",
            ),
            (
                rule("<Filter/><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"),
                "NotImplemented",
                "",
            ),
            (rule("<Filter/><Transition><Days>1</Days></Transition>"), "MalformedXML", ""),
            (rule("<Filter/><NoncurrentVersionExpiration/>"), "MalformedXML", ""),
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
