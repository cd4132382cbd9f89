//! Who may do what, over HTTP: every route x every kind of caller x what the bucket policy says (S23).
//! The bucket has no policy, one that denies all, or one that allows all.
//!
//! `row` has no default branch: an operation without a row does not compile.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_store::bucket::{CreateBucketRequest, DocumentKind};
use drystone_store::object::put::PutRequest;
use drystone_store::upload::create::CreateUploadRequest;
use drystone_types::{AccountId, BucketName, Key, ObjectProperties, WritePrecondition};
use drystone_wire::Operation;
use drystone_wire::auth::Secret;
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::signing_key;
use std::collections::BTreeMap;
use std::time::Duration;
use support::{Answer, Credentials, OWNER, Plain, REGION, World};

/// Kinds of callers, by the letter that rows call them.
const CALLERS: [(char, &str); 9] = [
    ('a', "anonymous"),
    ('b', "bad key"),
    ('v', "valid, without a policy"),
    ('t', "the root of another account"),
    ('r', "read-only"),
    ('o', "the owner"),
    ('m', "administrator, s3:*"),
    ('s', "a session of the owner, limited to s3:GetObject"),
    ('e', "an expired session of the owner"),
];

/// Who may do an operation.
struct Row {
    /// In a bucket without a policy.
    allowed: &'static str,
    /// In a bucket whose policy denies everything to everyone.
    despite_deny: &'static str,
    /// In a bucket whose policy allows everything to everyone, those whom this lets in.
    let_in: &'static str,
    request: Plain,
}

/// The policies that the buckets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BucketPolicy {
    None,
    DeniesAll,
    AllowsAll,
}

impl Row {
    /// The error that a caller has to get; `None` when it may.
    fn refusal(&self, letter: char, policy: BucketPolicy) -> Option<&'static str> {
        let is_allowed = match policy {
            BucketPolicy::None => self.allowed.contains(letter),
            BucketPolicy::DeniesAll => self.despite_deny.contains(letter),
            BucketPolicy::AllowsAll => self.allowed.contains(letter) || self.let_in.contains(letter),
        };
        // Who would be let in, were it not for the account.
        let is_owner_only =
            policy == BucketPolicy::AllowsAll && self.let_in == OWN && OTHERS.contains(letter);
        let code = if is_owner_only { "MethodNotAllowed" } else { "AccessDenied" };
        (!is_allowed).then_some(code)
    }
}

/// Reads of a bucket or of what is about objects: the read-only user too.
const READ: &str = "rom";
/// What a right to s3:GetObject gives: the limited session too.
const READ_OBJECT: &str = "roms";
const WRITE: &str = "om";
const NOBODY: &str = "";
/// Who has no right of its own, and gets one from a bucket policy.
const EVERYONE: &str = "avtr";
/// The same, where nobody may who did not sign.
const SIGNED: &str = "vtr";
/// The same, of the account that owns the bucket; for the others there is no such method.
const OWN: &str = "vr";
const OTHERS: &str = "at";
/// No bucket has a say in these.
const OF_ACCOUNTS: &str = "tom";

