//! Stage: the demo's store, a child process, and the commands that are typed at it, children of their own.

use drystone_store::{Entropy as _, SystemEntropy};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::scratch::Scratch;
use crate::Failure;
use crate::output::{Console, quote};

/// The store is ready within this time.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
/// And ends within this time, or is ended.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// The most that is read of what the store says first.
const READY_LINE_MAX: u64 = 1000;

/// Where it all takes place.
pub(super) struct Stage {
    console: Console,
    folder: PathBuf,
    program: PathBuf,
    env: Vec<(&'static str, String)>,
    store: Child,
    url: String,
    secret: String,
    step: u32,
}

impl Stage {
    /// Starts the store.
    pub(super) async fn set(console: Console, scratch: &Scratch) -> Result<Self, Failure> {
        let folder = scratch.path().to_owned();
        let program = std::env::current_exe()
            .map_err(|error| Failure::other("cannot find this program's own file", error))?;
        let secret = format!("{:032x}", SystemEntropy.random_u128());
        let mut serve = clean(&program, &folder);
        serve
            .args(["serve", "--data", "store", "--listen", "127.0.0.1:0"])
            .env("DRYSTONE_ROOT_ACCESS_KEY_ID", ACCESS_KEY)
            .env("DRYSTONE_ROOT_SECRET_ACCESS_KEY", &secret)
            .env("DRYSTONE_LIFECYCLE_DAY_SECONDS", "1")
            .env("DRYSTONE_LIFECYCLE_IDLE_UPLOAD_DAYS", "off")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut store =
            serve.spawn().map_err(|error| Failure::other("cannot start the demo's store", error))?;
        let stdout = store.stdout.take().expect("its stdout is a pipe");
        let url = ready(stdout).await?;
        let env = vec![
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.clone()),
            ("AWS_ENDPOINT_URL", url.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("DRYSTONE_STATE_DIR", folder.join("state").display().to_string()),
        ];
        Ok(Self { console, folder, program, env, store, url, secret, step: 0 })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn access_key(&self) -> (&'static str, &str) {
        (ACCESS_KEY, &self.secret)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A step begins: what it is, and why it matters.
    pub(super) fn step(&mut self, title: &str, why: &str) {
        self.step += 1;
        let text = format!("\n{}. {title}\n   {why}", self.step);
        self.console.result(text, json!({ "type": "step", "step": self.step, "title": title, "text": why }));
    }

    /// Something that was found out.
    pub(super) fn found(&self, text: &str) {
        self.console
            .result(format!("   {text}"), json!({ "type": "found", "step": self.step, "text": text }));
    }

    fn typed(&self, words: &[&str], note: &str) {
        let line = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
        let text = format!("   $ drystone {line}{note}");
        self.console.result(
            text,
            json!({ "type": "command", "step": self.step, "command": format!("drystone {line}") }),
        );
    }

    /// Types a command, which must succeed; what it said on stdout.
    pub(super) async fn run(&self, words: &[&str]) -> Result<String, Failure> {
        self.typed(words, "");
        let done = self.output(words).await?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
            return Err(broken(&format!("drystone {} ended with {}", words.join(" "), done.status), said));
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// Types a command that the store must refuse; what it said on stderr.
    pub(super) async fn refused(&self, words: &[&str], code: &str) -> Result<(), Failure> {
        self.typed(words, "");
        let done = self.output(words).await?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() || !said.contains(code) {
            return Err(broken(&format!("this was to be refused with {code}"), said));
        }
        Ok(())
    }

    /// Types a command; its JSON.
    pub(super) async fn json(&self, words: &[&str]) -> Result<Value, Failure> {
        let said = self.run(words).await?;
        let said = if said.trim().is_empty() { "{}" } else { said.as_str() };
        serde_json::from_str(said).map_err(|error| Failure::other(format!("no JSON: {said}"), error))
    }

    /// Asks without showing the command.
    pub(super) async fn ask(&self, words: &[&str]) -> Result<Value, Failure> {
        let done = self.output(words).await?;
        let said = if done.stdout.trim_ascii().is_empty() { b"{}".as_slice() } else { &done.stdout };
        serde_json::from_slice(said).map_err(|error| Failure::other("no JSON", error))
    }

    /// Types a command that goes on for a while.
    pub(super) fn start(&self, words: &[&str], note: &str) -> Result<Child, Failure> {
        self.typed(words, note);
        let mut command = self.command(words);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().map_err(|error| Failure::other("cannot start a command", error))
    }

    async fn output(&self, words: &[&str]) -> Result<Output, Failure> {
        let output = self.command(words).output().await;
        output.map_err(|error| Failure::other("cannot run a command", error))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = clean(&self.program, &self.folder);
        command.args(words).envs(self.env.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command
    }

    /// Ends the store.
    pub(super) async fn strike(mut self) {
        let pid =
            self.store.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(END_TIMEOUT, self.store.wait()).await.is_err() {
            let _ = self.store.kill().await;
        }
    }
}

const ACCESS_KEY: &str = "demo-access-key";

/// A child that ends when it is dropped, and that nothing of the user's environment configures.
fn clean(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", folder).current_dir(folder).kill_on_drop(true);
    for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "TERM"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("AWS_EC2_METADATA_DISABLED", OsStr::new("true"));
    command
}

/// Waits for the line `ready URL`.
async fn ready(stdout: impl AsyncRead + Unpin) -> Result<String, Failure> {
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout.take(READY_LINE_MAX));
    let read = tokio::time::timeout(READY_TIMEOUT, stdout.read_line(&mut line)).await;
    read.map_err(|error| Failure::other("the demo's store was not ready in time", error))?
        .map_err(|error| Failure::other("cannot hear the demo's store", error))?;
    let url = line.trim().strip_prefix("ready ");
    url.map(str::to_owned).ok_or_else(|| broken("the demo's store did not start", line.clone()))
}

/// A step did not do what it was to.
pub(super) fn broken(what: &str, said: String) -> Failure {
    Failure::other(format!("the demo found something broken: {what}"), said)
}
