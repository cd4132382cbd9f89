//! ObjectLockConfiguration, Retention, LegalHold: the documents of object lock.

use drystone_types::limits::{DEFAULT_RETENTION_DAYS_MAX, DEFAULT_RETENTION_YEARS_MAX, XML_OTHER_MAX_BYTES};
use drystone_types::lock::{DefaultRetention, RetentionPeriod};
use drystone_types::{ObjectLockConfiguration, Retention, RetentionMode, Timestamp};

use crate::error::{ErrorCode, S3Error};
use crate::headers::object_lock::legal_hold;
use crate::xml::reader::{Node, read};

/// Reads the configuration of PutObjectLockConfiguration.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML: not enabled, an incomplete rule, both Days and Years, an
/// unknown mode; InvalidArgument for a period that is not positive or longer than 100 years.
pub fn configuration(body: &[u8]) -> Result<ObjectLockConfiguration, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = document(body, "ObjectLockConfiguration", &["ObjectLockEnabled", "Rule"])?;
    if root.text_of("ObjectLockEnabled")?.map(str::trim) != Some("Enabled") {
        return Err(S3Error::malformed_xml());
    }
    let default = root.only("Rule")?.map(rule).transpose()?;
    Ok(ObjectLockConfiguration { default })
}

/// Reads the retention of PutObjectRetention; `None` for an empty one, which lifts what is there.
///
/// # Errors
/// MalformedXML: no document, mode or date missing or unknown; InvalidArgument for a date not after `now`.
pub fn retention(body: &[u8], now: Timestamp) -> Result<Option<Retention>, S3Error> {
    let root = document(body, "Retention", &["Mode", "RetainUntilDate"])?;
    let (mode, date) = match (root.text_of("Mode")?, root.text_of("RetainUntilDate")?) {
        (None, None) => return Ok(None),
        (Some(mode), Some(date)) => (mode, date),
        _ => return Err(S3Error::malformed_xml()),
    };
    let mode = RetentionMode::parse(mode.trim()).ok_or_else(S3Error::malformed_xml)?;
    let until = Timestamp::parse_iso8601(date.trim()).ok_or_else(S3Error::malformed_xml)?;
    if until <= now {
        return Err(S3Error::retain_date_past("RetainUntilDate", date.trim()));
    }
    Ok(Some(Retention { mode, until }))
}

/// Reads the status of PutObjectLegalHold: is it ON?
///
/// # Errors
/// MalformedXML: no document, or neither ON nor OFF.
pub fn legal_hold_status(body: &[u8]) -> Result<bool, S3Error> {
    let root = document(body, "LegalHold", &["Status"])?;
    root.text_of("Status")?.and_then(|status| legal_hold(status.trim())).ok_or_else(S3Error::malformed_xml)
}

fn document(body: &[u8], name: &str, elements: &[&str]) -> Result<Node, S3Error> {
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    let known = root.children.iter().all(|child| elements.contains(&&*child.name));
    if &*root.name == name && known { Ok(root) } else { Err(S3Error::malformed_xml()) }
}

fn rule(node: &Node) -> Result<DefaultRetention, S3Error> {
    let [retention] = node.children.as_slice() else { return Err(S3Error::malformed_xml()) };
    if &*retention.name != "DefaultRetention" {
        return Err(S3Error::malformed_xml());
    }
    let mode = retention.text_of("Mode")?.and_then(|mode| RetentionMode::parse(mode.trim()));
    let mode = mode.ok_or_else(S3Error::malformed_xml)?;
    let period = match (retention.only("Days")?, retention.only("Years")?) {
        (Some(days), None) => RetentionPeriod::Days(period(days, DEFAULT_RETENTION_DAYS_MAX)?),
        (None, Some(years)) => RetentionPeriod::Years(period(years, DEFAULT_RETENTION_YEARS_MAX)?),
        _ => return Err(S3Error::malformed_xml()),
    };
    Ok(DefaultRetention { mode, period })
}

