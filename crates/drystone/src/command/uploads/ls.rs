//! `drystone uploads ls`: every open upload with its parts, bytes, age, who began it, and what leaving it costs.

use drystone_client::Client;
use drystone_transfer::TransferError;
use drystone_transfer::uploads::{Found, OpenUpload, Stock};
use futures_util::StreamExt as _;
use serde_json::json;

use super::args::LsArgs;
use super::cost::usd_text;
use super::row::{Row, heading};
use super::{cut_short, places, with_stocks};
use crate::Failure;
use crate::args::Output;
use crate::output::{Console, bytes_text, say, stdout_line};

/// What was listed.
#[derive(Default)]
struct Total {
    uploads: u64,
    parts: u64,
    bytes: u64,
    /// Something could not be asked.
    is_incomplete: bool,
}

/// Lists.
pub(super) async fn run(client: Client, args: &LsArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let mut total = Total::default();
    for (bucket, prefix) in places(&client, args.of.as_ref()).await? {
        let mut found = Found::new(&client, &bucket, &prefix);
        loop {
            match found.next().await {
                Ok(None) => break,
                Ok(Some(page)) => list(&client, page, args, console, &mut total).await,
                Err(error) if args.of.is_some() => return Err(error.into()),
                Err(error) => {
                    // One bucket that may not be looked at does not hide the others.
                    say(&format!("drystone: {error}"));
                    total.is_incomplete = true;
                    break;
                }
            }
        }
        if found.is_cut_short() {
            say(&cut_short(&bucket));
            total.is_incomplete = true;
        }
    }
    tell_total(console, args, &total);
    if total.is_incomplete { Err(Failure::Found) } else { Ok(()) }
}

async fn list(client: &Client, page: Vec<OpenUpload>, args: &LsArgs, console: Console, total: &mut Total) {
    let now = client.ground().now();
    let mut tell = |upload: &OpenUpload, stock: Option<&Stock>| {
        if total.uploads == 0 && console.form == Output::Text {
            stdout_line(&heading());
        }
        let row = Row { upload, stock, now, price: args.price };
        console.result(row.text(), row.json());
        total.uploads += 1;
        total.parts += stock.map_or(0, |stock| stock.parts.len() as u64);
        total.bytes = total.bytes.saturating_add(stock.map_or(0, Stock::bytes));
    };
    if args.fast {
        return page.iter().for_each(|upload| tell(upload, None));
    }
    let stocks = with_stocks(client, page);
    tokio::pin!(stocks);
    let mut failed: Vec<TransferError> = Vec::new();
    while let Some((upload, stock)) = stocks.next().await {
        tell(&upload, stock.as_ref().ok());
        failed.extend(stock.err());
    }
    for error in &failed {
        say(&format!("drystone: {error}"));
    }
    total.is_incomplete |= !failed.is_empty();
}

fn tell_total(console: Console, args: &LsArgs, total: &Total) {
    let Total { uploads, parts, bytes, .. } = *total;
    let cost = args.price.of(bytes);
    let text = match uploads {
        0 => "no open uploads".to_owned(),
        _ if args.fast => format!("total: {uploads} open uploads"),
        _ => format!(
            "total: {uploads} open uploads, {parts} parts, {}; leaving them costs about {} a month at {} USD per GB (an estimate)",
            bytes_text(bytes),
            usd_text(cost),
            args.price.usd()
        ),
    };
    let mut json = json!({ "type": "total", "uploads": uploads });
    if !args.fast {
        json["partCount"] = parts.into();
        json["bytes"] = bytes.into();
        json["monthlyCostUsd"] = cost.into();
        json["priceUsd"] = args.price.usd().into();
    }
    console.result(text, json);
}
