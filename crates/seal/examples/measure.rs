//! How fast blobs are sealed and opened on this machine. `cargo run --release -p drystone-seal --example measure`
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a program that measures"
)]

use drystone_seal::layout::HEAD_LEN;
use drystone_seal::{BlobOpener, BlobSealer, Keyring, MasterKeys, sealed_range};
use drystone_types::encryption::Sse;
use drystone_types::{ByteRange, Encryption, PartNumber};
use std::hint::black_box;
use std::time::Instant;

const LEN: usize = 16 << 20;
const FRAME: usize = 1 << 20;
const ROUNDS: u32 = 64;

fn main() {
    let keyring = Keyring::new(MasterKeys::generate());
    let (data_key, sealed_key) = keyring.new_data_key(&Sse::S3, None, b"context").expect("no key is needed");
    let one = PartNumber::new(1).expect("legal");
    let data = vec![7; LEN];
    let mut sealed = Vec::with_capacity(LEN + LEN / 1000);

    let seconds = time(|| {
        sealed.clear();
        let mut sealer = BlobSealer::new(&data_key, one);
        let mut write = |bytes: &[u8]| {
            sealed.extend_from_slice(bytes);
            Ok::<(), ()>(())
        };
        for frame in data.chunks(FRAME) {
            sealer.update(frame, &mut write).expect("a vector takes it");
        }
        sealer.finish(&mut write).expect("a vector takes it");
    });
    println!("seal, with a copy into a vector  {:5.2} GB/s", LEN as f64 / seconds / 1e9);

    let seconds = time(|| {
        let mut sealer = BlobSealer::new(&data_key, one);
        let mut write = |bytes: &[u8]| {
            black_box(bytes);
            Ok::<(), ()>(())
        };
        for frame in data.chunks(FRAME) {
            sealer.update(frame, &mut write).expect("nothing fails");
        }
        sealer.finish(&mut write).expect("nothing fails");
    });
    println!("seal                             {:5.2} GB/s", LEN as f64 / seconds / 1e9);

    let seconds = time(|| {
        let opener = BlobOpener::new(&data_key, one, &sealed[..HEAD_LEN], LEN as u64).expect("a head");
        let mut start = 0;
        while start < LEN as u64 {
            let end = drystone_seal::layout::cut_after(start, FRAME as u64).min(LEN as u64);
            let range = ByteRange { start, end };
            let place = sealed_range(range, LEN as u64);
            let place =
                usize::try_from(place.start).expect("small")..usize::try_from(place.end).expect("small");
            black_box(opener.open(range, &sealed[place]).expect("it was sealed"));
            start = end;
        }
    });
    println!("open                             {:5.2} GB/s", LEN as f64 / seconds / 1e9);

    let encryption = Encryption { sse: Sse::S3, sealed_key };
    let seconds = time(|| {
        black_box(keyring.new_data_key(&Sse::S3, None, b"context").expect("no key is needed"));
    });
    println!("make and seal a data key         {:5.2} us", seconds * 1e6);
    let seconds = time(|| {
        black_box(keyring.open_data_key(&encryption, None, b"context").expect("it was sealed"));
    });
    println!("open a data key                  {:5.2} us", seconds * 1e6);
    let seconds = time(|| {
        let mut sealer = BlobSealer::new(&data_key, one);
        sealer.update(&data[..1024], |_| Ok::<(), ()>(())).expect("nothing fails");
        let write = |bytes: &[u8]| {
            black_box(bytes);
            Ok::<(), ()>(())
        };
        sealer.finish(write).expect("nothing fails");
    });
    println!("seal a blob of 1 KiB             {:5.2} us", seconds * 1e6);
}

/// Seconds of one round, of the fastest eighth.
fn time(mut round: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..8 {
        let start = Instant::now();
        for _ in 0..ROUNDS / 8 {
            round();
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(ROUNDS / 8));
    }
    best
}