fn row(operation: Operation, bucket: &str, upload: &str) -> Row {
    use Operation as O;
    let of_bucket = |method, query: &str| Plain {
        method,
        path: format!("/{bucket}"),
        query: query.to_owned(),
        ..Plain::default()
    };
    let of_object = |method, query: &str| Plain { path: format!("/{bucket}/k"), ..of_bucket(method, query) };
    let with_body = |plain: Plain, body: &str| Plain { body: body.into(), ..plain };
    let with_header = |plain: Plain, name, value: String| {
        let mut headers = plain.headers.clone();
        headers.push((name, value));
        Plain { headers, ..plain }
    };
    let rule = |allowed, request| Row { allowed, despite_deny: NOBODY, let_in: EVERYONE, request };
    let of_owner = |row| Row { despite_deny: "o", let_in: OWN, ..row };
    let of_anybody_signed =
        |allowed, request| Row { allowed, despite_deny: allowed, let_in: NOBODY, request };
    let read = |request| rule(READ, request);
    let write = |request| rule(WRITE, request);
    let copying = |request| with_header(request, "x-amz-copy-source", format!("{bucket}/source"));
    match operation {
        O::ListBuckets => {
            let request = Plain { method: "GET", path: "/".into(), ..Plain::default() };
            of_anybody_signed("trom", request)
        }
        O::SecurityToken => {
            let form = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=test&RoleArn=arn:aws:iam::000000000001:role/r";
            let request = Plain { method: "POST", path: "/".into(), body: form.into(), ..Plain::default() };
            of_anybody_signed("vtrom", request)
        }
        O::CreateBucket => {
            let request = Plain { path: format!("/{bucket}-new"), ..of_bucket("PUT", "") };
            of_anybody_signed(OF_ACCOUNTS, request)
        }
        O::HeadBucket => read(of_bucket("HEAD", "")),
        O::DeleteBucket => write(of_bucket("DELETE", "")),
        O::GetBucketLocation => read(of_bucket("GET", "location")),
        O::ListObjects => read(of_bucket("GET", "")),
        O::ListObjectsV2 => read(of_bucket("GET", "list-type=2")),
        O::ListMultipartUploads => read(of_bucket("GET", "uploads")),
        O::ListObjectVersions => read(of_bucket("GET", "versions")),
        O::DeleteObjects => {
            let body = "<Delete><Object><Key>k</Key></Object></Delete>";
            let md5 = "5DKh5iefM5MSKvRILIuFwQ==".to_owned();
            write(with_header(with_body(of_bucket("POST", "delete"), body), "content-md5", md5))
        }
        O::GetBucketVersioning => read(of_bucket("GET", "versioning")),
        O::PutBucketVersioning => write(of_bucket("PUT", "versioning")),
        O::GetBucketCors => read(of_bucket("GET", "cors")),
        O::PutBucketCors => write(of_bucket("PUT", "cors")),
        O::DeleteBucketCors => write(of_bucket("DELETE", "cors")),
        O::GetBucketNotificationConfiguration => read(of_bucket("GET", "notification")),
        O::PutBucketNotificationConfiguration => write(of_bucket("PUT", "notification")),
        O::GetBucketLifecycleConfiguration => read(of_bucket("GET", "lifecycle")),
        O::PutBucketLifecycleConfiguration => write(of_bucket("PUT", "lifecycle")),
        O::DeleteBucketLifecycle => write(of_bucket("DELETE", "lifecycle")),
        O::GetBucketTagging => read(of_bucket("GET", "tagging")),
        O::PutBucketTagging => write(of_bucket("PUT", "tagging")),
        O::DeleteBucketTagging => write(of_bucket("DELETE", "tagging")),
        O::GetBucketAcl => read(of_bucket("GET", "acl")),
        O::PutBucketAcl => write(of_bucket("PUT", "acl")),
        // The root of the account can always repair the policy; its sessions only as far as theirs goes. Other accounts have
        // no business with it, whatever it allows.
        O::GetBucketPolicy => of_owner(read(of_bucket("GET", "policy"))),
        O::PutBucketPolicy => of_owner(write(of_bucket("PUT", "policy"))),
        O::DeleteBucketPolicy => of_owner(write(of_bucket("DELETE", "policy"))),
        O::GetBucketPolicyStatus => Row { let_in: OWN, ..read(of_bucket("GET", "policyStatus")) },
        O::GetBucketOwnershipControls => read(of_bucket("GET", "ownershipControls")),
        O::PutBucketOwnershipControls => write(of_bucket("PUT", "ownershipControls")),
        O::DeleteBucketOwnershipControls => write(of_bucket("DELETE", "ownershipControls")),
        O::GetPublicAccessBlock => read(of_bucket("GET", "publicAccessBlock")),
        O::PutPublicAccessBlock => write(of_bucket("PUT", "publicAccessBlock")),
        O::DeletePublicAccessBlock => write(of_bucket("DELETE", "publicAccessBlock")),
        O::GetBucketEncryption => read(of_bucket("GET", "encryption")),
        O::PutBucketEncryption => write(of_bucket("PUT", "encryption")),
        O::DeleteBucketEncryption => write(of_bucket("DELETE", "encryption")),
        O::GetObjectLockConfiguration => read(of_bucket("GET", "object-lock")),
        O::PutObjectLockConfiguration => write(of_bucket("PUT", "object-lock")),
        O::PutObject => write(with_body(of_object("PUT", ""), "x")),
        O::PostObject => write(of_bucket("POST", "")), // the form is made for each caller
        O::GetObject => rule(READ_OBJECT, of_object("GET", "")),
        O::HeadObject => rule(READ_OBJECT, of_object("HEAD", "")),
        O::DeleteObject => write(of_object("DELETE", "")),
        O::CopyObject => write(copying(of_object("PUT", ""))),
        O::GetObjectAttributes => {
            read(with_header(of_object("GET", "attributes"), "x-amz-object-attributes", "ETag".into()))
        }
        O::GetObjectTagging => read(of_object("GET", "tagging")),
        O::PutObjectTagging => {
            let body = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
            write(with_body(of_object("PUT", "tagging"), body))
        }
        O::DeleteObjectTagging => write(of_object("DELETE", "tagging")),
        O::GetObjectAcl => read(of_object("GET", "acl")),
        O::PutObjectAcl => write(of_object("PUT", "acl")),
        O::GetObjectRetention => read(of_object("GET", "retention")),
        O::PutObjectRetention => write(of_object("PUT", "retention")),
        O::GetObjectLegalHold => read(of_object("GET", "legal-hold")),
        O::PutObjectLegalHold => write(of_object("PUT", "legal-hold")),
        O::RestoreObject => write(of_object("POST", "restore")),
        O::SelectObjectContent => rule(READ_OBJECT, of_object("POST", "select&select-type=2")),
        O::GetObjectTorrent => read(of_object("GET", "torrent")),
        O::CreateMultipartUpload => Row { let_in: SIGNED, ..write(of_object("POST", "uploads")) }, // b35
        O::UploadPart => write(with_body(of_object("PUT", &format!("partNumber=1&uploadId={upload}")), "x")),
        O::UploadPartCopy => write(copying(of_object("PUT", &format!("partNumber=1&uploadId={upload}")))),
        O::ListParts => read(of_object("GET", &format!("uploadId={upload}"))),
        O::CompleteMultipartUpload => {
            let body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>";
            write(with_body(of_object("POST", &format!("uploadId={upload}")), body))
        }
        O::AbortMultipartUpload => write(of_object("DELETE", &format!("uploadId={upload}"))),
        O::NotConfigured(_) => read(of_bucket("GET", "logging")),
        // Not done, so only told to those who sign.
        O::NotImplemented(_) => of_anybody_signed("vtroms", of_object("PUT", "renameObject")),
    }
}

