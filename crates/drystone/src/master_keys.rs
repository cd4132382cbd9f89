//! Master keys: where they come from, and whether they are those that the store was made with.
//!
//! ```text
//! DRYSTONE_MASTER_KEYS                              the keys themselves
//! encryption.master_keys_file                       a file, as configured
//! $CREDENTIALS_DIRECTORY/drystone-master-keys       a systemd credential
//! DIR/master-keys                                   made by the first start when there is none of the above
//! ```
//!
//! `DIR/master-keys.check` holds something sealed by every key that ever sealed here. A start with other keys under the same
//! numbers, or with none of them, is refused: it would seal new objects by keys that cannot open the old ones. Keys are made for a
//! store that is being made, and for one from before encryption; any other that has none is refused, with the check or without.
//! Where the check alone is gone nothing tells whose the keys are: the start is refused, and `admin check --renew-key-check` makes
//! it anew after the keys have opened everything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_disk::{Fs, replace_file};
use drystone_seal::{Keyring, MasterKeys};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::{Failure, file_mode};

/// Holds the keys themselves.
pub(crate) const KEYS_ENV: &str = "DRYSTONE_MASTER_KEYS";
const CREDENTIALS_ENV: &str = "CREDENTIALS_DIRECTORY";
const CREDENTIAL: &str = "drystone-master-keys";
const KEYS_FILE: &str = "master-keys";
const CHECK_FILE: &str = "master-keys.check";
const CHECK_HEAD: &str = "drystone master keys check, version 1";

/// What a store must already have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyHistory {
    /// It is being made: what an interrupted creation left may be replaced.
    New,
    /// It is from before encryption, and gets keys now.
    BeforeKeys,
    /// It had keys since it was made: without them nothing is started, and none are made.
    HasKeys,
}

/// Where to look for keys.
pub(crate) struct KeySources<'a> {
    /// The data folder.
    pub(crate) dir: PathBuf,
    /// Id of the store.
    pub(crate) store_id: &'a str,
    /// What the store must already have.
    pub(crate) history: KeyHistory,
    /// `encryption.master_keys_file`.
    pub(crate) file: Option<PathBuf>,
    /// `encryption.kms_keys`: names of keys that are made from the master keys.
    pub(crate) kms_keys: Vec<String>,
}

/// Reads the keys, or makes them for a store that has none, and holds them against `master-keys.check`.
pub(crate) fn load(
    fs: &dyn Fs,
    sources: &KeySources<'_>,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Keyring, Failure> {
    let found = match find(sources, env)? {
        Some(found) => found,
        None => make(fs, sources)?,
    };
    if !found.are_proven {
        return Err(Failure::Config(format!(
            "{} is missing, and nothing else tells whether the keys in {} are those of this store. Put its backup back; without \
             one, `drystone admin check --renew-key-check` makes it anew, if these keys open everything",
            sources.dir.join(CHECK_FILE).display(),
            found.source
        )));
    }
    found.renew_check(fs, sources)?;
    info!("master keys from {}; v{} seals", found.source, found.keyring.master().newest());
    Ok(found.keyring)
}

/// Keys that are those of the store, or may be.
pub(crate) struct FoundKeys {
    pub(crate) keyring: Keyring,
    /// Does anything tell that they are the store's? Not where the check is gone.
    pub(crate) are_proven: bool,
    source: String,
    /// `master-keys.check` anew, before anything is sealed by a new key.
    renewed_check: Option<String>,
}

impl FoundKeys {
    /// Writes the check anew, where that is needed. Whoever calls knows that the keys are those of the store.
    pub(crate) fn renew_check(&self, fs: &dyn Fs, sources: &KeySources<'_>) -> Result<(), Failure> {
        let Some(text) = &self.renewed_check else { return Ok(()) };
        let path = sources.dir.join(CHECK_FILE);
        replace_file(fs, &path, text.as_bytes()).map_err(|error| cannot("write", &path, error))
    }
}

