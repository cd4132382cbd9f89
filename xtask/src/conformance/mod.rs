//! `conformance`: suites that others wrote, against a store started for them, compared with docs/conformance.

mod ceph;
mod compare;
mod expected;
mod figures;
mod mint;
mod outcome;
mod store;
mod venv;
mod versity;
mod work;

use std::path::PathBuf;

use crate::repo::{self, Told};
use crate::suites;
use compare::differences;
use expected::Expected;
pub(crate) use figures::section;
use outcome::Results;
use store::Source;
use work::Work;

/// A suite that we know how to run.
struct Suite {
    /// Its name on the command line, and its file in docs/conformance.
    name: &'static str,
    /// Where it comes from.
    repository: &'static str,
    /// What of it runs.
    about: &'static str,
    /// Settings of the store, as TOML.
    settings: &'static str,
    /// Runs it.
    run: fn(&Work, &Source) -> Told<Results>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "ceph",
        repository: "https://github.com/ceph/s3-tests",
        about: ceph::ABOUT,
        settings: ceph::SETTINGS,
        run: ceph::run,
    },
    Suite {
        name: "versity",
        repository: "https://github.com/versity/versitygw",
        about: versity::ABOUT,
        settings: versity::SETTINGS,
        run: versity::run,
    },
    Suite {
        name: "mint",
        repository: "https://github.com/minio/mint",
        about: mint::ABOUT,
        settings: mint::SETTINGS,
        run: mint::run,
    },
];

impl Suite {
    /// Its list of expected results.
    fn list(&self) -> PathBuf {
        repo::root().join(format!("docs/conformance/{}.toml", self.name))
    }
}

const USAGE: &str = "\
usage: cargo xtask conformance ceph|versity|mint --source DIR [--url URL] [--only WORD] [--debug] [--accept]

  --source DIR   the suite's own repository, fetched by you; it is not changed
  --url URL      an endpoint that runs already, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, instead of a new store
  --only WORD    only tests whose name or group has WORD in it; nothing is said of the others
  --debug        the debug build of the store
  --accept       write what happened to docs/conformance; new failures become `not_yet`, which needs a reason from you";

/// Runs a suite.
///
/// # Errors
/// What differs from docs/conformance, and whatever keeps the suite from running.
pub(crate) fn run(words: &[&str]) -> Told<()> {
    let options = Options::parse(words)?;
    let suite = SUITES.iter().find(|suite| suite.name == options.suite).ok_or(USAGE)?;
    let work = Work::new(suite.name, &options.source, options.only)?;
    let stores = if let Some(url) = options.url {
        Source::foreign(url)?
    } else {
        if std::env::var_os("DRYSTONE_BIN").is_none() {
            suites::build_program(!options.debug)?;
        }
        Source::Program(program(options.debug), suite.settings.to_owned())
    };
    let results = (suite.run)(&work, &stores)?;
    if results.is_empty() {
        return Err("no test was run".to_owned());
    }
    print!("{}", results.summary());
    let path = suite.list();
    let expected = Expected::read(&path)?;
    if options.accept {
        let accepted = expected.accept(suite, &work, &results)?;
        println!("wrote {}", repo::shown(&path));
        return repo::write(&path, &accepted);
    }
    let found = differences(&expected, &results, work.only.is_none());
    if found.is_empty() {
        println!("as {} says", repo::shown(&path));
        return Ok(());
    }
    Err(format!(
        "{}\n{} differences from {}. Mend the store; or, where the list is to change, run it again with --accept, give every \
         new entry its reason (docs/conformance/README.md), and write docs/COMPATIBILITY.md with `cargo xtask generate`",
        found.join("\n"),
        found.len(),
        repo::shown(&path)
    ))
}

fn program(debug: bool) -> PathBuf {
    std::env::var_os("DRYSTONE_BIN").map_or_else(|| suites::program(!debug), PathBuf::from)
}

/// The command line.
#[derive(Debug, Default, PartialEq)]
struct Options {
    suite: String,
    source: PathBuf,
    url: Option<String>,
    only: Option<String>,
    debug: bool,
    accept: bool,
}

impl Options {
    fn parse(words: &[&str]) -> Told<Self> {
        let [suite, rest @ ..] = words else { return Err(USAGE.to_owned()) };
        let mut options = Self { suite: (*suite).to_owned(), ..Self::default() };
        let mut words = rest.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().map(|value| (*value).to_owned()).ok_or(USAGE);
            match *word {
                "--source" => options.source = PathBuf::from(value()?),
                "--url" => options.url = Some(value()?),
                "--only" => options.only = Some(value()?),
                "--debug" => options.debug = true,
                "--accept" => options.accept = true,
                _ => return Err(USAGE.to_owned()),
            }
        }
        if options.source.as_os_str().is_empty() || (options.accept && options.only.is_some()) {
            return Err(USAGE.to_owned());
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn the_command_line_is_read() {
        let read = |line: &str| Options::parse(&line.split(' ').collect::<Vec<_>>());
        let options = read("ceph --source /s --only copy --debug").expect("legal");
        assert_eq!(
            (options.suite.as_str(), options.only.as_deref(), options.debug),
            ("ceph", Some("copy"), true)
        );
        for bad in ["ceph", "ceph --source", "ceph --source s --fast", "ceph --source s --only x --accept"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
