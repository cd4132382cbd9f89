//! PayloadPlan: how a payload goes over the connection: whole and hashed, plain, with a trailer, or signed chunk by chunk.

use crate::call::Payload;
use drystone_wire::chunked::Framing;
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::{ChunkSigning, EMPTY_SHA256, sha256};
use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

/// How a payload goes over the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayloadPlan {
    /// At hand: its hash is signed.
    Hashed,
    /// A stream without framing and without a signature.
    Plain,
    /// aws-chunked with a trailer.
    Trailer,
    /// aws-chunked, each chunk signed.
    SignedChunks {
        /// With a trailer?
        trailer: bool,
    },
}

impl PayloadPlan {
    /// Chooses; `signs` asks for signatures of what streams.
    pub(crate) fn of(payload: &Payload, signs: bool) -> Self {
        match payload {
            Payload::Empty | Payload::Bytes(_) => Self::Hashed,
            Payload::Stream(stream) if signs => Self::SignedChunks { trailer: stream.trailer.is_some() },
            Payload::Stream(stream) if stream.trailer.is_some() => Self::Trailer,
            Payload::Stream(_) => Self::Plain,
        }
    }

    /// The value of x-amz-content-sha256.
    pub(crate) fn hash(self, payload: &Payload) -> String {
        match (self, payload) {
            (Self::Hashed, Payload::Bytes(bytes)) => hex(&sha256(bytes)),
            (Self::Hashed, _) => EMPTY_SHA256.to_owned(),
            (Self::Plain, _) => "UNSIGNED-PAYLOAD".to_owned(),
            (Self::Trailer, _) => "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned(),
            (Self::SignedChunks { trailer: true }, _) => {
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned()
            }
            (Self::SignedChunks { trailer: false }, _) => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
        }
    }

    /// What the body is wrapped in.
    pub(crate) fn framing(self, chunks: Option<ChunkSigning>) -> Option<Framing> {
        match (self, chunks) {
            (Self::Trailer, _) => Some(Framing::UnsignedTrailer),
            (Self::SignedChunks { trailer }, Some(signing)) => Some(Framing::Signed { signing, trailer }),
            _ => None,
        }
    }

    /// Headers that say how the body is framed.
    pub(crate) fn put_headers(self, headers: &mut HeaderMap, payload: &Payload) {
        let Payload::Stream(stream) = payload else { return };
        if !matches!(self, Self::Trailer | Self::SignedChunks { .. }) {
            return;
        }
        let encoding = match headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) {
            Some(other) => {
                HeaderValue::from_str(&format!("aws-chunked,{other}")).expect("it was a header value")
            }
            None => HeaderValue::from_static("aws-chunked"),
        };
        headers.insert(CONTENT_ENCODING, encoding);
        headers.insert("x-amz-decoded-content-length", HeaderValue::from(stream.len));
        if let Some(algorithm) = stream.trailer {
            headers.insert("x-amz-trailer", HeaderValue::from_static(algorithm.header()));
            let name = HeaderValue::from_static(algorithm.name());
            headers.insert(HeaderName::from_static("x-amz-sdk-checksum-algorithm"), name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PayloadPlan;
    use crate::call::{Payload, StreamPayload};
    use drystone_types::ChecksumAlgorithm;
    use http::header::{HeaderMap, HeaderValue};

    fn stream(trailer: Option<ChecksumAlgorithm>) -> Payload {
        let pieces = Box::pin(futures_util::stream::empty());
        Payload::Stream(StreamPayload { len: 7, piece_len: 8192, trailer, pieces })
    }

    #[test]
    fn b209_each_kind_of_payload_says_what_it_is() {
        let crc = Some(ChecksumAlgorithm::Crc64Nvme);
        let cases = [
            (Payload::Empty, true, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", None),
            (stream(None), false, "UNSIGNED-PAYLOAD", None),
            (stream(crc), false, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", Some("aws-chunked,gzip")),
            (stream(None), true, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Some("aws-chunked,gzip")),
            (stream(crc), true, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Some("aws-chunked,gzip")),
        ];
        for (payload, signs, hash, encoding) in cases {
            let plan = PayloadPlan::of(&payload, signs);
            assert_eq!(plan.hash(&payload), hash);
            let mut headers = HeaderMap::new();
            headers.insert("content-encoding", HeaderValue::from_static("gzip"));
            plan.put_headers(&mut headers, &payload);
            assert_eq!(headers["content-encoding"], encoding.unwrap_or("gzip"), "{hash}");
            assert_eq!(headers.contains_key("x-amz-trailer"), hash.ends_with("TRAILER"), "{hash}");
        }
    }
}
