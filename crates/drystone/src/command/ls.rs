//! `drystone ls`: buckets, or the objects and prefixes of one, as `aws s3 ls` shows them.

use clap::Args as ClapArgs;
use drystone_client::Client;
use drystone_client::action::{ListBuckets, ListObjectsV2};
use drystone_transfer::{S3Uri, UriError};
use drystone_wire::xml::answer::{ListObjectsPage, ObjectEntry};
use serde_json::json;

use super::shown::{human_size, local_time, printable, with_client};
use crate::Failure;
use crate::args::{ClientArgs, OutputArgs};
use crate::output::Console;

/// Arguments of `ls`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct LsArgs {
    /// Bucket or prefix; all buckets when not given. Only what begins with the prefix is listed: end it with / to look into it.
    #[arg(value_name = "s3://BUCKET[/PREFIX]", value_parser = place)]
    of: Option<Place>,
    /// Lists all objects below, not prefixes.
    #[arg(long, short)]
    recursive: bool,
    /// Sizes as 1.5 MiB.
    #[arg(long)]
    human_readable: bool,
    /// Adds how many objects there are, and their bytes.
    #[arg(long)]
    summarize: bool,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// `s3://`, or what is below.
#[derive(Clone, Debug)]
struct Place(Option<S3Uri>);

fn place(text: &str) -> Result<Place, UriError> {
    if text == "s3://" {
        return Ok(Place(None));
    }
    // As the AWS CLI, what has no scheme is taken for a bucket.
    let uri = if text.contains("://") { S3Uri::parse(text) } else { S3Uri::parse(&format!("s3://{text}")) };
    uri.map(|uri| Place(Some(uri)))
}

/// Lists.
pub(crate) fn run(args: &LsArgs) -> Result<(), Failure> {
    match args.of.as_ref().and_then(|place| place.0.as_ref()) {
        None => with_client(&args.client, |client| buckets(client, args)),
        Some(of) => with_client(&args.client, |client| objects(client, args, of)),
    }
}

async fn buckets(client: Client, args: &LsArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let mut pages = client.list_buckets(ListBuckets::default());
    while let Some(page) = pages.next().await? {
        for bucket in page.buckets {
            let text = format!("{} {}", local_time(bucket.created), printable(&bucket.name));
            let created = bucket.created.map(drystone_types::Timestamp::iso8601_millis);
            let json =
                json!({ "type": "bucket", "name": bucket.name, "created": created, "region": bucket.region });
            console.result(text, json);
        }
    }
    Ok(())
}

async fn objects(client: Client, args: &LsArgs, of: &S3Uri) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let list = ListObjectsV2::new(&of.bucket, &of.key);
    let list = if args.recursive { list } else { list.delimited("/") };
    let mut pages = client.list_objects_v2(list);
    let mut total = Total::default();
    while let Some(page) = pages.next().await? {
        total.add(&page);
        for prefix in &page.common_prefixes {
            let name = printable(last_name(prefix));
            console.result(format!("{:>30} {name}", "PRE"), json!({ "type": "prefix", "prefix": prefix }));
        }
        for object in &page.objects {
            console.result(line(object, args), record(object));
        }
    }
    if args.summarize {
        let text = format!(
            "\nTotal Objects: {}\n   Total Size: {}",
            total.objects,
            size_text(total.bytes, args.human_readable)
        );
        console.result(text, json!({ "type": "summary", "objects": total.objects, "bytes": total.bytes }));
    }
    // As the AWS CLI: scripts ask so whether something is there.
    if total.objects == 0 && total.prefixes == 0 && !of.key.is_empty() { Err(Failure::Found) } else { Ok(()) }
}

#[derive(Default)]
struct Total {
    objects: u64,
    prefixes: u64,
    bytes: u64,
}

impl Total {
    fn add(&mut self, page: &ListObjectsPage) {
        self.objects += page.objects.len() as u64;
        self.prefixes += page.common_prefixes.len() as u64;
        self.bytes = page.objects.iter().fold(self.bytes, |sum, object| sum.saturating_add(object.size));
    }
}

fn line(object: &ObjectEntry, args: &LsArgs) -> String {
    let name = if args.recursive { object.key.as_str() } else { last_name(&object.key) };
    let size = size_text(object.size, args.human_readable);
    format!("{:<19} {size:>10} {}", local_time(object.last_modified), printable(name))
}

fn record(object: &ObjectEntry) -> serde_json::Value {
    json!({
        "type": "object",
        "key": object.key,
        "size": object.size,
        "lastModified": object.last_modified.map(drystone_types::Timestamp::iso8601_millis),
        "etag": object.etag,
        "storageClass": object.storage_class,
    })
}

fn size_text(bytes: u64, is_human: bool) -> String {
    if is_human { human_size(bytes) } else { bytes.to_string() }
}

/// What stands after the last slash that is not the end.
fn last_name(key: &str) -> &str {
    let end = key.trim_end_matches('/').len();
    key[..end].rfind('/').map_or(key, |slash| &key[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::{last_name, place};

    #[test]
    fn places_may_lack_scheme_and_bucket() {
        assert!(place("s3://").unwrap().0.is_none());
        assert_eq!(place("b/p").unwrap().0.unwrap().to_string(), "s3://b/p");
        assert!(place("http://x").is_err());
    }

    #[test]
    fn names_are_what_stands_after_the_last_slash() {
        for (key, name) in
            [("a", "a"), ("a/b", "b"), ("a/b/", "b/"), ("a/", "a/"), ("a//", "a//"), ("/", "/")]
        {
            assert_eq!(last_name(key), name, "{key}");
        }
    }
}
