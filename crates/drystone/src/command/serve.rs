//! `drystone serve`: takes the data folder, opens the store, says `ready URL`, serves until told to stop, drains.

use drystone_disk::{Fs, RealFs};
use drystone_identity::Identities;
use drystone_s3::api::AdminApi;
use drystone_s3::server::{ServerLimits, serve};
use drystone_s3::{S3Options, S3Service};
use drystone_seal::Keyring;
use drystone_store::{Entropy, Store, StoreOptions, SystemClock, SystemEntropy};
use drystone_types::limits;
use drystone_wire::auth::Secret;
use std::path::Path;
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
use crate::shutdown::Signals;
use crate::store_dir::StoreDir;
use crate::webhooks::{self, Deliveries};

const ACCESS_KEY_ENV: &str = "DRYSTONE_ROOT_ACCESS_KEY_ID";
const SECRET_ENV: &str = "DRYSTONE_ROOT_SECRET_ACCESS_KEY";
const CREDENTIALS_FILE: &str = "root-credentials";
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
    let (access_key_id, secret) = root_key(fs.as_ref(), &config.data(), &SystemEntropy)?;
    let engines = Engines::open(Arc::clone(&fs), config, &dir).await?;
    dir.finish(fs.as_ref())?;
    let keyring = master_keys::load(fs.as_ref(), &config.key_sources(&dir.id), super::env)?;
    let root = (access_key_id, secret);
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
    std::process::exit(i32::from(crate::exit::OTHER));
}

/// The root credentials that a store on this machine keeps.
pub(crate) fn root_credentials(dir: &Path) -> Result<(String, Secret), Failure> {
    let path = dir.join(CREDENTIALS_FILE);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::other(format!("cannot read {}", path.display()), error))?;
    parse_credentials(&text)
        .ok_or_else(|| Failure::Config(format!("{} is not a credentials file of ours", path.display())))
}

/// The root key: as configured, or as stored, or made now. There is no default.
fn root_key(fs: &dyn Fs, dir: &Path, entropy: &dyn Entropy) -> Result<(String, Secret), Failure> {
    match (super::env(ACCESS_KEY_ENV), super::env(SECRET_ENV)) {
        (Some(id), Some(secret)) => {
            check_key(&id, &secret)?;
            return Ok((id, Secret::new(secret)));
        }
        (None, None) => {}
        _ => {
            let what = format!("{ACCESS_KEY_ENV} and {SECRET_ENV} must be set together, or neither");
            return Err(Failure::Config(what));
        }
    }
    let path = dir.join(CREDENTIALS_FILE);
    let failed = |what: &str, error| Failure::other(format!("cannot {what} {}", path.display()), error);
    if fs.exists(&path).map_err(|error| failed("look at", error))? {
        return root_credentials(dir);
    }
    let id = format!("DRY{}", base32(entropy.random_u128(), 17));
    let secret = format!("{}{}", base32(entropy.random_u128(), 25), base32(entropy.random_u128(), 15));
    let text = format!("export AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n");
    drystone_disk::replace_file(fs, &path, text.as_bytes()).map_err(|error| failed("write", error))?;
    say_how_to_use(&path);
    Ok((id, Secret::new(secret)))
}

fn check_key(id: &str, secret: &str) -> Result<(), Failure> {
    let legal = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b',');
    if id.is_empty() || !legal(id) {
        return Err(Failure::Config(format!(
            "{ACCESS_KEY_ENV} must be printable, without spaces, commas and slashes"
        )));
    }
    if secret.len() < 8 {
        return Err(Failure::Config(format!("{SECRET_ENV} must be at least 8 characters long")));
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "said once, to the person who starts a new store")]
fn say_how_to_use(path: &Path) {
    eprintln!("A root access key was made for this store and kept in {} (mode 0600).", path.display());
    eprintln!("Use it from a shell:  . {}", path.display());
}

fn parse_credentials(text: &str) -> Option<(String, Secret)> {
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='))
    };
    let (id, secret) = (value("AWS_ACCESS_KEY_ID")?, value("AWS_SECRET_ACCESS_KEY")?);
    (!id.is_empty() && !secret.is_empty()).then(|| (id.to_owned(), Secret::new(secret)))
}

/// `len` characters, 5 random bits each.
fn base32(mut bits: u128, len: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    assert!(len <= 25, "128 bits are 25 characters");
    (0..len)
        .map(|_| {
            let digit = usize::try_from(bits & 31).expect("below 32");
            bits >>= 5;
            char::from(ALPHABET[digit])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{base32, parse_credentials, root_key};
    use drystone_disk::MemoryFs;
    use drystone_store::SystemEntropy;
    use std::path::Path;

    #[test]
    fn a_new_store_gets_a_random_key_of_its_own() {
        let keys: Vec<_> =
            (0..2).map(|_| root_key(&MemoryFs::new(), Path::new("/"), &SystemEntropy).unwrap()).collect();
        assert_ne!(keys[0].0, keys[1].0);
        assert_ne!(keys[0].1.expose(), keys[1].1.expose());
        assert_eq!((keys[0].0.len(), keys[0].1.expose().len()), (20, 40));
    }

    #[test]
    fn credentials_files_parse_or_are_refused() {
        let (id, secret) =
            parse_credentials("export AWS_ACCESS_KEY_ID=a\nexport AWS_SECRET_ACCESS_KEY=b\n").unwrap();
        assert_eq!((id.as_str(), secret.expose()), ("a", "b"));
        for broken in ["", "export AWS_ACCESS_KEY_ID=a", "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b"] {
            assert!(parse_credentials(broken).is_none(), "{broken:?}");
        }
        assert_eq!(base32(0, 3), "AAA");
    }
}
