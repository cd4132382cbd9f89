//! PartLens: how long the parts of an object are, as far as its store tells.

use crate::error::TransferError;
use crate::evidence::Remote;
use crate::outcome::ObjectRef;
use drystone_client::{Call, CallError, Client};
use drystone_types::{Checksum, ChecksumAlgorithm};
use drystone_wire::xml::reader::Node;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, IF_MATCH};

/// Parts that are asked about at once.
const ASKED_AT_ONCE: usize = 16;
/// Pages of GetObjectAttributes that are read: 10,000 parts, 1,000 each, and one that may be empty.
const PAGES_MAX: usize = 11;

/// How it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The store listed every part.
    Listed,
    /// The store was asked about every part.
    Asked,
    /// From the first part and their number; the others may differ.
    Supposed,
}

/// Lengths of the parts, in order; they are the object together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartLens {
    /// Bytes of each.
    pub lens: Vec<u64>,
    /// Their checksums, where the store listed them.
    pub checksums: Option<Vec<Checksum>>,
    /// How it is known.
    pub known: Known,
}

impl PartLens {
    /// First byte and length of each part.
    pub fn ranges(&self) -> Vec<(u64, u64)> {
        ranges_of(&self.lens)
    }
}

/// First byte and length of pieces that follow each other.
pub fn ranges_of(lens: &[u64]) -> Vec<(u64, u64)> {
    let mut end = 0;
    let range = |len: &u64| {
        end += len;
        (end - len, *len)
    };
    lens.iter().map(range).collect()
}

/// Asks a store how an object is cut.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The store.
    pub client: &'a Client,
    /// The object.
    pub object: &'a ObjectRef,
    /// What is known of it.
    pub remote: &'a Remote,
    /// Headers of every request about it: keys of SSE-C.
    pub headers: &'a HeaderMap,
}

