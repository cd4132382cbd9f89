//! x-amz-server-side-encryption and its family: what a request asks for, and what answers say (b33, b198-b202).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_types::encryption::{CustomerKey, RequestedSse, Sse};
use drystone_types::limits::{ENCRYPTION_CONTEXT_MAX_BYTES, KEY_NAME_LEN_MAX};
use http::HeaderMap;
use md5::{Digest as _, Md5};

use super::text::text;
use crate::error::{ErrorCode, S3Error};

const SSE: &str = "x-amz-server-side-encryption";
const KMS_KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";
/// The encryption context of SSE-KMS; only what is written is answered with it.
pub const CONTEXT: &str = "x-amz-server-side-encryption-context";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";
const CUSTOMER: &str = "x-amz-server-side-encryption-customer-";
const SOURCE_CUSTOMER: &str = "x-amz-copy-source-server-side-encryption-customer-";

/// Name and value of a header of an answer.
pub type AnswerHeader = (&'static str, String);

/// Reads what PutObject, CreateMultipartUpload, CopyObject or POST asks for. `None`: what the bucket says.
///
/// # Errors
/// InvalidArgument and InvalidEncryptionAlgorithmError as S3 has them; NotImplemented for `aws:kms:dsse`: two layers are
/// promised by it, and we have one.
pub fn requested_sse(headers: &HeaderMap) -> Result<Option<RequestedSse>, S3Error> {
    let method = text(headers, SSE);
    if let Some(method) =
        method.as_ref().filter(|_| headers.keys().any(|name| name.as_str().starts_with(CUSTOMER)))
    {
        let message = "Server Side Encryption with Customer provided key is incompatible with the encryption \
                       method specified";
        return Err(S3Error::invalid_argument(SSE, method, message));
    }
    if let Some(key) = customer_key_of(headers, CUSTOMER)? {
        return Ok(Some(RequestedSse::Customer(key)));
    }
    let of_kms = [KMS_KEY_ID, CONTEXT].into_iter().find(|name| headers.contains_key(*name));
    match method.as_deref() {
        Some("aws:kms") => kms(headers).map(Some),
        Some("aws:kms:dsse") => Err(S3Error::not_implemented(SSE)),
        Some("AES256") if of_kms.is_none() => Ok(Some(RequestedSse::S3)),
        None if of_kms.is_none() => Ok(None),
        None | Some("AES256") => {
            let message = "Server Side Encryption with AWS KMS managed key requires HTTP header \
                           x-amz-server-side-encryption : aws:kms";
            Err(S3Error::invalid_argument(SSE, method.unwrap_or_else(|| "null".into()), message))
        }
        Some(other) => {
            Err(S3Error::invalid_argument(SSE, other, "The encryption method specified is not supported"))
        }
    }
}

/// Reads the key with which a client reads or adds to what it encrypted (SSE-C).
///
/// # Errors
/// InvalidArgument (b201), InvalidEncryptionAlgorithmError.
pub fn customer_key(headers: &HeaderMap) -> Result<Option<CustomerKey>, S3Error> {
    customer_key_of(headers, CUSTOMER)
}

/// Reads the key of the object to copy from.
///
/// # Errors
/// As [`customer_key`].
pub fn source_customer_key(headers: &HeaderMap) -> Result<Option<CustomerKey>, S3Error> {
    customer_key_of(headers, SOURCE_CUSTOMER)
}

/// Does the request carry a client's key, sound or not? Then it should have come over TLS (b201).
pub fn has_customer_key(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with(CUSTOMER) || name.as_str().starts_with(SOURCE_CUSTOMER))
}

/// Refuses x-amz-server-side-encryption where nothing is written: GET, HEAD.
///
/// # Errors
/// InvalidArgument.
pub fn refuse_sse(headers: &HeaderMap) -> Result<(), S3Error> {
    for name in [SSE, KMS_KEY_ID, CONTEXT, BUCKET_KEY] {
        if let Some(value) = text(headers, name) {
            let message = format!("{name} header is not supported for this operation.");
            return Err(S3Error::invalid_argument(name, value, message));
        }
    }
    Ok(())
}

