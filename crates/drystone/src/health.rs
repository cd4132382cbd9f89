//! /-/live, /-/ready and /-/api/: routes that no bucket can be named after, in front of the S3 door.

use drystone_s3::api::{self, AdminApi};
use drystone_s3::respond::with_body;
use drystone_s3::server::AsyncHandler;
use drystone_s3::{HttpResponse, S3Service};
use drystone_store::Store;
use drystone_wire::operation::{Style, address};
use http::Request;
use http::header::HOST;
use hyper::body::Incoming;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything that answers on the port.
pub(crate) struct Doors {
    pub(crate) s3: S3Service,
    pub(crate) admin: AdminApi,
    pub(crate) store: Arc<Store>,
    pub(crate) domains: Vec<String>,
    pub(crate) draining: Arc<AtomicBool>,
}

impl AsyncHandler for Doors {
    async fn handle(&self, request: Request<Incoming>) -> HttpResponse {
        if request.uri().path().starts_with("/-/") && !self.is_virtual_hosted(&request) {
            if request.uri().path().starts_with(api::PREFIX) {
                return self.admin.answer(request).await;
            }
            return self.own_route(request.uri().path()).await;
        }
        self.s3.answer(request).await
    }
}

impl Doors {
    fn is_virtual_hosted(&self, request: &Request<Incoming>) -> bool {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        address(host, "/", &self.domains).is_ok_and(|address| address.style == Style::VirtualHosted)
    }

    async fn own_route(&self, path: &str) -> HttpResponse {
        match path {
            "/-/live" => with_body(200, "live\n"),
            "/-/ready" if self.draining.load(Ordering::Relaxed) => with_body(503, "draining\n"),
            "/-/ready" => match self.store.list_buckets("", None, 1).await {
                Ok(_) => with_body(200, "ready\n"),
                Err(_) => with_body(503, "the metadata cannot be read\n"),
            },
            _ => with_body(
                404,
                "there is nothing here; S3 is served at / and health at /-/live and /-/ready\n",
            ),
        }
    }
}
