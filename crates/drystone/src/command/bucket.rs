//! `drystone mb`, `drystone rb`: make and remove buckets.

use clap::Args as ClapArgs;
use drystone_client::Client;
use drystone_transfer::S3Uri;
use drystone_transfer::listing::remote::{self, RemoteOptions};
use drystone_transfer::sweep::delete_keys;
use drystone_transfer::sync::run::DELETE_BATCH;
use drystone_transfer::uploads::Found;
use serde_json::json;

use super::shown::{bucket_only, with_client};
use crate::Failure;
use crate::args::{ClientArgs, OutputArgs};
use crate::output::{Console, say};

/// Arguments of `mb`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct MbArgs {
    /// The bucket.
    #[arg(value_name = "s3://BUCKET")]
    of: S3Uri,
    /// Where, and who. The bucket is made in the region that --region or the environment names.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments of `rb`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct RbArgs {
    /// The bucket.
    #[arg(value_name = "s3://BUCKET")]
    of: S3Uri,
    /// Deletes all objects and aborts all open uploads in it first. Old versions are not touched: a bucket that has some stays.
    #[arg(long)]
    force: bool,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// Makes a bucket.
pub(crate) fn make(args: &MbArgs) -> Result<(), Failure> {
    let bucket = bucket_only(&args.of)?;
    with_client(&args.client, |client| async move {
        client.create_bucket(bucket, Some(client.region())).await?;
        let console = Console::new(args.output.output, false);
        console.result(format!("make_bucket: {bucket}"), json!({ "type": "make_bucket", "bucket": bucket }));
        Ok(())
    })
}

/// Removes a bucket.
pub(crate) fn remove(args: &RbArgs) -> Result<(), Failure> {
    let bucket = bucket_only(&args.of)?;
    with_client(&args.client, |client| async move {
        if args.force {
            empty(&client, bucket).await?;
        }
        client.delete_bucket(bucket).await.inspect_err(|error| {
            if error.code() == Some("BucketNotEmpty") {
                say(if args.force {
                    "what is left are old versions and delete markers: drystone s3api list-object-versions shows them"
                } else {
                    "rb --force deletes what is in it first"
                });
            }
        })?;
        let console = Console::new(args.output.output, false);
        console
            .result(format!("remove_bucket: {bucket}"), json!({ "type": "remove_bucket", "bucket": bucket }));
        Ok(())
    })
}

/// Deletes all objects and aborts all open uploads.
async fn empty(client: &Client, bucket: &str) -> Result<(), Failure> {
    let options = RemoteOptions { with_markers: true, in_order: false };
    let mut listing = remote::list(client, bucket, "", options);
    loop {
        let mut keys = Vec::with_capacity(DELETE_BATCH);
        while let Some(entry) = listing.next().await? {
            keys.push(entry.path);
            if keys.len() == DELETE_BATCH {
                break;
            }
        }
        if keys.is_empty() {
            break;
        }
        for outcome in delete_keys(client, bucket, keys).await {
            outcome?;
        }
    }
    for upload in Found::new(client, bucket, "").all().await? {
        let aborted = client.abort_multipart_upload(bucket, &upload.entry.key, &upload.entry.upload_id).await;
        match aborted {
            Err(error) if error.code() != Some("NoSuchUpload") => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
