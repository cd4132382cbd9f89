//! SafePath: the path below a folder that a key stands for, or why there is none. Pure: nothing is looked up.

use std::fmt;
use std::path::{Path, PathBuf};

/// Longest file name, in bytes, that the usual file systems take.
pub const NAME_MAX_BYTES: usize = 255;
/// Characters that other systems read as separators or streams; they are plain characters on Unix.
#[cfg(not(unix))]
const RESERVED: &[char] = &['\\', ':', '<', '>', '"', '|', '?', '*'];

/// A relative path of plain names: nothing in it leads up, or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SafePath(Vec<String>);

/// Why a key is no file below a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeName {
    /// Nothing is left of the key below the prefix.
    #[error("nothing of it is left to be a name")]
    Empty,
    /// It ends with a slash: consoles make such objects so that an empty folder shows.
    #[error("it ends with a slash, so it marks a folder")]
    FolderMarker,
    /// It begins with a slash.
    #[error("it begins with a slash: it would be a path from the root")]
    Absolute,
    /// Two slashes in a row.
    #[error("it has an empty name between two slashes, and two such keys could be one file")]
    EmptyName,
    /// `.` or `..`.
    #[error("it has {0:?} as a name: it would lead elsewhere")]
    Dots(&'static str),
    /// NUL.
    #[error("it has a NUL character")]
    Nul,
    /// A name that is too long.
    #[error("it has a name of {0} bytes, and files have at most 255")]
    TooLong(usize),
    /// A character that names cannot have here.
    #[error("it has the character {0:?}, which names cannot have here")]
    Reserved(char),
}

impl SafePath {
    /// The path that `key` (or what is left of it below a prefix) stands for.
    ///
    /// # Errors
    /// [`UnsafeName`].
    pub fn new(key: &str) -> Result<Self, UnsafeName> {
        if key.is_empty() {
            return Err(UnsafeName::Empty);
        }
        if key.starts_with('/') {
            return Err(UnsafeName::Absolute);
        }
        let (names, is_marker) = match key.strip_suffix('/') {
            Some(names) => (names, true),
            None => (key, false),
        };
        let names = names.split('/').map(checked).collect::<Result<Vec<_>, _>>()?;
        if is_marker { Err(UnsafeName::FolderMarker) } else { Ok(Self(names)) }
    }

    /// The names of the folders on the way.
    pub fn folders(&self) -> &[String] {
        &self.0[..self.0.len() - 1]
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        self.0.last().expect("a path has a name")
    }

    /// As a relative path.
    pub fn to_path(&self) -> PathBuf {
        self.0.iter().collect()
    }

    /// As an absolute path, for messages.
    pub fn below(&self, folder: &Path) -> PathBuf {
        folder.join(self.to_path())
    }

    /// What it is to a file system that does not tell upper from lower case.
    pub fn folded(&self) -> String {
        self.0.join("/").to_lowercase()
    }
}

impl fmt::Display for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

fn checked(name: &str) -> Result<String, UnsafeName> {
    match name {
        "" => return Err(UnsafeName::EmptyName),
        "." => return Err(UnsafeName::Dots(".")),
        ".." => return Err(UnsafeName::Dots("..")),
        _ => {}
    }
    if name.contains('\0') {
        return Err(UnsafeName::Nul);
    }
    #[cfg(not(unix))]
    if let Some(found) = name.chars().find(|c| RESERVED.contains(c)) {
        return Err(UnsafeName::Reserved(found));
    }
    if name.len() > NAME_MAX_BYTES {
        return Err(UnsafeName::TooLong(name.len()));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{SafePath, UnsafeName};
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn keys_that_are_files() {
        for key in [
            "a",
            "a/b",
            "a/b/c.txt",
            "...",
            "a..b",
            ".hidden",
            " ",
            "~",
            "~root/x",
            "-rf",
            "a\nb",
            "ä/ö",
            "C:x",
        ] {
            let path = SafePath::new(key).unwrap();
            assert_eq!(path.to_string(), key);
            assert_eq!(path.to_path(), Path::new(key));
        }
        #[cfg(unix)]
        assert_eq!(SafePath::new("..\\..\\x").unwrap().name(), "..\\..\\x");
        assert_eq!(SafePath::new(&"n".repeat(255)).unwrap().name().len(), 255);
    }

    #[test]
    fn keys_that_are_none() {
        for (key, why) in [
            ("", UnsafeName::Empty),
            ("/", UnsafeName::Absolute),
            ("/etc/passwd", UnsafeName::Absolute),
            ("//host/x", UnsafeName::Absolute),
            ("..", UnsafeName::Dots("..")),
            ("../x", UnsafeName::Dots("..")),
            ("a/../../x", UnsafeName::Dots("..")),
            ("a/..", UnsafeName::Dots("..")),
            ("../", UnsafeName::Dots("..")),
            ("./x", UnsafeName::Dots(".")),
            ("a/./b", UnsafeName::Dots(".")),
            ("a//b", UnsafeName::EmptyName),
            ("a//", UnsafeName::EmptyName),
            ("a/", UnsafeName::FolderMarker),
            ("a/b/", UnsafeName::FolderMarker),
            ("a\0b", UnsafeName::Nul),
        ] {
            assert_eq!(SafePath::new(key), Err(why), "{key:?}");
        }
        assert_eq!(SafePath::new(&"n".repeat(256)), Err(UnsafeName::TooLong(256)));
        assert_eq!(SafePath::new(&"ä".repeat(128)), Err(UnsafeName::TooLong(256)));
    }

    proptest! {
        #[test]
        fn no_path_leads_out_and_no_two_keys_are_one_file(one in "[./a\\\\\0]{0,12}", two in "[./a\\\\\0]{0,12}") {
            let path = SafePath::new(&one);
            if let Ok(path) = &path {
                prop_assert!(path.to_path().components().all(|part| matches!(part, Component::Normal(_))));
                prop_assert_eq!(path.to_string(), &one[..]);
                if let Ok(other) = SafePath::new(&two) {
                    prop_assert_eq!(one == two, path.to_path() == other.to_path());
                }
            }
        }
    }
}
