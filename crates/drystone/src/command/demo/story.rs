//! The story: what is typed, what is seen, and what has to be so.

use drystone_digest::etag_of_parts;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::Instant;

use super::lost;
use super::scratch::write_sample;
use super::stage::{Stage, broken};
use crate::Failure;
use crate::output::bytes_text;

/// The bucket of the story.
pub(super) const BUCKET: &str = "films";
/// Pieces of the sample.
const PIECE_DEFAULT: &str = "40m";
/// The lifecycle's work is waited for so long.
const LIFECYCLE_TIMEOUT: Duration = Duration::from_secs(40);
const ASK_EVERY: Duration = Duration::from_millis(500);
/// Parts that are there before the client is killed.
const PARTS_BEFORE_KILL: u32 = 3;

/// A piece as `split` tells of it.
struct Piece {
    file: String,
    etag: String,
    bytes: u64,
}

/// Tells it.
pub(super) async fn tell(stage: &mut Stage, file: Option<&Path>) -> Result<(), Failure> {
    let began = Instant::now();
    let name = provide(stage, file)?;
    let pieces = split(stage, &name, file).await?;
    let upload_id = open(stage, &name).await?;
    send_out_of_order(stage, &name, &upload_id, &pieces).await?;
    lose_and_resend(stage, &name, &upload_id, &pieces).await?;
    complete(stage, &name, &upload_id, &pieces).await?;
    let forgotten = forget(stage, &pieces).await?;
    kill_and_resume(stage, &name).await?;
    tidied(stage, &forgotten).await?;
    stage.step(
        "Done",
        &format!(
            "Every step was checked; it took {} s. The store and all files are removed.",
            began.elapsed().as_secs().max(1)
        ),
    );
    Ok(())
}

/// The file: the user's, or a sample.
fn provide(stage: &mut Stage, file: Option<&Path>) -> Result<String, Failure> {
    let wrong = |error| Failure::other("cannot provide the file", error);
    let url = stage.url().to_owned();
    stage.step(
        "A private store",
        &format!("A Drystone runs at {url}, with its data in a scratch folder and a random key. A day of its lifecycle lasts a second."),
    );
    let Some(file) = file else {
        write_sample(&stage.folder().join("film.mp4")).map_err(wrong)?;
        stage.found("A sample is made: film.mp4, 104 MB.");
        return Ok("film.mp4".to_owned());
    };
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("film.mp4").to_owned();
    let absolute = file.canonicalize().map_err(wrong)?;
    std::os::unix::fs::symlink(absolute, stage.folder().join(&name)).map_err(wrong)?;
    Ok(name)
}

async fn split(stage: &mut Stage, name: &str, file: Option<&Path>) -> Result<Vec<Piece>, Failure> {
    stage.step(
        "Split the file",
        "Each piece becomes a part. The ETag is what the store must answer for it: the MD5 of its bytes.",
    );
    let size = match file {
        None => PIECE_DEFAULT.to_owned(),
        Some(file) => {
            let len = file.metadata().map_err(|error| Failure::other("cannot read the file", error))?.len();
            len.div_ceil(3).max(5 << 20).to_string()
        }
    };
    let said = stage.run(&["split", name, "--bytes", &size, "--output", "json"]).await?;
    let mut pieces = Vec::new();
    for line in said.lines() {
        let told: Value =
            serde_json::from_str(line).map_err(|error| Failure::other("split printed no JSON", error))?;
        let text = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
        let piece =
            Piece { file: text("file"), etag: text("etag"), bytes: told["bytes"].as_u64().unwrap_or(0) };
        stage.found(&format!("{}  {:>8}  ETag {}", piece.file, bytes_text(piece.bytes), piece.etag));
        pieces.push(piece);
    }
    ensure(pieces.len() == 3, "split makes three pieces", &said)?;
    Ok(pieces)
}

async fn open(stage: &mut Stage, name: &str) -> Result<String, Failure> {
    stage.step("Open an upload", "Its id is all that exists so far; there is no object yet.");
    stage.run(&["s3api", "create-bucket", "--bucket", BUCKET]).await?;
    let opened = stage.json(&["s3api", "create-multipart-upload", "--bucket", BUCKET, "--key", name]).await?;
    let upload_id = opened["UploadId"].as_str().unwrap_or_default().to_owned();
    ensure(!upload_id.is_empty(), "the upload has an id", &opened.to_string())?;
    stage.found(&format!("UploadId {upload_id}"));
    Ok(upload_id)
}

