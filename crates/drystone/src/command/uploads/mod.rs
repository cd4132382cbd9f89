//! `drystone uploads`: the open uploads of any S3 store: listed, looked at, finished, aborted.

mod age;
mod args;
mod cost;
mod end;
mod ls;
mod resume;
mod row;
mod show;

pub(crate) use args::UploadsCommand;

use drystone_client::Client;
use drystone_transfer::uploads::{Found, OpenUpload, Stock, all_buckets};
use drystone_transfer::{S3Uri, TransferError};
use drystone_wire::xml::answer::UploadEntry;
use futures_util::{Stream, StreamExt as _, stream};
use std::future::Future;

use crate::Failure;
use crate::args::ClientArgs;
use crate::client_setup;
use crate::output::say;
use args::WhichArgs;
use cost::Price;
use row::{Row, printable};

/// Uploads whose parts are asked for at one time.
const ASKED_AT_ONCE: usize = 16;

/// Does what was asked.
pub(crate) fn run(command: &UploadsCommand) -> Result<(), Failure> {
    match command {
        UploadsCommand::Ls(args) => with_client(&args.client, |client| ls::run(client, args)),
        UploadsCommand::Show(args) => with_client(&args.client, |client| show::run(client, args)),
        UploadsCommand::Resume(args) => resume::run(args),
        UploadsCommand::Abort(args) => with_client(&args.client, |client| end::abort(client, args)),
        UploadsCommand::Prune(args) => with_client(&args.client, |client| end::prune(client, args)),
    }
}

fn with_client<F: Future<Output = Result<(), Failure>>>(
    args: &ClientArgs,
    work: impl FnOnce(Client) -> F,
) -> Result<(), Failure> {
    let client = client_setup::client(args)?;
    crate::run::run(work(client), async { say("interrupted: what was told until here is done") })
}

/// Bucket and prefix of each place to look at: one, or all buckets.
async fn places(client: &Client, of: Option<&S3Uri>) -> Result<Vec<(String, String)>, TransferError> {
    match of {
        Some(uri) => Ok(vec![(uri.bucket.clone(), uri.key.clone())]),
        None => Ok(all_buckets(client).await?.into_iter().map(|bucket| (bucket, String::new())).collect()),
    }
}

/// What is said when a store's list goes round in a circle.
fn cut_short(bucket: &str) -> String {
    format!(
        "drystone: the list of uploads of s3://{bucket} does not move on: there may be more than it shows"
    )
}

/// Each upload with what it has, in the same order. Those that end meanwhile are left out.
fn with_stocks(
    client: &Client,
    uploads: Vec<OpenUpload>,
) -> impl Stream<Item = (OpenUpload, Result<Stock, TransferError>)> {
    let ask = move |upload: OpenUpload| {
        let client = client.clone();
        async move {
            let stock = Stock::of(&client, &upload).await.transpose()?;
            Some((upload, stock))
        }
    };
    stream::iter(uploads).map(ask).buffered(ASKED_AT_ONCE).filter_map(std::future::ready)
}

/// The one upload that is meant.
///
/// # Errors
/// [`Failure::Usage`] when there are several: they are listed; [`Failure::Refused`] when there is none.
async fn which(client: &Client, args: &WhichArgs) -> Result<OpenUpload, Failure> {
    let object = args.object.object().map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(upload_id) = &args.upload_id {
        // Not looked for in the list: not every store has a good one.
        return Ok(named(&object.bucket, &object.key, upload_id));
    }
    let mut uploads = Found::of_key(client, &object.bucket, &object.key).await?;
    match uploads.len() {
        1 => Ok(uploads.remove(0)),
        0 => Err(Failure::Refused(format!(
            "{} has no open upload; drystone uploads ls s3://{} shows those of the bucket",
            printable(&args.object.to_string()),
            object.bucket
        ))),
        count => {
            let now = client.ground().now();
            for upload in &uploads {
                let stock = Stock::of(client, upload).await.ok().flatten();
                let row = Row { upload, stock: stock.as_ref(), now, price: Price::default() };
                say(&row.text());
            }
            Err(Failure::Usage(format!(
                "{} has {count} open uploads: name one with --upload-id, newest first above",
                printable(&args.object.to_string())
            )))
        }
    }
}

fn named(bucket: &str, key: &str, upload_id: &str) -> OpenUpload {
    let entry = UploadEntry {
        key: key.to_owned(),
        upload_id: upload_id.to_owned(),
        initiated: None,
        storage_class: None,
        owner: None,
        initiator: None,
        checksum: None,
    };
    OpenUpload { bucket: bucket.to_owned(), entry }
}

/// What it has.
///
/// # Errors
/// [`Failure::Refused`] when the store does not know the upload.
async fn stock(client: &Client, upload: &OpenUpload) -> Result<Stock, Failure> {
    Stock::of(client, upload).await?.ok_or_else(|| {
        Failure::Refused(format!(
            "the store does not know upload {} of {}: it was completed or aborted",
            printable(&upload.entry.upload_id),
            printable(&upload.uri())
        ))
    })
}
