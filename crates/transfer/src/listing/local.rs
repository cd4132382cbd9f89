//! Local: all files below a folder, in the order in which S3 lists keys.

use super::{AHEAD_BATCHES, Entry, Listing, Message, Warning};
use crate::error::TransferError;
use drystone_types::Timestamp;
use std::collections::VecDeque;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use tokio::sync::mpsc;

/// Files of a batch.
const BATCH: usize = 1000;
/// Folders in folders, at most: keys have 1,024 bytes, so deeper ones cannot become keys.
const DEPTH_MAX: usize = 1024;

/// Lists the regular files below a folder. Links are followed unless `follow_links` is false: then they are left out. Files that
/// cannot be read, pipes and the like are unusable entries; names that are not UTF-8 and loops of links are warned of. Files that unfinished downloads
/// left are not listed. A thread walks ahead; it ends when the listing is dropped.
pub fn list(root: &Path, follow_links: bool) -> Listing {
    let (send, more) = mpsc::channel(AHEAD_BATCHES);
    let root = root.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut walk = Walk { send, follow_links, batch: Vec::new(), above: Vec::new() };
        // Nobody listens any more when sending fails.
        let _ = walk.root(&root);
    });
    Listing::new(Some(more), VecDeque::new())
}

/// Nobody listens any more.
struct Unheard;

struct Walk {
    send: mpsc::Sender<Message>,
    follow_links: bool,
    batch: Vec<Entry>,
    /// Device and inode of the folders on the way, to find loops.
    above: Vec<(u64, u64)>,
}

/// A name in a folder.
struct Named {
    name: String,
    found: io::Result<Metadata>,
    is_dir: bool,
}

impl Walk {
    fn root(&mut self, root: &Path) -> Result<(), Unheard> {
        let read = std::fs::metadata(root).and_then(|found| Ok((found, std::fs::read_dir(root)?)));
        match read {
            Ok((found, _)) => {
                self.above.push((found.dev(), found.ino()));
                self.folder(root, "")?;
                self.flush()
            }
            Err(source) => {
                let error = TransferError::Local { what: "list", path: root.to_owned(), source };
                self.say(Message::Failed(error))
            }
        }
    }

    fn folder(&mut self, path: &Path, prefix: &str) -> Result<(), Unheard> {
        for named in self.names(path)? {
            let (full, path) = (path.join(&named.name), format!("{prefix}{}", named.name));
            match named.found {
                Ok(found) if found.is_dir() => self.enter(&full, &path, &found)?,
                Ok(found) if found.is_file() => self.file(&full, path, &found)?,
                Ok(_) => {
                    self.unusable(path, "it is no regular file but a pipe, a socket or a device")?;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.unusable(path, "it is a link to nothing, or went away")?;
                }
                Err(error) => self.unusable(path, &error.to_string())?,
            }
        }
        Ok(())
    }

    /// The names in a folder, as keys sort: folders as if a slash ended their names.
    fn names(&mut self, path: &Path) -> Result<Vec<Named>, Unheard> {
        let mut names = Vec::new();
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                let why = format!("cannot list it: {error}; what is below it is left out");
                self.warn(path, why, true)?;
                return Ok(names);
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.warn(path, format!("cannot list all of it: {error}"), true)?;
                    break;
                }
            };
            let Ok(name) = entry.file_name().into_string() else {
                self.warn(&entry.path(), "its name is not UTF-8, and keys are", false)?;
                continue;
            };
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            if (is_link && !self.follow_links) || is_left_by_download(&name) {
                continue;
            }
            let found = std::fs::metadata(entry.path());
            let is_dir = found.as_ref().is_ok_and(Metadata::is_dir);
            names.push(Named { name, found, is_dir });
        }
        names.sort_unstable_by(|one, two| key_order(one).cmp(key_order(two)));
        Ok(names)
    }

    fn enter(&mut self, full: &Path, path: &str, found: &Metadata) -> Result<(), Unheard> {
        let id = (found.dev(), found.ino());
        if self.above.contains(&id) {
            return self.warn(full, "it is a link to a folder that it is in; left out", false);
        }
        if self.above.len() >= DEPTH_MAX {
            return self.warn(full, "it is too deep to become a key; left out", true);
        }
        self.above.push(id);
        let walked = self.folder(full, &format!("{path}/"));
        self.above.pop();
        walked
    }

    fn file(&mut self, full: &Path, path: String, found: &Metadata) -> Result<(), Unheard> {
        if let Err(error) = rustix::fs::access(full, rustix::fs::Access::READ_OK) {
            return self.unusable(path, &io::Error::from(error).to_string());
        }
        self.add(Entry { path, size: found.len(), modified: Some(modified(found)), ..Entry::default() })
    }

    fn unusable(&mut self, path: String, why: &str) -> Result<(), Unheard> {
        self.add(Entry { path, unusable: Some(why.to_owned()), ..Entry::default() })
    }

    fn add(&mut self, entry: Entry) -> Result<(), Unheard> {
        self.batch.push(entry);
        if self.batch.len() < BATCH { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Unheard> {
        let batch = std::mem::take(&mut self.batch);
        self.say(Message::Batch(batch))
    }

    fn warn(&self, path: &Path, why: impl Into<String>, hides: bool) -> Result<(), Unheard> {
        let path = path.display().to_string();
        self.say(Message::Warning(Warning { path, why: why.into(), hides }))
    }

    fn say(&self, message: Message) -> Result<(), Unheard> {
        self.send.blocking_send(message).map_err(|_| Unheard)
    }
}

/// Keys order by their bytes, and the keys in a folder begin with its name and a slash.
fn key_order(named: &Named) -> impl Iterator<Item = u8> + Clone + '_ {
    named.name.bytes().chain(named.is_dir.then_some(b'/'))
}