async fn send(
    stage: &Stage,
    name: &str,
    upload_id: &str,
    number: usize,
    piece: &Piece,
) -> Result<(), Failure> {
    let part = number.to_string();
    let words = [
        "s3api",
        "upload-part",
        "--bucket",
        BUCKET,
        "--key",
        name,
        "--upload-id",
        upload_id,
        "--part-number",
        &part,
        "--body",
        &piece.file,
    ];
    let answer = stage.json(&words).await?;
    let etag = answer["ETag"].as_str().unwrap_or_default().trim_matches('"');
    stage.found(&format!("part {number} is safe on disk: ETag {etag}"));
    ensure(etag == piece.etag, "the part's ETag is its MD5", &answer.to_string())
}

async fn send_out_of_order(
    stage: &mut Stage,
    name: &str,
    upload_id: &str,
    pieces: &[Piece],
) -> Result<(), Failure> {
    stage.step(
        "Send parts in any order",
        "Over as many connections as you like. Part 3 goes first, then part 1.",
    );
    send(stage, name, upload_id, 3, &pieces[2]).await?;
    send(stage, name, upload_id, 1, &pieces[0]).await
}

async fn lose_and_resend(
    stage: &mut Stage,
    name: &str,
    upload_id: &str,
    pieces: &[Piece],
) -> Result<(), Failure> {
    stage.step(
        "Lose a part on the way",
        "The line is cut after the first 4 MiB of part 2. Half a part is no part: nobody ever sees it.",
    );
    lost::send_half(stage, name, upload_id, pieces[1].bytes).await?;
    expect_parts(stage, name, upload_id, &[1, 3]).await?;
    let all = parts_json(pieces);
    stage
        .refused(
            &[
                "s3api",
                "complete-multipart-upload",
                "--bucket",
                BUCKET,
                "--key",
                name,
                "--upload-id",
                upload_id,
                "--multipart-upload",
                &all,
            ],
            "InvalidPart",
        )
        .await?;
    stage.found("Completing is refused: InvalidPart. Nothing is lost by asking.");
    stage.step("Send it again", "Only that part; the others stay as they are.");
    send(stage, name, upload_id, 2, &pieces[1]).await?;
    expect_parts(stage, name, upload_id, &[1, 2, 3]).await
}

