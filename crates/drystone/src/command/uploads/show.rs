//! `drystone uploads show`: the parts of one upload, with sizes, ETags and checksums, and which numbers are missing.

use drystone_client::Client;
use drystone_transfer::uploads::{Stock, gaps};
use drystone_types::{ChecksumType, Timestamp};
use drystone_wire::xml::answer::PartEntry;
use serde_json::{Value, json};

use super::args::ShowArgs;
use super::row::printable;
use super::{stock, which};
use crate::Failure;
use crate::output::{Console, bytes_text};

/// Shows.
pub(super) async fn run(client: Client, args: &ShowArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let upload = which(&client, &args.which).await?;
    let stock = stock(&client, &upload).await?;
    for part in &stock.parts {
        console.result(part_text(part), part_json(part));
    }
    let missing = gaps(stock.parts.iter().map(|part| part.part_number));
    let mut json = total_json(&stock, &missing);
    json["bucket"] = upload.bucket.as_str().into();
    json["key"] = upload.entry.key.as_str().into();
    json["uploadId"] = upload.entry.upload_id.as_str().into();
    let uri = printable(&upload.uri());
    console.result(format!("{uri} id {}: {}", upload.entry.upload_id, total_text(&stock, &missing)), json);
    Ok(())
}

fn part_text(part: &PartEntry) -> String {
    let checksum = part
        .checksum
        .map_or_else(String::new, |sum| format!(" {} {}", sum.algorithm().name(), sum.to_base64()));
    let came = part.last_modified.map_or_else(|| "?".to_owned(), Timestamp::iso8601);
    let came = came.replace(".000Z", "Z");
    format!("{:>6} {:>12} {came:<20} {}{checksum}", part.part_number, part.size, printable(&part.etag))
}

fn part_json(part: &PartEntry) -> Value {
    let mut json = json!({
        "type": "part",
        "partNumber": part.part_number,
        "size": part.size,
        "etag": part.etag,
    });
    if let Some(came) = part.last_modified {
        json["lastModified"] = came.iso8601_millis().into();
    }
    if let Some(sum) = part.checksum {
        json["checksum"] = json!({ "algorithm": sum.algorithm().name(), "value": sum.to_base64() });
    }
    json
}

fn total_text(stock: &Stock, missing: &[(u64, u64)]) -> String {
    let checksums = stock.checksum.map_or_else(
        || "no checksums declared".to_owned(),
        |(algorithm, kind)| {
            let kind = kind.map_or_else(String::new, |kind: ChecksumType| format!(" {}", kind.name()));
            format!("checksums {}{kind}", algorithm.name())
        },
    );
    let gaps = match missing {
        [] => "no gaps".to_owned(),
        _ => format!("missing {}", missing.iter().map(range_text).collect::<Vec<_>>().join(", ")),
    };
    format!("{} parts, {}, {checksums}, {gaps}", stock.parts.len(), bytes_text(stock.bytes()))
}

fn range_text(range: &(u64, u64)) -> String {
    let (first, last) = range;
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

fn total_json(stock: &Stock, missing: &[(u64, u64)]) -> Value {
    let mut json = json!({
        "type": "total",
        "partCount": stock.parts.len(),
        "bytes": stock.bytes(),
        "missing": missing.iter().map(|(first, last)| json!([first, last])).collect::<Vec<_>>(),
    });
    if let Some((algorithm, kind)) = stock.checksum {
        json["checksumAlgorithm"] = algorithm.name().into();
        json["checksumType"] = kind.map(ChecksumType::name).into();
    }
    json
}

#[cfg(test)]
mod tests {
    use super::{total_json, total_text};
    use drystone_transfer::uploads::Stock;
    use drystone_types::{ChecksumAlgorithm, ChecksumType};

    #[test]
    fn gaps_are_named() {
        let checksum = Some((ChecksumAlgorithm::Crc32, Some(ChecksumType::Composite)));
        let stock = Stock { parts: Vec::new(), checksum };
        let text = total_text(&stock, &[(1, 1), (4, 6)]);
        assert_eq!(text, "0 parts, 0 B, checksums CRC32 COMPOSITE, missing 1, 4-6");
        assert_eq!(total_text(&Stock::default(), &[]), "0 parts, 0 B, no checksums declared, no gaps");
        assert_eq!(total_json(&stock, &[(4, 6)])["missing"], serde_json::json!([[4, 6]]));
    }
}
