//! Who may do what: each line of a table is a sentence of the user guides.

use std::sync::Arc;

use drystone_access::{
    AccessRequest, Action, Because, CannedAcl, Missing, NoConditions, ObjectOwnership, Parent, Policy,
    PolicyKind, Principal, PublicAccessBlock, Resource, Session, Source, authorise,
};

use crate::world::{NOW, World, account, bucket_policy, root, user};

const ALLOW_GET: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}"#;
const DENY_GET: &str = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}"#;

fn by(principal: &str, effect: &str, action: &str) -> String {
    format!(
        r#"{{"Sid":"only","Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}}"#
    )
}

#[test]
fn within_an_account_either_side_is_enough_and_a_deny_decides() {
    for (identity, resource, expected) in [
        (vec![], None, false),
        (vec![ALLOW_GET], None, true),
        (vec![DENY_GET], None, false),
        (vec![ALLOW_GET, DENY_GET], None, false),
        (vec![], Some(by("*", "Allow", "s3:GetObject")), true),
        (vec![], Some(by("arn:aws:iam::111111111111:user/alice", "Allow", "s3:GetObject")), true),
        (vec![], Some(by("arn:aws:iam::111111111111:user/bob", "Allow", "s3:GetObject")), false),
        // Naming the account lets it pass the right on, no more.
        (vec![], Some(by("111111111111", "Allow", "s3:GetObject")), false),
        (vec![ALLOW_GET], Some(by("*", "Deny", "s3:GetObject")), false),
        (vec![ALLOW_GET], Some(by("111111111111", "Deny", "s3:*")), false),
        (vec![ALLOW_GET], Some(by("222222222222", "Deny", "s3:*")), true),
        (vec![DENY_GET], Some(by("*", "Allow", "s3:*")), false),
    ] {
        let world =
            World { policy: resource.as_ref().map(|text| bucket_policy(&[text])), ..World::default() };
        let found = world.allows(&user("owner", &identity), Action::GetObject);
        assert_eq!(found, expected, "{identity:?} {resource:?}");
    }
}

#[test]
fn from_another_account_both_sides_are_needed() {
    for (identity, resource, expected) in [
        (vec![ALLOW_GET], None, false),
        (vec![], Some(by("*", "Allow", "s3:GetObject")), false),
        (vec![ALLOW_GET], Some(by("*", "Allow", "s3:GetObject")), true),
        (vec![ALLOW_GET], Some(by("222222222222", "Allow", "s3:GetObject")), true),
        (vec![ALLOW_GET], Some(by("arn:aws:iam::222222222222:user/alice", "Allow", "s3:GetObject")), true),
        (vec![], Some(by("arn:aws:iam::222222222222:user/alice", "Allow", "s3:GetObject")), false),
        (vec![ALLOW_GET], Some(by("111111111111", "Allow", "s3:GetObject")), false),
    ] {
        let world =
            World { policy: resource.as_ref().map(|text| bucket_policy(&[text])), ..World::default() };
        let found = world.allows(&user("other", &identity), Action::GetObject);
        assert_eq!(found, expected, "{identity:?} {resource:?}");
    }
    let world = World {
        policy: Some(bucket_policy(&[&by("222222222222", "Allow", "s3:GetObject")])),
        ..World::default()
    };
    assert!(
        world.allows(&root("other"), Action::GetObject),
        "another account's root needs no identity policy"
    );
    assert!(!world.allows(&Principal::Anonymous, Action::GetObject));
}

#[test]
fn the_root_has_every_right_in_its_account_and_cannot_lock_itself_out() {
    let world = World::default();
    assert!(
        Action::ALL
            .iter()
            .filter(|action| action.is_s3())
            .all(|action| world.allows(&root("owner"), *action))
    );
    assert!(!Action::ALL.iter().any(|action| world.allows(&root("other"), *action)));
    for policy in [bucket_policy(&[&by("*", "Deny", "s3:*")]), Policy::denying_everything()] {
        check_locked(&World { policy: Some(policy), ..World::default() });
    }
}