fn modified(found: &Metadata) -> Timestamp {
    let millis = found.mtime().saturating_mul(1000).saturating_add(found.mtime_nsec() / 1_000_000);
    Timestamp(u64::try_from(millis).unwrap_or(0)) // before 1970 is as old as can be
}

/// `.NAME.drystone-0123abcd`: what an unfinished download left, for another run to go on with.
fn is_left_by_download(name: &str) -> bool {
    let digits = name.strip_prefix('.').and_then(|name| name.rsplit_once(".drystone-"));
    digits.is_some_and(|(_, digits)| digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{is_left_by_download, list};
    use crate::listing::Entry;
    use std::ffi::OsStr;
    use std::fs::{OpenOptions, create_dir_all};
    use std::io::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    fn write(path: &Path, content: &[u8]) {
        create_dir_all(path.parent().unwrap()).unwrap();
        OpenOptions::new().write(true).create_new(true).open(path).unwrap().write_all(content).unwrap();
    }

    async fn listed(root: &Path, follow: bool) -> (Vec<Entry>, Vec<String>, bool) {
        let mut listing = list(root, follow);
        let entries = listing.rest().await.unwrap();
        let warnings = listing.take_warnings().into_iter().map(|warning| warning.why).collect();
        (entries, warnings, listing.is_whole())
    }

    fn paths(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    #[tokio::test]
    async fn files_come_in_the_order_of_keys() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["a/b", "a.txt", "a-b/c", "a0", "a/é", "a/z/z", "Z", "é", "😀", "\u{ffff}"];
        for name in names {
            write(&dir.path().join(name), name.as_bytes());
        }
        let (entries, warnings, is_whole) = listed(dir.path(), true).await;
        let mut expected = names.to_vec();
        expected.sort_unstable();
        assert_eq!(paths(&entries), expected);
        assert!(warnings.is_empty() && is_whole);
        assert!(
            entries.iter().all(|entry| entry.size == entry.path.len() as u64 && entry.modified.is_some())
        );
    }

    #[tokio::test]
    async fn links_are_followed_or_left_out_and_loops_end() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        write(&root.join("d/f"), b"x");
        write(&dir.path().join("outside/g"), b"yy");
        symlink(&root, root.join("d/loop")).unwrap();
        symlink("f", root.join("d/link")).unwrap();
        symlink("../../outside", root.join("d/out")).unwrap();
        symlink("nowhere", root.join("d/broken")).unwrap();
        let (entries, warnings, is_whole) = listed(&root, true).await;
        assert_eq!(paths(&entries), ["d/broken", "d/f", "d/link", "d/out/g"]);
        assert!(entries[0].unusable.is_some() && entries[2].size == 1);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings.iter().any(|why| why.contains("folder that it is in")) && is_whole);
        let (entries, warnings, _) = listed(&root, false).await;
        assert_eq!((paths(&entries), warnings.len()), (vec!["d/f"], 0));
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_warned_of() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("a"), b"x");
        write(&dir.path().join(OsStr::from_bytes(b"b\xff")), b"x");
        write(&dir.path().join(".a.drystone-0123abcd"), b"x");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            dir.path().join("pipe"),
            rustix::fs::Mode::from_raw_mode(0o600),
        )
        .unwrap();
        let (entries, warnings, is_whole) = listed(dir.path(), true).await;
        assert_eq!(paths(&entries), ["a", "pipe"]);
        assert!(entries[1].unusable.is_some() && is_whole);
        assert!(warnings.iter().any(|why| why.contains("UTF-8")), "{warnings:?}");
        assert_eq!(warnings.len(), 1);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_read_makes_the_listing_incomplete() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("locked/a"), b"x");
        let locked = dir.path().join("locked");
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
        let is_root = std::fs::read_dir(&locked).is_ok();
        let (entries, _, is_whole) = listed(dir.path(), true).await;
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!((entries.len(), is_whole), if is_root { (1, true) } else { (0, false) });
        assert!(list(&dir.path().join("none"), true).next().await.is_err());
    }

    #[test]
    fn what_downloads_leave_is_known_by_its_name() {
        for (name, is_left) in [
            (".a.drystone-0123abcd", true),
            ("a.drystone-0123abcd", false),
            (".a.drystone-0123abc", false),
            (".a.drystone-0123abcx", false),
            (".drystone-data", false),
        ] {
            assert_eq!(is_left_by_download(name), is_left, "{name}");
        }
    }
}
