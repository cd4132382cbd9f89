//! State folder: where what has to outlive a run of a client command is kept, as the journals of transfers.

use std::path::PathBuf;

/// Names the folder.
pub(crate) const VARIABLE: &str = "DRYSTONE_STATE_DIR";
/// The journals of transfers.
const TRANSFERS: &str = "transfers";

/// The folder of journals: in `DRYSTONE_STATE_DIR`, else in `XDG_STATE_HOME/drystone`, else in `~/.local/state/drystone`. `None`
/// where there is not even a home. Whoever writes there makes it, with mode 0700.
pub(crate) fn journals(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let named = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // XDG: what is not absolute does not count.
    let xdg = || named("XDG_STATE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("drystone"));
    let home = || named("HOME").map(|home| home.join(".local/state/drystone"));
    let state = named(VARIABLE).or_else(xdg).or_else(home)?;
    Some(std::path::absolute(&state).unwrap_or(state).join(TRANSFERS))
}

#[cfg(test)]
mod tests {
    use super::journals;
    use std::path::PathBuf;

    /// What is set, and the folder.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn the_first_place_that_is_named_is_taken() {
        let cases: [Case; 6] = [
            (&[("DRYSTONE_STATE_DIR", "/s"), ("XDG_STATE_HOME", "/x"), ("HOME", "/h")], Some("/s/transfers")),
            (&[("DRYSTONE_STATE_DIR", ""), ("XDG_STATE_HOME", "/x")], Some("/x/drystone/transfers")),
            (&[("XDG_STATE_HOME", "relative"), ("HOME", "/h")], Some("/h/.local/state/drystone/transfers")),
            (&[("HOME", "/h")], Some("/h/.local/state/drystone/transfers")),
            (&[("HOME", "")], None),
            (&[], None),
        ];
        for (set, expected) in cases {
            let env =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
            assert_eq!(journals(env), expected.map(PathBuf::from), "{set:?}");
        }
    }
}
