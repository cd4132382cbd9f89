//! Document: credentials as processes, containers and instances write them, in JSON.

use super::Credentials;
use drystone_types::Timestamp;
use drystone_wire::auth::Secret;
use serde_json::Value;

/// Who wrote the document, where the forms differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// A `credential_process`: has a version, calls the token `SessionToken`.
    Process,
    /// A container's or an instance's service: calls the token `Token`.
    Service,
}

/// Reads it.
///
/// # Errors
/// What is wrong with it, or the error that it tells; never what stands in it besides.
pub(super) fn parse(json: &[u8], author: Author) -> Result<Credentials, String> {
    let value: Value = serde_json::from_slice(json).map_err(|_| "what it says is no JSON".to_owned())?;
    let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
    let required = |name: &str| text(name).ok_or_else(|| format!("what it says has no {name}"));
    let token = match author {
        Author::Process => {
            if value["Version"] != 1 {
                return Err("what it says has a Version other than 1".into());
            }
            "SessionToken"
        }
        Author::Service => {
            let code = text("Code").or_else(|| text("code")).filter(|code| *code != "Success");
            if let Some(code) = code {
                let message = text("Message").or_else(|| text("message")).unwrap_or("without a message");
                return Err(format!("it answered {code}: {message}"));
            }
            "Token"
        }
    };
    let expires = text("Expiration").map(|date| {
        Timestamp::parse_iso8601(date).ok_or_else(|| format!("its Expiration is {date:?}, which is no date"))
    });
    Ok(Credentials {
        access_key_id: required("AccessKeyId")?.to_owned(),
        secret: Secret::new(required("SecretAccessKey")?),
        session_token: text(token).map(Secret::new),
        expires: expires.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Author, parse};

    #[test]
    fn credentials_are_read_as_each_author_writes_them() {
        let process = br#"{"Version":1,"AccessKeyId":"K","SecretAccessKey":"S","SessionToken":"T","Expiration":"2026-11-22T10:30:00Z"}"#;
        let service = br#"{"Code":"Success","AccessKeyId":"K","SecretAccessKey":"S","Token":"T","Expiration":"2026-11-22T10:30:00Z","Type":"x"}"#;
        for (json, author) in [(&process[..], Author::Process), (&service[..], Author::Service)] {
            let credentials = parse(json, author).unwrap();
            assert_eq!(credentials.access_key_id, "K");
            assert_eq!(credentials.secret.expose(), "S");
            assert_eq!(credentials.session_token.unwrap().expose(), "T");
            assert_eq!(credentials.expires.unwrap().iso8601(), "2026-11-22T10:30:00.000Z");
        }
        let lasting =
            parse(br#"{"Version":1,"AccessKeyId":"K","SecretAccessKey":"S"}"#, Author::Process).unwrap();
        assert!(lasting.expires.is_none() && lasting.session_token.is_none());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        let cases = [
            (Author::Process, "TOPSECRET", "no JSON"),
            (Author::Process, r#"{"AccessKeyId":"K","SecretAccessKey":"TOPSECRET"}"#, "Version"),
            (Author::Process, r#"{"Version":1,"SecretAccessKey":"TOPSECRET"}"#, "no AccessKeyId"),
            (
                Author::Process,
                r#"{"Version":1,"AccessKeyId":"K","SecretAccessKey":""}"#,
                "no SecretAccessKey",
            ),
            (
                Author::Process,
                r#"{"Version":1,"AccessKeyId":"K","SecretAccessKey":"TOPSECRET","Expiration":"soon"}"#,
                "\"soon\"",
            ),
            (
                Author::Service,
                r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"no"}"#,
                "AssumeRoleUnauthorizedAccess: no",
            ),
            (Author::Service, r#"{"code":"Broken"}"#, "Broken: without a message"),
            (Author::Service, "[]", "no AccessKeyId"),
        ];
        for (author, json, what) in cases {
            let why = parse(json.as_bytes(), author).unwrap_err();
            assert!(why.contains(what) && !why.contains("TOPSECRET"), "{json}: {why}");
        }
    }
}
