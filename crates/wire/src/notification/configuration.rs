//! NotificationConfiguration: rules as PutBucketNotificationConfiguration sends them and its Get returns them.

use drystone_types::limits::{
    KEY_LEN_MAX, NOTIFICATION_RULE_ID_MAX, NOTIFICATION_RULES_MAX, XML_OTHER_MAX_BYTES,
};

use super::overlap::has_overlap;
use super::{EventType, webhook_of};
use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::{Node, read};
use crate::xml::writer::XmlWriter;

/// Whom a bucket tells of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationConfiguration {
    /// No two of them concern the same event.
    pub rules: Vec<NotificationRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRule {
    /// Kind of the destination.
    pub destination: Destination,
    /// Its name, unique in the bucket. Empty until one is given.
    pub id: String,
    /// ARN of the destination.
    pub arn: String,
    /// At least one.
    pub events: Vec<EventType>,
    /// Keys that begin so.
    pub prefix: Option<String>,
    /// And end so.
    pub suffix: Option<String>,
}

/// What S3 calls a destination. Here each is a webhook; the kind only comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Topic.
    Topic,
    /// Queue.
    Queue,
    /// CloudFunction.
    CloudFunction,
}

impl Destination {
    const ALL: [Self; 3] = [Self::Topic, Self::Queue, Self::CloudFunction];

    fn element(self) -> &'static str {
        match self {
            Self::Topic => "TopicConfiguration",
            Self::Queue => "QueueConfiguration",
            Self::CloudFunction => "CloudFunctionConfiguration",
        }
    }

    fn arn_element(self) -> &'static str {
        match self {
            Self::Topic => "Topic",
            Self::Queue => "Queue",
            Self::CloudFunction => "CloudFunction",
        }
    }

    /// S3's text for one that is not there.
    fn missing(self) -> &'static str {
        match self {
            Self::Topic => "The destination topic does not exist",
            Self::Queue => "The destination queue does not exist",
            Self::CloudFunction => "The destination Lambda does not exist",
        }
    }
}

impl NotificationConfiguration {
    /// Reads a configuration; rules without an id get one from `fresh_id`. An empty one turns notifications off.
    ///
    /// # Errors
    /// MissingRequestBodyError, MalformedXML; InvalidArgument for unknown events, filters and ARNs, and for overlapping
    /// rules; NotImplemented for EventBridge.
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html>, read 2026-11, and
    /// answers of AWS as others recorded them in 2023-08.
    pub fn parse(body: &[u8], mut fresh_id: impl FnMut() -> String) -> Result<Self, S3Error> {
        if body.trim_ascii().is_empty() {
            return Err(ErrorCode::MissingRequestBodyError.into());
        }
        let root = read(body, XML_OTHER_MAX_BYTES)?;
        if &*root.name != "NotificationConfiguration" {
            return Err(S3Error::malformed_xml());
        }
        let mut rules = Vec::new();
        for child in &root.children {
            if &*child.name == "EventBridgeConfiguration" {
                return Err(S3Error::not_implemented("EventBridgeConfiguration"));
            }
            let destination = Destination::ALL.into_iter().find(|kind| kind.element() == &*child.name);
            let mut rule = NotificationRule::parse(child, destination.ok_or_else(S3Error::malformed_xml)?)?;
            if rule.id.is_empty() {
                rule.id = fresh_id();
            }
            rules.push(rule);
        }
        if rules.len() > NOTIFICATION_RULES_MAX {
            let message = format!(
                "The number of notification configurations should not exceed {NOTIFICATION_RULES_MAX}."
            );
            return Err(S3Error::new(ErrorCode::InvalidArgument).message(message));
        }
        let repeats = |at: usize| rules[..at].iter().any(|rule| rule.id == rules[at].id);
        if (0..rules.len()).any(repeats) {
            let message = "Same ID used for multiple configurations. IDs must be unique";
            return Err(S3Error::new(ErrorCode::InvalidArgument).message(message));
        }
        if has_overlap(&rules) {
            return Err(S3Error::new(ErrorCode::InvalidArgument).message(
                "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
            ));
        }
        Ok(Self { rules })
    }

