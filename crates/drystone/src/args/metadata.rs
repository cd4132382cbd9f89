//! Arguments for what objects carry besides their data: headers, metadata, tags, encryption, storage class.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args as ClapArgs, ValueEnum};
use drystone_digest::body::checksum_of;
use drystone_transfer::copy::{CopyOptions, CopyProps};
use drystone_types::ChecksumAlgorithm;
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What new objects carry.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "New objects")]
pub(crate) struct MetadataArgs {
    /// Content-Type; guessed from the name of a file when not given.
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Does not guess a Content-Type.
    #[arg(long, conflicts_with = "content_type")]
    pub(crate) no_guess_mime_type: bool,
    /// Cache-Control.
    #[arg(long, value_name = "TEXT")]
    pub(crate) cache_control: Option<String>,
    /// Content-Disposition.
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_disposition: Option<String>,
    /// Content-Encoding.
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_encoding: Option<String>,
    /// Content-Language.
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_language: Option<String>,
    /// Expires, as a date of HTTP.
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
    /// Metadata of your own, as key=value,key2=value2.
    #[arg(long, value_name = "PAIRS", value_parser = pairs)]
    pub(crate) metadata: Option<Pairs>,
    /// Tags, as key=value&key2=value2.
    #[arg(long, value_name = "TAGS")]
    pub(crate) tagging: Option<String>,
    /// Storage class, as STANDARD_IA.
    #[arg(long, value_name = "CLASS")]
    pub(crate) storage_class: Option<String>,
    /// Canned ACL, as private or public-read.
    #[arg(long, value_name = "NAME")]
    pub(crate) acl: Option<String>,
    /// Encryption: AES256 (also when no value is given), aws:kms or aws:kms:dsse.
    #[arg(long, value_name = "KIND", num_args = 0..=1, default_missing_value = "AES256", require_equals = false)]
    pub(crate) sse: Option<String>,
    /// The KMS key, for --sse aws:kms.
    #[arg(long, value_name = "KEY", requires = "sse")]
    pub(crate) sse_kms_key_id: Option<String>,
    /// Encryption with a key of your own (SSE-C): AES256, also when no value is given.
    #[arg(long, value_name = "KIND", num_args = 0..=1, default_missing_value = "AES256", value_parser = ["AES256"], requires = "sse_c_key")]
    pub(crate) sse_c: Option<String>,
    /// That key, of 32 bytes: fileb://FILE, or base64. It is needed again to read the object.
    #[arg(long, value_name = "KEY", value_parser = customer_key)]
    pub(crate) sse_c_key: Option<CustomerKey>,
    /// Where a website sends those who ask for the object.
    #[arg(long, value_name = "URL")]
    pub(crate) website_redirect: Option<String>,
    /// Between objects: what the copy keeps of the source; default is metadata and tags.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) copy_props: CopyPropsArg,
    /// Between objects: COPY keeps metadata but for what is given here, REPLACE keeps none.
    #[arg(long, value_enum, value_name = "WHICH", ignore_case = true, default_value_t)]
    pub(crate) metadata_directive: Directive,
}

/// The key of an object that is only read.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct ReadKeyArgs {
    /// The key that the object is encrypted with (SSE-C), of 32 bytes: fileb://FILE, or base64.
    #[arg(long, value_name = "KEY", value_parser = customer_key)]
    sse_c_key: Option<CustomerKey>,
}

impl ReadKeyArgs {
    /// The headers of a request that reads the object.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.sse_c_key.as_ref().map(CustomerKey::headers).unwrap_or_default()
    }
}

/// What a copy keeps of its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CopyPropsArg {
    /// Nothing.
    None,
    /// Metadata, but no tags.
    #[value(name = "metadata-directive")]
    Metadata,
    /// Metadata and tags.
    #[default]
    Default,
}

/// Is metadata copied or replaced?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Directive {
    /// Copied, but for what is given.
    #[default]
    #[value(name = "COPY")]
    Copy,
    /// Replaced.
    #[value(name = "REPLACE")]
    Replace,
}

/// Names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

/// A key of SSE-C. Shows nothing of itself.
#[derive(Clone)]
pub(crate) struct CustomerKey([u8; 32]);

impl std::fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerKey")
    }
}

fn customer_key(text: &str) -> Result<CustomerKey, String> {
    let bytes = match text.strip_prefix("fileb://") {
        Some(path) => std::fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?,
        None => STANDARD.decode(text).map_err(|_| "a key is fileb://FILE or base64".to_owned())?,
    };
    let len = bytes.len();
    bytes.try_into().map(CustomerKey).map_err(|_| format!("a key has 32 bytes, and this one {len}"))
}

impl CustomerKey {
    /// The headers that go with every request about the object.
    fn headers(&self) -> HeaderMap {
        let md5 = checksum_of(ChecksumAlgorithm::Md5, &self.0);
        let mut key = HeaderValue::from_str(&STANDARD.encode(self.0)).expect("base64 is a header's value");
        key.set_sensitive(true);
        let md5 = HeaderValue::from_str(&md5.to_base64()).expect("base64 is a header's value");
        let name = |end: &str| {
            HeaderName::try_from(format!("x-amz-server-side-encryption-customer-{end}"))
                .expect("a name of a header")
        };
        let algorithm = HeaderValue::from_static("AES256");
        [(name("algorithm"), algorithm), (name("key"), key), (name("key-md5"), md5)].into_iter().collect()
    }
}

