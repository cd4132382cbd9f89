//! `drystone uploads abort` and `prune`: end open uploads, and tell what that frees.

use drystone_client::Client;
use drystone_transfer::uploads::{Found, OpenUpload, Stock};
use drystone_transfer::{S3Uri, TransferError};
use drystone_types::Timestamp;
use futures_util::StreamExt as _;
use serde_json::json;
use std::time::Duration;

use super::args::{AbortArgs, PruneArgs, WhichArgs};
use super::row::printable;
use super::{cut_short, places, which, with_stocks};
use crate::Failure;
use crate::output::{Console, bytes_text, duration_text, say};

/// What was ended.
#[derive(Default)]
struct Total {
    uploads: u64,
    parts: u64,
    bytes: u64,
    failed: u64,
    /// Uploads whose age the store does not tell.
    ageless: u64,
}

/// How uploads are ended.
struct Ending {
    client: Client,
    console: Console,
    is_dry_run: bool,
    /// Only those in which nothing happened for so long.
    older_than: Option<Duration>,
    total: Total,
}

/// Aborts one upload, or with --yes all of a bucket or prefix.
pub(super) async fn abort(client: Client, args: &AbortArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let mut ending = Ending {
        client: client.clone(),
        console,
        is_dry_run: args.dry_run,
        older_than: None,
        total: Total::default(),
    };
    if args.yes {
        ending.all(&args.of.bucket, &args.of.key).await?;
        return ending.tell_total();
    }
    if args.of.key.is_empty() {
        let text = format!("to abort all uploads of {0}, type: drystone uploads abort {0} --yes", args.of);
        return Err(Failure::Usage(text));
    }
    let object = args.of.clone();
    let upload = which(&client, &WhichArgs { object, upload_id: args.upload_id.clone() }).await?;
    ending.some(vec![upload]).await;
    if ending.total.uploads + ending.total.failed == 0 {
        return Err(Failure::Refused(format!("{} has no such upload", printable(&args.of.to_string()))));
    }
    ending.tell_total()
}

/// Aborts all uploads in which nothing happened for some time.
pub(super) async fn prune(client: Client, args: &PruneArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let mut ending = Ending {
        client: client.clone(),
        console,
        is_dry_run: args.dry_run,
        older_than: Some(args.older_than),
        total: Total::default(),
    };
    let of: Option<&S3Uri> = args.of.as_ref();
    for (bucket, prefix) in places(&client, of).await? {
        match ending.all(&bucket, &prefix).await {
            Ok(()) => {}
            Err(error) if of.is_some() => return Err(error.into()),
            Err(error) => {
                say(&format!("drystone: {error}"));
                ending.total.failed += 1;
            }
        }
    }
    ending.tell_total()
}

impl Ending {
    /// All of a bucket or prefix. They are listed before the first one is ended: a list that changes under its reader leaves some out.
    async fn all(&mut self, bucket: &str, prefix: &str) -> Result<(), TransferError> {
        let mut found = Found::new(&self.client, bucket, prefix);
        let uploads = found.all().await?;
        if found.is_cut_short() {
            // Those that it showed go; after that it may show others.
            say(&cut_short(bucket));
        }
        let now = self.client.ground().now();
        let may_be_old = |upload: &OpenUpload| is_old(upload.entry.initiated, now, self.older_than);
        let (uploads, rest): (Vec<_>, Vec<_>) = uploads.into_iter().partition(may_be_old);
        self.total.ageless += rest.iter().filter(|upload| upload.entry.initiated.is_none()).count() as u64;
        self.some(uploads).await;
        Ok(())
    }

    /// These, unless parts came lately.
    async fn some(&mut self, uploads: Vec<OpenUpload>) {
        let (client, now) = (self.client.clone(), self.client.ground().now());
        let stocks = with_stocks(&client, uploads);
        tokio::pin!(stocks);
        while let Some((upload, stock)) = stocks.next().await {
            match stock {
                Ok(stock) if is_old(upload.last_active(stock.last_part()), now, self.older_than) => {
                    self.one(&upload, &stock).await;
                }
                Ok(_) => {}
                Err(error) => self.failed(&error),
            }
        }
    }

