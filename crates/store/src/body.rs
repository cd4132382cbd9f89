//! Body: the bytes of a request as the rules see them, whatever carried them.

use bytes::Bytes;
use drystone_types::Checksum;
use futures_core::Stream;
use std::pin::Pin;

/// A piece of a body.
#[derive(Clone, Debug)]
pub enum BodyFrame {
    /// The next bytes.
    Data(Bytes),
    /// A checksum that followed the bytes, already known to be well-formed.
    Trailer(Checksum),
}

/// Why a body ended early: an error of the layer that carried it, passed through untouched.
#[derive(Debug)]
pub struct BodyError(pub Box<dyn std::error::Error + Send + Sync>);

/// The bytes of a request. It ends with `None` only after everything that vouches for it (length, payload hash, chunk
/// signatures) was found right; otherwise it ends with an error.
pub type Body = Pin<Box<dyn Stream<Item = Result<BodyFrame, BodyError>> + Send>>;

/// A body of bytes at hand.
pub fn body_of(data: impl Into<Bytes>) -> Body {
    let frame = Ok(BodyFrame::Data(data.into()));
    Box::pin(futures_util::stream::iter([frame]))
}
