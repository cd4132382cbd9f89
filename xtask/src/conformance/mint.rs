//! minio/mint: the functions of its awscli script, one by one; the script itself stops at the first failure.

use std::path::Path;

use super::outcome::{Outcome, Results};
use super::store::{Source, Store, clean};
use super::venv::venv;
use super::work::{self, Work};
use crate::repo::Told;
use crate::shell;

/// For readers of the figures.
pub(super) const ABOUT: &str = "The functions of its awscli script.";

/// The defaults.
pub(super) const SETTINGS: &str = "";

const SCRIPT: &str = "run/core/awscli/test.sh";
const DATA: &str = "create-data-files.sh";

/// Runs every function that the script's `main` calls.
///
/// # Errors
/// When bash or jq are missing, or the data files cannot be made.
pub(super) fn run(work: &Work, stores: &Source) -> Told<Results> {
    let store = stores.open(work, "store")?;
    if !shell::runs(shell::command("jq").arg("--version")) {
        return Err("mint needs jq; `apt-get install jq` installs it".to_owned());
    }
    let bin = venv(&work.kept.join("venv"), "awscli\n")?;
    let data = data_files(work)?;
    let script = work.read(SCRIPT)?;
    let library = work::write(&work.run, "functions.sh", &without_last_call(&script))?;
    let mut results = Results::default();
    for function in called(&script).filter(|function| work.wants(function, group(function))) {
        let outcome = run_one(&bin, &data, &library, &store, function)?;
        println!("{} {function}", if outcome == Outcome::Passed { "pass" } else { "FAIL" });
        results.add(function, &[group(function).to_owned()], outcome);
    }
    Ok(results)
}

/// The script without its last line, which runs everything.
fn without_last_call(script: &str) -> String {
    script.lines().filter(|line| !line.starts_with("_init \"$@\"")).collect::<Vec<_>>().join("\n")
}

/// `test_a` of `test_a &&`, in the order of `main`.
fn called(script: &str) -> impl Iterator<Item = &str> {
    let main = script.split("\nmain() {").nth(1).unwrap_or_default();
    let words = main.lines().map(|line| line.trim().trim_end_matches("&&").trim());
    words.take_while(|word| !word.starts_with('}')).filter(|word| word.starts_with("test_"))
}

fn group(function: &str) -> &'static str {
    if function.contains("multipart") { "multipart" } else { "other" }
}

fn data_files(work: &Work) -> Told<std::path::PathBuf> {
    let data = work.kept.join("data");
    if !data.join("datafile-129-MB").exists() {
        println!("making mint's data files");
        let mut bash = clean("bash");
        bash.arg(work.source.join(DATA)).env("MINT_ROOT_DIR", &work.kept);
        if !shell::succeeds(&mut bash)? {
            return Err("mint's data files cannot be made".to_owned());
        }
    }
    Ok(data)
}

fn run_one(bin: &Path, data: &Path, library: &Path, store: &Store, function: &str) -> Told<Outcome> {
    let mut bash = clean("bash");
    let path = std::env::var("PATH").unwrap_or_default();
    bash.current_dir(library.parent().unwrap_or(Path::new(".")))
        .args(["-c", "source \"$1\" && _init \"$2\" && \"$3\"", "mint"])
        .arg(library)
        .args([&store.url, function])
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("MINT_DATA_DIR", data)
        .env("AWS_ACCESS_KEY_ID", &store.root.access_key)
        .env("AWS_SECRET_ACCESS_KEY", &store.root.secret_key)
        .env("ACCESS_KEY", &store.root.access_key)
        .env("SECRET_KEY", &store.root.secret_key)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    let output = bash.output().map_err(|error| format!("failed to run bash: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let failed = text.lines().find(|line| line.contains("\"status\": \"FAIL\""));
    Ok(match failed {
        None if output.status.success() => Outcome::Passed,
        None => {
            Outcome::Failed(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("").to_owned())
        }
        Some(line) => Outcome::Failed(line.split("\"error\": ").nth(1).unwrap_or(line).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::{called, group, without_last_call};

    #[test]
    fn functions_are_found_in_the_order_of_main() {
        let script = "test_a() {\n\techo\n}\nmain() {\n\t# Success\n\ttest_b &&\n\t\ttest_a\n\t# test_c &&\n\treturn $?\n}\n\n\
                      _init \"$@\" && main\n";
        assert_eq!(called(script).collect::<Vec<_>>(), ["test_b", "test_a"]);
        assert!(!without_last_call(script).contains("&& main"));
        assert_eq!(group("test_multipart_upload"), "multipart");
    }
}
