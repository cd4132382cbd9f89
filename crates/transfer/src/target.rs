//! Target: the name that something gets where it is copied to, as the AWS CLI names things. Pure.

use crate::uri::{Location, S3Uri};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Why something cannot be copied there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither side is in S3.
    #[error("{source_name} and {target}: one of them has to be in S3, as s3://bucket/key is")]
    NotS3 {
        /// From.
        source_name: String,
        /// To.
        target: String,
    },
    /// A bucket or prefix as the source of one object.
    #[error("{0} names no object; add -r to copy all that is below it")]
    Folder(String),
    /// No name to give.
    #[error("{0} names no object, and what comes from standard input has no name: add one")]
    Nameless(String),
    /// A path that ends without a name.
    #[error("{0} ends without a name of a file")]
    NoFileName(String),
    /// -r with `-`.
    #[error("standard input and output hold one thing, so they do not go with -r")]
    StdioFolder,
    /// From `-` to `-`.
    #[error("from standard input to standard output there is nothing to do")]
    StdioTwice,
    /// Onto itself.
    #[error("{0} would be copied onto itself")]
    Itself(String),
}

/// What is copied to where, once it is clear which side is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A file to an object, or a folder to a prefix.
    Upload {
        /// File or folder; `None` is standard input.
        from: Option<PathBuf>,
        /// Key or prefix.
        to: S3Uri,
    },
    /// An object to a file, or a prefix to a folder.
    Download {
        /// Key or prefix.
        from: S3Uri,
        /// File or folder; `None` is standard output.
        to: Option<PathBuf>,
    },
    /// An object to an object, or a prefix to a prefix.
    Copy {
        /// Key or prefix.
        from: S3Uri,
        /// Key or prefix.
        to: S3Uri,
    },
}

/// The way of one file or object. `is_dir` says whether a path is a folder that exists.
///
/// # Errors
/// [`TargetError`].
pub fn single(
    source: &Location,
    target: &Location,
    is_dir: impl Fn(&Path) -> bool,
) -> Result<Way, TargetError> {
    match (source, target) {
        (Location::Stdio, Location::Stdio) => Err(TargetError::StdioTwice),
        (Location::Stdio, Location::S3(to)) if to.is_folder() => Err(TargetError::Nameless(to.to_string())),
        (Location::Stdio, Location::S3(to)) => Ok(Way::Upload { from: None, to: to.clone() }),
        (Location::Local(from), Location::S3(to)) => {
            let name = from.file_name().and_then(OsStr::to_str);
            let to = if to.is_folder() {
                let name = name.ok_or_else(|| TargetError::NoFileName(from.display().to_string()))?;
                below(to, name)
            } else {
                to.clone()
            };
            Ok(Way::Upload { from: Some(from.clone()), to })
        }
        (Location::S3(from), _) if from.is_folder() => Err(TargetError::Folder(from.to_string())),
        (Location::S3(from), Location::Stdio) => Ok(Way::Download { from: from.clone(), to: None }),
        (Location::S3(from), Location::Local(to)) => {
            let is_folder = ends_with_slash(to) || is_dir(to);
            let to = if is_folder { to.join(last_name(&from.key)) } else { to.clone() };
            Ok(Way::Download { from: from.clone(), to: Some(to) })
        }
        (Location::S3(from), Location::S3(to)) => {
            let to = if to.is_folder() { below(to, last_name(&from.key)) } else { to.clone() };
            Ok(Way::Copy { from: from.clone(), to })
        }
        _ => Err(neither(source, target)),
    }
}

/// The way of a folder or prefix: both sides become folders, so that relative paths go below them.
///
/// # Errors
/// [`TargetError`].
pub fn recursive(source: &Location, target: &Location) -> Result<Way, TargetError> {
    let folder = |uri: &S3Uri| S3Uri { bucket: uri.bucket.clone(), key: uri.as_folder() };
    match (source, target) {
        (Location::Stdio, _) | (_, Location::Stdio) => Err(TargetError::StdioFolder),
        (Location::Local(from), Location::S3(to)) => {
            Ok(Way::Upload { from: Some(from.clone()), to: folder(to) })
        }
        (Location::S3(from), Location::Local(to)) => {
            Ok(Way::Download { from: folder(from), to: Some(to.clone()) })
        }
        (Location::S3(from), Location::S3(to)) => Ok(Way::Copy { from: folder(from), to: folder(to) }),
        _ => Err(neither(source, target)),
    }
}

impl Way {
    /// Refuses what would be copied onto itself; with `recursive` also what would be copied to below itself for ever.
    ///
    /// # Errors
    /// [`TargetError::Itself`].
    pub fn check_not_itself(&self, is_recursive: bool) -> Result<(), TargetError> {
        let Self::Copy { from, to } = self else { return Ok(()) };
        let is_onto = if is_recursive { to.key.starts_with(&from.key) } else { from.key == to.key };
        if from.bucket == to.bucket && is_onto {
            return Err(TargetError::Itself(from.to_string()));
        }
        Ok(())
    }
}