    /// Does every rule lead to a webhook that `is_known`?
    ///
    /// # Errors
    /// InvalidArgument, naming those that do not.
    pub fn check_destinations(&self, is_known: impl Fn(&str) -> bool) -> Result<(), S3Error> {
        const NAMES: [(&str, &str); 5] = [
            ("ArgumentName1", "ArgumentValue1"),
            ("ArgumentName2", "ArgumentValue2"),
            ("ArgumentName3", "ArgumentValue3"),
            ("ArgumentName4", "ArgumentValue4"),
            ("ArgumentName5", "ArgumentValue5"),
        ];
        let is_missing = |rule: &&NotificationRule| !webhook_of(&rule.arn).is_some_and(&is_known);
        let mut missing = self.rules.iter().filter(is_missing).peekable();
        if missing.peek().is_none() {
            return Ok(());
        }
        let mut error = S3Error::new(ErrorCode::InvalidArgument)
            .message("Unable to validate the following destination configurations");
        for (rule, (name, value)) in missing.zip(NAMES) {
            error = error.field(name, rule.arn.as_str()).field(value, rule.destination.missing());
        }
        Err(error.field("Advice", "Name a webhook of the server's configuration: arn:drystone:sqs:::NAME."))
    }

    /// The rule that `event` under `key` concerns, if there is one.
    pub fn rule_for(&self, event: &str, key: &str) -> Option<&NotificationRule> {
        self.rules.iter().find(|rule| rule.concerns(event, key))
    }

    /// The document that [`NotificationConfiguration::parse`] reads.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("NotificationConfiguration", |w| {
            for rule in &self.rules {
                w.element(rule.destination.element(), |w| rule.write(w));
            }
        })
    }
}

impl NotificationRule {
    fn parse(node: &Node, destination: Destination) -> Result<Self, S3Error> {
        let id = node.text_of("Id")?.unwrap_or_default();
        if id.chars().count() > NOTIFICATION_RULE_ID_MAX {
            return Err(S3Error::invalid_argument("Id", id, "The ID is longer than 255 characters"));
        }
        let known = ["Id", "Event", "Filter", destination.arn_element()];
        if node.children.iter().any(|child| !known.contains(&&*child.name)) {
            return Err(S3Error::malformed_xml());
        }
        let element = destination.arn_element();
        let arn = node.text_of(element)?.map(str::trim).ok_or_else(S3Error::malformed_xml)?;
        if webhook_of(arn).is_none() {
            return Err(S3Error::invalid_argument(element, arn, "The ARN could not be parsed"));
        }
        let mut events = Vec::new();
        for event in node.children_named("Event") {
            let name = event.text.trim();
            let parsed = EventType::parse(name).ok_or_else(|| {
                let message = format!("The event '{name}' is not supported for notifications");
                S3Error::invalid_argument("Event", name, message)
            })?;
            if !events.contains(&parsed) {
                events.push(parsed);
            }
        }
        if events.is_empty() {
            return Err(S3Error::malformed_xml());
        }
        let (prefix, suffix) = filter(node.only("Filter")?)?;
        Ok(Self { destination, id: id.to_owned(), arn: arn.to_owned(), events, prefix, suffix })
    }

    fn concerns(&self, event: &str, key: &str) -> bool {
        self.events.iter().any(|asked| asked.covers(event))
            && key.starts_with(self.prefix.as_deref().unwrap_or_default())
            && key.ends_with(self.suffix.as_deref().unwrap_or_default())
    }

    fn write(&self, w: &mut XmlWriter) {
        w.text("Id", &self.id);
        w.text(self.destination.arn_element(), &self.arn);
        for event in &self.events {
            w.text("Event", event.name());
        }
        let rules = [("Prefix", &self.prefix), ("Suffix", &self.suffix)];
        if rules.iter().all(|(_, value)| value.is_none()) {
            return;
        }
        w.element("Filter", |w| {
            w.element("S3Key", |w| {
                for (name, value) in rules {
                    let Some(value) = value else { continue };
                    w.element("FilterRule", |w| {
                        w.text("Name", name);
                        w.text("Value", value);
                    });
                }
            });
        });
    }
}

