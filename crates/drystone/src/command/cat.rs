//! `drystone cat`: objects to stdout, in order; proved at the end of each.

use clap::Args as ClapArgs;
use drystone_transfer::S3Uri;
use drystone_transfer::download::{DownloadRequest, Target};

use crate::Failure;
use crate::args::{ClientArgs, ReadKeyArgs, TransferArgs};
use crate::output::progress::Progress;
use crate::output::{end_if_reader_is_gone, say, stdout_file};
use crate::{client_setup, engine_setup, run};

/// Arguments of `cat`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CatArgs {
    /// Objects, each as s3://bucket/key.
    #[arg(required = true, value_name = "S3_URI", value_parser = S3Uri::parse)]
    objects: Vec<S3Uri>,
    /// Version of the object.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// The object's key.
    #[command(flatten)]
    key: ReadKeyArgs,
    /// Store and credentials.
    #[command(flatten)]
    client: ClientArgs,
}

/// Writes each object to stdout.
pub(crate) fn run(args: &CatArgs) -> Result<(), Failure> {
    if args.version_id.is_some() && args.objects.len() > 1 {
        return Err(Failure::Usage("--version-id is of one object; name one".to_owned()));
    }
    let client = client_setup::client(&args.client)?;
    let quiet = TransferArgs { no_progress: true, quiet: true, ..TransferArgs::default() };
    let progress = Progress::new(&quiet);
    let engine = engine_setup::engine(client, &quiet, &progress);
    let work = async {
        for uri in &args.objects {
            let mut from = uri.object().map_err(|error| Failure::Usage(error.to_string()))?;
            from.version_id.clone_from(&args.version_id);
            let request = DownloadRequest { headers: args.key.headers(), ..DownloadRequest::new(from) };
            let out = stdout_file().map_err(|error| Failure::other("cannot write to stdout", error))?;
            let done = engine.download(&request, Target::Stream(Box::new(out))).await;
            done.inspect_err(end_if_reader_is_gone)?;
        }
        Ok(())
    };
    run::run(work, async { say("interrupted: what was written is not the whole object") })
}
