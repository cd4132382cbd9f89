//! Row: one open upload as it is shown: parts, bytes, age, who, cost. Pure.

use drystone_transfer::uploads::{OpenUpload, Stock};
use drystone_types::{ChecksumType, Timestamp};
use serde_json::{Value, json};

use super::cost::{Price, usd_text};
use crate::output::{bytes_text, duration_text};

/// What is known of an upload.
pub(super) struct Row<'a> {
    pub(super) upload: &'a OpenUpload,
    /// What it has; `None` when nobody asked or the store cannot tell.
    pub(super) stock: Option<&'a Stock>,
    pub(super) now: Timestamp,
    pub(super) price: Price,
}

/// The line above the rows.
pub(super) fn heading() -> String {
    format!("{:>10} {:>6} {:>9} {:>10}  {:<20} {}", "AGE", "PARTS", "BYTES", "COST/MONTH", "BEGAN", "UPLOAD")
}

impl Row<'_> {
    /// A line.
    pub(super) fn text(&self) -> String {
        let unknown = || "?".to_owned();
        let initiated = self.upload.entry.initiated;
        let age = initiated.map_or_else(unknown, |began| duration_text(self.now.since(began)));
        let began = initiated.map_or_else(unknown, began_text);
        let parts = self.stock.map_or_else(unknown, |stock| stock.parts.len().to_string());
        let bytes = self.stock.map_or_else(unknown, |stock| bytes_text(stock.bytes()));
        let cost = self.stock.map_or_else(unknown, |stock| usd_text(self.price.of(stock.bytes())));
        let who = self.upload.who().map_or_else(String::new, |who| format!(" by {}", printable(who)));
        let (uri, id) = (printable(&self.upload.uri()), &self.upload.entry.upload_id);
        format!("{age:>10} {parts:>6} {bytes:>9} {cost:>10}  {began:<20} {uri} id {id}{who}")
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let entry = &self.upload.entry;
        let account = |account: &drystone_wire::xml::answer::Account| {
            let fields = [("id", account.id.as_ref()), ("displayName", account.display_name.as_ref())];
            let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
            Value::Object(known.collect())
        };
        let checksum = self.stock.and_then(|stock| stock.checksum).or(entry.checksum);
        let fields = [
            ("type", json!("openUpload")),
            ("bucket", json!(self.upload.bucket)),
            ("key", json!(entry.key)),
            ("uploadId", json!(entry.upload_id)),
            ("initiated", json!(entry.initiated.map(Timestamp::iso8601_millis))),
            ("ageSeconds", json!(entry.initiated.map(|began| self.now.since(began).as_secs()))),
            ("lastPart", json!(self.stock.and_then(Stock::last_part).map(Timestamp::iso8601_millis))),
            ("partCount", json!(self.stock.map(|stock| stock.parts.len()))),
            ("bytes", json!(self.stock.map(Stock::bytes))),
            ("monthlyCostUsd", json!(self.stock.map(|stock| self.price.of(stock.bytes())))),
            ("storageClass", json!(entry.storage_class)),
            ("checksumAlgorithm", json!(checksum.map(|(algorithm, _)| algorithm.name()))),
            ("checksumType", json!(checksum.and_then(|(_, kind)| kind).map(ChecksumType::name))),
            ("owner", entry.owner.as_ref().map_or(Value::Null, account)),
            ("initiator", entry.initiator.as_ref().map_or(Value::Null, account)),
        ];
        let known = fields.into_iter().filter(|(_, value)| !value.is_null());
        Value::Object(known.map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

fn began_text(began: Timestamp) -> String {
    began.iso8601().replace(".000Z", "Z")
}

/// What terminals would take for orders is shown escaped.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Row, heading};
    use crate::command::uploads::cost::Price;
    use drystone_transfer::uploads::{OpenUpload, Stock};
    use drystone_types::Timestamp;
    use drystone_wire::xml::answer::{Account, PartEntry, UploadEntry};

    fn upload(initiated: Option<Timestamp>) -> OpenUpload {
        let owner = Account { id: Some("abc".into()), display_name: Some("Ann".into()) };
        let entry = UploadEntry {
            key: "a\u{1b}b".into(),
            upload_id: "u1".into(),
            initiated,
            storage_class: None,
            owner: initiated.map(|_| owner),
            initiator: None,
            checksum: None,
        };
        OpenUpload { bucket: "b".into(), entry }
    }

    #[test]
    fn a_row_says_what_is_known() {
        let part = |part_number| PartEntry {
            part_number,
            size: 1 << 30,
            etag: "e".into(),
            last_modified: None,
            checksum: None,
        };
        let stock = Stock { parts: vec![part(1), part(3)], checksum: None };
        let upload = upload(Some(Timestamp::from_seconds(1000)));
        let now = Timestamp::from_seconds(1000 + 3 * 86_400);
        let row = Row { upload: &upload, stock: Some(&stock), now, price: Price::parse("0.5").unwrap() };
        let text =
            "   3 d 0 h      2   2.15 GB      $1.00  1970-01-01T00:16:40Z s3://b/a\\u{1b}b id u1 by Ann";
        assert_eq!(row.text(), text);
        assert_eq!(heading().find("UPLOAD"), text.find("s3://"));
        let json = row.json();
        assert_eq!((json["ageSeconds"].as_u64(), json["bytes"].as_u64()), (Some(259_200), Some(2 << 30)));
        assert_eq!(json["owner"]["displayName"], "Ann");
        assert_eq!(json["monthlyCostUsd"], 1.0);
    }

    #[test]
    fn what_a_store_does_not_tell_is_a_question_mark() {
        let upload = upload(None);
        let price = Price::parse("1").unwrap();
        let row = Row { upload: &upload, stock: None, now: Timestamp::from_seconds(9), price };
        assert_eq!(row.text().split_whitespace().take(5).collect::<Vec<_>>(), ["?"; 5]);
        let json = row.json();
        assert!(
            json.get("bytes").is_none() && json.get("ageSeconds").is_none() && json.get("owner").is_none()
        );
    }
}