/// Prefix and suffix.
fn filter(filter: Option<&Node>) -> Result<(Option<String>, Option<String>), S3Error> {
    let (mut prefix, mut suffix) = (None, None);
    let Some(key) = filter.map(|filter| filter.only("S3Key")).transpose()?.flatten() else {
        return Ok((None, None));
    };
    for rule in &key.children {
        if &*rule.name != "FilterRule" {
            return Err(S3Error::malformed_xml());
        }
        let name = rule.text_of("Name")?.unwrap_or_default();
        let value = rule.text_of("Value")?.unwrap_or_default();
        let wrong = |what: &'static str| S3Error::invalid_argument("FilterRule.Name", name, what);
        let slot = match name.to_ascii_lowercase().as_str() {
            "prefix" => &mut prefix,
            "suffix" => &mut suffix,
            _ => return Err(wrong("filter rule name must be either prefix or suffix")),
        };
        if value.len() > KEY_LEN_MAX {
            let message = "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation";
            return Err(S3Error::invalid_argument("FilterRule.Value", value, message));
        }
        if slot.replace(value.to_owned()).is_some() {
            return Err(wrong("Cannot specify more than one prefix rule or suffix rule in a filter."));
        }
    }
    Ok((prefix, suffix))
}

#[cfg(test)]
mod tests {
    use super::NotificationConfiguration;
    use proptest::prelude::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:1:q";

    fn parse(inside: &str) -> Result<NotificationConfiguration, String> {
        let xml = format!("<NotificationConfiguration>{inside}</NotificationConfiguration>");
        let mut count = 0;
        let fresh_id = || {
            count += 1;
            format!("fresh-{count}")
        };
        NotificationConfiguration::parse(xml.as_bytes(), fresh_id)
            .map_err(|error| format!("{}: {}", error.code.as_str(), error.message))
    }

    fn queue(event: &str, prefix: &str, suffix: &str) -> String {
        let rule = |name, value: &str| match value {
            "" => String::new(),
            value => format!("<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>"),
        };
        let filter = rule("prefix", prefix) + &rule("SUFFIX", suffix);
        format!(
            "<QueueConfiguration><Queue>{ARN}</Queue><Event>{event}</Event>\
             <Filter><S3Key>{filter}</S3Key></Filter></QueueConfiguration>"
        )
    }

    #[test]
    fn what_was_put_is_what_get_returns_with_ids() {
        let configuration = parse(
            "<TopicConfiguration><Id>a</Id><Topic>arn:aws:sns:r:1:t</Topic><Event>s3:ObjectCreated:Put</Event>\
             <Event>s3:ObjectRemoved:*</Event></TopicConfiguration>\
             <CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:r:1:function:f</CloudFunction>\
             <Event>s3:ObjectCreated:Copy</Event><Filter><S3Key><FilterRule><Name>PREFIX</Name><Value>p/</Value>\
             </FilterRule></S3Key></Filter></CloudFunctionConfiguration>",
        )
        .expect("legal");
        let written = configuration.to_xml();
        assert!(
            written.contains("<Id>fresh-1</Id>") && written.contains("<Name>Prefix</Name><Value>p/</Value>")
        );
        let read = NotificationConfiguration::parse(written.as_bytes(), || unreachable!("they have ids"));
        assert_eq!(read, Ok(configuration));
        assert_eq!(parse(""), Ok(NotificationConfiguration::default()));
    }

    #[test]
    fn b131_the_one_rule_that_an_event_concerns_is_found() {
        let configuration =
            parse(&(queue("s3:ObjectCreated:*", "in/", ".jpg") + &queue("s3:ObjectRemoved:Delete", "", "")))
                .expect("legal");
        let found = |event: &str, key: &str| configuration.rule_for(event, key).map(|rule| rule.id.as_str());
        assert_eq!(found("s3:ObjectCreated:CompleteMultipartUpload", "in/a.jpg"), Some("fresh-1"));
        assert_eq!(found("s3:ObjectCreated:Put", "in/a.png"), None);
        assert_eq!(found("s3:ObjectCreated:Put", "out/a.jpg"), None);
        assert_eq!(found("s3:ObjectRemoved:Delete", "x"), Some("fresh-2"));
        assert_eq!(found("s3:ObjectRemoved:DeleteMarkerCreated", "x"), None);
    }