/// The key below a prefix.
fn below(folder: &S3Uri, name: &str) -> S3Uri {
    S3Uri { bucket: folder.bucket.clone(), key: format!("{}{name}", folder.key) }
}

/// What stands after the last slash.
fn last_name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

fn ends_with_slash(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn neither(source: &Location, target: &Location) -> TargetError {
    TargetError::NotS3 { source_name: source.to_string(), target: target.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{TargetError, Way, recursive, single};
    use crate::uri::Location;
    use std::path::Path;

    fn place(text: &str) -> Location {
        Location::parse(text).unwrap()
    }

    fn shown(way: &Way) -> (String, String) {
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map_or("-".to_owned(), |path| path.display().to_string())
        };
        match way {
            Way::Upload { from, to } => (path(from), to.to_string()),
            Way::Download { from, to } => (from.to_string(), path(to)),
            Way::Copy { from, to } => (from.to_string(), to.to_string()),
        }
    }

    #[test]
    fn one_file_is_named_as_the_aws_cli_names_it() {
        let is_dir = |path: &Path| matches!(path.to_str(), Some("." | "dir" | ".."));
        let cases = [
            ("f", "s3://b/k", "s3://b/k"),
            ("f", "s3://b", "s3://b/f"),
            ("f", "s3://b/", "s3://b/f"),
            ("dir/f", "s3://b/dir/", "s3://b/dir/f"),
            ("dir/f", "s3://b/dir", "s3://b/dir"),
            ("../f", "s3://b/p/", "s3://b/p/f"),
            ("-", "s3://b/k", "s3://b/k"),
            ("s3://b/k", ".", "./k"),
            ("s3://b/p/k", "dir", "dir/k"),
            ("s3://b/p/k", "new/", "new/k"),
            ("s3://b/p/k", "new", "new"),
            ("s3://b/p/k", "-", "-"),
            ("s3://b/p/k", "s3://c", "s3://c/k"),
            ("s3://b/p/k", "s3://c/q/", "s3://c/q/k"),
            ("s3://b/p/k", "s3://c/q", "s3://c/q"),
        ];
        for (source, target, expected) in cases {
            let way = single(&place(source), &place(target), is_dir).unwrap();
            assert_eq!(shown(&way).1, expected, "{source} {target}");
        }
    }

    #[test]
    fn what_has_no_name_or_no_side_in_s3_is_refused() {
        let cases = [
            ("a", "b", "has to be in S3"),
            ("-", "b", "has to be in S3"),
            ("-", "-", "nothing to do"),
            ("-", "s3://b", "add one"),
            ("-", "s3://b/p/", "add one"),
            ("s3://b", "x", "add -r"),
            ("s3://b/p/", "x", "add -r"),
            ("s3://b/p/", "s3://c", "add -r"),
            ("..", "s3://b", "without a name"),
        ];
        for (source, target, why) in cases {
            let error = single(&place(source), &place(target), |_| false).unwrap_err().to_string();
            assert!(error.contains(why), "{source} {target}: {error}");
        }
        assert_eq!(recursive(&place("-"), &place("s3://b")), Err(TargetError::StdioFolder));
        assert!(recursive(&place("a"), &place("b")).is_err());
    }

    #[test]
    fn folders_go_below_folders() {
        let cases = [
            ("dir", "s3://b/p", "dir", "s3://b/p/"),
            ("dir/", "s3://b", "dir/", "s3://b"),
            ("s3://b/p", "dir", "s3://b/p/", "dir"),
            ("s3://b", ".", "s3://b", "."),
            ("s3://b/p", "s3://c/q/", "s3://b/p/", "s3://c/q/"),
        ];
        for (source, target, from, to) in cases {
            let way = recursive(&place(source), &place(target)).unwrap();
            assert_eq!(shown(&way), (from.to_owned(), to.to_owned()), "{source} {target}");
        }
    }

    #[test]
    fn nothing_goes_onto_itself() {
        let is_refused = |source: &str, target: &str, is_recursive: bool| {
            let (source, target) = (place(source), place(target));
            let way = if is_recursive {
                recursive(&source, &target).unwrap()
            } else {
                single(&source, &target, |_| false).unwrap()
            };
            way.check_not_itself(is_recursive).is_err()
        };
        assert!(is_refused("s3://b/k", "s3://b/k", false));
        assert!(is_refused("s3://b/k", "s3://b", false));
        assert!(is_refused("s3://b/p/k", "s3://b/p/", false));
        assert!(!is_refused("s3://b/p/k", "s3://b", false));
        assert!(!is_refused("s3://b/k", "s3://c/k", false));
        assert!(is_refused("s3://b/p", "s3://b/p", true));
        assert!(is_refused("s3://b/p", "s3://b/p/q", true));
        assert!(is_refused("s3://b", "s3://b/q", true));
        assert!(!is_refused("s3://b/p", "s3://b", true));
        assert!(!is_refused("s3://b/p", "s3://b/p2", true));
    }
}