/// Reads the keys and holds them against `master-keys.check`, and changes nothing. `None` for a store that never had any.
///
/// # Errors
/// Also for keys that are gone: it could not read what it holds, and would seal new objects by other keys.
pub(crate) fn find(
    sources: &KeySources<'_>,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<FoundKeys>, Failure> {
    let check_path = sources.dir.join(CHECK_FILE);
    // That of an interrupted creation was for another id, and nothing was sealed yet.
    let check = if sources.history == KeyHistory::New { None } else { read_if_there(&check_path)? };
    let Some((text, source)) = read_keys(sources, env)? else {
        return if check.is_none() && sources.history != KeyHistory::HasKeys {
            Ok(None)
        } else {
            Err(keys_are_gone(sources, check.is_some()))
        };
    };
    let keyring = Keyring::parse(&text)
        .map_err(|error| Failure::Config(format!("the master keys in {source}: {error}")))?;
    hold_against_check(keyring, source, check.as_deref().map(String::as_str), sources).map(Some)
}

fn keys_are_gone(sources: &KeySources<'_>, has_check: bool) -> Failure {
    let and_check = if has_check { "" } else { " and of master-keys.check" };
    Failure::Config(format!(
        "{} holds a store, but its master keys are gone: they are not in {KEYS_ENV}, encryption.master_keys_file, \
         ${CREDENTIALS_ENV}/{CREDENTIAL} or {}. Without them encrypted objects cannot be read. Put the backup of \
         {KEYS_FILE}{and_check} there, with mode 0600, or give the keys in one of the other places; nothing was changed",
        sources.dir.display(),
        sources.dir.join(KEYS_FILE).display()
    ))
}

fn hold_against_check(
    mut keyring: Keyring,
    source: String,
    check: Option<&str>,
    sources: &KeySources<'_>,
) -> Result<FoundKeys, Failure> {
    let context = format!("master keys check of {}", sources.store_id);
    let Checked { missing, renewed } = check_keys(keyring.master(), check, context.as_bytes())
        .map_err(|why| Failure::Config(format!("the master keys in {source}: {why}")))?;
    for number in missing {
        warn!("master key v{number} is missing in {source}: what it sealed cannot be opened");
    }
    for name in &sources.kms_keys {
        if !keyring.add_named(name) {
            return Err(Failure::Config(format!(
                "encryption.kms_keys: {name:?} must be 1 to 256 of A-Z a-z 0-9 / _ : . -"
            )));
        }
    }
    let are_proven = check.is_some() || sources.history != KeyHistory::HasKeys;
    Ok(FoundKeys { keyring, are_proven, source, renewed_check: renewed })
}

/// The text of a key file, and where it was.
type KeyText = (Zeroizing<String>, String);

fn read_keys(
    sources: &KeySources<'_>,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<KeyText>, Failure> {
    if let Some(text) = env(KEYS_ENV) {
        return Ok(Some((Zeroizing::new(text), format!("the environment ({KEYS_ENV})"))));
    }
    if let Some(path) = &sources.file {
        let text = read_if_there(path)?;
        let text = text.ok_or_else(|| {
            Failure::Config(format!("encryption.master_keys_file: {} does not exist", path.display()))
        })?;
        file_mode::warn_if_open(path);
        return Ok(Some((text, path.display().to_string())));
    }
    let credential = env(CREDENTIALS_ENV).map(|dir| PathBuf::from(dir).join(CREDENTIAL));
    for path in credential.into_iter().chain([sources.dir.join(KEYS_FILE)]) {
        if let Some(text) = read_if_there(&path)? {
            file_mode::warn_if_open(&path);
            return Ok(Some((text, path.display().to_string())));
        }
    }
    Ok(None)
}

fn make(fs: &dyn Fs, sources: &KeySources<'_>) -> Result<FoundKeys, Failure> {
    let path = sources.dir.join(KEYS_FILE);
    let keys = MasterKeys::generate();
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str(
        "# Master keys of this store. Without them its encrypted objects are lost: keep a copy elsewhere.\n",
    );
    text.push_str(&keys.to_text());
    replace_file(fs, &path, text.as_bytes()).map_err(|error| cannot("write", &path, error))?;
    hold_against_check(Keyring::new(keys), path.display().to_string(), None, sources)
}

/// What holding keys against the check file gave.
#[derive(Debug, PartialEq, Eq)]
struct Checked {
    /// Keys that sealed here, and are not at hand.
    missing: Vec<u32>,
    /// The check file anew, when the key that seals was not in it.
    renewed: Option<String>,
}

