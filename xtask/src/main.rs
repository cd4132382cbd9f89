//! Drystone's own tools: test, conformance, layers, map, coverage, generate, bench.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what these tools are for")]
#![expect(
    clippy::disallowed_methods,
    reason = "the bans protect the store's durability and clock; these tools measure wall time and write reports"
)]

mod actions;
mod bench;
mod cli_page;
mod compatibility;
mod conformance;
mod coverage;
mod coverage_scope;
mod layers;
mod map;
mod python;
mod repo;
mod rust_source;
mod scan;
mod shell;
mod suites;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--quick] [--only SUITE]... [-- ARGS]   everything that proves Drystone; the last line has the totals
                                               SUITE: fmt layers clippy docs generated coverage rust e2e
                                               ARGS go to cargo test (--only rust) or to pytest (--only e2e)
  conformance ceph|versity|mint --source DIR   a suite that others wrote, compared with docs/conformance
  layers                                       compare ARCHITECTURE.md's table of crates with their dependencies
  map                                          every .rs file with its first line
  coverage [--report]                          which numbered S3 behaviours are cited by a test, and which are not
  generate [--check]                           write (or compare) docs/COMPATIBILITY.md and docs/CLI.md
  bench NAME... [--FLAGS]                      complete, listing, memory, restart, client, or all";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test", rest @ ..] => test::run(rest),
        ["conformance", words @ ..] => conformance::run(words),
        ["layers"] => layers::run(),
        ["map"] => map::run(),
        ["coverage"] => coverage::run(false),
        ["coverage", "--report"] => coverage::run(true),
        ["generate"] => compatibility::write().and_then(|()| cli_page::write()),
        ["generate", "--check"] => compatibility::check()
            .and_then(|()| cli_page::check())
            .map(|()| println!("docs/COMPATIBILITY.md and docs/CLI.md are current")),
        ["bench", names @ ..] if !names.is_empty() => bench::run(names),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("{message}");
            }
            ExitCode::FAILURE
        }
    }
}
