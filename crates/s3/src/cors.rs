//! CORS at the door: preflights, and the headers of answers to requests that tell their origin.

use drystone_store::StoreError;
use drystone_store::bucket::DocumentKind;
use drystone_types::BucketName;
use drystone_wire::S3Error;
use drystone_wire::cors::{CorsBucket, CorsConfiguration, Resource, grant_for_request, preflight};
use drystone_wire::operation::{Address, address};
use http::Method;
use http::request::Parts;
use tracing::error;

use crate::dispatch::S3Service;
use crate::respond::{self, HttpResponse};

impl S3Service {
    /// What a preflight is about; `None` for any other request. Its query is not looked at: a browser sends that of the request
    /// to come.
    pub(crate) fn preflight_address(&self, head: &Parts, host: &str) -> Result<Option<Address>, S3Error> {
        if head.method != Method::OPTIONS {
            return Ok(None);
        }
        let address = address(Some(host), head.uri.path(), &self.options.domains)?;
        Ok(Some(address).filter(|address| address.bucket.is_some()))
    }

    /// Answers a preflight. It needs no signature: browsers send none.
    pub(crate) async fn preflight(&self, head: &Parts, address: &Address) -> Result<HttpResponse, S3Error> {
        let bucket = address.bucket.as_ref().expect("a preflight is about a bucket");
        let resource = if address.key.is_some() { Resource::Object } else { Resource::Bucket };
        let rules = match self.cors_configuration(bucket).await {
            Ok(rules) => Some(rules),
            Err(StoreError::NoSuchBucket) => None,
            Err(other) => return Err(respond::refusal(other, &respond::Names::default())),
        };
        let bucket = match &rules {
            None => CorsBucket::Missing,
            Some(None) => CorsBucket::WithoutRules,
            Some(Some(rules)) => CorsBucket::WithRules(rules),
        };
        let grant = preflight(&head.headers, resource, bucket)?;
        let mut response = respond::empty(200);
        grant.set(response.headers_mut());
        Ok(response)
    }

    /// Adds what the bucket's rules grant the origin of this request, if anything.
    pub(crate) async fn set_cors(&self, head: &Parts, bucket: &BucketName, response: &mut HttpResponse) {
        match self.cors_configuration(bucket).await {
            Ok(Some(configuration)) => {
                let grant = grant_for_request(head.method.as_str(), &head.headers, &configuration);
                if let Some(grant) = grant {
                    grant.set(response.headers_mut());
                }
            }
            Ok(None) | Err(StoreError::NoSuchBucket) => {}
            Err(error) => error!(error = &error as &dyn std::error::Error, "the CORS rules cannot be read"),
        }
    }

    /// The rules of a bucket; `None` when it has none.
    pub(crate) async fn cors_configuration(
        &self,
        bucket: &BucketName,
    ) -> Result<Option<CorsConfiguration>, StoreError> {
        let record = self.store.get_bucket(bucket).await?;
        let Some(document) = record.documents.get(&DocumentKind::Cors) else { return Ok(None) };
        let configuration = CorsConfiguration::parse(document.as_bytes());
        let corrupt = |error| StoreError::Corrupt(format!("CORS configuration of bucket {bucket}: {error}"));
        configuration.map(Some).map_err(corrupt)
    }
}