/// Holds the keys against the text of the check file, if there is one.
fn check_keys(keys: &MasterKeys, check: Option<&str>, context: &[u8]) -> Result<Checked, String> {
    let broken = || format!("{CHECK_FILE} is broken; put it back from a backup");
    let mut missing = Vec::new();
    let mut found = Vec::new();
    let mut text = format!("{CHECK_HEAD}\n");
    if let Some(check) = check {
        let lines = check.strip_prefix(CHECK_HEAD).ok_or_else(broken)?;
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let (number, sealed) = line.split_once(':').ok_or_else(broken)?;
            let number: u32 =
                number.strip_prefix('v').and_then(|digits| digits.parse().ok()).ok_or_else(broken)?;
            let sealed = STANDARD.decode(sealed).map_err(|_| broken())?;
            text.push_str(line);
            text.push('\n');
            if !keys.numbers().any(|known| known == number) {
                missing.push(number);
                continue;
            }
            keys.open_secret(context, &sealed)
                .map_err(|_| format!("v{number} is not the key with which this store was made"))?;
            found.push(number);
        }
        if found.is_empty() {
            return Err("none of them is a key with which this store was made".into());
        }
    }
    // Without a check any of the keys may have sealed; with one, those that it does not know did not.
    let newest = keys.newest();
    let new = keys.numbers().filter(|number| !found.contains(number));
    let new: Vec<u32> = new.filter(|number| check.is_none() || *number == newest).collect();
    for number in &new {
        let sealed = keys.seal_secret_by(*number, context, b"").map_err(|error| error.to_string())?;
        let _ = writeln!(text, "v{number}:{}", STANDARD.encode(sealed)); // into a String: cannot fail
    }
    Ok(Checked { missing, renewed: (!new.is_empty()).then_some(text) })
}

fn read_if_there(path: &Path) -> Result<Option<Zeroizing<String>>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot("read", path, error)),
    }
}

