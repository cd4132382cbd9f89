//! `test`: runs the suites, prints a table of them, and as the very last line the totals.

use std::time::{Duration, Instant};

use crate::repo::Told;
use crate::suites::{self, Counts, Options, Suite};

/// Runs what `words` ask for. The error has no text: all is told by then.
pub(crate) fn run(words: &[&str]) -> Told<()> {
    let (options, chosen) = parse(words)?;
    let mut results = Vec::new();
    for suite in chosen {
        println!("\n=== {}", suite.name);
        let start = Instant::now();
        let counts = (suite.run)(&options).unwrap_or_else(|error| {
            eprintln!("{error}");
            let note = error.lines().next().unwrap_or_default().to_owned();
            Counts { failed: 1, note, ..Counts::default() }
        });
        results.push((suite.name, counts, start.elapsed()));
    }
    print_table(&results);
    let sum = |of: fn(&Counts) -> u64| results.iter().map(|(_, counts, _)| of(counts)).sum::<u64>();
    let failed = sum(|counts| counts.failed);
    println!(
        "{} passed, {failed} failed, {} skipped",
        sum(|counts| counts.passed),
        sum(|counts| counts.skipped)
    );
    if failed == 0 { Ok(()) } else { Err(String::new()) }
}

fn parse(words: &[&str]) -> Told<(Options, Vec<&'static Suite>)> {
    let mut options = Options::default();
    let mut only = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--quick" => options.quick = true,
            "--only" => only.push(*words.next().ok_or("--only needs the name of a suite")?),
            "--" => options.words = words.by_ref().map(|word| (*word).to_owned()).collect(),
            other => return Err(format!("unknown: {other}\n{}", crate::USAGE)),
        }
    }
    let known = |name: &&str| suites::ALL.iter().any(|suite| suite.name == *name);
    if let Some(unknown) = only.iter().find(|name| !known(name)) {
        let names: Vec<_> = suites::ALL.iter().map(|suite| suite.name).collect();
        return Err(format!("no suite is called {unknown}; there are: {}", names.join(", ")));
    }
    if !options.words.is_empty() && only.len() != 1 {
        return Err("words after -- need one --only, rust or e2e".to_owned());
    }
    let chosen = suites::ALL.iter().filter(|suite| only.is_empty() || only.contains(&suite.name)).collect();
    Ok((options, chosen))
}

fn print_table(results: &[(&str, Counts, Duration)]) {
    println!("\n{:<10} {:>7} {:>7} {:>8} {:>8}", "suite", "passed", "failed", "skipped", "seconds");
    for (name, counts, elapsed) in results {
        let Counts { passed, failed, skipped, note } = counts;
        let line =
            format!("{name:<10} {passed:>7} {failed:>7} {skipped:>8} {:>8.1}  {note}", elapsed.as_secs_f64());
        println!("{}", line.trim_end());
    }
    println!();
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::suites;

    #[test]
    fn without_only_every_suite_runs_in_order() {
        let (options, chosen) = parse(&["--quick"]).unwrap();
        assert!(options.quick);
        assert_eq!(chosen.len(), suites::ALL.len());
    }

    #[test]
    fn only_chooses_and_words_are_handed_on() {
        let (options, chosen) = parse(&["--only", "e2e", "--", "-k", "abort"]).unwrap();
        assert_eq!((chosen.len(), chosen[0].name), (1, "e2e"));
        assert_eq!(options.words, ["-k", "abort"]);
    }

    #[test]
    fn what_is_unknown_is_refused() {
        assert!(parse(&["--fast"]).is_err());
        assert!(parse(&["--only", "nothing"]).is_err());
        assert!(parse(&["--only"]).is_err());
        assert!(parse(&["--", "-k"]).is_err());
    }
}
