//! The listener: accepts connections within limits, speaks HTTP/1.1, drains on shutdown.

use drystone_types::limits;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::connection::{Connection, TlsSession};
use crate::respond::ResponseBody;
use crate::stall::StallGuard;

/// Limits of the listener; the defaults are the named limits.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// All headers must have arrived within this time.
    pub header_timeout: Duration,
    /// The client may refuse answer bytes for this long.
    pub write_stall: Duration,
    /// Open connections.
    pub connections: usize,
    /// What is in flight at shutdown gets this long.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            header_timeout: limits::HEADER_READ_TIMEOUT,
            write_stall: limits::WRITE_STALL_TIMEOUT,
            connections: limits::CONNECTION_COUNT_MAX,
            drain: limits::DRAIN_TIMEOUT,
        }
    }
}

/// Serves `listener` with `handler` until `stop` is done, then lets what is in flight finish.
///
/// Returns whether everything finished within [`ServerLimits::drain`].
///
/// With `tls`, every connection begins with a handshake, which must be over within [`ServerLimits::header_timeout`].
pub async fn serve<H, F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    handler: H,
    server_limits: ServerLimits,
    stop: F,
) -> bool
where
    H: AsyncHandler,
    F: Future<Output = ()>,
{
    let handler = Arc::new(handler);
    let permits = Arc::new(Semaphore::new(server_limits.connections));
    let (drain, draining) = watch::channel(false);
    let (alive, mut all_gone) = tokio::sync::mpsc::channel::<Infallible>(1);
    tokio::pin!(stop);
    loop {
        let permit = tokio::select! {
            () = &mut stop => break,
            permit = Arc::clone(&permits).acquire_owned() => permit.expect("the semaphore is never closed"),
        };
        let (stream, address) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => (stream, address.ip()),
                Err(error) => {
                    warn!(%error, "failed to accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await; // out of descriptors: do not spin
                    continue;
                }
            },
        };
        let (handler, draining, alive) = (Arc::clone(&handler), draining.clone(), alive.clone());
        let tls = tls.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            match tls {
                None => {
                    let about = Connection { address, tls: None };
                    connection(stream, about, handler, server_limits, draining).await;
                }
                Some(tls) => {
                    if let Some(stream) = shake_hands(&tls, stream, server_limits.header_timeout).await {
                        let tls = Some(TlsSession::of(stream.get_ref().1));
                        let about = Connection { address, tls };
                        connection(stream, about, handler, server_limits, draining).await;
                    }
                }
            }
            drop((permit, alive));
        });
    }
    drop((listener, alive));
    drain.send_replace(true);
    tokio::time::timeout(server_limits.drain, all_gone.recv()).await.is_ok()
}

/// Answers one request; never fails, never panics.
pub trait AsyncHandler: Send + Sync + 'static {
    /// The answer.
    fn handle(&self, request: Request<Incoming>) -> impl Future<Output = Response<ResponseBody>> + Send;
}

async fn shake_hands(
    tls: &TlsAcceptor,
    stream: TcpStream,
    limit: Duration,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    tokio::time::timeout(limit, tls.accept(stream)).await.ok()?.ok()
}

async fn connection<H: AsyncHandler>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    about: Connection,
    handler: Arc<H>,
    server_limits: ServerLimits,
    mut draining: watch::Receiver<bool>,
) {
    let io = TokioIo::new(StallGuard::new(stream, server_limits.write_stall));
    let about = Arc::new(about);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let handler = Arc::clone(&handler);
        request.extensions_mut().insert(Arc::clone(&about));
        async move { Ok::<_, Infallible>(handler.handle(request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new()) // without it the header timeout is inert
        .header_read_timeout(server_limits.header_timeout)
        .max_headers(limits::HEADER_COUNT_MAX)
        .max_buf_size(CONNECTION_BUFFER_BYTES)
        .half_close(true)
        .serve_connection(io, service);
    tokio::pin!(connection);
    let told_to_drain = async {
        let _ = draining.wait_for(|draining| *draining).await;
    };
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = told_to_drain => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        debug!(error = &error as &dyn std::error::Error, "connection ended");
    }
}

/// hyper reads heads and bodies through a buffer that grows to this, and queues as much of an answer: a larger one costs
/// memory for every client that stands still, a smaller one throughput.
const CONNECTION_BUFFER_BYTES: usize = 128 << 10;

const _: () = assert!(CONNECTION_BUFFER_BYTES >= limits::HEADER_BYTES_MAX, "a legal head fits");
