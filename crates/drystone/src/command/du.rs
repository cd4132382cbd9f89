//! `drystone du`: how many objects and bytes are below prefixes, and with --uploads what open uploads hold.

use clap::Args as ClapArgs;
use drystone_client::Client;
use drystone_transfer::S3Uri;
use drystone_transfer::listing::remote::{self, RemoteOptions};
use drystone_transfer::uploads::{Found, Stock, all_buckets};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use super::shown::{human_size, printable, with_client};
use crate::Failure;
use crate::args::{ClientArgs, OutputArgs};
use crate::output::Console;

/// Uploads whose parts are asked for at one time.
const ASKED_AT_ONCE: usize = 16;

/// Arguments of `du`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct DuArgs {
    /// Bucket or prefix; all buckets when not given.
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    of: Option<S3Uri>,
    /// How deep prefixes are told one by one; 0 tells the total only.
    #[arg(long, short = 'd', value_name = "COUNT", default_value_t = 1)]
    max_depth: usize,
    /// Sizes as 1.5 MiB.
    #[arg(long)]
    human_readable: bool,
    /// Adds open uploads, and the bytes of their parts.
    #[arg(long)]
    uploads: bool,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// Counts.
pub(crate) fn run(args: &DuArgs) -> Result<(), Failure> {
    with_client(&args.client, |client| async move {
        if let Some(of) = &args.of {
            return place(&client, args, of, args.max_depth).await;
        }
        for bucket in all_buckets(&client).await? {
            let of = S3Uri { bucket, key: String::new() };
            place(&client, args, &of, args.max_depth.saturating_sub(1)).await?;
        }
        Ok(())
    })
}

/// Objects and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    objects: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

async fn place(client: &Client, args: &DuArgs, of: &S3Uri, depth: usize) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let prefix = of.as_folder();
    let tell = |path: &str, sum: Sum, kind: &str| {
        let uri = S3Uri { bucket: of.bucket.clone(), key: format!("{prefix}{path}") };
        let size = if args.human_readable { human_size(sum.bytes) } else { sum.bytes.to_string() };
        let noun = if kind == "uploads" { "open uploads" } else { "objects" };
        let text = format!("{size:>14} {:>9} {noun} {}", sum.objects, printable(&uri.to_string()));
        let json = json!({
            "type": kind, "bucket": of.bucket, "prefix": uri.key, "bytes": sum.bytes, "count": sum.objects
        });
        console.result(text, json);
    };
    let options = RemoteOptions { with_markers: true, in_order: false };
    let mut listing = remote::list(client, &of.bucket, &prefix, options);
    let mut sums = Sums::new(depth);
    while let Some(entry) = listing.next().await? {
        for (path, sum) in sums.add(&entry.path, entry.size) {
            tell(&path, sum, "prefix");
        }
    }
    let (rest, total) = sums.finish();
    for (path, sum) in rest {
        tell(&path, sum, "prefix");
    }
    tell("", total, "total");
    if args.uploads {
        tell("", uploads(client, of, &prefix).await?, "uploads");
    }
    Ok(())
}

/// Sums of the prefixes that are open: as keys ascend, one that is left does not come again.
struct Sums {
    depth: usize,
    open: Vec<(String, Sum)>,
    total: Sum,
}

impl Sums {
    fn new(depth: usize) -> Self {
        Self { depth, open: Vec::new(), total: Sum::default() }
    }

    /// Adds an object, and hands out the prefixes that are over, deepest first.
    fn add(&mut self, path: &str, bytes: u64) -> Vec<(String, Sum)> {
        let over = self.leave(|prefix| !path.starts_with(prefix));
        let known = self.open.last().map_or(0, |(prefix, _)| prefix.len());
        let slashes = path[known..].match_indices('/').map(|(at, _)| known + at + 1);
        for end in slashes.take(self.depth - self.open.len().min(self.depth)).collect::<Vec<_>>() {
            self.open.push((path[..end].to_owned(), Sum::default()));
        }
        self.open.iter_mut().for_each(|(_, sum)| sum.add(bytes));
        self.total.add(bytes);
        over
    }

    fn leave(&mut self, is_over: impl Fn(&str) -> bool) -> Vec<(String, Sum)> {
        let mut over = Vec::new();
        while let Some(last) = self.open.pop_if(|(prefix, _)| is_over(prefix)) {
            over.push(last);
        }
        over
    }

    fn finish(mut self) -> (Vec<(String, Sum)>, Sum) {
        (self.leave(|_| true), self.total)
    }
}

async fn uploads(client: &Client, of: &S3Uri, prefix: &str) -> Result<Sum, Failure> {
    let mut pages = Found::new(client, &of.bucket, prefix);
    let mut sum = Sum::default();
    while let Some(page) = pages.next().await? {
        let stocks = stream::iter(page).map(|upload| async move { Stock::of(client, &upload).await });
        let stocks: Vec<_> = stocks.buffer_unordered(ASKED_AT_ONCE).try_collect().await?;
        stocks.into_iter().flatten().for_each(|stock| sum.add(stock.bytes()));
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::{Sum, Sums};

    fn summed(depth: usize, paths: &[(&str, u64)]) -> (Vec<(String, u64, u64)>, Sum) {
        let mut sums = Sums::new(depth);
        let mut told: Vec<_> = paths.iter().flat_map(|(path, bytes)| sums.add(path, *bytes)).collect();
        let (rest, total) = sums.finish();
        told.extend(rest);
        (told.into_iter().map(|(path, sum)| (path, sum.objects, sum.bytes)).collect(), total)
    }

    #[test]
    fn prefixes_are_summed_to_a_depth() {
        let paths = [("a", 1), ("b/c/d", 2), ("b/c/e", 4), ("b/f", 8), ("g/", 0), ("g/h", 16)];
        let told = |path: &str, objects, bytes| (path.to_owned(), objects, bytes);
        let total = Sum { objects: 6, bytes: 31 };
        assert_eq!(summed(0, &paths), (vec![], total));
        assert_eq!(summed(1, &paths), (vec![told("b/", 3, 14), told("g/", 2, 16)], total));
        assert_eq!(
            summed(2, &paths),
            (vec![told("b/c/", 2, 6), told("b/", 3, 14), told("g/", 2, 16)], total)
        );
        assert_eq!(summed(1, &[]), (vec![], Sum::default()));
    }
}