fn pairs(text: &str) -> Result<Pairs, String> {
    let wrong = || format!("{text:?} is none, as color=red,size=10 is");
    let mut pairs = Vec::new();
    if text.trim_start().starts_with('{') {
        let map: std::collections::BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|_| wrong())?;
        return Ok(Pairs(map.into_iter().collect()));
    }
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
        pairs.push((name.trim().to_owned(), value.to_owned()));
    }
    Ok(Pairs(pairs))
}

impl MetadataArgs {
    /// The headers of a request that makes an object. `name` is that of the file, if there is one, to guess its type.
    ///
    /// # Errors
    /// Which value no header can carry.
    pub(crate) fn headers(&self, name: Option<&str>) -> Result<HeaderMap, String> {
        let guessed = name.filter(|_| !self.no_guess_mime_type).and_then(guess);
        let plain = [
            ("content-type", self.content_type.as_deref().or(guessed)),
            ("cache-control", self.cache_control.as_deref()),
            ("content-disposition", self.content_disposition.as_deref()),
            ("content-encoding", self.content_encoding.as_deref()),
            ("content-language", self.content_language.as_deref()),
            ("expires", self.expires.as_deref()),
            ("x-amz-tagging", self.tagging.as_deref()),
            ("x-amz-storage-class", self.storage_class.as_deref()),
            ("x-amz-acl", self.acl.as_deref()),
            ("x-amz-server-side-encryption", self.sse.as_deref()),
            ("x-amz-server-side-encryption-aws-kms-key-id", self.sse_kms_key_id.as_deref()),
            ("x-amz-website-redirect-location", self.website_redirect.as_deref()),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in plain {
            if let Some(value) = value {
                headers.insert(HeaderName::from_static(name), header_value(name, value)?);
            }
        }
        for (name, value) in self.metadata.iter().flat_map(|pairs| &pairs.0) {
            let full = format!("x-amz-meta-{}", name.to_ascii_lowercase());
            let header =
                HeaderName::try_from(&full).map_err(|_| format!("{name:?} is no name of metadata"))?;
            headers.insert(header, header_value(name, value)?);
        }
        headers.extend(self.read_headers());
        Ok(headers)
    }

    /// The headers of a request that reads an object: the key of SSE-C.
    pub(crate) fn read_headers(&self) -> HeaderMap {
        self.sse_c_key.as_ref().map(CustomerKey::headers).unwrap_or_default()
    }

    /// How an object is copied inside a store.
    ///
    /// # Errors
    /// As [`MetadataArgs::headers`].
    pub(crate) fn copy_options(&self, multipart_threshold_bytes: Option<u64>) -> Result<CopyOptions, String> {
        Ok(CopyOptions {
            headers: self.headers(None)?,
            replace_metadata: self.metadata_directive == Directive::Replace,
            props: match self.copy_props {
                CopyPropsArg::None => CopyProps::None,
                CopyPropsArg::Metadata => CopyProps::Metadata,
                CopyPropsArg::Default => CopyProps::Default,
            },
            multipart_threshold_bytes,
        })
    }
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(value)
        .or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
        .map_err(|_| format!("the value {value:?} of {name} has characters that no header can carry"))
}

/// The type that a file's name stands for, as the AWS CLI guesses it.
fn guess(name: &str) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

#[cfg(test)]
mod tests {
    use super::{MetadataArgs, Pairs, customer_key, guess, pairs};

    #[test]
    fn types_are_guessed_from_names() {
        let cases = [
            ("a.mp4", Some("video/mp4")),
            ("A.JPG", Some("image/jpeg")),
            ("index.html", Some("text/html")),
            ("d.json", Some("application/json")),
            ("myfile", None),
        ];
        for (name, kind) in cases {
            assert_eq!(guess(name), kind, "{name}");
        }
    }

    #[test]
    fn headers_are_what_was_typed() {
        let args = MetadataArgs {
            content_type: Some("text/x".into()),
            metadata: Some(pairs("Color=red,size=1=0").unwrap()),
            sse: Some("AES256".into()),
            ..MetadataArgs::default()
        };
        let headers = args.headers(Some("a.mp4")).unwrap();
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(text("content-type"), "text/x");
        assert_eq!(text("x-amz-meta-color"), "red");
        assert_eq!(text("x-amz-meta-size"), "1=0");
        assert_eq!(text("x-amz-server-side-encryption"), "AES256");
        assert_eq!(headers.len(), 4);
        assert!(MetadataArgs::default().headers(None).unwrap().is_empty());
        let bad = MetadataArgs { cache_control: Some("a\nb".into()), ..MetadataArgs::default() };
        assert!(bad.headers(None).unwrap_err().contains("cache-control"));
    }

    #[test]
    fn a_key_of_sse_c_has_32_bytes_and_is_never_shown() {
        let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let args = MetadataArgs { sse_c_key: Some(customer_key(base64).unwrap()), ..MetadataArgs::default() };
        let headers = args.read_headers();
        assert_eq!(headers["x-amz-server-side-encryption-customer-key"], base64);
        assert_eq!(headers["x-amz-server-side-encryption-customer-key-md5"], "tP/LI3N87DFaSk0aoqYgzg==");
        assert!(!format!("{args:?}{headers:?}").contains("AAECAw"));
        assert!(customer_key("AAEC").unwrap_err().contains("32 bytes, and this one 3"));
        assert!(customer_key("fileb:///nowhere").unwrap_err().contains("/nowhere"));
    }

    #[test]
    fn metadata_is_pairs_or_json() {
        assert_eq!(pairs("{\"a\": \"b,c\"}").unwrap(), Pairs(vec![("a".into(), "b,c".into())]));
        assert!(pairs("a").is_err());
        assert!(pairs("{").is_err());
    }
}
