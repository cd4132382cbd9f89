//! Identities from end to end, over documents in memory: what is made works at once, what is taken away ends at once.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use drystone_access::{Action, Principal};
use drystone_identity::manage::{Attached, KeyChange, KeyHolder, NewAccount, NewKey};
use drystone_identity::{IdentityError, SessionRequest};
use drystone_types::{Timestamp, limits};
use drystone_wire::auth::{KeyRefusal, Secret};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use support::{ROOT_KEY, World, id, may, open, world};

const WIDE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const NO_DELETE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}"#;

fn user(name: &str) -> KeyHolder {
    KeyHolder { account: id("own"), user: Some(name.into()) }
}

/// A user with policies and a key of its name.
async fn make_user(world: &World, name: &str, policies: &[&str]) {
    let policies: Vec<String> = policies.iter().map(|name| (*name).to_owned()).collect();
    world.identities.create_user(&id("own"), name, &policies).await.unwrap();
    let new = NewKey { access_key_id: Some(format!("KEY-{name}")), ..NewKey::default() };
    world.identities.create_key(&user(name), new).await.unwrap();
}

#[tokio::test]
async fn the_root_key_is_the_root_of_the_own_account() {
    let world = world().await;
    let caller = world.caller(ROOT_KEY);
    assert!(matches!(&caller.principal, Principal::Root(account) if account.id == id("own")));
    assert_eq!(caller.holder, "own");
    assert_eq!(world.ask("other", None).map(drop), Err(KeyRefusal::Unknown));
    assert!(may(&caller.principal, Action::PutObject, "b/k"));
}

#[tokio::test]
async fn a_user_does_what_its_policies_and_groups_allow() {
    let world = world().await;
    make_user(&world, "ann", &[]).await;
    let allowed = |action| may(&world.caller("KEY-ann").principal, action, "b/k");
    assert!(!allowed(Action::GetObject));
    let ids = &world.identities;
    ids.set_attached(&id("own"), "readonly", &Attached::User("ann".into()), true).await.unwrap();
    assert!(allowed(Action::GetObject) && !allowed(Action::DeleteObject));
    ids.create_group(&id("own"), "writers").await.unwrap();
    ids.put_policy(&id("own"), "wide", WIDE).await.unwrap();
    ids.set_attached(&id("own"), "wide", &Attached::Group("writers".into()), true).await.unwrap();
    assert!(!allowed(Action::DeleteObject));
    ids.set_membership(&id("own"), "writers", "ann", true).await.unwrap();
    assert!(allowed(Action::DeleteObject));
    ids.put_policy(&id("own"), "wide", NO_DELETE).await.unwrap(); // changed in place
    assert!(allowed(Action::GetObject) && !allowed(Action::DeleteObject));
    let view = ids.snapshot().get_user(&id("own"), "ann").unwrap();
    assert_eq!((view.groups, view.keys), (vec!["writers".to_owned()], vec!["KEY-ann".to_owned()]));
    assert_eq!(view.arn, "arn:aws:iam::000000000001:user/ann");
    assert!(ids.delete_policy(&id("own"), "wide").await.is_err(), "it is attached");
    ids.delete_group(&id("own"), "writers").await.unwrap();
    ids.delete_policy(&id("own"), "wide").await.unwrap();
    assert!(!allowed(Action::DeleteObject));
}

#[tokio::test]
async fn keys_end_at_once_when_disabled_expired_or_deleted() {
    let world = world().await;
    make_user(&world, "ann", &["readwrite"]).await;
    let works = || world.ask("KEY-ann", None).is_ok();
    let ids = &world.identities;
    let enabled = |enabled| KeyChange { enabled: Some(enabled), ..KeyChange::default() };
    ids.change_key("KEY-ann", enabled(false)).await.unwrap();
    assert_eq!(world.ask("KEY-ann", None).map(drop), Err(KeyRefusal::Unknown));
    ids.change_key("KEY-ann", enabled(true)).await.unwrap();
    assert!(works());
    ids.set_user_enabled(&id("own"), "ann", false).await.unwrap();
    assert!(!works());
    ids.set_user_enabled(&id("own"), "ann", true).await.unwrap();
    let soon = Timestamp(world.clock.now.load(Ordering::Relaxed) + 1000);
    ids.change_key("KEY-ann", KeyChange { expires: Some(Some(soon)), enabled: None }).await.unwrap();
    assert!(works());
    world.clock.now.fetch_add(1000, Ordering::Relaxed);
    assert!(!works());
    ids.change_key("KEY-ann", KeyChange { expires: Some(None), enabled: None }).await.unwrap();
    assert!(works());
    ids.delete_key("KEY-ann").await.unwrap();
    assert!(!works());
    assert!(matches!(ids.delete_key("KEY-ann").await, Err(IdentityError::NotFound(_))));
}

