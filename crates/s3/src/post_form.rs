//! Receiving a POST form: its fields whole, who signed them, what its policy allows; then its file as a stream.

use bytes::Bytes;
use drystone_identity::CallerKeys;
use drystone_store::{Body, BodyError, BodyFrame};
use drystone_types::limits;
use drystone_wire::auth::Authenticated;
use drystone_wire::post::{FieldsReader, FileReader, FormError, PostForm, PostPolicy, SizeRange, boundary};
use drystone_wire::{ErrorCode, Route, S3Error};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST, IF_MATCH, IF_NONE_MATCH, ORIGIN, REFERER, USER_AGENT};

use crate::body::{RequestBody, error_of};
use crate::dispatch::S3Service;

/// Headers of the HTTP request that keep their meaning beside a form. None of them is about the object.
const KEPT: [http::HeaderName; 5] =
    [HOST, ORIGIN, REFERER, USER_AGENT, http::HeaderName::from_static("x-amz-expected-bucket-owner")];

/// A form that may be stored, as far as its signer is concerned.
pub(crate) struct ReceivedForm {
    /// Who signed it.
    pub(crate) authenticated: Authenticated,
    /// The route, now with a key.
    pub(crate) route: Route,
    /// What a PutObject of the same meaning would say.
    pub(crate) headers: HeaderMap,
    /// The fields.
    pub(crate) form: PostForm,
    /// The file, not yet read.
    pub(crate) file: RequestBody,
}

/// Reads the fields and checks what can be checked before the file (b221-b223).
///
/// # Errors
/// Those of the form, its signature and its policy.
pub(crate) async fn receive(
    service: &S3Service,
    keys: &CallerKeys,
    headers: &HeaderMap,
    mut route: Route,
    body: RequestBody,
) -> Result<ReceivedForm, S3Error> {
    if let Some(name) = [IF_MATCH, IF_NONE_MATCH].iter().find(|name| headers.contains_key(*name)) {
        return Err(S3Error::not_implemented(name.as_str())); // not done for a condition is better than done without it
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = boundary(content_type).ok_or_else(S3Error::post_needs_form)??;
    let (_, mut body) = body.into_upload()?;
    let (form, file) = read_fields(&boundary, &mut body).await?;
    let key = form.key()?;
    let authenticated = service.authenticate_form(&form, keys)?;
    let bucket = route.bucket.as_ref().expect("forms are posted to buckets");
    let sizes = match form.get("policy") {
        Some(policy) => PostPolicy::parse(policy)?.check(bucket, &form, service.store.now())?,
        None => SizeRange::ANY,
    };
    let mut object_headers = form.headers()?;
    for name in KEPT {
        if let Some(value) = headers.get(&name) {
            object_headers.insert(name, value.clone());
        }
    }
    route.key = Some(key);
    let file = RequestBody::of_file(file_stream(file, body, sizes), service.options.body_stall);
    Ok(ReceivedForm { authenticated, route, headers: object_headers, form, file })
}

async fn read_fields(boundary: &str, body: &mut Body) -> Result<(PostForm, FileReader), S3Error> {
    let mut reader = FieldsReader::new(boundary);
    while let Some(frame) = body.next().await {
        if let BodyFrame::Data(data) = frame.map_err(error_of)?
            && let Some(found) = reader.push(&data)?
        {
            return Ok(found);
        }
    }
    Err(FormError::Malformed.into())
}

/// The bytes of the file. The stream ends well only if the boundary behind the file was seen and the size is allowed.
fn file_stream(reader: FileReader, body: Body, sizes: SizeRange) -> Body {
    let file = FileStream { reader, body, sizes, len: 0, started: false };
    Box::pin(futures_util::stream::unfold(Some(file), |file| async {
        let mut file = file?;
        match file.next().await {
            Ok(Some(data)) => Some((Ok(BodyFrame::Data(data)), Some(file))),
            Ok(None) => None,
            Err(error) => Some((Err(BodyError(Box::new(error))), None)),
        }
    }))
}

struct FileStream {
    reader: FileReader,
    body: Body,
    sizes: SizeRange,
    len: u64,
    started: bool,
}

impl FileStream {
    async fn next(&mut self) -> Result<Option<Bytes>, S3Error> {
        loop {
            let data = self.more().await?;
            if self.len > self.sizes.max {
                return Err(self.too_large().await);
            }
            if !data.is_empty() {
                return Ok(Some(data));
            }
            if self.reader.is_whole() {
                return if self.len < self.sizes.min { Err(self.too_small()) } else { Ok(None) };
            }
        }
    }

    /// The next bytes of the file; none when more of the body has to be read, or the file is whole.
    async fn more(&mut self) -> Result<Bytes, S3Error> {
        if self.reader.is_whole() {
            return Ok(Bytes::new());
        }
        let input = if std::mem::replace(&mut self.started, true) {
            match self.body.next().await {
                None => return Err(FormError::Incomplete.into()),
                Some(Err(error)) => return Err(error_of(error)),
                Some(Ok(BodyFrame::Trailer(_))) => Bytes::new(),
                Some(Ok(BodyFrame::Data(data))) => data,
            }
        } else {
            Bytes::new() // what came with the fields
        };
        let data = self.reader.push(input)?;
        self.len += data.len() as u64;
        Ok(data)
    }

    /// b223. Reads on within a limit: the answer names the whole size where it can, and the client gets to see it.
    async fn too_large(&mut self) -> S3Error {
        let read_max = self.len + limits::DRAIN_BODY_MAX_BYTES;
        while !self.reader.is_whole() && self.len < read_max && self.more().await.is_ok() {}
        S3Error::entity_too_large(self.len, self.sizes.max)
    }

    /// b223.
    fn too_small(&self) -> S3Error {
        S3Error::new(ErrorCode::EntityTooSmall)
            .field("ProposedSize", self.len.to_string())
            .field("MinSizeAllowed", self.sizes.min.to_string())
    }
}