    async fn one(&mut self, upload: &OpenUpload, stock: &Stock) {
        if !self.is_dry_run {
            let entry = &upload.entry;
            let ended =
                self.client.abort_multipart_upload(&upload.bucket, &entry.key, &entry.upload_id).await;
            match ended {
                Ok(()) => {}
                Err(error) if error.code() == Some("NoSuchUpload") => return,
                Err(error) => {
                    let what = format!("aborting upload {} of {}", entry.upload_id, printable(&upload.uri()));
                    return self.failed(&TransferError::call(what)(error));
                }
            }
        }
        self.total.uploads += 1;
        self.total.parts += stock.parts.len() as u64;
        self.total.bytes = self.total.bytes.saturating_add(stock.bytes());
        self.tell(upload, stock);
    }

    fn failed(&mut self, error: &TransferError) {
        say(&format!("drystone: {error}"));
        self.total.failed += 1;
    }

    fn tell(&self, upload: &OpenUpload, stock: &Stock) {
        let entry = &upload.entry;
        let now = self.client.ground().now();
        let age = entry.initiated.map(|began| now.since(began));
        let age_text = age.map_or_else(String::new, |age| format!(", {} old", duration_text(age)));
        let text = format!(
            "{}abort: {} id {}: {} parts, {}{age_text}",
            if self.is_dry_run { "(dryrun) " } else { "" },
            printable(&upload.uri()),
            entry.upload_id,
            stock.parts.len(),
            bytes_text(stock.bytes()),
        );
        let mut json = json!({
            "type": "abort",
            "bucket": upload.bucket,
            "key": entry.key,
            "uploadId": entry.upload_id,
            "partCount": stock.parts.len(),
            "bytes": stock.bytes(),
        });
        if let Some(age) = age {
            json["ageSeconds"] = age.as_secs().into();
        }
        if self.is_dry_run {
            json["dryRun"] = true.into();
        }
        self.console.result(text, json);
    }

    fn tell_total(&self) -> Result<(), Failure> {
        let Total { uploads, parts, bytes, failed, ageless } = self.total;
        let size = bytes_text(bytes);
        let text = if self.is_dry_run {
            format!("total: {uploads} uploads with {parts} parts would be aborted, {size} freed")
        } else {
            format!("total: {uploads} uploads with {parts} parts aborted, {size} freed")
        };
        let json = json!({
            "type": "total", "uploads": uploads, "partCount": parts, "bytes": bytes, "failed": failed,
            "dryRun": self.is_dry_run,
        });
        self.console.result(text, json);
        if ageless > 0 {
            say(&format!("{ageless} uploads stay: the store does not tell when they began"));
        }
        if failed > 0 { Err(Failure::Found) } else { Ok(()) }
    }
}

/// Has nothing happened since `last` for as long as is asked for? What is not known is not old.
fn is_old(last: Option<Timestamp>, now: Timestamp, older_than: Option<Duration>) -> bool {
    match (older_than, last) {
        (None, _) => true,
        (Some(older_than), Some(last)) => last <= now && now.since(last) >= older_than,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_old;
    use drystone_types::Timestamp;
    use std::time::Duration;

    #[test]
    fn only_what_is_known_to_be_old_is_old() {
        let now = Timestamp::from_seconds(1000);
        let at = |seconds| Some(Timestamp::from_seconds(seconds));
        let cases = [
            (at(900), Some(100), true),
            (at(901), Some(100), false),
            (at(1001), Some(0), false),
            (at(1000), Some(0), true),
            (None, Some(0), false),
            (None, None, true),
            (at(1001), None, true),
        ];
        for (last, older_than, want) in cases {
            assert_eq!(
                is_old(last, now, older_than.map(Duration::from_secs)),
                want,
                "{last:?} {older_than:?}"
            );
        }
    }
}