/// The headers by which an answer says how an object is encrypted (b33, b202).
pub fn sse_headers(sse: &Sse) -> Vec<AnswerHeader> {
    match sse {
        Sse::S3 => vec![(SSE, "AES256".into())],
        Sse::Kms { key_id, bucket_key, .. } => {
            let mut headers = vec![(SSE, "aws:kms".into()), (KMS_KEY_ID, key_id.clone())];
            if *bucket_key {
                headers.push((BUCKET_KEY, "true".into()));
            }
            headers
        }
        Sse::Customer { key_md5 } => vec![
            ("x-amz-server-side-encryption-customer-algorithm", "AES256".into()),
            ("x-amz-server-side-encryption-customer-key-md5", STANDARD.encode(key_md5)),
        ],
    }
}

fn kms(headers: &HeaderMap) -> Result<RequestedSse, S3Error> {
    let key_id = text(headers, KMS_KEY_ID).filter(|id| !id.is_empty());
    if let Some(id) = key_id.as_ref().filter(|id| id.len() > KEY_NAME_LEN_MAX) {
        return Err(S3Error::kms_key_not_found(id));
    }
    let context = text(headers, CONTEXT);
    if let Some(context) = context.as_ref().filter(|context| !is_encryption_context(context)) {
        let message = "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding \
                       JSON which represents a string-string map";
        return Err(S3Error::invalid_argument(CONTEXT, context, message));
    }
    let bucket_key = match text(headers, BUCKET_KEY) {
        None => None,
        Some(value) if value.eq_ignore_ascii_case("true") => Some(true),
        Some(value) if value.eq_ignore_ascii_case("false") => Some(false),
        Some(value) => return Err(S3Error::invalid_argument(BUCKET_KEY, value, "Invalid Argument")),
    };
    Ok(RequestedSse::Kms { key_id, context, bucket_key })
}

fn is_encryption_context(text: &str) -> bool {
    let json = (text.len() <= ENCRYPTION_CONTEXT_MAX_BYTES).then(|| STANDARD.decode(text).ok()).flatten();
    let map = json.map(|json| serde_json::from_slice::<serde_json::Value>(&json));
    matches!(map, Some(Ok(serde_json::Value::Object(map))) if map.values().all(serde_json::Value::is_string))
}

