//! Presigning: a URL that carries its own credentials.

use super::canonical::{Query, canonical_request};
use super::hex;
use super::sign::{ALGORITHM, SignError, Signer, scope, signed_header_names, string_to_sign};
use crate::auth::SignedRequest;
use drystone_types::Timestamp;
use std::time::Duration;

impl Signer {
    /// Presigns `request` from `now` on for `expires` and returns its new query, without `?`.
    ///
    /// The headers of the request are signed and have to be sent again as they are. `expires` counts in whole seconds;
    /// servers accept 1 second to 7 days. The payload is not signed, unless the headers have x-amz-content-sha256.
    ///
    /// # Errors
    /// [`SignError`].
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
    pub fn presign(
        &self,
        request: &SignedRequest<'_>,
        expires: Duration,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let amz_date = now.amz_date();
        let scope = scope(&amz_date[..8], &self.region);
        let names = signed_header_names(request.headers);
        let mut query = Query::parse(request.raw_query)?;
        query.push("X-Amz-Algorithm", ALGORITHM);
        query.push("X-Amz-Credential", &format!("{}/{scope}", self.access_key_id));
        query.push("X-Amz-Date", &amz_date);
        query.push("X-Amz-Expires", &expires.as_secs().to_string());
        query.push("X-Amz-SignedHeaders", &names.join(";"));

        let payload = match request.headers.get("x-amz-content-sha256") {
            Some(value) => value.to_str().map_err(|_| SignError::NotAHeaderValue)?,
            None => query.only("X-Amz-Content-Sha256").unwrap_or("UNSIGNED-PAYLOAD"),
        };
        let canonical_query = query.canonical(None);
        let (canonical, _) = canonical_request(request, &canonical_query, &names, payload)?;
        let string = string_to_sign(&amz_date, &scope, &canonical);
        let signature = hex(&self.key(&amz_date[..8]).sign(string.as_bytes()));
        Ok(format!("{canonical_query}&X-Amz-Signature={signature}"))
    }
}