    #[test]
    fn wrong_configurations_are_refused() {
        let malformed = "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema";
        let put = "s3:ObjectCreated:Put";
        let twice = |one: &str, other: &str| format!("{one}{other}");
        let overlap = "InvalidArgument: Configurations overlap. Configurations on the same bucket cannot share a common event type.";
        let cases = [
            ("<Rule/>".to_owned(), malformed),
            ("<QueueConfiguration/>".to_owned(), malformed),
            (format!("<QueueConfiguration><Queue>{ARN}</Queue></QueueConfiguration>"), malformed),
            (
                format!("<QueueConfiguration><Topic>{ARN}</Topic><Event>{put}</Event></QueueConfiguration>"),
                malformed,
            ),
            ("<EventBridgeConfiguration/>".to_owned(), "NotImplemented: "),
            (
                queue(put, "", "").replace(ARN, "invalid-queue"),
                "InvalidArgument: The ARN could not be parsed",
            ),
            (
                queue("s3:Nothing", "", ""),
                "InvalidArgument: The event 's3:Nothing' is not supported for notifications",
            ),
            (
                queue(put, "a", "").replace("prefix", "INVALID"),
                "InvalidArgument: filter rule name must be either prefix or suffix",
            ),
            (
                queue(put, "a", "b").replace("SUFFIX", "Prefix"),
                "InvalidArgument: Cannot specify more than one prefix rule or suffix rule in a filter.",
            ),
            (twice(&queue(put, "", ""), &queue("s3:ObjectCreated:*", "", "")), overlap),
            (twice(&queue(put, "a/", ""), &queue(put, "a/b", "")), overlap),
            (twice(&queue(put, "a/", ".jpg"), &queue(put, "", "g")), overlap),
            (
                queue(put, "", "").replace("<Queue>", "<Id>x</Id><Queue>")
                    + &queue("s3:ObjectAcl:Put", "", "").replace("<Queue>", "<Id>x</Id><Queue>"),
                "InvalidArgument: Same ID used for multiple configurations. IDs must be unique",
            ),
        ];
        for (inside, expected) in cases {
            let error = parse(&inside).expect_err(&inside);
            assert!(error.starts_with(expected), "{inside}: {error}");
        }
        for (one, other) in
            [(queue(put, "a/", ""), queue(put, "b/", "")), (queue(put, "", ".a"), queue(put, "", ".b"))]
        {
            assert!(parse(&twice(&one, &other)).is_ok());
        }
        let long = queue(put, &"p".repeat(1025), "");
        assert!(parse(&long).is_err_and(|error| error.contains("1024 bytes")));
    }

    #[test]
    fn destinations_that_are_not_there_are_named() {
        let configuration =
            parse(&(queue("s3:ObjectCreated:*", "", "") + &queue("s3:ObjectRemoved:*", "", "")))
                .expect("legal");
        assert_eq!(configuration.check_destinations(|name| name == "q"), Ok(()));
        let error = configuration.check_destinations(|_| false).expect_err("none is known");
        assert_eq!(error.message, "Unable to validate the following destination configurations");
        assert_eq!(error.get("ArgumentName2"), Some(ARN));
        assert_eq!(error.get("ArgumentValue2"), Some("The destination queue does not exist"));
    }

    proptest! {
        #[test]
        fn arbitrary_configurations_never_panic(
            inside in "(<|>|/|QueueConfiguration|Queue|Event|Filter|S3Key|FilterRule|s3:ObjectCreated:Put|arn:aws:sqs:::a){0,30}",
        ) {
            if let Ok(configuration) = parse(&inside) {
                let read = NotificationConfiguration::parse(configuration.to_xml().as_bytes(), String::new);
                prop_assert_eq!(read, Ok(configuration));
            }
        }
    }
}
