//! Every file system behaves alike; `replace_file` is atomic and durable.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::{FaultyFs, Fs, MemoryFs, RealFs, Recorder, replace_file};

/// The promises of the contract that need no crash, in an empty directory.
fn behaves_like_a_file_system(fs: &dyn Fs, dir: &Path) {
    let kind = |result: io::Result<()>| result.unwrap_err().kind();
    let (a, b, sub) = (dir.join("a"), dir.join("b"), dir.join("sub"));

    let file = fs.create_new(&a).unwrap();
    assert_eq!(kind(fs.create_new(&a).map(drop)), io::ErrorKind::AlreadyExists);
    assert!(file.is_empty().unwrap());
    file.write_all_at(b"hello", 3).unwrap();
    let mut bytes = [9; 8];
    file.read_exact_at(&mut bytes, 0).unwrap();
    assert_eq!(&bytes, b"\0\0\0hello", "a hole reads as zeroes");
    assert_eq!(kind(file.read_exact_at(&mut bytes, 1)), io::ErrorKind::UnexpectedEof);
    file.set_len(4).unwrap();
    file.set_len(6).unwrap();
    let mut bytes = [9; 6];
    file.read_exact_at(&mut bytes, 0).unwrap();
    assert_eq!(&bytes, b"\0\0\0h\0\0", "what was cut off reads as zeroes");
    file.sync_data().unwrap();

    assert!(fs.open(&a).unwrap().write_all_at(b"x", 0).is_err(), "opened for reading only");
    fs.open_rw(&a).unwrap().write_all_at(b"x", 0).unwrap();
    assert_eq!(kind(fs.open(&b).map(drop)), io::ErrorKind::NotFound);
    assert_eq!(kind(fs.open_rw(&b).map(drop)), io::ErrorKind::NotFound);

    fs.create_dir(&sub).unwrap();
    assert_eq!(kind(fs.create_dir(&sub)), io::ErrorKind::AlreadyExists);
    assert_eq!(kind(fs.create_dir(&dir.join("no/sub"))), io::ErrorKind::NotFound);
    assert_eq!(kind(fs.create_new(&dir.join("no/file")).map(drop)), io::ErrorKind::NotFound);
    assert!(fs.remove_file(&sub).is_err());

    fs.create_new(&b).unwrap().write_all_at(b"old b", 0).unwrap();
    let old_b = fs.open(&b).unwrap();
    fs.rename(&a, &b).unwrap();
    assert!(!fs.exists(&a).unwrap());
    assert_eq!(fs.open(&b).unwrap().len().unwrap(), 6);
    assert_eq!(old_b.len().unwrap(), 5, "an open file outlives its name");
    assert_eq!(kind(fs.rename(&a, &b)), io::ErrorKind::NotFound);

    let mut entries = fs.read_dir(dir).unwrap();
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    let entries: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.is_dir)).collect();
    assert_eq!(entries, [("b", false), ("sub", true)]);
    assert!(fs.exists(&sub).unwrap());

    fs.remove_file(&b).unwrap();
    assert_eq!(kind(fs.remove_file(&b)), io::ErrorKind::NotFound);
    fs.sync_dir(dir).unwrap();
    assert!(fs.sync_dir(&dir.join("no")).is_err());
    assert!(fs.read_dir(&dir.join("no")).is_err());
}

#[test]
fn every_file_system_behaves_alike() {
    let real: Arc<dyn Fs> = Arc::new(RealFs);
    let memory: Arc<dyn Fs> = Arc::new(MemoryFs::new());
    behaves_like_a_file_system(&*real, tempfile::tempdir().unwrap().path());
    behaves_like_a_file_system(&Recorder::new(Arc::clone(&real)), tempfile::tempdir().unwrap().path());
    behaves_like_a_file_system(&FaultyFs::new(real), tempfile::tempdir().unwrap().path());
    memory.create_dir(Path::new("/data")).unwrap();
    behaves_like_a_file_system(&*memory, Path::new("/data"));
}

#[test]
fn replace_file_syncs_everything_it_touches() {
    let fs = Recorder::new(Arc::new(MemoryFs::new()));
    for content in ["one", "two"] {
        let mark = fs.mark();
        replace_file(&fs, Path::new("/f"), content.as_bytes()).unwrap();
        fs.assert_durable(mark);
        assert!(fs.unsynced_removals().is_empty());
    }
}

/// Goal: old or new, never a mix, whatever step fails and whatever the power cut leaves.
/// Method: fail from every call on, then crash plainly and torn.
#[test]
fn replace_file_cut_at_any_step_leaves_the_old_or_the_new_content() {
    let (old, new) = (vec![1_u8; 3000], vec![2_u8; 4000]);
    let mut steps = 0;
    for step in 1.. {
        let mut done = false;
        for seed in 0..20_u64 {
            let memory = MemoryFs::new();
            let fs = FaultyFs::new(Arc::new(memory.clone()));
            replace_file(&fs, Path::new("/f"), &old).unwrap();
            fs.fail_from(None, step, io::ErrorKind::Other);
            done = replace_file(&fs, Path::new("/f"), &new).is_ok();
            match seed {
                0 => memory.crash(),
                _ => memory.crash_torn(seed),
            }
            fs.heal();

            let found = content(&fs, Path::new("/f"));
            assert!(found == old || found == new, "step {step}, seed {seed}: {} bytes", found.len());
            assert!(!done || found == new, "step {step}, seed {seed}: reported done and lost");
            replace_file(&fs, Path::new("/f"), &new).expect("leftovers do not stand in the way");
        }
        if done {
            steps = step;
            break;
        }
    }
    assert!(steps > 5, "every step was broken once: {steps}");
}

fn content(fs: &dyn Fs, path: &Path) -> Vec<u8> {
    let file = fs.open(path).unwrap();
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}
