//! `drystone rm`: deletes an object, or all below a prefix, 1,000 per request. Versions are not touched.

use clap::Args as ClapArgs;
use drystone_client::Client;
use drystone_client::action::DeleteObject;
use drystone_transfer::listing::remote::{self, RemoteOptions};
use drystone_transfer::sweep::delete_keys;
use drystone_transfer::sync::run::DELETE_BATCH;
use drystone_transfer::{S3Uri, TransferError};
use std::collections::VecDeque;
use tokio::task::JoinHandle;

use super::many::select;
use super::shown::{printable, with_client};
use crate::Failure;
use crate::args::{ClientArgs, FilterArgs, OutputArgs};
use crate::output::{Console, Ended};

/// Requests at once, 1,000 objects each.
const BATCHES_AT_ONCE: usize = 4;

/// Arguments of `rm`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct RmArgs {
    /// The object; with -r the prefix or bucket.
    #[arg(value_name = "s3://BUCKET/KEY")]
    of: S3Uri,
    /// Deletes all objects below the prefix.
    #[arg(long, short)]
    recursive: bool,
    /// Prints what would be deleted, and does nothing.
    #[arg(long, visible_alias = "dryrun")]
    dry_run: bool,
    /// Prints errors only.
    #[arg(long, short)]
    quiet: bool,
    /// Which objects.
    #[command(flatten)]
    filter: FilterArgs,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// Deletes.
pub(crate) fn run(args: &RmArgs) -> Result<(), Failure> {
    if args.recursive {
        return with_client(&args.client, |client| many(client, args));
    }
    if args.of.key.is_empty() {
        let text = "{0} is a bucket: rm -r {0} deletes all that is in it, rb {0} the bucket";
        return Err(Failure::Usage(text.replace("{0}", &args.of.to_string())));
    }
    with_client(&args.client, |client| one(client, args))
}

fn console(args: &RmArgs) -> Console {
    Console::new(args.output.output, args.quiet)
}

fn named(bucket: &str, key: &str) -> Ended<'static> {
    let source = format!("s3://{bucket}/{}", printable(key));
    Ended { verb: "delete", source, target: String::new(), outcome: None, failure: None, took: None }
}

async fn one(client: Client, args: &RmArgs) -> Result<(), Failure> {
    let ended = named(&args.of.bucket, &args.of.key);
    if args.dry_run {
        console(args).planned(&ended);
        return Ok(());
    }
    let S3Uri { bucket, key } = args.of.clone();
    client.delete_object(&DeleteObject { bucket, key, ..DeleteObject::default() }).await?;
    console(args).ended(&ended);
    Ok(())
}

async fn many(client: Client, args: &RmArgs) -> Result<(), Failure> {
    let select = select(&args.filter)?;
    let prefix = args.of.as_folder();
    let options = RemoteOptions { with_markers: true, in_order: false };
    let mut listing = remote::list(&client, &args.of.bucket, &prefix, options);
    let mut running = Running { args, client, batches: VecDeque::new(), failed: 0 };
    let mut batch = Vec::new();
    while let Some(entry) = listing.next().await? {
        if !select.takes(&entry.path) {
            continue;
        }
        let key = format!("{prefix}{}", entry.path);
        if args.dry_run {
            console(args).planned(&named(&args.of.bucket, &key));
            continue;
        }
        batch.push(key);
        if batch.len() == DELETE_BATCH {
            running.begin(std::mem::take(&mut batch)).await;
        }
    }
    running.begin(batch).await;
    while running.join().await {}
    if running.failed > 0 { Err(Failure::Found) } else { Ok(()) }
}

type Outcomes = Vec<Result<(), TransferError>>;

/// Requests that are under way, told in the order in which they were sent.
struct Running<'a> {
    args: &'a RmArgs,
    client: Client,
    batches: VecDeque<(Vec<String>, JoinHandle<Outcomes>)>,
    failed: u64,
}

impl Running<'_> {
    async fn begin(&mut self, keys: Vec<String>) {
        while self.batches.len() >= BATCHES_AT_ONCE {
            self.join().await;
        }
        if keys.is_empty() {
            return;
        }
        let (client, bucket, names) = (self.client.clone(), self.args.of.bucket.clone(), keys.clone());
        let task = tokio::spawn(async move { delete_keys(&client, &bucket, keys).await });
        self.batches.push_back((names, task));
    }

    async fn join(&mut self) -> bool {
        let Some((keys, task)) = self.batches.pop_front() else { return false };
        let outcomes = task.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        for (key, outcome) in keys.iter().zip(outcomes) {
            let ended = named(&self.args.of.bucket, key);
            self.failed += u64::from(outcome.is_err());
            console(self.args).ended(&Ended { failure: outcome.as_ref().err(), ..ended });
        }
        true
    }
}
