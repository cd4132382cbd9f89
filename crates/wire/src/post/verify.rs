//! The signature of a form: over its policy, in the fields that SigV4 or SigV2 use (b221, S4).

use drystone_types::Timestamp;

use super::PostForm;
use crate::auth::{
    AuthError, AuthOptions, Authenticated, KeyName, KeyScope, Keys, PayloadMode, Secret, SignatureMismatch,
    Via, refused,
};
use crate::sigv2;
use crate::sigv4::sign::{ALGORITHM, signing_key};
use crate::sigv4::verify::signature_matches;

/// Fields of SigV4, in the order in which they are missed, and as AWS spells them.
const V4: [(&str, &str); 5] = [
    ("policy", "policy"),
    ("x-amz-signature", "X-Amz-Signature"),
    ("x-amz-algorithm", "X-Amz-Algorithm"),
    ("x-amz-credential", "X-Amz-Credential"),
    ("x-amz-date", "X-Amz-Date"),
];
const V2: [(&str, &str); 3] =
    [("policy", "policy"), ("signature", "Signature"), ("awsaccesskeyid", "AWSAccessKeyId")];

/// Finds the credentials among the fields and verifies the signature of the policy. The policy itself is not looked at, and
/// nothing else of the form is signed: [`super::PostPolicy`] has to cover it.
///
/// # Errors
/// [`AuthError::Anonymous`] when the form has none of these fields, or only a policy; every other variant is a refusal.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html>, and version 2 of it; b221.
pub fn verify_form(
    form: &PostForm,
    keys: &dyn Keys,
    now: Timestamp,
    options: &AuthOptions,
) -> Result<Authenticated, AuthError> {
    let has_any = |fields: &[(&str, &str)]| fields.iter().skip(1).any(|(name, _)| form.get(name).is_some());
    match (has_any(&V4), has_any(&V2)) {
        (false, false) => Err(AuthError::Anonymous),
        (true, false) => version_4(form, keys, now, options),
        (false, true) if options.sigv2 => version_2(form, keys, now),
        (false, true) => Err(AuthError::UnsupportedMechanism),
        (true, true) => Err(AuthError::MultipleMechanisms),
    }
}

fn version_4(
    form: &PostForm,
    keys: &dyn Keys,
    now: Timestamp,
    options: &AuthOptions,
) -> Result<Authenticated, AuthError> {
    let [policy, signature, algorithm, credential, date] = all(form, V4)?;
    if algorithm != ALGORITHM {
        return Err(wrong("X-Amz-Algorithm", algorithm, "Only AWS4-HMAC-SHA256 is supported"));
    }
    if Timestamp::parse_amz_date(date).is_none() {
        return Err(wrong("X-Amz-Date", date, "X-Amz-Date must be formated via ISO8601 Long format"));
    }
    let scope = Scope::parse(credential, options)?;
    // Unknown keys take the same path with a made-up secret, so that the time does not tell them apart.
    let name = KeyName { access_key_id: scope.access_key_id, token: form.get("x-amz-security-token"), now };
    let key_scope = KeyScope { date: scope.date, region: scope.region, service: "s3" };
    let (key, refusal) = match keys.signing_key(&name, &key_scope) {
        Ok(key) => (key, None),
        Err(refusal) => {
            (signing_key(&Secret::new("no such key"), scope.date, scope.region, "s3"), Some(refusal))
        }
    };
    let is_right = signature_matches(&key.sign(policy.as_bytes()), signature.as_bytes());
    match (refusal, is_right) {
        (None, true) => Ok(signed_by(scope.access_key_id, scope.region)),
        (Some(refusal), _) => Err(refused(refusal, scope.access_key_id)),
        (None, false) => Err(AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
            access_key_id: scope.access_key_id.to_owned(),
            string_to_sign: policy.to_owned(),
            signature_provided: signature.to_owned(),
            canonical_request: None,
        }))),
    }
}

fn version_2(form: &PostForm, keys: &dyn Keys, now: Timestamp) -> Result<Authenticated, AuthError> {
    let [policy, signature, access_key_id] = all(form, V2)?;
    let name = KeyName { access_key_id, token: form.get("x-amz-security-token"), now };
    let claim = sigv2::Claim { name, signature, string_to_sign: policy.as_bytes().to_vec() };
    sigv2::check_signature(&claim, keys)?;
    Ok(signed_by(access_key_id, ""))
}