/// AWS names x-amz-server-side-encryption in these errors, whichever header is wrong, and no value.
fn customer_key_of(headers: &HeaderMap, prefix: &str) -> Result<Option<CustomerKey>, S3Error> {
    let value = |name: &str| text(headers, &format!("{prefix}{name}")).filter(|value| !value.is_empty());
    let (algorithm, key, md5) = (value("algorithm"), value("key"), value("key-md5"));
    let refuse = |message: &'static str| {
        Err(S3Error::new(ErrorCode::InvalidArgument).message(message).field("ArgumentName", SSE))
    };
    let (algorithm, key, md5) = match (algorithm, key, md5) {
        (None, None, None) => return Ok(None),
        (None, ..) => {
            return refuse(
                "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption \
                 algorithm.",
            );
        }
        (Some(_), None, _) => {
            return refuse(
                "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate \
                 secret key.",
            );
        }
        (Some(_), Some(_), None) => {
            return refuse(
                "Requests specifying Server Side Encryption with Customer provided keys must provide the client \
                 calculated MD5 of the secret key.",
            );
        }
        (Some(algorithm), Some(key), Some(md5)) => (algorithm, key, md5),
    };
    if algorithm != "AES256" {
        return Err(S3Error::invalid_encryption_algorithm(algorithm));
    }
    let Some(key) = STANDARD.decode(key).ok().and_then(|key| <[u8; 32]>::try_from(key).ok()) else {
        return refuse("The secret key was invalid for the specified algorithm.");
    };
    let calculated: [u8; 16] = Md5::digest(key).into();
    if STANDARD.decode(md5).ok().as_deref() != Some(&calculated) {
        return refuse("The calculated MD5 hash of the key did not match the hash that was provided.");
    }
    Ok(Some(CustomerKey::new(key, calculated)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const KEY_MD5: &str = "tP/LI3N87DFaSk0aoqYgzg==";

    fn customer(algorithm: &str, key: &str, md5: &str) -> HeaderMap {
        let given = [("algorithm", algorithm), ("key", key), ("key-md5", md5)];
        let mut map = HeaderMap::new();
        for (name, value) in given.into_iter().filter(|(_, value)| !value.is_empty()) {
            map.extend(headers(&[(&format!("{CUSTOMER}{name}"), value)]));
        }
        map
    }

    fn refused(map: &HeaderMap) -> (&'static str, String) {
        let error = requested_sse(map).expect_err("refused");
        (error.code.as_str(), error.message.into_owned())
    }

    #[test]
    fn b201_a_key_whose_md5_differs_is_an_invalid_argument() {
        let key = customer_key(&customer("AES256", KEY, KEY_MD5)).unwrap().expect("a key");
        assert_eq!((key.expose()[31], STANDARD.encode(key.md5())), (31, KEY_MD5.to_owned()));
        for md5 in ["AAAAAAAAAAAAAAAAAAAAAA==", "x", "tP/LI3N87DFaSk0aoqYgzg"] {
            let (code, message) = refused(&customer("AES256", KEY, md5));
            assert_eq!(code, "InvalidArgument");
            assert!(message.starts_with("The calculated MD5 hash of the key"), "{message}");
        }
    }

    #[test]
    fn b201_a_client_key_needs_all_three_headers_and_256_bits() {
        for (algorithm, key, md5, code, part) in [
            ("", KEY, KEY_MD5, "InvalidArgument", "valid encryption algorithm"),
            ("", "", KEY_MD5, "InvalidArgument", "valid encryption algorithm"),
            ("AES256", "", KEY_MD5, "InvalidArgument", "appropriate secret key"),
            ("AES256", "", "", "InvalidArgument", "appropriate secret key"),
            ("AES256", KEY, "", "InvalidArgument", "client calculated MD5"),
            ("AES128", KEY, KEY_MD5, "InvalidEncryptionAlgorithmError", "AES256"),
            ("AES256", "AAAA", KEY_MD5, "InvalidArgument", "secret key was invalid"),
            ("AES256", "not base64", KEY_MD5, "InvalidArgument", "secret key was invalid"),
        ] {
            let (found, message) = refused(&customer(algorithm, key, md5));
            assert_eq!(found, code, "{part}");
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn b201_errors_never_show_the_key() {
        let mut map = customer("AES256", KEY, "AAAAAAAAAAAAAAAAAAAAAA==");
        let error = customer_key(&map).expect_err("another MD5");
        assert!(!format!("{error:?}").contains(KEY));
        map.extend(headers(&[(SSE, "AES256")]));
        assert!(!format!("{:?}", requested_sse(&map)).contains(KEY));
    }

    #[test]
    fn methods_and_what_contradicts_them() {
        let read =
            |pairs: &[(&str, &str)]| requested_sse(&headers(pairs)).map_err(|error| error.code.as_str());
        assert!(matches!(read(&[]), Ok(None)));
        assert!(matches!(read(&[(SSE, "AES256")]), Ok(Some(RequestedSse::S3))));
        assert!(matches!(
            read(&[(SSE, "aws:kms"), (KMS_KEY_ID, "k"), (CONTEXT, "eyJhIjoiYiJ9"), (BUCKET_KEY, "true")]),
            Ok(Some(RequestedSse::Kms { key_id: Some(id), context: Some(_), bucket_key: Some(true) })) if id == "k"
        ));
        assert!(matches!(read(&[(SSE, "aws:kms")]), Ok(Some(RequestedSse::Kms { key_id: None, .. }))));
        assert_eq!(read(&[(SSE, "aws:kms:dsse")]).err(), Some("NotImplemented"));
        let long = "k".repeat(257);
        assert_eq!(read(&[(SSE, "aws:kms"), (KMS_KEY_ID, &long)]).err(), Some("KMS.NotFoundException"));
        for bad in [
            &[(SSE, "aes:kms")][..],
            &[(SSE, "")],
            &[(SSE, "aes256")],
            &[(KMS_KEY_ID, "k")],
            &[(SSE, "AES256"), (KMS_KEY_ID, "k")],
            &[(SSE, "aws:kms"), (CONTEXT, "x")],
            &[(SSE, "aws:kms"), (CONTEXT, "eyJhIjoxfQ==")],
            &[(SSE, "aws:kms"), (BUCKET_KEY, "maybe")],
        ] {
            assert_eq!(read(bad).err(), Some("InvalidArgument"), "{bad:?}");
        }
        let mut both = customer("AES256", KEY, KEY_MD5);
        both.extend(headers(&[(SSE, "AES256")]));
        assert!(refused(&both).1.contains("incompatible with the encryption method"));
        let mut unknown = customer("KMS", KEY, KEY_MD5);
        unknown.extend(headers(&[(SSE, "AES256")]));
        let error = requested_sse(&unknown).expect_err("both");
        assert_eq!(
            (error.code.as_str(), error.get("ArgumentValue")),
            ("InvalidArgument", Some("AES256")),
            "is told first"
        );
    }

    #[test]
    fn reading_takes_no_method() {
        assert_eq!(refuse_sse(&HeaderMap::new()), Ok(()));
        let error = refuse_sse(&headers(&[(SSE, "AES256")])).expect_err("not for GET");
        assert_eq!(error.message, "x-amz-server-side-encryption header is not supported for this operation.");
    }

    #[test]
    fn the_source_has_a_key_of_its_own() {
        let pairs = [("algorithm", "AES256"), ("key", KEY), ("key-md5", KEY_MD5)];
        let pairs = pairs.map(|(name, value)| (format!("{SOURCE_CUSTOMER}{name}"), value));
        let map = headers(&pairs.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>());
        assert!(source_customer_key(&map).unwrap().is_some() && customer_key(&map).unwrap().is_none());
        assert!(has_customer_key(&map) && !has_customer_key(&headers(&[(SSE, "AES256")])));
    }

    #[test]
    fn b202_answers_echo_what_was_asked_for() {
        assert_eq!(sse_headers(&Sse::S3), [(SSE, "AES256".to_owned())]);
        let kms = Sse::Kms { key_id: "k".into(), context: None, bucket_key: true };
        let expected = [(SSE, "aws:kms"), (KMS_KEY_ID, "k"), (BUCKET_KEY, "true")];
        assert_eq!(sse_headers(&kms), expected.map(|(name, value)| (name, value.to_owned())));
        let customer = sse_headers(&Sse::Customer { key_md5: [0; 16] });
        assert_eq!(customer[1].1, "AAAAAAAAAAAAAAAAAAAAAA==");
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(
            names in proptest::collection::vec("(x-amz-server-side-encryption|x-amz-copy-source-server-side-encryption)(-aws-kms-key-id|-context|-bucket-key-enabled|-customer-(algorithm|key|key-md5))?", 0..4),
            value in "AES256|aws:kms|[^\\x00-\\x1f\\x7f]{0,40}",
        ) {
            let pairs: Vec<_> = names.iter().map(|name| (name.as_str(), value.as_str())).collect();
            let map = headers(&pairs);
            let _ = (requested_sse(&map), customer_key(&map), source_customer_key(&map), refuse_sse(&map));
        }
    }
}