/// S28: CVE-2023-27589, a user with the root's access key id took the root's place.
#[tokio::test]
async fn s28_nobody_gets_the_access_key_id_of_the_root() {
    let world = world().await;
    world.identities.create_user(&id("own"), "ann", &[]).await.unwrap();
    let new = || NewKey { access_key_id: Some(ROOT_KEY.into()), ..NewKey::default() };
    let refused = world.identities.create_key(&user("ann"), new()).await;
    assert!(matches!(refused, Err(IdentityError::Exists(_))));
    assert!(world.identities.delete_key(ROOT_KEY).await.is_err());
    // The environment may name a root key that a user already has: the root stays the root.
    make_user(&world, "eve", &[]).await;
    let renamed = drystone_identity::Root {
        account: id("own"),
        number: "000000000001".into(),
        display_name: "root".into(),
        access_key_id: "KEY-eve".into(),
        secret: Secret::new("root-secret"),
    };
    let again = drystone_identity::Identities::open(
        Arc::clone(&world.documents) as Arc<dyn drystone_identity::Documents>,
        Arc::clone(&world.clock) as Arc<dyn drystone_identity::Chance>,
        Arc::clone(&world.master),
        renamed,
    );
    let world = World { identities: again.await.unwrap(), ..world };
    assert!(matches!(world.caller("KEY-eve").principal, Principal::Root(_)));
}

#[tokio::test]
async fn what_was_made_is_there_after_a_restart_and_only_with_the_master_key() {
    let world = world().await;
    let new = NewAccount {
        id: Some("mainuser".into()),
        number: None,
        display_name: "main".into(),
        email: Some("main@example.invalid".into()),
        aliases: vec!["testx".into()],
    };
    let account = world.identities.create_account(new.clone()).await.unwrap();
    assert_eq!(account.document.number.len(), 12);
    let root = KeyHolder { account: id("mainuser"), user: None };
    let key = NewKey {
        access_key_id: Some("MAINACCESSKEY".into()),
        secret: Some(Secret::new("mainsecretkey")),
        expires: None,
    };
    world.identities.create_key(&root, key).await.unwrap();
    make_user(&world, "ann", &["readonly"]).await;
    let secret = world.ask("KEY-ann", None).unwrap().1;
    assert_eq!(secret.len(), 40);

    let stored = world.documents.0.lock().unwrap().1.clone();
    for (name, bytes) in &stored {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("mainsecretkey") && !text.contains(&secret), "{name}: {text}");
    }

    let again = open(world.documents.clone(), world.clock.clone(), world.master.clone()).await.unwrap();
    assert_eq!(again.ask("KEY-ann", None).unwrap().1, secret);
    assert_eq!(again.ask("MAINACCESSKEY", None).unwrap().1, "mainsecretkey");
    let snapshot = again.identities.snapshot();
    assert_eq!(snapshot.owner(&id("mainuser")).display_name, "main");
    assert!(snapshot.find_account("testx").is_some_and(|account| account.id == id("mainuser")));
    assert!(matches!(again.identities.create_account(new).await, Err(IdentityError::Exists(_))));

    let other = Arc::new(drystone_seal::MasterKeys::generate());
    let refused = open(world.documents.clone(), world.clock.clone(), other).await;
    assert!(matches!(refused, Err(IdentityError::Broken { .. })), "never open without its secrets");
}