async fn expect_parts(stage: &Stage, name: &str, upload_id: &str, expected: &[u64]) -> Result<(), Failure> {
    let listed = stage
        .json(&["s3api", "list-parts", "--bucket", BUCKET, "--key", name, "--upload-id", upload_id])
        .await?;
    let parts = listed["Parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let numbers: Vec<u64> = parts.iter().filter_map(|part| part["PartNumber"].as_u64()).collect();
    stage.found(&format!("the store has parts {numbers:?}"));
    ensure(numbers == expected, &format!("parts {expected:?} are listed"), &listed.to_string())
}

fn parts_json(pieces: &[Piece]) -> String {
    let parts =
        pieces.iter().zip(1..).map(|(piece, number)| json!({ "ETag": piece.etag, "PartNumber": number }));
    json!({ "Parts": parts.collect::<Vec<_>>() }).to_string()
}

async fn complete(stage: &mut Stage, name: &str, upload_id: &str, pieces: &[Piece]) -> Result<(), Failure> {
    stage.step("Complete", "One atomic step: now, and not before, there is an object. No byte moves. Asked again, it answers the same.");
    let all = parts_json(pieces);
    let words = [
        "s3api",
        "complete-multipart-upload",
        "--bucket",
        BUCKET,
        "--key",
        name,
        "--upload-id",
        upload_id,
        "--multipart-upload",
        &all,
    ];
    let md5s: Vec<[u8; 16]> = pieces.iter().filter_map(|piece| md5_of(&piece.etag)).collect();
    let expected = etag_of_parts(md5s.iter()).to_string();
    let expected = expected.trim_matches('"');
    for _ in 0..2 {
        let done = stage.json(&words).await?;
        let etag = done["ETag"].as_str().unwrap_or_default().trim_matches('"');
        ensure(
            etag == expected,
            "the ETag is the MD5 of the parts' MD5s, and their count",
            &done.to_string(),
        )?;
    }
    stage.found(&format!("ETag {expected}: the MD5 of the three MD5s, and how many they are"));
    stage.step(
        "Verify",
        "The file is read here, the object's checksums are asked for; nothing is downloaded.",
    );
    let object = format!("s3://{BUCKET}/{name}");
    let said = stage.run(&["verify", name, &object]).await?;
    said.lines().for_each(|line| stage.found(line));
    Ok(())
}

fn md5_of(hex: &str) -> Option<[u8; 16]> {
    let mut md5 = [0; 16];
    for (byte, at) in md5.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(md5)
}

/// Opens an upload that nobody will finish, and a rule that ends such ones.
async fn forget(stage: &mut Stage, pieces: &[Piece]) -> Result<String, Failure> {
    stage.step(
        "Forget an upload",
        "A part is sent and never completed. A rule ends what is a day old; it has a second to live here.",
    );
    let opened =
        stage.json(&["s3api", "create-multipart-upload", "--bucket", BUCKET, "--key", "forgotten"]).await?;
    let upload_id = opened["UploadId"].as_str().unwrap_or_default().to_owned();
    send(stage, "forgotten", &upload_id, 1, &pieces[2]).await?;
    let rule = r#"{"Rules": [{"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "forgotten"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]}"#;
    stage
        .run(&[
            "s3api",
            "put-bucket-lifecycle-configuration",
            "--bucket",
            BUCKET,
            "--lifecycle-configuration",
            rule,
        ])
        .await?;
    Ok(upload_id)
}

async fn kill_and_resume(stage: &mut Stage, name: &str) -> Result<(), Failure> {
    stage.step(
        "Kill the client, and go on",
        "cp does all of the above by itself. It is killed with SIGKILL in the middle, as a crash would.",
    );
    let object = format!("s3://{BUCKET}/again/{name}");
    let slow = ["cp", name, &object, "--part-size", "5MiB", "--limit-rate", "25MB/s", "--progress", "json"];
    let mut child = stage.start(&slow, "   (killed after a few parts)")?;
    let stderr = child.stderr.take().expect("its stderr is a pipe");
    let mut lines = BufReader::new(stderr).lines();
    let mut sent = 0;
    while sent < PARTS_BEFORE_KILL {
        let line = lines.next_line().await.map_err(|error| Failure::other("cannot hear cp", error))?;
        let line = line.ok_or_else(|| broken("cp ended before it was killed", String::new()))?;
        sent += u32::from(line.contains("\"partDone\""));
    }
    child.kill().await.map_err(|error| Failure::other("cannot kill cp", error))?;
    stage.found(&format!("killed after {sent} parts; what the store has is safe, and the journal knows it"));
    let said = stage
        .json(&["cp", name, &object, "--part-size", "5MiB", "--output", "json", "--no-progress"])
        .await?;
    let (kept, all) = (said["partsKept"].as_u64().unwrap_or(0), said["partCount"].as_u64().unwrap_or(0));
    stage.found(&format!(
        "{kept} of {all} parts were there already; verified by {}",
        said["verified"].as_str().unwrap_or("-")
    ));
    ensure(said["ok"] == true && kept >= 1, "cp goes on where it was killed", &said.to_string())?;
    let said = stage.run(&["verify", name, &object]).await?;
    said.lines().for_each(|line| stage.found(line));
    Ok(())
}

async fn tidied(stage: &mut Stage, upload_id: &str) -> Result<(), Failure> {
    stage.step(
        "What was forgotten is gone",
        "The lifecycle rule aborted it, and its bytes are freed. Finished objects are none of its business.",
    );
    let began = Instant::now();
    let words = ["s3api", "list-multipart-uploads", "--bucket", BUCKET];
    while stage.ask(&words).await?.to_string().contains(upload_id) {
        if began.elapsed() > LIFECYCLE_TIMEOUT {
            return Err(broken("the lifecycle rule did not abort the upload", String::new()));
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    let left = stage.json(&words).await?;
    let count = left["Uploads"].as_array().map_or(0, Vec::len);
    stage.found(&format!("{count} open uploads are left"));
    ensure(count == 0, "no upload is left", &left.to_string())
}

fn ensure(is_so: bool, promise: &str, said: &str) -> Result<(), Failure> {
    if is_so { Ok(()) } else { Err(broken(promise, said.to_owned())) }
}