fn cannot(what: &str, path: &Path, error: io::Error) -> Failure {
    Failure::other(format!("cannot {what} {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::{CHECK_FILE, Checked, KEYS_ENV, KEYS_FILE, KeyHistory, KeySources, check_keys, find, load};
    use drystone_disk::{Fs as _, RealFs};
    use drystone_seal::MasterKeys;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    /// Of a store that gets its keys when it has none.
    fn sources(dir: &Path) -> KeySources<'static> {
        let (history, kms_keys) = (KeyHistory::BeforeKeys, vec!["testkey-1".into()]);
        KeySources { dir: dir.to_owned(), store_id: "id", history, file: None, kms_keys }
    }

    fn of(dir: &Path, history: KeyHistory) -> KeySources<'static> {
        KeySources { history, ..sources(dir) }
    }

    fn none(_: &str) -> Option<String> {
        None
    }

    fn write(path: &Path, text: &str) {
        std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .open(path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    #[test]
    fn the_first_start_makes_keys_that_only_the_owner_reads_and_later_ones_find_them() {
        let dir = tempfile::tempdir().unwrap();
        let first = load(&RealFs, &sources(dir.path()), none).unwrap();
        let mode = std::fs::metadata(dir.path().join(KEYS_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let sealed = first.master().seal_secret(b"", b"secret");
        let second = load(&RealFs, &sources(dir.path()), none).unwrap();
        assert_eq!(second.master().open_secret(b"", &sealed).unwrap().as_slice(), b"secret");
        assert!(second.has_named("testkey-1"));
    }

    #[test]
    fn lost_or_foreign_keys_are_refused_and_none_are_made() {
        let dir = tempfile::tempdir().unwrap();
        load(&RealFs, &sources(dir.path()), none).unwrap();
        let file = dir.path().join(KEYS_FILE);
        write(&file, &MasterKeys::generate().to_text());
        let error = load(&RealFs, &sources(dir.path()), none).unwrap_err().to_string();
        assert!(error.contains("v1 is not the key with which this store was made"), "{error}");
        RealFs.rename(&file, &dir.path().join("away")).unwrap();
        let error = load(&RealFs, &sources(dir.path()), none).unwrap_err().to_string();
        assert!(error.contains("master keys are gone"), "{error}");
        assert!(!file.exists());
    }

    #[test]
    fn a_store_that_lost_keys_and_check_is_refused_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        for outcome in [
            load(&RealFs, &of(dir.path(), KeyHistory::HasKeys), none).map(drop),
            find(&of(dir.path(), KeyHistory::HasKeys), none).map(drop),
        ] {
            let error = outcome.unwrap_err().to_string();
            assert!(error.contains("master keys are gone") && error.contains(CHECK_FILE), "{error}");
        }
        assert_eq!(files(), 0);
        assert!(find(&of(dir.path(), KeyHistory::BeforeKeys), none).unwrap().is_none());
        assert_eq!(files(), 0);
        load(&RealFs, &of(dir.path(), KeyHistory::BeforeKeys), none).unwrap();
        assert!(load(&RealFs, &of(dir.path(), KeyHistory::HasKeys), none).is_ok());
        assert_eq!(files(), 2);
    }

    /// The id of a store is written last: the next try has another.
    #[test]
    fn an_interrupted_creation_leaves_keys_that_the_next_try_takes_up() {
        let dir = tempfile::tempdir().unwrap();
        let first = load(&RealFs, &of(dir.path(), KeyHistory::New), none).unwrap();
        let again = KeySources { store_id: "other", ..of(dir.path(), KeyHistory::New) };
        let second = load(&RealFs, &again, none).unwrap();
        let sealed = first.master().seal_secret(b"", b"secret");
        assert!(second.master().open_secret(b"", &sealed).is_ok());
        let later = KeySources { history: KeyHistory::HasKeys, ..again };
        assert!(load(&RealFs, &later, none).is_ok());
    }

    #[test]
    fn sources_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let credentials = tempfile::tempdir().unwrap();
        let keys: Vec<_> = (0..3).map(|_| MasterKeys::generate()).collect();
        let sealed: Vec<_> = keys.iter().map(|keys| keys.seal_secret(b"", b"")).collect();
        let opens = |with_env: bool, with_file: bool| {
            let mut sources = sources(dir.path());
            sources.file = with_file.then(|| dir.path().join("configured"));
            let env = |name: &str| match name {
                KEYS_ENV if with_env => Some(keys[0].to_text().to_string()),
                "CREDENTIALS_DIRECTORY" => Some(credentials.path().display().to_string()),
                _ => None,
            };
            let store = tempfile::tempdir().unwrap(); // no check file: every start is a first one
            sources.dir = store.path().to_owned();
            let keyring = load(&RealFs, &sources, env).unwrap();
            sealed.iter().position(|sealed| keyring.master().open_secret(b"", sealed).is_ok())
        };
        write(&dir.path().join("configured"), &keys[1].to_text());
        write(&credentials.path().join("drystone-master-keys"), &keys[2].to_text());
        assert_eq!(opens(true, true), Some(0));
        assert_eq!(opens(false, true), Some(1));
        assert_eq!(opens(false, false), Some(2));
    }

    #[test]
    fn a_key_in_the_wrong_form_is_told_by_its_line_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let env = |name: &str| (name == KEYS_ENV).then(|| "v1:c2VjcmV0".to_owned());
        let error = load(&RealFs, &sources(dir.path()), env).unwrap_err().to_string();
        assert!(
            error.contains("line 1") && error.contains(KEYS_ENV) && !error.contains("c2VjcmV0"),
            "{error}"
        );
        assert!(!dir.path().join(CHECK_FILE).exists());
        let missing = KeySources { file: Some("/nowhere/at/all".into()), ..sources(dir.path()) };
        assert!(load(&RealFs, &missing, none).unwrap_err().to_string().contains("does not exist"));
        let unnamed = KeySources { kms_keys: vec!["a b".into()], ..sources(dir.path()) };
        assert!(load(&RealFs, &unnamed, none).unwrap_err().to_string().contains("encryption.kms_keys"));
    }

    #[test]
    fn rotation_adds_to_the_check_and_a_retired_key_is_told() {
        let first = MasterKeys::generate();
        let check = check_keys(&first, None, b"c").unwrap().renewed.expect("a new one");
        assert_eq!(
            check_keys(&first, Some(&check), b"c").unwrap(),
            Checked { missing: vec![], renewed: None }
        );
        let second = first.rotated();
        let both = check_keys(&second, Some(&check), b"c").unwrap().renewed.expect("with v2");
        assert!(both.starts_with(&check) && both.lines().count() == 3);
        assert_eq!(
            check_keys(&first, Some(&both), b"c").unwrap(),
            Checked { missing: vec![2], renewed: None }
        );
        assert!(check_keys(&first, Some(&check), b"another store").is_err());
        assert!(check_keys(&MasterKeys::generate(), Some(&both), b"c").is_err());
        for broken in ["", "drystone", &check.replace('v', "x"), &check.replace(':', " ")] {
            assert!(check_keys(&first, Some(broken), b"c").unwrap_err().contains("broken"), "{broken}");
        }
    }
}