const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"EFFECT","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::BUCKET","arn:aws:s3:::BUCKET/*"]}]}"#;
const ONLY_GET: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s23_every_route_for_every_caller_under_every_kind_of_bucket_policy() {
    let world = World::start().await;
    let owner = World::owner();
    let expired = world.session(&owner, None);
    world.clock.advance(Duration::from_secs(901));
    let callers: BTreeMap<char, Option<Credentials>> = BTreeMap::from([
        ('a', None),
        (
            'b',
            Some(Credentials { access_key_id: "NOSUCHKEY".into(), secret: "no-secret".into(), token: None }),
        ),
        ('v', Some(world.user("valid", &[]).await)),
        ('t', Some(world.tenant("tenant").await)),
        ('r', Some(world.user("reader", &["readonly"]).await)),
        ('m', Some(world.user("manager", &["admin"]).await)),
        ('s', Some(world.session(&owner, Some(ONLY_GET)))),
        ('o', Some(owner)),
        ('e', Some(expired)),
    ]);
    let mut all: Vec<Operation> = Operation::ALL.to_vec();
    all.extend([Operation::NotConfigured("GetBucketLogging"), Operation::NotImplemented("RenameObject")]);
    let mut wrong = Vec::new();
    let mut cells = 0;
    for (number, operation) in all.iter().enumerate() {
        for policy in [BucketPolicy::None, BucketPolicy::DeniesAll, BucketPolicy::AllowsAll] {
            for (letter, what) in CALLERS {
                let bucket = format!("b{number}-{letter}-{policy:?}").to_lowercase();
                let upload = furnish(&world, &bucket, policy).await;
                let row = row(*operation, &bucket, &upload);
                let who = callers[&letter].as_ref();
                let answer = ask(&world, *operation, &row.request, who).await;
                if let Err(why) = judge(letter, row.refusal(letter, policy), &answer) {
                    let name = operation.name();
                    wrong.push(format!("{name} by {what}, bucket policy {policy:?}: {why}: {answer:?}"));
                }
                cells += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cells, all.len() * CALLERS.len() * 3);
}

/// A bucket of the owner's with an object, a source for copies and an upload of somebody else's.
async fn furnish(world: &World, name: &str, policy: BucketPolicy) -> String {
    let owner = AccountId::parse(OWNER).unwrap();
    let bucket = BucketName::parse(name).unwrap();
    let effect = match policy {
        BucketPolicy::None => None,
        BucketPolicy::DeniesAll => Some("Deny"),
        BucketPolicy::AllowsAll => Some("Allow"),
    };
    let policy = effect.map(|effect| ALL.replace("EFFECT", effect).replace("BUCKET", name));
    let request = CreateBucketRequest {
        documents: policy.map(|text| (DocumentKind::Policy, text)).into_iter().collect(),
        ..CreateBucketRequest::of(bucket.clone(), owner.clone())
    };
    world.store.create_bucket(request).await.unwrap();
    for key in ["k", "source"] {
        let put = PutRequest {
            bucket: bucket.clone(),
            key: Key::parse(key).unwrap(),
            properties: ObjectProperties::of(owner.clone()),
            declared_len: Some(1),
            content_md5: None,
            sent: drystone_store::ingest::SentChecksum::None,
            precondition: WritePrecondition::None,
            encryption: None,
            event: None,
        };
        world.store.put_object(put, drystone_store::body::body_of(b"x".as_slice())).await.unwrap();
    }
    let create = CreateUploadRequest {
        bucket,
        key: Key::parse("k").unwrap(),
        initiator: "somebody".into(),
        properties: ObjectProperties::of(owner),
        encryption: None,
        checksum: None,
    };
    world.store.create_upload(create).await.unwrap().0.id.to_string()
}

async fn ask(world: &World, operation: Operation, request: &Plain, who: Option<&Credentials>) -> Answer {
    match operation {
        Operation::SecurityToken => world.send_sts(request, who).await,
        Operation::PostObject => world.send(&form(world, request, who), None).await,
        _ => world.send(request, who).await,
    }
}

/// A form whose fields carry the credentials.
fn form(world: &World, request: &Plain, who: Option<&Credentials>) -> Plain {
    let mut fields = vec![("key", "k".to_owned())];
    if let Some(who) = who {
        let bucket = request.path.trim_start_matches('/');
        let now = drystone_store::Clock::now(world.clock.as_ref());
        let date = now.amz_date();
        let credential = format!("{}/{}/{REGION}/s3/aws4_request", who.access_key_id, &date[..8]);
        let mut conditions = format!(
            r#"{{"bucket":"{bucket}"}},{{"key":"k"}},["starts-with","$x-amz-credential",""],["starts-with","$x-amz-date",""],["starts-with","$x-amz-algorithm",""]"#
        );
        if who.token.is_some() {
            conditions += r#",["starts-with","$x-amz-security-token",""]"#;
        }
        let policy = format!(
            r#"{{"expiration":"{}","conditions":[{conditions}]}}"#,
            now.after(Duration::from_secs(60)).iso8601()
        );
        let policy = STANDARD.encode(policy);
        let key = signing_key(&Secret::new(who.secret.as_str()), &date[..8], REGION, "s3");
        let signature = hex(&key.sign(policy.as_bytes()));
        fields.extend([
            ("policy", policy),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", date),
            ("x-amz-signature", signature),
        ]);
        fields.extend(who.token.clone().map(|token| ("x-amz-security-token", token)));
    }
    fields.push(("file", "x".to_owned()));
    let parts = fields.iter().map(|(name, value)| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    let body = format!("{}--B--\r\n", parts.collect::<String>());
    Plain {
        headers: vec![("content-type", "multipart/form-data; boundary=B".into())],
        body: body.into_bytes(),
        ..request.clone()
    }
}

/// Is this the answer that the caller has to get?
fn judge(letter: char, refusal: Option<&str>, answer: &Answer) -> Result<(), &'static str> {
    let says = |code: &str| answer.body.is_empty() || answer.body.contains(code);
    let is_refused = answer.status == 403
        || answer.body.contains("<Code>AccessDenied</Code>")
        || answer.body.contains("<ResourceType>BUCKETPOLICY</ResourceType>");
    match (letter, refusal) {
        ('b', _) if answer.status == 403 && (says("InvalidAccessKeyId") || says("InvalidClientTokenId")) => {
            Ok(())
        }
        ('b', _) => Err("a bad key must be told so"),
        ('e', _) if [400, 403].contains(&answer.status) && says("ExpiredToken") => Ok(()),
        ('e', _) => Err("an expired session must be told so"),
        (_, None) if is_refused => Err("it must be allowed"),
        (_, None) => Ok(()),
        (_, Some(_)) if !is_refused => Err("it must be refused"),
        (_, Some(code)) if says(code) || says("MissingAuthenticationToken") => Ok(()),
        (_, Some(_)) => Err("it must be refused with another code"),
    }
}
