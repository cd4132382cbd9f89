//! `drystone verify`: proves that a local file is what an object is, without downloading it; says what was proved, and how strong it is.

use clap::Args as ClapArgs;
use drystone_transfer::S3Uri;
use drystone_transfer::evidence::{Origin, Strength};
use drystone_transfer::prove::Proof;
use drystone_transfer::verify::{Compared, Verdict, Verification, parts_text, verify};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::Failure;
use crate::args::{ClientArgs, OutputArgs, ReadKeyArgs};
use crate::output::{Console, quote, say};
use crate::{client_setup, run};

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Exit codes: 0 equal, 1 different, 2 when nothing that the store says can prove either."
)]
pub(crate) struct VerifyArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The object, as s3://bucket/key.
    #[arg(value_name = "S3_URI", value_parser = S3Uri::parse)]
    object: S3Uri,
    /// Version of the object.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// The object's key.
    #[command(flatten)]
    key: ReadKeyArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
    /// Store and credentials.
    #[command(flatten)]
    client: ClientArgs,
}

/// Compares, and says what came of it.
pub(crate) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let client = client_setup::client(&args.client)?;
    let mut object = args.object.object().map_err(|error| Failure::Usage(error.to_string()))?;
    object.version_id.clone_from(&args.version_id);
    let headers = args.key.headers();
    let work = async { Ok(verify(&client, &args.file, &object, &headers, |_| ()).await?) };
    let found = run::run(work, async { say("interrupted: nothing was proved") })?;
    let (file, uri) = (args.file.display().to_string(), object.to_string());
    Console::new(args.output.output, false).result(text(&file, &uri, &found), json(&file, &uri, &found));
    match found.verdict() {
        Verdict::Equal => Ok(()),
        Verdict::Different => Err(Failure::Found),
        Verdict::Unproved => {
            say(&advice(&file, &uri));
            Err(Failure::Skipped)
        }
    }
}

/// What to type when nothing is proved.
fn advice(file: &str, uri: &str) -> String {
    let (file, uri) = (quote(file), quote(uri));
    format!(
        "  hint: to compare by reading the object: drystone cat {uri} | cmp - {file}\n  \
         hint: objects that drystone sends have a checksum: drystone cp {file} {uri}"
    )
}

fn text(file: &str, uri: &str, found: &Verification) -> String {
    let size = found.file_size;
    let mut lines = vec![match found.verdict() {
        Verdict::Equal => format!("equal: {file} and {uri}, {size} bytes"),
        Verdict::Different if size != found.remote.size => {
            format!("different: {file} has {size} bytes, {uri} {}", found.remote.size)
        }
        Verdict::Different => format!("different: {file} and {uri}, both of {size} bytes"),
        Verdict::Unproved => {
            format!("not proved: {file} and {uri} have {size} bytes each, and nothing else can be compared")
        }
    }];
    for compared in &found.compared {
        lines.push(format!("  {}", compared_text(compared)));
    }
    match (found.verdict(), strength(found)) {
        (Verdict::Equal, Some(strength)) => lines.push(format!("  strength: {}", strength.text())),
        (Verdict::Unproved, _) => lines.extend(found.reasons().iter().map(|why| format!("  because {why}"))),
        _ => {}
    }
    lines.join("\n")
}

fn compared_text(Compared { evidence, proof }: &Compared) -> String {
    let name = evidence.name();
    let said = evidence.text(&evidence.value);
    match proof {
        Proof::Equal(None) => format!("{name}: {said}"),
        Proof::Equal(Some(parts)) => format!("{name}: {said}; {}", parts_text(parts)),
        Proof::Different { found, part } => {
            let mut text = format!("{name}: the object has {said}, the file {}", evidence.text(found));
            if let Some((number, start, len)) = part {
                let last = start + len - 1;
                write!(text, "; the first part that differs is {number}, bytes {start} to {last}")
                    .expect("a String takes all text");
            }
            if evidence.origin == Origin::Etag {
                text += " (if this store's ETags are no MD5s, this says nothing)";
            }
            text
        }
        Proof::Unknown(why) => format!("{name}: not compared, {why}"),
    }
}

/// The strongest of what was proved.
fn strength(found: &Verification) -> Option<Strength> {
    found.equal().map(|compared| compared.evidence.strength()).max()
}

fn json(file: &str, uri: &str, found: &Verification) -> Value {
    let verdict = match found.verdict() {
        Verdict::Equal => "equal",
        Verdict::Different => "different",
        Verdict::Unproved => "unproved",
    };
    let mut fields = json!({
        "type": "verify",
        "file": file,
        "object": uri,
        "verdict": verdict,
        "fileSize": found.file_size,
        "objectSize": found.remote.size,
        "etag": found.remote.bare_etag(),
        "compared": found.compared.iter().map(compared_json).collect::<Vec<_>>(),
    });
    if let Some(version_id) = &found.remote.version_id {
        fields["versionId"] = version_id.as_str().into();
    }
    match (found.verdict(), strength(found)) {
        (Verdict::Equal, Some(strength)) => fields["strength"] = strength.word().into(),
        (Verdict::Unproved, _) => fields["reasons"] = found.reasons().into(),
        _ => {}
    }
    fields
}

fn compared_json(Compared { evidence, proof }: &Compared) -> Value {
    let mut fields = json!({
        "name": evidence.name(),
        "algorithm": evidence.algorithm().name(),
        "from": if evidence.origin == Origin::Etag { "etag" } else { "checksum" },
        "object": evidence.text(&evidence.value),
    });
    if let Some(count) = evidence.part_count {
        fields["partCount"] = count.into();
    }
    let result = match proof {
        Proof::Equal(parts) => {
            fields["file"] = evidence.text(&evidence.value).into();
            if let Some(parts) = parts {
                fields["parts"] = parts_text(parts).into();
            }
            "equal"
        }
        Proof::Different { found, part } => {
            fields["file"] = evidence.text(found).into();
            if let Some((number, start, len)) = part {
                fields["firstDifferentPart"] = json!({ "partNumber": number, "start": start, "length": len });
            }
            "different"
        }
        Proof::Unknown(why) => {
            fields["why"] = why.as_str().into();
            "unknown"
        }
    };
    fields["result"] = result.into();
    fields
}