/// The values of all fields of a version (b221). An empty policy is one, if no good one.
fn all<'a, const N: usize>(form: &'a PostForm, names: [(&str, &str); N]) -> Result<[&'a str; N], AuthError> {
    let mut values = [""; N];
    for (value, (name, spelling)) in values.iter_mut().zip(names) {
        let given = form.get(name).filter(|given| !given.is_empty() || name == "policy");
        *value = given.ok_or_else(|| AuthError::PostFieldMissing(spelling.to_owned()))?;
    }
    Ok(values)
}

fn signed_by(access_key_id: &str, region: &str) -> Authenticated {
    Authenticated {
        access_key_id: access_key_id.to_owned(),
        payload: PayloadMode::Unsigned,
        seed: None,
        region: region.to_owned(),
        via: Via::PostForm,
        signed_headers: Vec::new(),
    }
}

/// `AKID/YYYYMMDD/REGION/s3/aws4_request`, with the answers that forms get.
struct Scope<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
}

impl<'a> Scope<'a> {
    fn parse(text: &'a str, options: &AuthOptions) -> Result<Self, AuthError> {
        let refuse = |message: &str| Err(wrong("x-amz-credential", text, message));
        let parts: Vec<&str> = text.split('/').collect();
        let &[access_key_id, date, region, service, terminal] = parts.as_slice() else {
            return refuse(
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            );
        };
        if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse(&format!(
                "incorrect date format \"{date}\". This date in the credential must be in the format \"yyyyMMdd\"."
            ));
        }
        if let Some(expected) = options.region.as_deref().filter(|expected| *expected != region) {
            return refuse(&format!("the region \"{region}\" is wrong; expecting \"{expected}\""));
        }
        if service != "s3" {
            return refuse(&format!("incorrect service \"{service}\". This endpoint belongs to \"s3\"."));
        }
        if terminal != "aws4_request" {
            return refuse(&format!(
                "incorrect terminal \"{terminal}\". This endpoint uses \"aws4_request\"."
            ));
        }
        Ok(Self { access_key_id, date, region })
    }
}

