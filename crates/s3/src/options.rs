//! Options: what an operator may set at the S3 door.

use drystone_access::ObjectOwnership;
use drystone_types::limits;
use std::time::Duration;

use crate::encryption::SseCOverHttp;
use crate::peer::TrustedProxies;

/// What an operator may set at this door.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// The region that answers name; also the only one accepted in signatures when `strict_region`.
    pub region: String,
    /// Refuse signatures of other regions.
    pub strict_region: bool,
    /// Host names under which buckets are sub-domains.
    pub domains: Vec<String>,
    /// Is this door behind TLS? Locations then begin with https.
    pub tls: bool,
    /// Accept presigned SigV2 URLs (b217).
    pub sigv2: bool,
    /// From whom SSE-C keys are taken without TLS (b201).
    pub sse_c_over_http: SseCOverHttp,
    /// A request body may pause this long.
    pub body_stall: Duration,
    /// Proxies whose X-Forwarded-For is believed (S26).
    pub trusted_proxies: TrustedProxies,
    /// What new buckets begin with.
    pub new_buckets: NewBuckets,
    /// A Complete that takes longer gets its 200 early, and whitespace at this interval (b123).
    pub keepalive_after: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            strict_region: false,
            domains: Vec::new(),
            tls: false,
            sigv2: true,
            sse_c_over_http: SseCOverHttp::default(),
            body_stall: limits::BODY_STALL_TIMEOUT,
            trusted_proxies: TrustedProxies::default(),
            new_buckets: NewBuckets::default(),
            keepalive_after: limits::COMPLETE_KEEPALIVE_AFTER,
        }
    }
}

/// Settings of new buckets, where the request does not say otherwise.
#[derive(Clone, Copy, Debug)]
pub struct NewBuckets {
    /// Object ownership; `None` for no controls, as buckets on AWS had before 2023.
    pub object_ownership: Option<ObjectOwnership>,
    /// All four settings of Block Public Access.
    pub block_public_access: bool,
}

impl Default for NewBuckets {
    /// As on AWS.
    fn default() -> Self {
        Self { object_ownership: Some(ObjectOwnership::BucketOwnerEnforced), block_public_access: true }
    }
}