fn check_locked(locked: &World) {
    let repairs = [Action::GetBucketPolicy, Action::PutBucketPolicy, Action::DeleteBucketPolicy];
    for action in Action::ALL.iter().filter(|action| action.is_s3() && **action != Action::ListAllMyBuckets) {
        assert_eq!(locked.allows(&root("owner"), *action), repairs.contains(action), "{action}");
        let admin = user("owner", &[r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#]);
        assert!(!locked.allows(&admin, *action), "{action}");
    }
}

/// Or who is trusted with one thing could take everything, and keep the owner's users out.
#[test]
fn a_bucket_policy_is_no_matter_of_other_accounts_whatever_it_allows() {
    let about_policy = [
        Action::GetBucketPolicy,
        Action::PutBucketPolicy,
        Action::DeleteBucketPolicy,
        Action::GetBucketPolicyStatus,
    ];
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let outsiders = [root("other"), user("other", &[everything]), Principal::Anonymous];
    let open = World { policy: Some(bucket_policy(&[&by("*", "Allow", "s3:*")])), ..World::default() };
    for action in about_policy {
        for outsider in &outsiders {
            open.judge(outsider, action, |decision, _| {
                assert_eq!((decision.allowed, &decision.because), (false, &Because::OwnerOnly), "{action}");
            });
            World::default().judge(outsider, action, |decision, _| {
                assert_eq!(decision.because, Because::Nothing(Missing::Resource), "{action}");
            });
        }
        assert!(open.allows(&user("owner", &[]), action), "{action}");
    }
    assert!(open.allows(&root("other"), Action::PutBucketAcl));
}

#[test]
fn anonymous_requests_need_a_policy_or_an_acl_for_everyone() {
    let open =
        World { policy: Some(bucket_policy(&[&by("*", "Allow", "s3:GetObject")])), ..World::default() };
    assert!(open.allows(&Principal::Anonymous, Action::GetObject));
    assert!(!open.allows(&Principal::Anonymous, Action::PutObject));
    assert!(!World::default().allows(&Principal::Anonymous, Action::GetObject));
    let restricted = World {
        block: PublicAccessBlock { restrict_public_buckets: true, ..PublicAccessBlock::default() },
        policy: Some(bucket_policy(&[&by("*", "Allow", "s3:GetObject")])),
        ..World::default()
    };
    assert!(!restricted.allows(&Principal::Anonymous, Action::GetObject));
    assert!(!restricted.allows(&user("other", &[ALLOW_GET]), Action::GetObject));
    assert!(restricted.allows(&user("owner", &[]), Action::GetObject));
}

#[test]
fn acls_count_only_where_ownership_lets_them() {
    for ownership in ObjectOwnership::ALL {
        let world = World::object("owner", CannedAcl::PublicRead, ownership);
        assert_eq!(world.allows(&Principal::Anonymous, Action::GetObject), ownership.acls_count());
        assert!(!world.allows(&Principal::Anonymous, Action::GetObjectAcl));
    }
    let mut world = World::object("owner", CannedAcl::PublicRead, ObjectOwnership::ObjectWriter);
    world.block.ignore_public_acls = true;
    assert!(!world.allows(&Principal::Anonymous, Action::GetObject));
    world.block = PublicAccessBlock::default();
    world.policy = Some(bucket_policy(&[&by("*", "Deny", "s3:GetObject")]));
    assert!(!world.allows(&Principal::Anonymous, Action::GetObject), "an ACL never overrides a Deny");
}

#[test]
fn canned_acls_let_in_whom_they_name() {
    let open = ObjectOwnership::ObjectWriter;
    let stranger = user("other", &[r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#]);
    for (canned, anonymous, signed) in [
        (CannedAcl::Private, false, false),
        (CannedAcl::PublicRead, true, true),
        (CannedAcl::AuthenticatedRead, false, true),
        (CannedAcl::AwsExecRead, false, false),
        (CannedAcl::BucketOwnerFullControl, false, false),
    ] {
        let world = World::object("owner", canned, open);
        assert_eq!(world.allows(&Principal::Anonymous, Action::GetObject), anonymous, "{canned:?}");
        assert_eq!(world.allows(&root("other"), Action::GetObject), signed, "{canned:?}");
        assert_eq!(world.allows(&stranger, Action::GetObject), signed, "{canned:?}");
        assert!(
            !world.allows(&user("other", &[]), Action::GetObject),
            "the user's own account must allow it too"
        );
    }
    let owner = account("owner").id.clone();
    let mut world = World { ownership: open, ..World::default() };
    for (canned, list, write) in [
        (CannedAcl::Private, false, false),
        (CannedAcl::PublicRead, true, false),
        (CannedAcl::PublicReadWrite, true, true),
    ] {
        world.bucket_acl = canned.grants(&owner, &owner);
        for action in [Action::ListBucket, Action::ListBucketVersions, Action::ListBucketMultipartUploads] {
            assert_eq!(world.allows(&Principal::Anonymous, action), list, "{canned:?}");
        }
        for action in [Action::PutObject, Action::DeleteObject] {
            assert_eq!(world.allows(&Principal::Anonymous, action), write, "{canned:?}");
        }
        for action in
            [Action::DeleteObjectVersion, Action::GetBucketAcl, Action::GetBucketPolicy, Action::DeleteBucket]
        {
            assert!(!world.allows(&Principal::Anonymous, action), "{canned:?}");
        }
    }
}

#[test]
fn objects_of_other_accounts_are_theirs() {
    let open = ObjectOwnership::ObjectWriter;
    let world = World::object("other", CannedAcl::Private, open);
    assert!(!world.allows(&root("owner"), Action::GetObject), "not even the bucket's owner may read it");
    assert!(world.allows(&root("owner"), Action::DeleteObject), "but it may delete it");
    assert!(world.allows(&root("other"), Action::GetObject));
    let given = World::object("other", CannedAcl::BucketOwnerRead, open);
    assert!(given.allows(&root("owner"), Action::GetObject));
    assert!(!given.allows(&root("owner"), Action::PutObjectAcl));
    let mut with_policy = World::object("other", CannedAcl::Private, open);
    with_policy.policy = Some(bucket_policy(&[&by("*", "Allow", "s3:GetObject")]));
    assert!(
        !with_policy.allows(&Principal::Anonymous, Action::GetObject),
        "a bucket policy does not give it away"
    );
    with_policy.ownership = ObjectOwnership::BucketOwnerEnforced;
    assert!(with_policy.allows(&Principal::Anonymous, Action::GetObject));
    assert!(with_policy.allows(&root("owner"), Action::GetObject));
}

#[test]
fn b165_the_initiator_may_abort_and_list_its_upload_unless_denied() {
    let initiator = World { is_initiator: true, ..World::default() };
    let actions = [Action::AbortMultipartUpload, Action::ListMultipartUploadParts];
    for principal in [user("owner", &[]), user("other", &[]), root("other")] {
        for action in actions {
            assert!(initiator.allows(&principal, action));
            assert!(!World::default().allows(&principal, action));
        }
        assert!(!initiator.allows(&principal, Action::PutObject));
    }
    assert!(!initiator.allows(&Principal::Anonymous, actions[0]));
    let policy = Some(bucket_policy(&[&by("*", "Deny", "s3:AbortMultipartUpload")]));
    let denied = World { policy, is_initiator: true, ..World::default() };
    assert!(!denied.allows(&root("other"), actions[0]));
    assert!(denied.allows(&root("other"), actions[1]));
    let denies = r#"{"Effect":"Deny","Action":"s3:Abort*","Resource":"*"}"#;
    assert!(!initiator.allows(&user("owner", &[denies]), actions[0]));
}

#[test]
fn sessions_have_no_more_than_parent_and_session_policy() {
    let session = |parent: &Principal, policies: &[&str]| {
        let parent = match parent {
            Principal::Root(account) => Parent::Root(account.clone()),
            Principal::User(user) => Parent::User(user.clone()),
            other => panic!("{other:?}"),
        };
        let policies = policies.iter().map(|statement| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
            Arc::new(Policy::parse(&text, PolicyKind::Session).unwrap())
        });
        Principal::Session(Arc::new(Session { parent, policies: policies.collect(), issued: NOW }))
    };
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let world = World::default();
    let allow_put = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}"#;
    for (parent, policies, get, put) in [
        (root("owner"), vec![], true, true),
        (root("owner"), vec![ALLOW_GET], true, false),
        (root("owner"), vec![DENY_GET], false, false),
        (user("owner", &[ALLOW_GET]), vec![], true, false),
        (user("owner", &[ALLOW_GET]), vec![everything], true, false),
        (user("owner", &[everything]), vec![ALLOW_GET], true, false),
        (user("owner", &[everything, DENY_GET]), vec![everything], false, true),
        (user("owner", &[]), vec![everything], false, false),
        // Several allow what any of them allows, and each can deny.
        (root("owner"), vec![ALLOW_GET, allow_put], true, true),
        (root("owner"), vec![everything, DENY_GET], false, true),
        (root("owner"), vec![DENY_GET, everything], false, true),
        (user("owner", &[ALLOW_GET]), vec![ALLOW_GET, allow_put], true, false),
    ] {
        let session = session(&parent, &policies);
        assert_eq!(world.allows(&session, Action::GetObject), get, "{policies:?}");
        assert_eq!(world.allows(&session, Action::PutObject), put, "{policies:?}");
    }
    let open =
        World { policy: Some(bucket_policy(&[&by("*", "Allow", "s3:GetObject")])), ..World::default() };
    let narrow = session(&root("owner"), &[allow_put]);
    assert!(!open.allows(&narrow, Action::GetObject), "a bucket policy does not widen a session");
}

#[test]
fn decisions_name_their_rule() {
    let sid = r#"{"Sid":"Keep","Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}"#;
    let world =
        World { policy: Some(bucket_policy(&[&by("*", "Deny", "s3:PutObject")])), ..World::default() };
    let alice = user("owner", &[ALLOW_GET, sid]);
    world.judge(&alice, Action::GetObject, |decision, _| {
        let Because::Allowed(statement) = &decision.because else { panic!("{decision:?}") };
        assert_eq!((statement.source, statement.index, statement.sid), (Source::Identity("mine"), 0, None));
    });
    world.judge(&alice, Action::DeleteObject, |decision, resource| {
        let Because::Denied(statement) = &decision.because else { panic!("{decision:?}") };
        assert_eq!(statement.to_string(), "policy mine, statement 1 (Keep)");
        assert_eq!(
            decision.refusal(&alice, Action::DeleteObject, resource),
            "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: s3:DeleteObject on resource: \
             \"arn:aws:s3:::bucket/photos/cat.jpg\" with an explicit deny in an identity-based policy"
        );
    });
    world.judge(&alice, Action::PutObject, |decision, resource| {
        let refusal = decision.refusal(&alice, Action::PutObject, resource);
        assert!(refusal.ends_with("with an explicit deny in a resource-based policy"), "{refusal}");
    });
    world.judge(&alice, Action::ListBucket, |decision, resource| {
        assert_eq!(decision.because, Because::Nothing(Missing::Identity));
        let refusal = decision.refusal(&alice, Action::ListBucket, resource);
        assert!(
            refusal.ends_with("because no identity-based policy allows the s3:ListBucket action"),
            "{refusal}"
        );
    });
    world.judge(&root("other"), Action::ListBucket, |decision, _| {
        assert_eq!(decision.because, Because::Nothing(Missing::Resource));
    });
    world
        .judge(&root("owner"), Action::ListBucket, |decision, _| assert_eq!(decision.because, Because::Root));
}

#[test]
fn requests_without_a_bucket_are_matters_of_identity() {
    let list = |principal: &Principal| {
        let request = AccessRequest {
            principal,
            action: Action::ListAllMyBuckets,
            resource: &Resource::Service,
            conditions: &NoConditions,
            now: NOW,
            bucket: None,
            object: None,
            is_initiator: false,
        };
        authorise(&request).allowed
    };
    let allow = |resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"{resource}"}}"#)
    };
    assert!(list(&root("other")));
    assert!(!list(&Principal::Anonymous));
    assert!(!list(&user("owner", &[])));
    assert!(list(&user("owner", &[&allow("*")])));
    assert!(list(&user("owner", &[&allow("arn:aws:s3:::*")])));
    assert!(!list(&user("owner", &[&allow("arn:aws:s3:::bucket")])));
}
