//! `drystone admin bucket`: what buckets hold and may hold, through the admin API of a running server.

use serde_json::json;

use super::admin_identity::{encode, record, send, table};
use crate::Failure;
use crate::args::{BucketCommand, NameArgs};

const COLUMNS: [&str; 6] = ["name", "versions", "versionBytes", "parts", "partBytes", "quotaBytes"];

/// Does what was asked.
pub(super) fn run(command: BucketCommand) -> Result<(), Failure> {
    let path = |name: &str| format!("buckets/{}", encode(name));
    match command {
        BucketCommand::List(admin) => {
            let answer = send(&admin, "GET", "buckets", None)?;
            table(&admin, &answer["buckets"], &COLUMNS)
        }
        BucketCommand::Show(NameArgs { name, admin })
        | BucketCommand::Quota { which: NameArgs { name, admin }, set: None, remove: false } => {
            record(&admin, &send(&admin, "GET", &path(&name), None)?)
        }
        BucketCommand::Quota { which: NameArgs { name, admin }, set: Some(bytes), .. } => {
            let body = json!({ "bytes": bytes });
            send(&admin, "PUT", &format!("{}/quota", path(&name)), Some(body)).map(drop)
        }
        BucketCommand::Quota { which: NameArgs { name, admin }, set: None, remove: true } => {
            send(&admin, "DELETE", &format!("{}/quota", path(&name)), None).map(drop)
        }
    }
}
