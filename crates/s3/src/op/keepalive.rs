//! Long actions: the work goes on in a task of its own, also when the client leaves; an answer that takes long begins
//! with its 200 line and whitespace, so that nobody cuts the connection, and an error may follow inside it (b123).

use bytes::Bytes;
use drystone_store::StoreError;
use drystone_wire::S3Error;
use drystone_wire::xml::response::copy::{CopyObjectResult, CopyPartResult};
use drystone_wire::xml::response::upload::CompleteMultipartUploadResult;
use drystone_wire::xml::writer::DECLARATION;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use std::future::Future;
use std::time::Duration;
use tokio::task::JoinHandle;

use crate::dispatch::Context;
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

/// Answers with the document that `describe` makes of what `work` yields.
pub(crate) async fn answer<T, D>(
    context: &Context<'_>,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    describe: impl FnOnce(T) -> D + Send + 'static,
) -> Result<HttpResponse, S3Error>
where
    T: Send + 'static,
    D: Document,
{
    let mut task = tokio::spawn(work);
    let wait = context.service.options.keepalive_after;
    if let Ok(result) = tokio::time::timeout(wait, &mut task).await {
        let value = joined(result).map_err(|error| context.refusal(error))?;
        return Ok(respond::xml(200, describe(value).whole()));
    }
    let long = Long {
        task,
        wait,
        names: context.names(),
        request_id: context.request_id.to_owned(),
        host_id: context.host_id().to_owned(),
    };
    Ok(long.answer(describe))
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
