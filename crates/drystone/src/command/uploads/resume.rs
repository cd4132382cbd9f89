//! `drystone uploads resume`: finishes an upload that another machine or program began, from what the store lists of it.

use drystone_client::Client;
use drystone_transfer::plan::Plan;
use drystone_transfer::upload::UploadRequest;
use drystone_transfer::upload::reconcile::ListedPart;
use drystone_transfer::uploads::fit::fit;
use drystone_transfer::uploads::{OpenUpload, Stock};
use drystone_transfer::{Outcome, TransferError};
use tokio::time::Instant;

use super::args::ResumeArgs;
use super::row::printable;
use super::{stock, which};
use crate::output::progress::Progress;
use crate::output::{Console, Ended, bytes_text, command_line, interrupted_text, say};
use crate::{Failure, client_setup, engine_setup};

/// Finishes.
pub(super) fn run(args: &ResumeArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, args.transfer.quiet);
    let object = args.which.object.object().map_err(|error| Failure::Usage(error.to_string()))?;
    let headers = args.metadata.headers(None).map_err(Failure::Usage)?;
    let request = UploadRequest { path: args.file.clone(), to: object, headers };
    let client = client_setup::client(&args.client)?;
    let progress = Progress::new(&args.transfer);
    let engine = engine_setup::engine(client.clone(), &args.transfer, &progress);
    let began = Instant::now();
    let work = async {
        let (upload, plan) = prepare(&client, args).await?;
        Ok(engine.adopt(&request, &upload.entry.upload_id, plan.part_size_bytes).await)
    };
    let interrupted = async {
        let (done, total) = progress.bytes();
        progress.finish();
        let next = format!("To go on, type the same again:\n  {}", command_line());
        say(&interrupted_text(done, total, &next));
    };
    let outcome: Result<Outcome, TransferError> = crate::run::run(work, interrupted)?;
    progress.finish();
    let mut ended = Ended {
        verb: "upload",
        source: args.file.display().to_string(),
        target: request.to.to_string(),
        outcome: None,
        failure: None,
        took: Some(began.elapsed()),
    };
    match &outcome {
        Ok(outcome) => {
            if !args.transfer.quiet {
                say(&format!("{} of {} parts were there already", outcome.parts_kept, outcome.part_count));
            }
            ended.outcome = Some(outcome);
            console.ended(&ended);
            Ok(())
        }
        Err(error) => {
            ended.failure = Some(error);
            console.ended(&ended);
            Err(Failure::Found)
        }
    }
}

/// Finds the upload, and how it was cut.
async fn prepare(client: &Client, args: &ResumeArgs) -> Result<(OpenUpload, Plan), Failure> {
    let path = &args.file;
    let read = |source| TransferError::Local { what: "read", path: path.clone(), source };
    let size = std::fs::metadata(path).map_err(read)?.len();
    let upload = which(client, &args.which).await?;
    let stock = stock(client, &upload).await?;
    let plan = fit(&listed(&stock), size, args.transfer.part_size).map_err(|misfit| {
        Failure::Refused(format!(
            "upload {} was not begun with {}: {misfit}",
            printable(&upload.entry.upload_id),
            path.display()
        ))
    })?;
    if !args.transfer.quiet {
        let (parts, bytes) = (stock.parts.len(), bytes_text(stock.bytes()));
        say(&format!(
            "upload {} has {parts} of {} parts, {bytes}: they are compared with {}",
            printable(&upload.entry.upload_id),
            plan.part_count(),
            path.display()
        ));
    }
    Ok((upload, plan))
}

fn listed(stock: &Stock) -> Vec<ListedPart> {
    let part = |part: &drystone_wire::xml::answer::PartEntry| ListedPart {
        part_number: part.part_number,
        size: part.size,
        etag: part.etag.clone(),
        checksum: part.checksum,
    };
    stock.parts.iter().map(part).collect()
}
