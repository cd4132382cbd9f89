//! `drystone completions` and `drystone man`: made from the same definitions that read the command line.

use clap::CommandFactory as _;
use std::path::Path;

use crate::Failure;
use crate::args::{Args, CompletionsArgs, ManArgs};
use crate::output::stdout_bytes;

/// Prints the script of a shell.
pub(crate) fn run(args: &CompletionsArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "drystone", &mut script);
    stdout_bytes(&script);
}

/// Writes manual pages into a folder.
pub(crate) fn man(args: &ManArgs) -> Result<(), Failure> {
    let wrong =
        |source| Failure::other(format!("cannot write manual pages to {}", args.folder.display()), source);
    write(&args.folder).map_err(wrong)
}

fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Args::command().disable_help_subcommand(true), folder)
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        for name in ["drystone.1", "drystone-cp.1", "drystone-serve.1", "drystone-admin-user-create.1"] {
            let page = std::fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(page.contains(".SH"), "{name}");
        }
    }
}
