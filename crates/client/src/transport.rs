//! Transport: a pool of HTTP/1.1 connections, plain and TLS. Sends one request, watches that it moves.

use crate::answer::{Answer, deepest};
use crate::error::CallError;
use crate::payload_body::{PayloadBody, Watch};
use http::Request;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;
use tokio_rustls::rustls::ClientConfig;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// A connection stands within this time.
    pub connect: Duration,
    /// Something moves within this time, while a request or an answer is on its way.
    pub stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), stall: Duration::from_secs(60) }
    }
}

/// Idle connections are kept for this long: less than servers do, so that they are rarely found closed.
const IDLE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Transport {
    pool: Pool<HttpsConnector<HttpConnector>, PayloadBody>,
    timeouts: Timeouts,
}

impl Transport {
    pub(crate) fn new(tls: ClientConfig, timeouts: Timeouts) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeouts.connect));
        tcp.set_keepalive(Some(Duration::from_secs(30)));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        Self { pool, timeouts }
    }

    /// Sends a request and waits for the head of its answer, for `patience` after everything was sent.
    pub(crate) async fn send(
        &self,
        action: &'static str,
        request: Request<PayloadBody>,
        watch: Watch,
        patience: Option<Duration>,
    ) -> Result<Answer, CallError> {
        let endpoint = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let answering = self.pool.request(request);
        tokio::pin!(answering);
        let answer = loop {
            let (moved, is_sent) = watch.seen();
            let allowed = if is_sent { patience.unwrap_or(self.timeouts.stall) } else { self.timeouts.stall };
            tokio::select! {
                answer = &mut answering => break answer,
                () = tokio::time::sleep_until(moved + allowed) => {
                    if watch.seen() == (moved, is_sent) {
                        let why = format!("nothing moved for {} s", allowed.as_secs());
                        return Err(CallError::Broken { action, why });
                    }
                }
            }
        };
        match answer {
            Ok(answer) => {
                let (head, body) = answer.into_parts();
                Ok(Answer::new(action, head.status.as_u16(), head.headers, body, self.timeouts.stall))
            }
            Err(error) => Err(match watch.failure() {
                Some(source) => CallError::Source { action, source },
                None if error.is_connect() => {
                    CallError::Unreachable { endpoint, source: deepest(&error).into() }
                }
                None => {
                    CallError::Broken { action, why: format!("the connection broke: {}", deepest(&error)) }
                }
            }),
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transport")
    }
}