fn period(node: &Node, max: u32) -> Result<u32, S3Error> {
    let number = node.integer()?;
    if number < 1 {
        return Err(S3Error::default_retention_not_positive(&node.name, number.to_string()));
    }
    let fits = u32::try_from(number).ok().filter(|number| *number <= max);
    fits.ok_or_else(|| S3Error::default_retention_too_large(&node.name, number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::response::object_lock as answer;
    use proptest::prelude::*;

    fn rule_of(inside: &str) -> String {
        format!(
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>{inside}\
             </DefaultRetention></Rule></ObjectLockConfiguration>"
        )
    }

    #[test]
    fn what_was_put_is_what_get_returns() {
        let enabled = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>";
        let rule =
            |inside: &str| format!("{enabled}<Rule><DefaultRetention>{inside}</DefaultRetention></Rule>");
        let cases = [
            enabled.to_owned(),
            rule("<Mode>GOVERNANCE</Mode><Days>1</Days>"),
            rule("<Mode>COMPLIANCE</Mode><Days>36500</Days>"),
            rule("<Mode>COMPLIANCE</Mode><Years>100</Years>"),
        ];
        for inside in cases {
            let xml = format!("<ObjectLockConfiguration>{inside}</ObjectLockConfiguration>");
            let read = configuration(xml.as_bytes()).expect("legal");
            let written = answer::configuration(&read);
            assert!(written.ends_with(&format!("\">{inside}</ObjectLockConfiguration>")), "{written}");
        }
        // What is read and put back is not shorter: every millisecond is shown.
        let inside = "<Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00.250Z</RetainUntilDate>";
        let xml = format!("<Retention>{inside}</Retention>");
        let read = retention(xml.as_bytes(), Timestamp(0)).expect("legal").expect("a retention");
        assert!(answer::retention(&read).ends_with(&format!("\">{inside}</Retention>")));
        assert_eq!(retention(b"<Retention/>", Timestamp(0)), Ok(None));
        for status in ["ON", "OFF"] {
            let xml = format!("<LegalHold><Status>{status}</Status></LegalHold>");
            let read = legal_hold_status(xml.as_bytes()).expect("legal");
            assert!(answer::legal_hold(read).ends_with(&format!("\"><Status>{status}</Status></LegalHold>")));
        }
    }

    #[test]
    fn configurations_that_are_malformed_or_contradictory_are_refused() {
        let malformed = "MalformedXML";
        let cases = [
            (String::new(), "MissingRequestBodyError"),
            ("malformed".into(), malformed),
            ("<ObjectLockConfiguration/>".into(), malformed),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>1</Days>").replace("Enabled<", "Disabled<"), malformed),
            (rule_of("").replace("<DefaultRetention></DefaultRetention>", ""), malformed),
            (rule_of(""), malformed),
            (rule_of("<Mode>GOVERNANCE</Mode>"), malformed),
            (rule_of("<Days>1</Days>"), malformed),
            (rule_of("<Mode>governance</Mode><Days>1</Days>"), malformed),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>"), malformed),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>1</Days><Days>1</Days>"), malformed),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>x</Days>"), malformed),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>0</Days>"), "InvalidArgument"),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>-1</Days>"), "InvalidArgument"),
            (rule_of("<Mode>GOVERNANCE</Mode><Days>36501</Days>"), "InvalidArgument"),
            (rule_of("<Mode>GOVERNANCE</Mode><Years>101</Years>"), "InvalidArgument"),
            (rule_of("<Mode>GOVERNANCE</Mode><Years>99999999999</Years>"), "InvalidArgument"),
        ];
        for (xml, code) in cases {
            assert_eq!(configuration(xml.as_bytes()).map_err(|e| e.code.as_str()), Err(code), "{xml}");
        }
        let zero = rule_of("<Mode>GOVERNANCE</Mode><Days>0</Days>");
        let error = configuration(zero.as_bytes()).expect_err("zero");
        assert_eq!(error.get("ArgumentName"), Some("Days"));
        assert_eq!(error.message, "Default retention period must be a positive integer value.");
    }

    #[test]
    fn retentions_and_holds_that_are_malformed_are_refused() {
        let date = "<RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate>";
        let cases = [
            (String::new(), "MalformedXML"),
            ("<Other/>".into(), "MalformedXML"),
            ("<Retention><Other/></Retention>".into(), "MalformedXML"),
            ("<Retention><Mode>GOVERNANCE</Mode></Retention>".into(), "MalformedXML"),
            (format!("<Retention>{date}</Retention>"), "MalformedXML"),
            (format!("<Retention><Mode>governance</Mode>{date}</Retention>"), "MalformedXML"),
            (format!("<Retention><Mode>GOVERNANCE</Mode>{date}{date}</Retention>"), "MalformedXML"),
            (
                format!("<Retention><Mode>GOVERNANCE</Mode>{date}</Retention>").replace("01T", "XX"),
                "MalformedXML",
            ),
            (
                format!("<Retention><Mode>GOVERNANCE</Mode>{date}</Retention>").replace("2030", "2020"),
                "InvalidArgument",
            ),
        ];
        let now = Timestamp(1_795_343_400_000);
        for (xml, code) in cases {
            assert_eq!(retention(xml.as_bytes(), now).map_err(|e| e.code.as_str()), Err(code), "{xml}");
        }
        for xml in [
            "",
            "<LegalHold/>",
            "<LegalHold><Status>on</Status></LegalHold>",
            "<Other><Status>ON</Status></Other>",
        ] {
            assert_eq!(
                legal_hold_status(xml.as_bytes()).map_err(|e| e.code.as_str()),
                Err("MalformedXML"),
                "{xml}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_documents_never_panic(inside in "(<Mode>|</Mode>|<Days>|</Days>|<Years/>|GOVERNANCE|[0-9-]{1,12}|[ -~]){0,12}") {
            let _ = configuration(rule_of(&inside).as_bytes());
            let _ = retention(format!("<Retention>{inside}</Retention>").as_bytes(), Timestamp(0));
            let _ = legal_hold_status(inside.as_bytes());
        }
    }
}