#[tokio::test]
async fn accounts_go_only_when_empty() {
    let world = world().await;
    let new = NewAccount { id: Some("other".into()), display_name: "o".into(), ..NewAccount::default() };
    world.identities.create_account(new).await.unwrap();
    world.identities.create_user(&id("other"), "bob", &["readonly".into()]).await.unwrap();
    assert!(matches!(world.identities.delete_account(&id("other")).await, Err(IdentityError::InUse(_))));
    world.identities.delete_user(&id("other"), "bob").await.unwrap();
    world.identities.delete_account(&id("other")).await.unwrap();
    assert!(matches!(world.identities.delete_account(&id("own")).await, Err(IdentityError::InUse(_))));
    assert!(world.identities.create_user(&id("other"), "bob", &[]).await.is_err());
}

#[tokio::test]
async fn a_deleted_user_leaves_no_key_and_no_membership() {
    let world = world().await;
    make_user(&world, "ann", &["readwrite"]).await;
    let ids = &world.identities;
    ids.create_group(&id("own"), "g").await.unwrap();
    ids.set_membership(&id("own"), "g", "ann", true).await.unwrap();
    ids.delete_user(&id("own"), "ann").await.unwrap();
    assert!(world.ask("KEY-ann", None).is_err());
    let groups = ids.snapshot().list_groups(&id("own")).unwrap();
    assert!(groups[0].document.users.is_empty());
    let again = make_user(&world, "ann", &[]);
    again.await; // a new user of the same name gets nothing of the old one
    assert!(!may(&world.caller("KEY-ann").principal, Action::GetObject, "b/k"));
}

#[tokio::test]
async fn writers_at_the_same_time_lose_nothing() {
    let world = world().await;
    // Another server's write, between our reading and writing.
    let other = open(world.documents.clone(), world.clock.clone(), world.master.clone()).await.unwrap();
    other.identities.create_user(&id("own"), "theirs", &[]).await.unwrap();
    world.identities.create_user(&id("own"), "ours", &[]).await.unwrap();
    let names: Vec<_> = world
        .identities
        .snapshot()
        .list_users(&id("own"))
        .unwrap()
        .into_iter()
        .map(|user| user.name)
        .collect();
    assert_eq!(names, ["ours", "theirs"]);
}

#[tokio::test]
async fn bad_names_policies_and_floods_are_refused_and_change_nothing() {
    let world = world().await;
    let ids = &world.identities;
    let own = id("own");
    for bad in ["", "a b", "a/b"] {
        assert!(ids.create_user(&own, bad, &[]).await.is_err());
        assert!(ids.create_group(&own, bad).await.is_err());
        assert!(ids.put_policy(&own, bad, WIDE).await.is_err());
    }
    for bad in ["", "{}", "x", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}"#] {
        assert!(matches!(ids.put_policy(&own, "p", bad).await, Err(IdentityError::Invalid(_))), "{bad}");
    }
    assert!(ids.put_policy(&own, "readonly", WIDE).await.is_err(), "built in");
    let long = format!("{WIDE}{}", "x".repeat(limits::MANAGED_POLICY_MAX_CHARS));
    assert!(ids.put_policy(&own, "p", &long).await.is_err());
    assert!(ids.create_user(&own, "ann", &["nosuch".into()]).await.is_err());
    ids.create_user(&own, "ann", &[]).await.unwrap();
    for _ in 0..limits::KEYS_PER_HOLDER_MAX {
        ids.create_key(&user("ann"), NewKey::default()).await.unwrap();
    }
    let one_more = ids.create_key(&user("ann"), NewKey::default()).await;
    assert!(matches!(one_more, Err(IdentityError::TooMany { .. })));
    let short = NewKey { secret: Some(Secret::new("short")), ..NewKey::default() };
    assert!(ids.create_key(&user("ann"), short).await.is_err());
    assert_eq!(
        ids.snapshot().list_policies(&own).unwrap().iter().filter(|policy| !policy.is_builtin).count(),
        0
    );
}

fn session(policy: Option<&str>) -> SessionRequest {
    SessionRequest {
        duration: Duration::from_secs(900),
        name: "test".into(),
        policy: policy.map(str::to_owned),
        policy_arns: Vec::new(),
    }
}

