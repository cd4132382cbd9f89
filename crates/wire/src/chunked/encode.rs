//! The encoder: frames and signs a body as clients send it.

use super::decode::Framing;
use super::trailer::{SIGNATURE_NAME, Trailers};
use crate::sigv4::hex;
use crate::sigv4::sign::sha256;
use bytes::Bytes;

/// Length of `;chunk-signature=` and the signature.
const SIGNATURE_LEN: u64 = 17 + 64;
const CRLF: Bytes = Bytes::from_static(b"\r\n");

/// Frames one body. The data is handed on, not copied.
#[derive(Debug)]
pub struct Encoder {
    framing: Framing,
    previous: String,
}

impl Encoder {
    /// Starts a body.
    pub fn new(framing: Framing) -> Self {
        let previous = match &framing {
            Framing::Signed { signing, .. } => signing.seed_signature.clone(),
            Framing::UnsignedTrailer => String::new(),
        };
        Self { framing, previous }
    }

    /// Frames one chunk: header, data, line end. Every chunk but the last has to be at least 8 KiB (b211).
    ///
    /// # Panics
    /// When `data` is empty: that would end the body.
    pub fn chunk(&mut self, data: Bytes) -> [Bytes; 3] {
        assert!(!data.is_empty(), "an empty chunk ends the body");
        [self.header(&data), data, CRLF]
    }

    /// The final chunk, and `trailers` (`name`, `value`) where the framing has any.
    ///
    /// # Panics
    /// When a trailer is not plain text or its name is not a header name, or comes twice.
    pub fn finish(mut self, trailers: &[(&str, &str)]) -> Bytes {
        let mut out = self.header(b"").to_vec();
        let lines = Trailers::from_pairs(trailers).expect("well-formed trailers, each once");
        for (name, value) in lines.iter() {
            out.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if let Framing::Signed { signing, trailer: true } = &self.framing {
            let signature = signing.trailer_signature(&self.previous, lines.canonical().as_bytes());
            out.extend_from_slice(format!("{SIGNATURE_NAME}:{}\r\n", hex(&signature)).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.into()
    }

    fn header(&mut self, data: &[u8]) -> Bytes {
        let size = data.len();
        let Framing::Signed { signing, .. } = &self.framing else {
            return format!("{size:x}\r\n").into();
        };
        self.previous = hex(&signing.chunk_signature(&self.previous, &sha256(data)));
        format!("{size:x};chunk-signature={}\r\n", self.previous).into()
    }
}

/// Content-Length of a body of `decoded_len` bytes, sent in chunks of `chunk_len` bytes, with `trailers` (each a name
/// and the length of its value).
///
/// # Panics
/// When `chunk_len` is 0.
pub fn encoded_len(framing: &Framing, decoded_len: u64, chunk_len: u64, trailers: &[(&str, usize)]) -> u64 {
    let (signature, trailer_signature) = match framing {
        Framing::Signed { trailer: true, .. } => (SIGNATURE_LEN, SIGNATURE_NAME.len() as u64 + 1 + 64 + 2),
        Framing::Signed { trailer: false, .. } => (SIGNATURE_LEN, 0),
        Framing::UnsignedTrailer => (0, 0),
    };
    let header = |size: u64| u64::from(size.checked_ilog2().unwrap_or(0)) / 4 + 1 + signature + 2;
    let (full, last) = (decoded_len / chunk_len, decoded_len % chunk_len);
    let data_frames = full * (header(chunk_len) + 2) + if last > 0 { header(last) + 2 } else { 0 };
    let lines: u64 = trailers.iter().map(|(name, len)| (name.len() + 1 + len + 2) as u64).sum();
    data_frames + decoded_len + header(0) + lines + trailer_signature + 2
}
