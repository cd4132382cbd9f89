//! CORSConfiguration: rules as PutBucketCors sends them and GetBucketCors returns them.

use drystone_types::limits::{CORS_RULE_ID_MAX, CORS_RULES_MAX, CORS_XML_MAX_BYTES};

use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::{Node, read};
use crate::xml::writer::XmlWriter;

/// Methods that a rule may allow.
pub(super) const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

/// The CORS rules of a bucket; the first that fits counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsConfiguration {
    /// At least one.
    pub rules: Vec<CorsRule>,
}

/// Who may do what from another origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsRule {
    /// A name for people.
    pub id: Option<String>,
    /// Origins, each with at most one `*`.
    pub allowed_origins: Vec<String>,
    /// `GET`, `PUT`, `HEAD`, `POST`, `DELETE`.
    pub allowed_methods: Vec<String>,
    /// Request headers, each with at most one `*`.
    pub allowed_headers: Vec<String>,
    /// Answer headers that scripts may see.
    pub expose_headers: Vec<String>,
    /// How long a browser may keep the answer to a preflight, in seconds. AWS takes negative ones too.
    pub max_age_seconds: Option<i32>,
}

impl CorsConfiguration {
    /// Reads a CORSConfiguration.
    ///
    /// # Errors
    /// MissingRequestBodyError, MalformedXML; InvalidRequest for too many rules, unknown methods, two wildcards, and header
    /// names that are none.
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>, read 2026-11.
    pub fn parse(body: &[u8]) -> Result<Self, S3Error> {
        if body.trim_ascii().is_empty() {
            return Err(ErrorCode::MissingRequestBodyError.into());
        }
        let root = read(body, CORS_XML_MAX_BYTES)?;
        let all_rules = root.children.iter().all(|child| &*child.name == "CORSRule");
        if &*root.name != "CORSConfiguration" || root.children.is_empty() || !all_rules {
            return Err(S3Error::malformed_xml());
        }
        if root.children.len() > CORS_RULES_MAX {
            return Err(S3Error::invalid_request(format!(
                "The number of CORS rules should not exceed allowed limit of {CORS_RULES_MAX} rules."
            )));
        }
        Ok(Self { rules: root.children.iter().map(CorsRule::parse).collect::<Result<_, _>>()? })
    }

    /// The document that [`CorsConfiguration::parse`] reads.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("CORSConfiguration", |w| {
            for rule in &self.rules {
                w.element("CORSRule", |w| rule.write(w));
            }
        })
    }
}

