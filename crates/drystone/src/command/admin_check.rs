//! `drystone admin check`: verifies every invariant of a store that no server is using.
#![expect(clippy::print_stdout, reason = "data goes to stdout")]

use drystone_disk::{Fs, RealFs};
use drystone_metastore::MetaStore as _;
use drystone_store::invariants::{CheckReport, check};
use drystone_wire::auth::Secret;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

use crate::Failure;
use crate::args::{CheckArgs, Output};
use crate::assemble::{Engines, owner_of, runtime};
use crate::config::Config;
use crate::identities;
use crate::master_keys;
use crate::store_dir::StoreDir;

/// Checks, reports, and fails when anything is broken.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let config = Config::load(&args.settings, super::env)?;
    crate::telemetry::start(&config)?;
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let dir = StoreDir::open(fs.as_ref(), &config.data())?;
    let sources = config.key_sources(&dir.id, Engines::key_history(fs.as_ref(), &config, &dir)?);
    let keys = master_keys::find(&sources, super::env)?;
    let keyring = keys.as_ref().map(|keys| &keys.keyring);
    let report = runtime()?.block_on(async {
        let engines = Engines::open(Arc::clone(&fs), &config, &dir).await?;
        if let Some(keyring) = keyring {
            // Nobody's key: only what the master keys sealed is opened.
            let nobody = (String::from("-"), Secret::new("-"));
            identities::open(engines.as_traits().0, keyring.master(), &owner_of(&dir.id), nobody).await?;
        }
        let report = check(engines.meta.as_ref(), engines.blobs.as_ref(), !args.fast, keyring).await;
        let report = report.map_err(|error| Failure::other("the check could not be finished", error))?;
        let _ = engines.meta.close(Duration::from_secs(10)).await;
        Ok::<_, Failure>(report)
    })?;
    match args.output {
        Output::Text => print_text(&report),
        Output::Json => println!("{}", json(&report)),
    }
    if !report.violations.is_empty() {
        return Err(Failure::Found);
    }
    match keys {
        Some(keys) if args.renew_key_check => keys.renew_check(fs.as_ref(), &sources),
        Some(keys) if !keys.are_proven => {
            warn!(
                "master-keys.check is missing: these keys open everything, and --renew-key-check makes it anew"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

fn print_text(report: &CheckReport) {
    println!(
        "{} buckets, {} objects and versions ({} bytes), {} delete markers",
        report.buckets, report.objects, report.object_bytes, report.delete_markers
    );
    println!("{} open uploads, {} parts", report.uploads, report.parts);
    println!(
        "{} blobs verified, {} leased, {} to be deleted",
        report.blobs_verified, report.leases, report.garbage
    );
    for violation in &report.violations {
        println!("VIOLATION {}: {}", violation.invariant, violation.what);
    }
    match report.violations.len() {
        0 => println!("every invariant holds"),
        count => println!("{count} violations"),
    }
}

fn json(report: &CheckReport) -> serde_json::Value {
    let violations: Vec<_> = report
        .violations
        .iter()
        .map(|violation| serde_json::json!({ "invariant": violation.invariant, "what": violation.what }))
        .collect();
    serde_json::json!({
        "buckets": report.buckets,
        "objects": report.objects,
        "objectBytes": report.object_bytes,
        "deleteMarkers": report.delete_markers,
        "uploads": report.uploads,
        "parts": report.parts,
        "blobsVerified": report.blobs_verified,
        "leases": report.leases,
        "garbage": report.garbage,
        "violations": violations,
    })
}
