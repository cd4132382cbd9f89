//! Store: a Drystone of its own for a suite, with the accounts that suites want; or an endpoint that runs already.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::work::{self, Work};
use crate::repo::{self, Told};
use crate::shell;

/// An account that suites sign with.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Name, also shown as display name.
    pub(super) name: &'static str,
    /// Access key id.
    pub(super) access_key: String,
    /// Secret access key.
    pub(super) secret_key: String,
    /// Canonical id.
    pub(super) id: String,
}

impl Account {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            access_key: format!("CONFORMANCE{:0>9}", name.to_uppercase()),
            secret_key: format!("conformance-secret-of-{name}-0123456789"),
            id: name.bytes().cycle().take(64).map(hexadecimal).collect(),
        }
    }

    /// An address that nobody reads.
    pub(super) fn email(&self) -> String {
        format!("{}@example.invalid", self.name)
    }
}

/// A digit that depends on the letter.
fn hexadecimal(byte: u8) -> char {
    char::from_digit(u32::from(byte % 16), 16).expect("less than 16")
}

/// How to get an endpoint.
pub(super) enum Source {
    /// One that runs already, with its root key.
    Foreign(String, Account),
    /// A program to start, and its settings as TOML.
    Program(PathBuf, String),
}

impl Source {
    /// An endpoint that runs already; its key is in the environment.
    ///
    /// # Errors
    /// When the key is missing.
    pub(super) fn foreign(url: String) -> Told<Self> {
        let mut root = Account::new("root");
        let variable = |name: &str| std::env::var(name).map_err(|_| format!("--url needs {name}"));
        root.access_key = variable("AWS_ACCESS_KEY_ID")?;
        root.secret_key = variable("AWS_SECRET_ACCESS_KEY")?;
        Ok(Self::Foreign(url, root))
    }

    /// The same, with more settings for new stores.
    pub(super) fn with(&self, more: &str) -> Self {
        match self {
            Self::Foreign(url, root) => Self::Foreign(url.clone(), root.clone()),
            Self::Program(program, settings) => Self::Program(program.clone(), format!("{settings}{more}")),
        }
    }

    /// Are new stores to be had, each empty and apart from the others?
    pub(super) fn makes_stores(&self) -> bool {
        matches!(self, Self::Program(..))
    }

    /// The endpoint that runs already, or a new store in the folder `name` of this run, which must not exist.
    ///
    /// # Errors
    /// When the store does not become ready; its log is named.
    pub(super) fn open(&self, work: &Work, name: &str) -> Told<Store> {
        match self {
            Self::Foreign(url, root) => Ok(Store { url: url.clone(), root: root.clone(), child: None }),
            Self::Program(program, settings) => start(program, settings, &work.run.join(name)),
        }
    }
}

impl Source {
    /// An account of its own beside the root's, with a root key; of an endpoint that runs already the root's own.
    ///
    /// # Errors
    /// When the store does not make it.
    pub(super) fn account(&self, store: &Store, name: &'static str) -> Told<Account> {
        let Self::Program(program, _) = self else { return Ok(store.root.clone()) };
        let account = Account::new(name);
        let admin = |words: &[&str]| {
            let mut command = clean(program);
            command.arg("admin").args(words).args(["--endpoint", &store.url]).stdout(Stdio::null());
            command.env("AWS_ACCESS_KEY_ID", &store.root.access_key);
            command.env("AWS_SECRET_ACCESS_KEY", &store.root.secret_key);
            if shell::succeeds(&mut command)? {
                Ok(())
            } else {
                Err(format!("no account {name} could be made"))
            }
        };
        let Account { id, access_key, secret_key, .. } = &account;
        admin(&["account", "create", "--name", name, "--id", id, "--email", &account.email()])?;
        admin(&["key", "create", "--account", id, "--access-key", access_key, "--secret-key", secret_key])?;
        Ok(account)
    }
}

fn start(program: &Path, settings: &str, folder: &Path) -> Told<Store> {
    let root = Account::new("root");
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let config = work::write(folder, "drystone.toml", settings)?;
    let log = folder.join("drystone.log");
    let log_file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let mut command = clean(program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
    command.arg("--config").arg(config);
    command.env("DRYSTONE_ROOT_ACCESS_KEY_ID", &root.access_key);
    command.env("DRYSTONE_ROOT_SECRET_ACCESS_KEY", &root.secret_key);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(log_file)
        .spawn()
        .map_err(|error| format!("failed to run {}: {error}", program.display()))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    let url = line.trim().strip_prefix("ready ").map(str::to_owned);
    let store = Store { url: url.clone().unwrap_or_default(), root, child: Some(child) };
    url.map(|_| store).ok_or_else(|| format!("the store did not become ready; see {}", repo::shown(&log)))
}

/// A running endpoint.
pub(super) struct Store {
    /// Where it answers.
    pub(super) url: String,
    /// The account of the root key.
    pub(super) root: Account,
    child: Option<Child>,
}

impl Store {
    /// `127.0.0.1` and `9000` of `http://127.0.0.1:9000`.
    pub(super) fn host_and_port(&self) -> (String, String) {
        let host = self.url.split("://").nth(1).unwrap_or(&self.url).trim_end_matches('/');
        let (host, port) = host.rsplit_once(':').unwrap_or((host, "80"));
        (host.to_owned(), port.to_owned())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A command without variables that would configure a store, a client or its certificates.
pub(super) fn clean(program: impl AsRef<std::ffi::OsStr>) -> std::process::Command {
    let mut command = shell::command(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_") || text.starts_with("DRYSTONE_") || text.ends_with("_CA_BUNDLE") {
            command.env_remove(&name);
        }
    }
    command
}
