//! Long actions: the work goes on in a task of its own, also when the client leaves, and keeps the connection alive.
//! An answer that takes long begins with its 200 line and whitespace, so that nobody cuts the connection; an error may
//! follow inside it (b123).

use bytes::Bytes;
use drystone_store::StoreError;
use drystone_types::Version;
use drystone_wire::S3Error;
use drystone_wire::xml::response::copy::{CopyObjectResult, CopyPartResult};
use drystone_wire::xml::response::upload::CompleteMultipartUploadResult;
use drystone_wire::xml::writer::DECLARATION;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use std::future::Future;
use std::time::Duration;
use tokio::task::JoinHandle;

use crate::context::Context;
use crate::respond::{self, BodyFailure, HttpResponse, Names, SyncStream};

/// A document that can be written after its declaration has gone out.
pub(crate) trait Document {
    /// With the declaration.
    fn whole(&self) -> String;
    /// Without it.
    fn fragment(&self) -> String;
}

macro_rules! document {
    ($($name:ty),*) => {$(
        impl Document for $name {
            fn whole(&self) -> String {
                self.to_xml()
            }

            fn fragment(&self) -> String {
                self.to_xml_fragment()
            }
        }
    )*};
}

document!(CompleteMultipartUploadResult, CopyObjectResult, CopyPartResult);

/// Headers of an answer.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// Answers with the document and the headers that `describe` makes of what `work` yields; the headers cannot be sent
/// once the answer has begun. `early` are those known before.
pub(crate) async fn answer<T, D>(
    context: &Context<'_>,
    early: Headers,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    describe: impl FnOnce(T) -> (D, Headers) + Send + 'static,
) -> Result<HttpResponse, S3Error>
where
    T: Send + 'static,
    D: Document,
{
    let mut task = tokio::spawn(work);
    let wait = context.service.options.keepalive_after;
    if let Ok(result) = tokio::time::timeout(wait, &mut task).await {
        let value = joined(result).map_err(|error| context.refusal(error))?;
        let (document, headers) = describe(value);
        let mut response = respond::xml(200, document.whole());
        set_all(&mut response, early.into_iter().chain(headers));
        return Ok(response);
    }
    let long = Long {
        task,
        wait,
        names: context.names(),
        request_id: context.request_id.to_owned(),
        host_id: context.host_id().to_owned(),
    };
    let mut response = long.answer(|value| describe(value).0);
    set_all(&mut response, early);
    Ok(response)
}

fn set_all(response: &mut HttpResponse, headers: impl IntoIterator<Item = (&'static str, String)>) {
    for (name, value) in headers {
        respond::set(response, name, &value);
    }
}

/// x-amz-version-id of a version just written: the null version has none (b192).
pub(crate) fn new_version(version: Option<Version>) -> Headers {
    let named = version.filter(|version| !version.is_null);
    named.map(|version| ("x-amz-version-id", version.to_string())).into_iter().collect()
}

fn joined<T>(result: Result<Result<T, StoreError>, tokio::task::JoinError>) -> Result<T, StoreError> {
    result.unwrap_or_else(|panic| {
        Err(StoreError::Internal { what: "the action ended early", source: Box::new(panic) })
    })
}

/// An answer that has begun.
struct Long<T> {
    task: JoinHandle<Result<T, StoreError>>,
    wait: Duration,
    names: Names,
    request_id: String,
    host_id: String,
}

impl<T: Send + 'static> Long<T> {
    fn answer<D: Document>(self, describe: impl FnOnce(T) -> D + Send + 'static) -> HttpResponse {
        let start = (Some((self, describe)), true);
        let frames = futures_util::stream::unfold(start, |(state, is_first)| async move {
            let (mut long, describe) = state?;
            if is_first {
                return Some((frame(DECLARATION.to_owned()), (Some((long, describe)), false)));
            }
            match tokio::time::timeout(long.wait, &mut long.task).await {
                Err(_) => Some((frame(" ".to_owned()), (Some((long, describe)), false))),
                Ok(result) => {
                    let text = match joined(result) {
                        Ok(value) => describe(value).fragment(),
                        Err(error) => {
                            let error = respond::refusal(error, &long.names);
                            respond::error_inside_200(&error, &long.request_id, &long.host_id)
                        }
                    };
                    Some((frame(text), (None, false)))
                }
            }
        });
        let body = StreamBody::new(SyncStream::new(Box::pin(frames)));
        let mut response = hyper::Response::new(BodyExt::boxed(body));
        respond::set(&mut response, "content-type", "application/xml");
        response
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a body is a stream of results")]
fn frame(text: String) -> Result<Frame<Bytes>, BodyFailure> {
    Ok(Frame::data(Bytes::from(text)))
}

#[cfg(test)]
mod tests {
    use super::{CompleteMultipartUploadResult, DECLARATION, Long, Names};
    use drystone_store::StoreError;
    use drystone_types::{BucketName, ETag, Key};
    use http_body_util::BodyExt as _;
    use std::time::Duration;

    fn result() -> CompleteMultipartUploadResult {
        CompleteMultipartUploadResult {
            location: "http://h/b/k".into(),
            bucket: BucketName::parse("bucket").unwrap(),
            key: Key::parse("k").unwrap(),
            etag: ETag { digest: [0; 16], part_count: Some(1) },
            checksum: None,
        }
    }

    /// The whole body of an answer to work that takes 17 seconds, when a sign of life is due every 5.
    async fn long_answer(outcome: Result<(), StoreError>) -> (u16, String) {
        let long = Long {
            task: tokio::spawn(async {
                tokio::time::sleep(Duration::from_secs(17)).await;
                outcome
            }),
            wait: Duration::from_secs(5),
            names: Names { upload_id: "U".into(), ..Names::default() },
            request_id: "R".into(),
            host_id: "H".into(),
        };
        let response = long.answer(|()| result());
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn b123_a_long_complete_begins_with_whitespace_and_ends_with_the_answer() {
        let (status, body) = long_answer(Ok(())).await;
        assert_eq!(status, 200);
        assert_eq!(body, format!("{DECLARATION}   {}", result().to_xml_fragment()));
    }

    #[tokio::test(start_paused = true)]
    async fn b123_an_error_may_come_inside_a_200() {
        let (status, body) = long_answer(Err(StoreError::NoSuchUpload)).await;
        assert_eq!(status, 200);
        let rest = body.strip_prefix(DECLARATION).unwrap().trim_start();
        assert!(rest.starts_with("<Error><Code>NoSuchUpload</Code>"), "{body}");
        assert!(
            rest.contains("<UploadId>U</UploadId>") && rest.contains("<RequestId>R</RequestId>"),
            "{body}"
        );
    }
}