/// A session that names policies of the store's own account.
fn session_named(policy: Option<&str>, names: &[&str]) -> SessionRequest {
    let arn = |name: &&str| {
        if name.starts_with("arn:") {
            (*name).to_owned()
        } else {
            format!("arn:aws:iam::000000000001:policy/{name}")
        }
    };
    SessionRequest { policy_arns: names.iter().map(arn).collect(), ..session(policy) }
}

#[tokio::test]
async fn s22_a_session_has_its_parents_rights_and_no_more() {
    let world = world().await;
    make_user(&world, "ann", &["readonly"]).await;
    let parent = world.caller("KEY-ann");
    let wide = world.identities.new_session(&parent, &session(Some(WIDE))).unwrap();
    let (caller, secret) = world.ask(&wide.access_key_id, Some(&wide.token)).unwrap();
    assert_eq!(secret, wide.secret.expose());
    assert_eq!((caller.parent_key_id.as_str(), &caller.holder), ("KEY-ann", &parent.holder));
    assert!(may(&caller.principal, Action::GetObject, "b/k"));
    assert!(!may(&caller.principal, Action::PutObject, "b/k"), "wider than the parent");

    let root = world.caller(ROOT_KEY);
    let narrow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;
    let narrow = world.identities.new_session(&root, &session(Some(narrow))).unwrap();
    let (caller, _) = world.ask(&narrow.access_key_id, Some(&narrow.token)).unwrap();
    assert!(may(&caller.principal, Action::GetObject, "b/k"));
    assert!(!may(&caller.principal, Action::PutObject, "b/k"), "wider than the session's policy");
    assert!(world.identities.new_session(&caller, &session(None)).is_err(), "no sessions of sessions");
}

#[tokio::test]
async fn s22_named_policies_narrow_a_session_together_with_its_own() {
    let world = world().await;
    let ids = &world.identities;
    let own = id("own");
    ids.put_policy(&own, "no-delete", NO_DELETE).await.unwrap();
    let rights = |inline: Option<&str>, names: &[&str]| {
        let made = ids.new_session(&world.caller(ROOT_KEY), &session_named(inline, names)).unwrap();
        let (caller, _) = world.ask(&made.access_key_id, Some(&made.token)).unwrap();
        [Action::GetObject, Action::PutObject, Action::DeleteObject]
            .map(|action| may(&caller.principal, action, "b/k"))
    };
    let get =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    assert_eq!(rights(None, &[]), [true, true, true]);
    assert_eq!(rights(None, &["readonly"]), [true, false, false]);
    assert_eq!(rights(None, &["arn:aws:iam::aws:policy/readonly"]), [true, false, false]);
    assert_eq!(rights(Some(get), &["writeonly"]), [true, true, false], "what one of them allows");
    assert_eq!(rights(None, &["readwrite", "no-delete"]), [true, true, false], "what none of them denies");
    assert_eq!(rights(None, &["no-delete"]), [false, false, false]);
    make_user(&world, "ann", &["readonly"]).await;
    let wider = ids.new_session(&world.caller("KEY-ann"), &session_named(None, &["readwrite"])).unwrap();
    let (caller, _) = world.ask(&wider.access_key_id, Some(&wider.token)).unwrap();
    assert!(!may(&caller.principal, Action::PutObject, "b/k"), "wider than the parent");
}

