//! PostForm: the fields of a form, and the request headers that they stand for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_types::Key;
use drystone_types::key::InvalidKey;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

use crate::error::S3Error;
use crate::headers::to_header_value;

/// Where a file's name goes (b220).
const FILE_NAME: &str = "${filename}";
/// Fields whose text is signed or compared as it is.
const VERBATIM: [&str; 3] = ["policy", "signature", "x-amz-signature"];
/// Fields that stand for the header of the same name.
const HEADERS: [&str; 15] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
    "x-amz-acl",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-security-token",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
];
/// And those that begin like this.
const HEADER_PREFIXES: [&str; 4] =
    ["x-amz-checksum-", "x-amz-grant-", "x-amz-meta-", "x-amz-server-side-encryption"];
/// Fields that are about the upload itself.
const CONTROLS: [&str; 6] =
    ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "policy", "signature"];

/// The fields in front of the file, by lower-case name, with the file's name put in (b220).
///
/// Its `Debug` form shows no values: a form's signature is as good as a password until its policy expires.
#[derive(Clone)]
pub struct PostForm {
    fields: Vec<(String, String)>,
}

impl PostForm {
    /// A form whose fields have these lower-case names, each once. `file_name` may be a path of any system; without one,
    /// `${filename}` stays as it is.
    pub fn new(mut fields: Vec<(String, String)>, file_name: Option<&str>) -> Self {
        let Some(file_name) = file_name else { return Self { fields } };
        let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        for (name, value) in &mut fields {
            if value.contains(FILE_NAME) && !VERBATIM.contains(&name.as_str()) {
                *value = value.replace(FILE_NAME, base);
            }
        }
        Self { fields }
    }

    /// The value of a field; `name` is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// All fields in order, names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The key of the object to be.
    ///
    /// # Errors
    /// InvalidArgument when there is none; KeyTooLongError.
    pub fn key(&self) -> Result<Key, S3Error> {
        let text = self.get("key").unwrap_or_default();
        Key::parse(text).map_err(|error| match error {
            InvalidKey::TooLong => S3Error::key_too_long(text.len()),
            InvalidKey::Empty | InvalidKey::NotUtf8 => S3Error::post_field_missing("key"),
        })
    }

    /// The headers that a PutObject of the same meaning would have: whatever reads those reads a form as well.
    ///
    /// Fields that are nobody's header are left out. So no header of the HTTP request itself, which no policy covers, ever
    /// decides about the object.
    ///
    /// # Errors
    /// InvalidArgument for a value that no header can carry, unless it is metadata (S38); NotImplemented for another `x-amz-`
    /// field; MalformedXML and others for `tagging`.
    pub fn headers(&self) -> Result<HeaderMap, S3Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.iter() {
            let (header, value) = match name {
                "acl" => ("x-amz-acl", value.to_owned()),
                "tagging" => ("x-amz-tagging", super::tagging::header_value(value)?),
                _ if is_header(name) => (name, value.to_owned()),
                "if-match" | "if-none-match" => return Err(S3Error::not_implemented(name)),
                _ if name.starts_with("x-amz-") && !CONTROLS.contains(&name) => {
                    return Err(S3Error::not_implemented(name));
                }
                _ => continue,
            };
            let wrong =
                || S3Error::invalid_argument(name, value.clone(), "The value of the field is not legal");
            let header: HeaderName = header.parse().map_err(|_| wrong())?;
            let is_metadata = header.as_str().starts_with("x-amz-meta-");
            let encoded = || is_metadata.then(|| encoded_word(&value)).flatten();
            let value = to_header_value(&value).or_else(encoded).ok_or_else(wrong)?;
            if headers.insert(header, value).is_some() {
                return Err(S3Error::invalid_argument(name, "", "The form says this twice"));
            }
        }
        Ok(headers)
    }
}

impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

/// Metadata with line ends or other control characters, as S3 shows it: in Base64, by RFC 2047.
fn encoded_word(value: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("=?UTF-8?B?{}?=", STANDARD.encode(value))).ok()
}

