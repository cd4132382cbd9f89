//! `generate`: docs/CLI.md, as the program itself prints it.

use crate::repo::{self, Told};
use crate::shell;

const PAGE: &str = "docs/CLI.md";
/// The test that compares the page with the definitions of the command line.
const TEST: &str = "command::cli_reference::tests::the_page_is_current";

/// Writes the page.
pub(crate) fn write() -> Told<()> {
    let mut cargo = shell::cargo();
    cargo.args(["run", "--quiet", "--package", "drystone", "--", "cli-reference"]);
    repo::write(&repo::root().join(PAGE), &shell::stdout_of(&mut cargo)?)?;
    println!("wrote {PAGE}");
    Ok(())
}

/// Fails with the command that fixes it when the page is not what would be written. The program's own tests compare: they are built
/// anyway.
pub(crate) fn check() -> Told<()> {
    let mut cargo = shell::cargo();
    cargo.args(["test", "--quiet", "--package", "drystone", "--bin", "drystone", "--", "--exact", TEST]);
    if shell::succeeds(&mut cargo)? {
        return Ok(());
    }
    Err(format!("{PAGE} is not current. To fix it: cargo xtask generate"))
}
