//! Venv: a virtualenv with what a suite asks for, kept from run to run.

use std::path::{Path, PathBuf};

use crate::repo::{self, Told};
use crate::{shell, suites};

/// The `bin` folder of a virtualenv in `folder` that has `requirements` (the text of a requirements file) installed.
///
/// # Errors
/// When Python or the network are missing.
pub(super) fn venv(folder: &Path, requirements: &str) -> Told<PathBuf> {
    let (bin, stamp) = (folder.join("bin"), folder.join("installed.txt"));
    if repo::read(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(bin);
    }
    println!("making a virtualenv in {}", repo::shown(folder));
    suites::make_virtualenv(folder)?;
    let list = folder.join("requirements.txt");
    repo::write(&list, requirements)?;
    let mut pip = shell::command(bin.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
    if !shell::succeeds(&mut pip)? {
        return Err("pip cannot install what the suite needs; is there a network?".to_owned());
    }
    repo::write(&stamp, requirements)?;
    Ok(bin)
}