fn is_header(name: &str) -> bool {
    HEADERS.contains(&name) || HEADER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::PostForm;
    use crate::error::S3Error;

    fn form(fields: &[(&str, &str)], file_name: &str) -> PostForm {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        PostForm::new(fields.iter().map(owned).collect(), Some(file_name))
    }

    #[test]
    fn b220_the_file_name_is_put_in_without_its_path() {
        let cases = [
            ("${filename}", "a.txt", "a.txt"),
            ("user/${filename}/${filename}", "a.txt", "user/a.txt/a.txt"),
            ("${filename}", "C:\\Program Files\\dir\\a.txt", "a.txt"),
            ("x${filename}", "/tmp/b", "xb"),
            ("x${filename}", "", "x"),
            ("x${filename}", "dir/", "x"),
            ("${Filename}", "a", "${Filename}"),
            ("${filename}", "${filename}", "${filename}"),
        ];
        for (key, file_name, expected) in cases {
            let form = form(&[("key", key), ("policy", "${filename}")], file_name);
            assert_eq!(form.key().expect("a key").as_str(), expected, "{key} {file_name}");
            assert_eq!(form.get("policy"), Some("${filename}"), "what is signed stays as it is");
        }
    }

    #[test]
    fn b220_without_a_file_name_nothing_is_put_in() {
        let form = PostForm::new(vec![("key".to_owned(), "a/${filename}".to_owned())], None);
        assert_eq!(form.key().expect("a key").as_str(), "a/${filename}");
    }

    #[test]
    fn s30_keys_of_forms_are_not_decoded_and_not_normalised() {
        for key in ["../../etc", "a%2fb", "/a//b", ".", "a\0b", "${x}"] {
            assert_eq!(form(&[("key", key)], "f").key().map(|key| key.to_string()), Ok(key.to_owned()));
        }
        let code = |key: &str| form(&[("key", key)], "f").key().map_err(|error| error.code.as_str()).err();
        assert_eq!(code(""), Some("InvalidArgument"));
        assert_eq!(code(&"k".repeat(1025)), Some("KeyTooLongError"));
        let missing = form(&[], "f").key().expect_err("no key");
        assert!(missing.message.starts_with("Bucket POST must contain a field named 'key'"), "{missing}");
    }

    #[test]
    fn b26_s29_fields_stand_for_headers_and_for_no_others() {
        let headers = form(
            &[
                ("key", "k"),
                ("acl", "private"),
                ("content-type", "text/plain"),
                ("x-amz-meta-foo", "é"),
                ("x-amz-checksum-crc32", "AAAAAA=="),
                ("x-amz-credential", "c"),
                ("bucket", "b"),
                ("success_action_status", "201"),
                ("host", "h"),
                ("content-length", "5"),
            ],
            "f",
        )
        .headers()
        .expect("legal");
        let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "x-amz-acl", "x-amz-checksum-crc32", "x-amz-meta-foo"]);
        assert_eq!(headers["x-amz-meta-foo"].as_bytes(), "é".as_bytes());
        let refused = [
            ("x-amz-copy-source", "b/k", "NotImplemented"),
            ("x-amz-content-sha256", "x", "NotImplemented"),
            ("x-amz-bypass-governance-retention", "true", "NotImplemented"),
            ("x-amz-write-offset-bytes", "1", "NotImplemented"),
            ("content-type", "a\r\nb: c", "InvalidArgument"),
            ("x-amz-meta-a b", "c", "InvalidArgument"),
            ("x-amz-meta-ä", "c", "InvalidArgument"),
        ];
        for (name, value, expected) in refused {
            let code = form(&[(name, value)], "f").headers().map_err(|error: S3Error| error.code.as_str());
            assert_eq!(code.err(), Some(expected), "s38 {name}: {value:?}");
        }
        assert!(form(&[("acl", "a"), ("x-amz-acl", "b")], "f").headers().is_err());
        let lines = form(&[("x-amz-meta-a", "one\r\ntwo\0")], "f").headers().expect("metadata is encoded");
        assert_eq!(lines["x-amz-meta-a"], "=?UTF-8?B?b25lDQp0d28A?=", "s38");
    }

    #[test]
    fn s18_values_do_not_show_in_debug_output() {
        let shown = format!("{:?}", form(&[("x-amz-signature", "secret")], "f"));
        assert!(shown.contains("x-amz-signature") && !shown.contains("secret"), "{shown}");
    }
}
