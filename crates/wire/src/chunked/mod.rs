//! aws-chunked bodies: decoding while they stream, and encoding.
//!
//! ```text
//! 10000;chunk-signature=<64 hex>\r\n      size in hexadecimal; the signature only in signed modes
//! <65536 bytes>\r\n
//! 0;chunk-signature=<64 hex>\r\n          the final chunk is empty
//! x-amz-checksum-crc32c:sOO8/Q==\r\n      trailers, only in trailer modes
//! x-amz-trailer-signature:<64 hex>\r\n    only when they are signed
//! \r\n
//! ```

mod decode;
mod encode;
mod frame;
mod trailer;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use decode::{Decoder, Framing};
pub use encode::{Encoder, encoded_len};
pub use trailer::{Trailers, announced_trailers};

/// Why an aws-chunked body is refused, one variant per answer. Whatever was decoded has to be thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkedError {
    /// 400 IncompleteBody: it ended early or its framing is broken (b212).
    #[error("the chunked body is incomplete or its framing is broken")]
    IncompleteBody,
    /// 400 IncompleteBody: its chunks do not add up to x-amz-decoded-content-length (b210).
    #[error("the chunked body's length is not the announced one")]
    OtherLength,
    /// 400 InvalidChunkSizeError "Only the last chunk is allowed to have a size less than 8192 bytes" (b211).
    #[error("a chunk before the last one is smaller than 8192 bytes")]
    InvalidChunkSize,
    /// 403 SignatureDoesNotMatch: of a chunk or of the trailers (b211).
    #[error("the signature of a chunk or of the trailers does not match")]
    SignatureDoesNotMatch,
    /// 400 MalformedTrailerError: announced but absent, not announced, repeated, or not `name:value` (b213).
    #[error("the trailers are malformed or not the announced ones")]
    MalformedTrailer,
}