fn wrong(name: &str, value: &str, message: &str) -> AuthError {
    AuthError::PostFieldInvalid {
        name: name.to_owned(),
        value: value.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::verify_form;
    use crate::auth::{AuthError, AuthOptions, KeyName, KeyRefusal, Keys, Secret, Via};
    use crate::post::PostForm;
    use crate::sigv2::signature;
    use crate::sigv4::hex;
    use crate::sigv4::sign::signing_key;
    use drystone_types::Timestamp;

    struct OneKey;

    impl Keys for OneKey {
        fn secret(&self, name: &KeyName<'_>) -> Result<Secret, KeyRefusal> {
            match (name.access_key_id, name.token.unwrap_or_default()) {
                ("AK", "") => Ok(Secret::new("sk")),
                (_, "") => Err(KeyRefusal::Unknown),
                _ => Err(KeyRefusal::InvalidToken),
            }
        }
    }

    type Fields = Vec<(String, String)>;

    fn v4(policy: &str) -> Fields {
        let key = signing_key(&Secret::new("sk"), "20261122", "us-east-1", "s3");
        let fields = [
            ("policy", policy),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", "AK/20261122/us-east-1/s3/aws4_request"),
            ("x-amz-date", "20261122T000000Z"),
            ("x-amz-signature", &hex(&key.sign(policy.as_bytes()))),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    fn v2(policy: &str) -> Fields {
        let signature = signature(&Secret::new("sk"), policy.as_bytes());
        let fields = [("policy", policy), ("awsaccesskeyid", "AK"), ("signature", &signature)];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    fn set(mut fields: Fields, name: &str, value: Option<&str>) -> Fields {
        fields.retain(|(other, _)| other != name);
        fields.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        fields
    }

    fn verify(fields: Fields, region: Option<&str>, sigv2: bool) -> Result<(String, Via), AuthError> {
        let options = AuthOptions { region: region.map(str::to_owned), sigv2 };
        let form = PostForm::new(fields, Some("f"));
        verify_form(&form, &OneKey, Timestamp(0), &options).map(|who| (who.access_key_id, who.via))
    }

    #[test]
    fn b221_right_signatures_of_both_versions_are_accepted() {
        for fields in [v4("cG9saWN5"), v2("cG9saWN5")] {
            assert_eq!(
                verify(fields, Some("us-east-1"), true).expect("signed"),
                ("AK".into(), Via::PostForm)
            );
        }
        assert!(matches!(verify(v2("cG9saWN5"), None, false), Err(AuthError::UnsupportedMechanism)));
        assert!(matches!(verify(vec![("key".into(), "k".into())], None, true), Err(AuthError::Anonymous)));
    }

    /// The example of AWS's page "POST Object signature version 4".
    #[test]
    fn b221_the_published_vector_of_version_4() {
        let key = signing_key(
            &Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            "20151229",
            "us-east-1",
            "s3",
        );
        let policy = concat!(
            "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4",
            "YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9",
            "LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3Nm",
            "dWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1",
            "aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMt",
            "d2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEy",
            "MjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7Ingt",
            "YW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9",
        );
        let expected = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
        assert_eq!(hex(&key.sign(policy.as_bytes())), expected);
    }

    #[test]
    fn b221_missing_fields_are_named() {
        let cases = [
            (v4("p"), "policy", "policy"),
            (v4("p"), "x-amz-signature", "X-Amz-Signature"),
            (v4("p"), "x-amz-algorithm", "X-Amz-Algorithm"),
            (v4("p"), "x-amz-credential", "X-Amz-Credential"),
            (v4("p"), "x-amz-date", "X-Amz-Date"),
            (v2("p"), "signature", "Signature"),
            (v2("p"), "awsaccesskeyid", "AWSAccessKeyId"),
            (v2("p"), "policy", "policy"),
        ];
        for (fields, absent, named) in cases {
            let empty_is_missing = absent != "policy"; // an empty policy is a broken one (b222)
            for value in [None, Some("")].into_iter().take(1 + usize::from(empty_is_missing)) {
                let error = verify(set(fields.clone(), absent, value), None, true).expect_err(absent);
                assert!(matches!(&error, AuthError::PostFieldMissing(name) if name == named), "{error:?}");
            }
        }
        let only_policy = verify(vec![("policy".into(), "p".into())], None, true).expect_err("unsigned");
        assert!(matches!(&only_policy, AuthError::Anonymous), "a policy that nobody signed: {only_policy:?}");
    }

    #[test]
    fn b221_s4_what_is_not_signed_right_is_refused() {
        let other_key = set(v4("p"), "x-amz-credential", Some("XX/20261122/us-east-1/s3/aws4_request"));
        assert!(matches!(verify(other_key, None, true), Err(AuthError::InvalidAccessKeyId(_))));
        assert!(matches!(
            verify(set(v2("p"), "awsaccesskeyid", Some("XX")), None, true),
            Err(AuthError::InvalidAccessKeyId(_))
        ));
        let upper = v4("p").last().expect("the signature").1.to_uppercase();
        let wrong = [
            set(v4("p"), "policy", Some("q")),
            set(v4("p"), "x-amz-signature", Some("00")),
            set(v4("p"), "x-amz-signature", Some(&upper)),
            set(v4("p"), "x-amz-credential", Some("AK/20261121/us-east-1/s3/aws4_request")),
            set(v4("p"), "x-amz-credential", Some("AK/20261122/eu-west-1/s3/aws4_request")),
            set(v2("p"), "policy", Some("q")),
            set(v2("p"), "signature", Some("AAAA")),
        ];
        for fields in wrong {
            assert!(matches!(verify(fields, None, true), Err(AuthError::SignatureDoesNotMatch(_))));
        }
        let mut both = v4("p");
        both.extend(set(v2("p"), "policy", None));
        assert!(matches!(verify(both, None, true), Err(AuthError::MultipleMechanisms)));
        let token = set(v4("p"), "x-amz-security-token", Some("t"));
        assert!(matches!(verify(token, None, true), Err(AuthError::InvalidToken)));
    }

    #[test]
    fn malformed_credentials_are_told_apart() {
        let cases = [
            ("x-amz-algorithm", "MD5", "Only AWS4-HMAC-SHA256 is supported"),
            ("x-amz-date", "yesterday", "X-Amz-Date must be formated"),
            ("x-amz-credential", "AK", "the Credential is mal-formed"),
            ("x-amz-credential", "AK/2026/us-east-1/s3/aws4_request", "incorrect date format \"2026\""),
            (
                "x-amz-credential",
                "AK/20261122/eu-west-1/s3/aws4_request",
                "the region \"eu-west-1\" is wrong; expecting",
            ),
            ("x-amz-credential", "AK/20261122/us-east-1/ec2/aws4_request", "incorrect service \"ec2\""),
            ("x-amz-credential", "AK/20261122/us-east-1/s3/aws3", "incorrect terminal \"aws3\""),
        ];
        for (name, value, text) in cases {
            let error = verify(set(v4("p"), name, Some(value)), Some("us-east-1"), true).expect_err(value);
            let AuthError::PostFieldInvalid { message, value: shown, .. } = error else {
                panic!("{value}: {error:?}")
            };
            assert!(message.starts_with(text), "{message}");
            assert_eq!(shown, value);
        }
    }
}
