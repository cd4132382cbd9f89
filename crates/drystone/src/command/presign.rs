//! `drystone presign`: a URL with which others read, write or delete an object, or send a part, for some time.

use clap::{Args as ClapArgs, ValueEnum};
use drystone_client::Call;
use drystone_transfer::S3Uri;
use http::Method;
use serde_json::json;
use std::time::Duration;

use super::shown::with_client;
use crate::Failure;
use crate::args::{ClientArgs, OutputArgs};
use crate::output::Console;

/// Longest life of a URL: 7 days, by the rules of SigV4.
const EXPIRES_MAX_SECONDS: u64 = 604_800;

/// Arguments of `presign`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct PresignArgs {
    /// The object.
    #[arg(value_name = "s3://BUCKET/KEY")]
    of: S3Uri,
    /// What the URL is for; put with --upload-id and --part-number sends a part.
    #[arg(long, value_enum, default_value_t = Purpose::Get)]
    method: Purpose,
    /// Seconds for which it works, at most 7 days.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=EXPIRES_MAX_SECONDS))]
    expires_in: u64,
    /// The version of the object.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// Of a part: the upload that it belongs to.
    #[arg(long, value_name = "ID", requires = "part_number")]
    upload_id: Option<String>,
    /// Of a part: its number.
    #[arg(long, value_name = "NUMBER", requires = "upload_id", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    part_number: Option<u32>,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// What a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// Reads the object.
    Get,
    /// Looks at the object.
    Head,
    /// Writes the object, or a part.
    Put,
    /// Deletes the object.
    Delete,
}

/// Makes a URL. Nothing is asked of the store.
pub(crate) fn run(args: &PresignArgs) -> Result<(), Failure> {
    let call = call(args)?;
    with_client(&args.client, |client| async move {
        let url = client.presign(&call, Duration::from_secs(args.expires_in)).await?;
        let json = json!({
            "type": "presigned", "url": url, "method": call.method.as_str(), "expiresIn": args.expires_in
        });
        Console::new(args.output.output, false).result(&url, json);
        Ok(())
    })
}

fn call(args: &PresignArgs) -> Result<Call, Failure> {
    let object = args.of.object().map_err(|error| Failure::Usage(error.to_string()))?;
    if args.upload_id.is_some() && args.method != Purpose::Put {
        return Err(Failure::Usage("a part is sent with --method put".to_owned()));
    }
    let (action, method) = match (args.method, &args.upload_id) {
        (Purpose::Get, _) => ("GetObject", Method::GET),
        (Purpose::Head, _) => ("HeadObject", Method::HEAD),
        (Purpose::Put, None) => ("PutObject", Method::PUT),
        (Purpose::Put, Some(_)) => ("UploadPart", Method::PUT),
        (Purpose::Delete, _) => ("DeleteObject", Method::DELETE),
    };
    Ok(Call::new(action, method)
        .object(&object.bucket, &object.key)
        .query_if("partNumber", args.part_number)
        .query_if("uploadId", args.upload_id.as_deref())
        .query_if("versionId", args.version_id.as_deref()))
}