#[tokio::test]
async fn s22_unknown_policies_make_no_session_and_a_deleted_one_ends_it() {
    let world = world().await;
    let (ids, own) = (&world.identities, id("own"));
    ids.put_policy(&own, "wide", WIDE).await.unwrap();
    let root = world.caller(ROOT_KEY);
    for bad in [
        "nothing",
        "",
        "arn:aws:iam::aws:policy/wide",
        "arn:aws:iam::000000000002:policy/readonly",
        "arn:aws:iam::000000000001:role/readonly",
        "arn:aws:s3:::readonly",
    ] {
        let refused = ids.new_session(&root, &session_named(None, &["readonly", bad]));
        assert!(matches!(refused, Err(IdentityError::NotFound(_))), "{bad}: {refused:?}");
    }
    let many = vec!["readonly"; limits::SESSION_POLICIES_MAX + 1];
    assert!(ids.new_session(&root, &session_named(None, &many[1..])).is_ok());
    let refused = ids.new_session(&root, &session_named(None, &many));
    assert!(matches!(refused, Err(IdentityError::TooMany { .. })), "{refused:?}");

    let made = ids.new_session(&root, &session_named(None, &["readonly", "wide"])).unwrap();
    let ask = || world.ask(&made.access_key_id, Some(&made.token)).map(|(caller, _)| caller);
    assert!(may(&ask().unwrap().principal, Action::DeleteObject, "b/k"));
    ids.put_policy(&own, "wide", NO_DELETE).await.unwrap();
    assert!(!may(&ask().unwrap().principal, Action::DeleteObject, "b/k"), "a change holds at once");
    ids.delete_policy(&own, "wide").await.unwrap();
    assert_eq!(ask().map(drop), Err(KeyRefusal::Unknown), "it could be the one that denies");
}

#[tokio::test]
async fn a_session_ends_with_its_time_its_key_and_its_user() {
    let world = world().await;
    make_user(&world, "ann", &["readwrite"]).await;
    let ids = &world.identities;
    let made = ids.new_session(&world.caller("KEY-ann"), &session(None)).unwrap();
    let ask = || world.ask(&made.access_key_id, Some(&made.token)).map(drop);
    assert_eq!(ask(), Ok(()));
    ids.set_user_enabled(&id("own"), "ann", false).await.unwrap();
    assert_eq!(ask(), Err(KeyRefusal::Unknown));
    ids.set_user_enabled(&id("own"), "ann", true).await.unwrap();
    assert_eq!(ask(), Ok(()));
    ids.delete_key("KEY-ann").await.unwrap();
    assert_eq!(ask(), Err(KeyRefusal::Unknown));
    // A key of the same id for another user does not take the session over.
    ids.create_user(&id("own"), "bob", &["admin".into()]).await.unwrap();
    let same = NewKey { access_key_id: Some("KEY-ann".into()), ..NewKey::default() };
    ids.create_key(&user("bob"), same).await.unwrap();
    assert_eq!(ask(), Err(KeyRefusal::Unknown));

    let root = ids.new_session(&world.caller(ROOT_KEY), &session(None)).unwrap();
    assert!(world.ask(&root.access_key_id, Some(&root.token)).is_ok());
    world.clock.now.fetch_add(900_000, Ordering::Relaxed);
    assert_eq!(world.ask(&root.access_key_id, Some(&root.token)).map(drop), Err(KeyRefusal::ExpiredToken));
}

#[tokio::test]
async fn tokens_are_for_their_own_key_and_unchanged() {
    let world = world().await;
    let root = world.caller(ROOT_KEY);
    let ids = &world.identities;
    let (one, two) =
        (ids.new_session(&root, &session(None)).unwrap(), ids.new_session(&root, &session(None)).unwrap());
    let invalid = Err(KeyRefusal::InvalidToken);
    assert_eq!(world.ask(&one.access_key_id, Some(&two.token)).map(drop), invalid);
    assert_eq!(world.ask(ROOT_KEY, Some(&one.token)).map(drop), invalid);
    assert_eq!(world.ask(&one.access_key_id, None).map(drop), Err(KeyRefusal::Unknown));
    for broken in ["x", "AAAA", &one.token[1..], &one.token.to_lowercase(), &"A".repeat(9000)] {
        assert_eq!(world.ask(&one.access_key_id, Some(broken)).map(drop), invalid, "{broken}");
    }
    for bad in [899, 43_201] {
        let request = SessionRequest { duration: Duration::from_secs(bad), ..session(None) };
        assert!(ids.new_session(&root, &request).is_err(), "{bad}");
    }
    let long = format!("{WIDE}{}", " ".repeat(limits::SESSION_POLICY_MAX_CHARS));
    for bad in ["{}", &long] {
        assert!(ids.new_session(&root, &session(Some(bad))).is_err());
    }
}
