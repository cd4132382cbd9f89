//! `drystone serve`: takes the data folder, opens the store, says `ready URL`, serves until told to stop, drains.

use drystone_disk::{Fs, RealFs};
use drystone_identity::Identities;
use drystone_s3::api::AdminApi;
use drystone_s3::server::{ServerLimits, serve};
use drystone_s3::{S3Options, S3Service};
use drystone_seal::Keyring;
use drystone_store::{Store, StoreOptions, SystemClock, SystemEntropy};
use drystone_types::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tracing::{error, info, warn};

use crate::Failure;
use crate::args::ServeArgs;
use crate::assemble::{Engines, owner_of, runtime};
use crate::config::Config;
use crate::health::Doors;
use crate::identities;
use crate::master_keys;
use crate::reloadable::Reloadable;
use crate::root_key;
use crate::shutdown::Signals;
use crate::store_dir::StoreDir;
use crate::webhooks::{self, Deliveries};

/// Closing the metadata may take this long.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let config = Config::load(&args.settings, super::env)?;
    crate::telemetry::start(&config)?;
    runtime()?.block_on(serve_until_told(args, &config))
}

async fn serve_until_told(args: &ServeArgs, config: &Config) -> Result<(), Failure> {
    let mut signals =
        Signals::listen().map_err(|error| Failure::other("cannot listen for signals", error))?;
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let reloadable = Reloadable::open(config)?;
    let mut dir = StoreDir::open_or_create(fs.as_ref(), &config.data(), args.init, &SystemEntropy)?;
    // Before anything else is written: a store that lost its keys stays as it is, and one that exists has keys.
    let sources = config.key_sources(&dir.id, Engines::key_history(fs.as_ref(), config, &dir)?);
    let keyring = master_keys::load(fs.as_ref(), &sources, super::env)?;
    let is_local = config.listen()?.ip().is_loopback();
    let root = root_key::load(fs.as_ref(), &config.data(), &SystemEntropy, super::env, is_local)?;
    let engines = Engines::open(Arc::clone(&fs), config, &dir).await?;
    dir.finish(fs.as_ref())?;
    let identities =
        identities::open(engines.as_traits().0, keyring.master(), &owner_of(&dir.id), root).await?;
    let store = open_store(&engines, config, &dir.id, keyring).await?;
    let listener = bind(config).await?;
    let address = listener.local_addr().map_err(|error| Failure::other("cannot tell the address", error))?;

    let draining = Arc::new(AtomicBool::new(false));
    let webhooks = config.webhooks()?;
    let s3 = s3_service(&store, &identities, config)?
        .with_access_log(reloadable.log_sink())
        .with_webhooks(webhooks::names(&webhooks));
    let deliveries = Deliveries::start(&store, &webhooks, &config.region(), s3.host_id())?;
    let doors = Doors {
        s3,
        admin: AdminApi::new(
            Arc::clone(&store),
            Arc::clone(&identities),
            config.trusted_proxies()?,
            Arc::new(SystemEntropy),
            config.body_stall()?,
        ),
        store: Arc::clone(&store),
        domains: config.domains(),
        draining: Arc::clone(&draining),
    };
    let server_limits = ServerLimits {
        header_timeout: config.header_timeout()?,
        write_stall: config.write_stall()?,
        connections: limits::CONNECTION_COUNT_MAX,
        drain: config.drain()?,
    };
    let (stop_sweeper, sweeper_stopped) = tokio::sync::oneshot::channel::<()>();
    let sweeper = tokio::spawn(Arc::clone(&store).run_sweeper(async {
        let _ = sweeper_stopped.await;
    }));
    tokio::spawn(end_when_fatal(engines.meta.fatal(), store.fatal()));
    let tls = reloadable.acceptor();
    reloadable.watch(config.tls_reload()?)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    say_ready(&format!("{scheme}://{address}"))?;

    let (first_signal, stop) = tokio::sync::oneshot::channel::<()>();
    let draining_now = Arc::clone(&draining);
    tokio::spawn(async move {
        signals.next().await;
        draining_now.store(true, Ordering::Relaxed);
        info!("stopping: what is in flight may finish");
        let _ = first_signal.send(());
        signals.next().await;
        warn!("told twice to stop: ending now");
        std::process::exit(130);
    });
    let finished = serve(listener, tls, doors, server_limits, async {
        let _ = stop.await;
    })
    .await;
    if !finished {
        warn!("requests were still in flight when the drain time was over");
    }
    drop((stop_sweeper, deliveries));
    let _ = sweeper.await;
    let meta = engines.as_traits().0;
    meta.close(CLOSE_TIMEOUT).await.map_err(|error| Failure::other("cannot close the metadata", error))?;
    reloadable.close();
    info!("stopped");
    Ok(())
}

async fn open_store(
    engines: &Engines,
    config: &Config,
    store_id: &str,
    keyring: Keyring,
) -> Result<Arc<Store>, Failure> {
    let mut options = StoreOptions::new(owner_of(store_id), keyring);
    options.encrypt_by_default = config.encrypt_by_default()?;
    options.day = config.day()?;
    options.idle_upload_ttl = config.idle_upload_ttl()?;
    let (meta, blobs) = engines.as_traits();
    Store::open(meta, blobs, Arc::new(SystemClock), Arc::new(SystemEntropy), options)
        .await
        .map_err(|error| Failure::other("cannot open the store", error))
}

fn s3_service(
    store: &Arc<Store>,
    identities: &Arc<Identities>,
    config: &Config,
) -> Result<S3Service, Failure> {
    let options = S3Options {
        region: config.region(),
        strict_region: config.strict_region()?,
        domains: config.domains(),
        tls: config.tls_files()?.is_some(),
        sigv2: config.sigv2()?,
        sse_c_over_http: config.sse_c_over_http()?,
        body_stall: config.body_stall()?,
        trusted_proxies: config.trusted_proxies()?,
        new_buckets: config.new_buckets()?,
        ..S3Options::default()
    };
    let (store, identities) = (Arc::clone(store), Arc::clone(identities));
    Ok(S3Service::new(store, identities, options, Arc::new(SystemEntropy)))
}

async fn bind(config: &Config) -> Result<TcpListener, Failure> {
    let address = config.listen()?;
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::other(format!("cannot listen on {address}"), error))
}

#[expect(clippy::print_stdout, reason = "the one line of stdout that tells that requests are accepted")]
fn say_ready(url: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    println!("ready {url}");
    std::io::stdout().flush().map_err(|error| Failure::other("cannot say that the server is ready", error))
}

/// After a failed sync nothing in memory can be trusted: the process ends, and recovery decides what is durable.
async fn end_when_fatal(meta: impl Future<Output = String>, store: impl Future<Output = String>) {
    let what = tokio::select! {
        what = meta => what,
        what = store => what,
    };
    error!(what, "ending, so that a restart recovers what is durable");
    std::process::exit(i32::from(crate::failure::OTHER));
}