impl CorsRule {
    fn parse(node: &Node) -> Result<Self, S3Error> {
        let mut rule = Self::default();
        for child in &node.children {
            let text = || {
                let is_text = child.children.is_empty();
                is_text.then(|| child.text.clone()).ok_or_else(S3Error::malformed_xml)
            };
            match &*child.name {
                "ID" if rule.id.is_none() => rule.id = Some(text()?),
                "AllowedOrigin" => rule.allowed_origins.push(text()?),
                "AllowedMethod" => rule.allowed_methods.push(text()?),
                "AllowedHeader" => rule.allowed_headers.push(text()?),
                "ExposeHeader" => rule.expose_headers.push(text()?),
                "MaxAgeSeconds" if rule.max_age_seconds.is_none() => {
                    let seconds = i32::try_from(child.integer()?).map_err(|_| S3Error::malformed_xml())?;
                    rule.max_age_seconds = Some(seconds);
                }
                _ => return Err(S3Error::malformed_xml()),
            }
        }
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> Result<(), S3Error> {
        if self.allowed_origins.is_empty() || self.allowed_methods.is_empty() {
            return Err(S3Error::malformed_xml());
        }
        if self.id.as_ref().is_some_and(|id| id.chars().count() > CORS_RULE_ID_MAX) {
            return Err(S3Error::invalid_request(format!(
                "ID length should not exceed allowed limit of {CORS_RULE_ID_MAX}"
            )));
        }
        let unknown = |method: &&String| !METHODS.contains(&method.as_str());
        if let Some(method) = self.allowed_methods.iter().find(unknown) {
            return Err(S3Error::invalid_request(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )));
        }
        for (what, patterns) in
            [("AllowedOrigin", &self.allowed_origins), ("AllowedHeader", &self.allowed_headers)]
        {
            if let Some(pattern) = patterns.iter().find(|pattern| pattern.matches('*').count() > 1) {
                return Err(S3Error::invalid_request(format!(
                    "{what} \"{pattern}\" can not have more than one wildcard."
                )));
            }
        }
        if let Some(name) = self.expose_headers.iter().find(|name| name.contains('*')) {
            return Err(S3Error::invalid_request(format!(
                "ExposeHeader \"{name}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            )));
        }
        for (what, names) in
            [("AllowedHeader", &self.allowed_headers), ("ExposeHeader", &self.expose_headers)]
        {
            if let Some(name) = names.iter().find(|name| !name.is_empty() && !is_token(name)) {
                return Err(S3Error::invalid_request(format!(
                    "{what} \"{name}\" contains invalid character."
                )));
            }
        }
        Ok(())
    }

    fn write(&self, w: &mut XmlWriter) {
        w.optional("ID", self.id.as_deref());
        let lists = [
            ("AllowedHeader", &self.allowed_headers),
            ("AllowedMethod", &self.allowed_methods),
            ("AllowedOrigin", &self.allowed_origins),
            ("ExposeHeader", &self.expose_headers),
        ];
        for (name, values) in lists {
            for value in values {
                w.text(name, value);
            }
        }
        if let Some(seconds) = self.max_age_seconds {
            w.value("MaxAgeSeconds", seconds);
        }
    }
}

/// May this be the name of a header? A `*` is such a character, too.
pub(super) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{CorsConfiguration, CorsRule};
    use drystone_types::limits::{CORS_RULES_MAX, CORS_XML_MAX_BYTES};
    use proptest::prelude::*;

    fn parse(xml: &str) -> Result<CorsConfiguration, String> {
        CorsConfiguration::parse(xml.as_bytes())
            .map_err(|error| format!("{}: {}", error.code.as_str(), error.message))
    }

    fn rule(inside: &str) -> String {
        format!("<CORSConfiguration><CORSRule>{inside}</CORSRule></CORSConfiguration>")
    }

    const LEAST: &str = "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>";

    #[test]
    fn what_was_put_is_what_get_returns() {
        let inside = "<ID>a</ID><AllowedHeader>x-AMZ-*</AllowedHeader><AllowedMethod>GET</AllowedMethod>\
                      <AllowedMethod>PUT</AllowedMethod><AllowedOrigin></AllowedOrigin>\
                      <AllowedOrigin>https://*.example.com</AllowedOrigin><ExposeHeader>ETag</ExposeHeader>\
                      <MaxAgeSeconds>-100</MaxAgeSeconds>";
        let configuration = parse(&rule(inside)).expect("legal");
        assert_eq!(configuration.rules[0].max_age_seconds, Some(-100));
        let written = configuration.to_xml();
        assert!(written.contains(&format!("<CORSRule>{inside}</CORSRule>")), "{written}");
        assert_eq!(parse(&written), Ok(configuration));
        let least = CorsRule {
            allowed_origins: vec!["*".into()],
            allowed_methods: vec!["GET".into()],
            ..CorsRule::default()
        };
        assert_eq!(parse(&rule(LEAST)).expect("legal").rules, [least]);
    }

    #[test]
    fn malformed_and_contradictory_documents_are_refused() {
        let malformed = "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema.";
        let with = |more: &str| rule(&format!("{LEAST}{more}"));
        let cases = [
            (String::new(), "MissingRequestBodyError: Request Body is empty"),
            ("<CORSConfiguration/>".into(), malformed),
            ("<Other><CORSRule/></Other>".into(), malformed),
            ("<CORSConfiguration><Rule/></CORSConfiguration>".into(), malformed),
            (rule(""), malformed),
            (rule("<AllowedOrigin>*</AllowedOrigin>"), malformed),
            (rule("<AllowedMethod>GET</AllowedMethod>"), malformed),
            (with("<Extra/>"), malformed),
            (with("<ID>1</ID><ID>2</ID>"), malformed),
            (with("<MaxAgeSeconds>soon</MaxAgeSeconds>"), malformed),
            (with("<MaxAgeSeconds>2147483648</MaxAgeSeconds>"), malformed),
            (with("<AllowedOrigin><a/></AllowedOrigin>"), malformed),
            (
                with("<AllowedMethod>get</AllowedMethod>"),
                "InvalidRequest: Found unsupported HTTP method in CORS config. Unsupported method is get",
            ),
            (
                with("<AllowedMethod>OPTIONS</AllowedMethod>"),
                "InvalidRequest: Found unsupported HTTP method in CORS config. Unsupported method is OPTIONS",
            ),
            (
                with("<AllowedOrigin>http://*.a.*</AllowedOrigin>"),
                "InvalidRequest: AllowedOrigin \"http://*.a.*\" can not have more than one wildcard.",
            ),
            (
                with("<AllowedHeader>*-*</AllowedHeader>"),
                "InvalidRequest: AllowedHeader \"*-*\" can not have more than one wildcard.",
            ),
            (
                with("<ExposeHeader>x-amz-*</ExposeHeader>"),
                "InvalidRequest: ExposeHeader \"x-amz-*\" contains wildcard. We currently do not support wildcard for ExposeHeader.",
            ),
        ];
        for (xml, expected) in cases {
            assert_eq!(parse(&xml), Err(expected.to_owned()), "{xml}");
        }
        let too_long = with(&format!("<ID>{}</ID>", "i".repeat(256)));
        assert!(parse(&too_long).is_err_and(|error| error.contains("ID length")));
        assert!(parse(&" ".repeat(CORS_XML_MAX_BYTES + 1).replacen(' ', "<A/>", 1)).is_err());
    }

    #[test]
    fn s38_header_names_hold_nothing_that_splits_a_header() {
        for name in
            ["a b", "a:b", "X(Custom)", "a/b", "a&#13;&#10;b", "a&#10;b", "a&#9;b", "ä", "a&quot;", "&#127;"]
        {
            for element in ["AllowedHeader", "ExposeHeader"] {
                let error = parse(&rule(&format!("{LEAST}<{element}>{name}</{element}>"))).expect_err(name);
                assert!(
                    error.starts_with("InvalidRequest") && error.contains("invalid character"),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_configuration_has_at_most_100_rules() {
        let rules = |count: usize| {
            let one = format!("<CORSRule>{LEAST}</CORSRule>");
            parse(&format!("<CORSConfiguration>{}</CORSConfiguration>", one.repeat(count)))
        };
        assert!(rules(CORS_RULES_MAX).is_ok());
        let error = rules(CORS_RULES_MAX + 1).expect_err("too many");
        assert_eq!(
            error,
            "InvalidRequest: The number of CORS rules should not exceed allowed limit of 100 rules."
        );
    }

    proptest! {
        #[test]
        fn arbitrary_documents_never_panic(
            xml in "(<|>|/|CORSConfiguration|CORSRule|AllowedOrigin|AllowedMethod|GET|\\*|MaxAgeSeconds|1|-){0,40}",
        ) {
            if let Ok(configuration) = parse(&xml) {
                prop_assert_eq!(parse(&configuration.to_xml()), Ok(configuration));
            }
        }
    }
}
