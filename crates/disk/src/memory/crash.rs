//! Power cuts of a `MemoryFs`: what was synced stays, what was not is lost or torn.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::PoisonError;

use super::file::Content;
use super::{Dir, MemoryFs, Node, apply, lock};

/// A disk writes so many bytes at once or not at all.
const SECTOR_BYTES: usize = 512;

impl MemoryFs {
    /// Cuts the power: only synced bytes and synced names remain. Files opened before fail from now on.
    pub fn crash(&self) {
        self.cut(None);
    }

    /// Cuts the power while the disk was at work: of all that is not synced, each change of a directory and each sector
    /// of a file remains or is lost, as `seed` decides. The same seed on the same history gives the same result.
    pub fn crash_torn(&self, seed: u64) {
        self.cut(Some(Dice(seed)));
    }

    fn cut(&self, mut dice: Option<Dice>) {
        let mut epoch = self.machine.epoch.write().unwrap_or_else(PoisonError::into_inner);
        *epoch += 1;
        cut_dir(&mut lock(&self.machine.root), &mut dice);
    }
}

fn cut_dir(dir: &mut Dir, dice: &mut Option<Dice>) {
    for change in std::mem::take(&mut dir.pending) {
        if dice.as_mut().is_some_and(Dice::coin) {
            apply(&mut dir.durable, &change);
        }
    }
    dir.names = BTreeMap::clone(&dir.durable);
    for node in dir.names.values() {
        match node {
            Node::File(content) => cut_file(&mut lock(content), dice),
            Node::Dir(dir) => cut_dir(&mut lock(dir), dice),
        }
    }
}

fn cut_file(content: &mut Content, dice: &mut Option<Dice>) {
    let Some(dirty) = content.dirty.take() else { return };
    if let Some(dice) = dice {
        tear(content, &dirty, dice);
    }
    content.bytes.clone_from(&content.durable);
}

/// Writes a random choice of the dirty sectors, and a random length, into `durable`.
fn tear(content: &mut Content, dirty: &Range<usize>, dice: &mut Dice) {
    let Content { bytes, durable, .. } = content;
    let len = torn_len(durable.len(), bytes.len(), dice);
    durable.resize(len, 0);
    let end = dirty.end.min(len).min(bytes.len());
    let mut at = dirty.start;
    while at < end {
        let sector_end = ((at / SECTOR_BYTES + 1) * SECTOR_BYTES).min(end);
        if dice.coin() {
            durable[at..sector_end].copy_from_slice(&bytes[at..sector_end]);
        }
        at = sector_end;
    }
}

/// The durable length, the new one, or an end of a sector between them.
fn torn_len(durable: usize, new: usize, dice: &mut Dice) -> usize {
    let (low, high) = (durable.min(new), durable.max(new));
    match dice.below(3) {
        0 => durable,
        1 => new,
        _ => ((low + dice.below(high - low + 1)) / SECTOR_BYTES * SECTOR_BYTES).max(low),
    }
}

/// Numbers that a seed decides (the splitmix64 sequence).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use crate::{Fs, MemoryFs};

    fn read(fs: &MemoryFs, path: &str) -> Option<Vec<u8>> {
        let file = fs.open(Path::new(path)).ok()?;
        let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        Some(bytes)
    }

    #[test]
    fn bytes_and_names_each_need_their_own_sync() {
        for (sync_file, sync_dir, expected) in [
            (false, false, None),
            (true, false, None),
            (false, true, Some(Vec::new())),
            (true, true, Some(b"abc".to_vec())),
        ] {
            let fs = MemoryFs::new();
            let file = fs.create_new(Path::new("/f")).unwrap();
            file.write_all_at(b"abc", 0).unwrap();
            if sync_file {
                file.sync_data().unwrap();
            }
            if sync_dir {
                fs.sync_dir(Path::new("/")).unwrap();
            }
            fs.crash();
            assert_eq!(read(&fs, "/f"), expected, "file synced: {sync_file}, directory synced: {sync_dir}");
        }
    }

    #[test]
    fn a_new_directory_is_lost_with_all_it_holds_unless_its_parent_is_synced() {
        let fs = MemoryFs::new();
        fs.create_dir(Path::new("/d")).unwrap();
        fs.create_new(Path::new("/d/f")).unwrap().sync_data().unwrap();
        fs.sync_dir(Path::new("/d")).unwrap();
        fs.crash();
        assert!(!fs.exists(Path::new("/d")).unwrap());
    }

    #[test]
    fn an_unsynced_overwrite_truncation_and_removal_are_undone() {
        let fs = MemoryFs::new();
        let file = fs.create_new(Path::new("/f")).unwrap();
        file.write_all_at(b"abcdef", 0).unwrap();
        file.sync_data().unwrap();
        fs.sync_dir(Path::new("/")).unwrap();
        file.write_all_at(b"XY", 2).unwrap();
        file.set_len(3).unwrap();
        fs.remove_file(Path::new("/f")).unwrap();
        fs.crash();
        assert_eq!(read(&fs, "/f").unwrap(), b"abcdef");
        assert!(file.len().is_err(), "a file opened before the crash is dead");
    }

    #[test]
    fn a_torn_crash_mixes_whole_sectors_and_repeats_by_seed() {
        let torn = |seed| {
            let fs = MemoryFs::new();
            let file = fs.create_new(Path::new("/f")).unwrap();
            file.write_all_at(&[1; 2048], 0).unwrap();
            file.sync_data().unwrap();
            fs.sync_dir(Path::new("/")).unwrap();
            file.write_all_at(&[2; 2048], 0).unwrap();
            fs.crash_torn(seed);
            read(&fs, "/f").unwrap()
        };
        let results: BTreeSet<_> = (0..200).map(torn).collect();
        assert_eq!(results.len(), 16, "each of 4 sectors is old or new");
        for result in &results {
            assert!(result.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        }
        assert_eq!(torn(7), torn(7));
    }

    #[test]
    fn a_torn_crash_never_takes_what_was_synced() {
        for seed in 0..100 {
            let fs = MemoryFs::new();
            let file = fs.create_new(Path::new("/f")).unwrap();
            file.write_all_at(&[1; 700], 0).unwrap();
            file.sync_data().unwrap();
            fs.sync_dir(Path::new("/")).unwrap();
            file.write_all_at(&[2; 5000], 700).unwrap();
            fs.create_new(Path::new("/g")).unwrap();
            fs.crash_torn(seed);
            assert_eq!(read(&fs, "/f").unwrap()[..700], [1; 700]);
        }
    }
}
