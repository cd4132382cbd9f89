//! `drystone stat`: what a store says of an object or a bucket.

use clap::Args as ClapArgs;
use drystone_client::Client;
use drystone_client::action::{GetObjectAttributes, HeadObject, ObjectHead};
use drystone_transfer::S3Uri;
use drystone_types::Timestamp;
use drystone_wire::xml::answer::ObjectParts;
use serde_json::{Value, json};

use super::shown::{human_size, local_time, printable, with_client};
use crate::Failure;
use crate::args::{ClientArgs, OutputArgs};
use crate::output::Console;

/// Parts that text shows; JSON has all.
const PARTS_SHOWN: usize = 20;

/// Arguments of `stat`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct StatArgs {
    /// The object or bucket.
    #[arg(value_name = "s3://BUCKET[/KEY]")]
    of: S3Uri,
    /// The version of the object.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// Looks.
pub(crate) fn run(args: &StatArgs) -> Result<(), Failure> {
    if args.of.key.is_empty() {
        with_client(&args.client, |client| bucket(client, args))
    } else {
        with_client(&args.client, |client| object(client, args))
    }
}

async fn bucket(client: Client, args: &StatArgs) -> Result<(), Failure> {
    let head = client.head_bucket(&args.of.bucket).await?;
    let endpoint = client.endpoint().url();
    let region = head.region.as_deref();
    let text = format!(
        "Bucket:        {}\nRegion:        {}\nEndpoint:      {endpoint}",
        args.of,
        region.unwrap_or("-")
    );
    let json = json!({ "type": "bucket", "name": args.of.bucket, "region": region, "endpoint": endpoint });
    Console::new(args.output.output, false).result(text, json);
    Ok(())
}

async fn object(client: Client, args: &StatArgs) -> Result<(), Failure> {
    let (bucket, key) = (&args.of.bucket, &args.of.key);
    let head = HeadObject { version_id: args.version_id.clone(), ..HeadObject::new(bucket, key) };
    let head = client.head_object(&head).await?;
    let attributes =
        GetObjectAttributes { version_id: args.version_id.clone(), ..GetObjectAttributes::new(bucket, key) };
    // Not every store has it, and nobody needs a permission for it to look at an object.
    let parts = client.get_object_attributes(&attributes).await.ok().and_then(|found| found.parts);
    let text = text(&args.of, &head, parts.as_ref());
    Console::new(args.output.output, false).result(text, record(&args.of, &head, parts.as_ref()));
    Ok(())
}

fn text(of: &S3Uri, head: &ObjectHead, parts: Option<&ObjectParts>) -> String {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let size = head.object_size();
    let checksum = head
        .checksum
        .as_ref()
        .map(|sum| format!("{} {} ({})", sum.checksum.algorithm().name(), sum.text(), sum.kind.name()));
    let lines = [
        ("Object", Some(of.to_string())),
        ("Size", size.map(|size| format!("{size} ({})", human_size(size)))),
        ("Modified", Some(local_time(head.last_modified))),
        ("ETag", head.etag.clone()),
        ("Checksum", checksum),
        ("Version", head.version_id.clone()),
        ("Type", header("content-type")),
        ("Encoding", header("content-encoding")),
        ("Class", head.storage_class.clone()),
        ("Encryption", header("x-amz-server-side-encryption")),
        ("Lock", header("x-amz-object-lock-mode")),
        ("Tags", head.tag_count.map(|count| count.to_string())),
    ];
    let line = |name: &str, value: &str| format!("{:<14} {}", format!("{name}:"), printable(value));
    let mut shown: Vec<String> =
        lines.iter().filter_map(|(name, value)| Some(line(name, value.as_deref()?))).collect();
    for (name, value) in head.user_metadata() {
        shown.push(line("Metadata", &format!("{name}={value}")));
    }
    if let Some(parts) = parts {
        shown.push(line("Parts", &parts.total.unwrap_or(parts.parts.len() as u64).to_string()));
        for part in parts.parts.iter().take(PARTS_SHOWN) {
            let checksum =
                part.checksum.as_ref().map(|sum| format!("  {} {}", sum.algorithm().name(), sum.to_base64()));
            shown.push(format!(
                "  {:>6} {:>12}{}",
                part.part_number,
                part.size,
                checksum.unwrap_or_default()
            ));
        }
        if parts.parts.len() > PARTS_SHOWN {
            shown.push(format!("  and {} more; --output json has all", parts.parts.len() - PARTS_SHOWN));
        }
    }
    shown.join("\n")
}

fn record(of: &S3Uri, head: &ObjectHead, parts: Option<&ObjectParts>) -> Value {
    let metadata: serde_json::Map<_, _> =
        head.user_metadata().into_iter().map(|(name, value)| (name, value.into())).collect();
    let checksum = head.checksum.as_ref().map(|sum| {
        json!({ "algorithm": sum.checksum.algorithm().name(), "value": sum.text(), "type": sum.kind.name() })
    });
    let part = |part: &drystone_wire::xml::answer::ObjectPart| {
        let checksum = part
            .checksum
            .as_ref()
            .map(|sum| json!({ "algorithm": sum.algorithm().name(), "value": sum.to_base64() }));
        json!({ "partNumber": part.part_number, "size": part.size, "checksum": checksum })
    };
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    json!({
        "type": "object",
        "bucket": of.bucket,
        "key": of.key,
        "size": head.object_size(),
        "lastModified": head.last_modified.map(Timestamp::iso8601_millis),
        "etag": head.etag,
        "versionId": head.version_id,
        "checksum": checksum,
        "contentType": header("content-type"),
        "encryption": header("x-amz-server-side-encryption"),
        "storageClass": head.storage_class,
        "tagCount": head.tag_count,
        "metadata": metadata,
        "partCount": parts.and_then(|parts| parts.total),
        "parts": parts.map(|parts| parts.parts.iter().map(part).collect::<Vec<_>>()),
    })
}