impl Asker<'_> {
    /// The lengths of `count` parts, found with as few requests as it takes: one list, or the first part. `None` when the store does
    /// not tell.
    ///
    /// # Errors
    /// [`TransferError::ObjectChanged`]; [`TransferError::Call`] when the store cannot be asked.
    pub async fn find(
        &self,
        count: u32,
        listed: Option<ChecksumAlgorithm>,
    ) -> Result<Option<PartLens>, TransferError> {
        if count == 1 {
            let lens = vec![self.remote.size];
            return Ok(Some(PartLens { lens, checksums: None, known: Known::Asked }));
        }
        if let Some(algorithm) = listed
            && let Some(found) = self.listed(algorithm).await?
            && usize::try_from(count) == Ok(found.lens.len())
        {
            return Ok(Some(found));
        }
        let Some((first, told)) = self.part(1).await? else { return Ok(None) };
        let fits = first > 0 && self.remote.size.div_ceil(first) == u64::from(count);
        if told != Some(count) {
            return Ok(None);
        }
        if !fits {
            return self.each(count).await;
        }
        let lens = (0..u64::from(count)).map(|n| first.min(self.remote.size - n * first)).collect();
        Ok(Some(PartLens { lens, checksums: None, known: Known::Supposed }))
    }

    /// The lengths of `count` parts, each asked for.
    ///
    /// # Errors
    /// As [`Asker::find`].
    pub async fn each(&self, count: u32) -> Result<Option<PartLens>, TransferError> {
        let asked = stream::iter(1..=count).map(|number| self.part(number)).buffered(ASKED_AT_ONCE);
        let found: Vec<_> = asked.try_collect().await?;
        let lens: Option<Vec<u64>> = found.into_iter().map(|part| part.map(|(len, _)| len)).collect();
        let whole = |lens: &Vec<u64>| lens.iter().try_fold(0_u64, |sum, len| sum.checked_add(*len));
        let lens = lens.filter(|lens| whole(lens) == Some(self.remote.size));
        Ok(lens.map(|lens| PartLens { lens, checksums: None, known: Known::Asked }))
    }

    fn call(&self, action: &'static str, method: Method) -> Call {
        let call = Call::new(action, method)
            .object(&self.object.bucket, &self.object.key)
            .query_if("versionId", self.object.version_id.as_ref())
            .headers(self.headers.clone());
        let etag = self.remote.etag.as_deref().and_then(|etag| HeaderValue::from_str(etag).ok());
        match etag {
            Some(etag) => call.header(IF_MATCH, etag),
            None => call,
        }
    }

    /// Length of a part, and how many there are. `None` when the store cannot tell.
    async fn part(&self, number: u32) -> Result<Option<(u64, Option<u32>)>, TransferError> {
        let call = self.call("HeadObject", Method::HEAD).query("partNumber", number);
        let answer = match self.client.send(call).await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(412) && self.is_unchanged().await => return Ok(None),
            Err(error) => return self.untold(error, &format!("part {number}")),
        };
        let len = answer.header(CONTENT_LENGTH.as_str()).and_then(|text| text.trim().parse().ok());
        let count = answer.header("x-amz-mp-parts-count").and_then(|text| text.trim().parse().ok());
        Ok(len.map(|len| (len, count)))
    }

    /// Is the object still what it was? Some stores (moto) compare If-Match with the ETag of the part that is asked for.
    async fn is_unchanged(&self) -> bool {
        self.client.send(self.call("HeadObject", Method::HEAD)).await.is_ok()
    }

    /// What GetObjectAttributes lists: parts of composite checksums only (b185).
    async fn listed(&self, algorithm: ChecksumAlgorithm) -> Result<Option<PartLens>, TransferError> {
        let (mut lens, mut checksums) = (Vec::new(), Vec::new());
        let mut marker: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let name = HeaderName::from_static;
            let mut call = self
                .call("GetObjectAttributes", Method::GET)
                .query("attributes", "")
                .header(name("x-amz-object-attributes"), HeaderValue::from_static("ObjectParts"))
                .header(name("x-amz-max-parts"), HeaderValue::from_static("1000"));
            call.headers.remove(IF_MATCH);
            if let Some(marker) = marker.as_deref().and_then(|marker| HeaderValue::from_str(marker).ok()) {
                call = call.header(name("x-amz-part-number-marker"), marker);
            }
            let root = match self.client.send(call).await {
                Ok(mut answer) => answer.document().await,
                Err(error) => Err(error),
            };
            let root = match root {
                Ok(root) => root,
                Err(error) => return self.untold(error, "the list of parts"),
            };
            let Some(list) = root.child("ObjectParts") else { return Ok(None) };
            for part in list.children_named("Part") {
                let text = |name: &str| part.child(name).map(|node| node.text.trim());
                let len = text("Size").and_then(|text| text.parse::<u64>().ok());
                let checksum =
                    text(algorithm.element()).and_then(|text| Checksum::from_base64(algorithm, text));
                let (Some(len), Some(checksum)) = (len, checksum) else { return Ok(None) };
                lens.push(len);
                checksums.push(checksum);
            }
            marker = next_marker(list);
            if marker.is_none() {
                break;
            }
        }
        let sum = lens.iter().try_fold(0_u64, |sum, len| sum.checked_add(*len));
        let is_whole = !lens.is_empty() && sum == Some(self.remote.size) && marker.is_none();
        Ok(is_whole.then_some(PartLens { lens, checksums: Some(checksums), known: Known::Listed }))
    }

    /// A store that refuses to tell is no failure; one that is out of reach, or has another object by now, is.
    fn untold<T>(&self, error: CallError, what: &str) -> Result<Option<T>, TransferError> {
        match error.status() {
            Some(412) => Err(changed(self.object)),
            Some(status) if status < 500 || status == 501 => Ok(None),
            None if matches!(error, CallError::BadAnswer { .. }) => Ok(None),
            _ => Err(TransferError::call(format!("{what} of {}", self.object))(error)),
        }
    }
}

/// The object that is read is not what it was.
pub(crate) fn changed(object: &ObjectRef) -> TransferError {
    TransferError::ObjectChanged { bucket: object.bucket.clone(), key: object.key.clone() }
}

fn next_marker(list: &Node) -> Option<String> {
    let text = |name: &str| list.child(name).map(|node| node.text.trim().to_owned());
    text("IsTruncated").filter(|text| text == "true")?;
    text("NextPartNumberMarker").filter(|marker| marker != "0" && !marker.is_empty())
}
