//! The decoder: bytes in as they arrive, data out without copies, signatures checked at the end of each chunk.

use super::ChunkedError;
use super::frame::{ChunkHeader, LineBuffer};
use super::trailer::Trailers;
use crate::auth::{Authenticated, PayloadMode};
use crate::sigv4::sign::ChunkSigning;
use crate::sigv4::verify::signature_matches;
use aws_lc_rs::digest;
use bytes::Bytes;
use drystone_types::limits::{CHUNK_HEADER_MAX_BYTES, CHUNK_SIZE_MIN_BYTES, CHUNK_TRAILER_MAX_BYTES};

/// How a body is framed.
#[derive(Clone, Debug)]
pub enum Framing {
    /// Every chunk is signed, and with `trailer` so are the trailers that follow.
    Signed {
        /// Key and seed, from the verified request.
        signing: ChunkSigning,
        /// Trailers follow.
        trailer: bool,
    },
    /// Nothing is signed; trailers follow.
    UnsignedTrailer,
}

impl Framing {
    /// The framing that a verified request announced; `None` when its body is not chunked.
    pub fn of(authenticated: &Authenticated) -> Option<Self> {
        match (authenticated.payload, &authenticated.seed) {
            (PayloadMode::StreamingSigned { trailer }, Some(signing)) => {
                Some(Self::Signed { signing: signing.clone(), trailer })
            }
            (PayloadMode::StreamingUnsignedTrailer, _) => Some(Self::UnsignedTrailer),
            _ => None,
        }
    }

    fn has_trailer(&self) -> bool {
        !matches!(self, Self::Signed { trailer: false, .. })
    }
}

/// Where in the body we are.
#[derive(Debug)]
enum State {
    /// In a chunk's header line, or in a blank line before it.
    Header,
    /// In the data of a chunk.
    Data { remaining: u64 },
    /// At the line end after the data.
    DataEnd,
    /// After the final chunk: trailers, blank lines, nothing else.
    Trailer,
    /// Failed; stays so.
    Failed(ChunkedError),
}

/// Decodes one aws-chunked body.
///
/// Give every piece of the body to [`Decoder::feed`] until it returns `None`, then call [`Decoder::finish`]. Data comes
/// out before its chunk's signature is checked, so nothing of it counts before `finish` returned `Ok`. Memory use is
/// one line, whatever the chunk size.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>; b209-b213.
#[derive(Debug)]
pub struct Decoder {
    framing: Framing,
    announced: Vec<String>,
    state: State,
    line: LineBuffer,
    /// What lines may still take: of the header before the next data, or of all trailers together.
    line_budget: usize,
    decoded_len: u64,
    received: u64,
    last_size: Option<u64>,
    chunk: Option<SignedChunk>,
    /// The signature that the next one is chained to.
    previous: String,
    trailers: Trailers,
}

/// A chunk on its way: what it claims, and what it hashes to so far.
struct SignedChunk {
    signature: String,
    hash: digest::Context,
}

impl std::fmt::Debug for SignedChunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedChunk").field("signature", &self.signature).finish_non_exhaustive()
    }
}

impl Decoder {
    /// Starts a body of `decoded_len` bytes (x-amz-decoded-content-length) and the trailers that x-amz-trailer
    /// announced, lower case (see [`super::announced_trailers`]).
    pub fn new(framing: Framing, decoded_len: u64, announced: Vec<String>) -> Self {
        let previous = match &framing {
            Framing::Signed { signing, .. } => signing.seed_signature.clone(),
            Framing::UnsignedTrailer => String::new(),
        };
        Self {
            framing,
            announced,
            state: State::Header,
            line: LineBuffer::default(),
            line_budget: CHUNK_HEADER_MAX_BYTES,
            decoded_len,
            received: 0,
            last_size: None,
            chunk: None,
            previous,
            trailers: Trailers::default(),
        }
    }

    /// Takes bytes from the front of `input` and returns the next decoded ones, a slice of it that is never empty.
    ///
    /// `None` means that `input` is used up: call again with the next piece of the body.
    ///
    /// # Errors
    /// [`ChunkedError`]; every later call returns the same.
    pub fn feed(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, ChunkedError> {
        let fed = self.advance(input);
        if let Err(error) = fed {
            self.state = State::Failed(error);
        }
        fed
    }

    /// Ends the body: everything arrived, every signature was right, and these are its trailers.
    ///
    /// # Errors
    /// [`ChunkedError::IncompleteBody`] when it ended early, [`ChunkedError::MalformedTrailer`] when the trailers are not
    /// the announced ones, [`ChunkedError::SignatureDoesNotMatch`] when their signature is wrong.
    pub fn finish(mut self) -> Result<Trailers, ChunkedError> {
        match self.state {
            State::Trailer => {}
            State::Failed(error) => return Err(error),
            State::Header | State::Data { .. } | State::DataEnd => return Err(ChunkedError::IncompleteBody),
        }
        assert_eq!(self.received, self.decoded_len, "checked at the final chunk");
        if !self.line.is_empty() {
            let rest = std::mem::take(&mut self.line).into_rest();
            self.trailer_line(&rest)?;
        }
        let signature = self.trailers.take_signature();
        self.trailers.check_complete(&self.announced)?;
        if let Framing::Signed { signing, trailer: true } = &self.framing {
            check_trailer_signature(signing, &self.previous, &self.trailers, signature)?;
        } else if signature.is_some() {
            return Err(ChunkedError::MalformedTrailer);
        }
        Ok(self.trailers)
    }

    fn advance(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, ChunkedError> {
        while !input.is_empty() {
            match self.state {
                State::Failed(error) => return Err(error),
                State::Data { remaining } => return Ok(Some(self.take_data(input, remaining)?)),
                State::Header => {
                    if let Some(line) = self.take_line(input, ChunkedError::IncompleteBody)?
                        && line != b"\r"
                    {
                        self.start_chunk(&line)?;
                    }
                }
                State::DataEnd => {
                    if let Some(line) = self.take_line(input, ChunkedError::IncompleteBody)? {
                        if line != b"\r" {
                            return Err(ChunkedError::IncompleteBody);
                        }
                        self.state = State::Header;
                    }
                }
                State::Trailer => {
                    if let Some(line) = self.take_line(input, self.trailer_error())? {
                        self.trailer_line(&line)?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Blank lines count against the budget, so that they cannot go on for ever.
    fn take_line(
        &mut self,
        input: &mut Bytes,
        too_long: ChunkedError,
    ) -> Result<Option<Vec<u8>>, ChunkedError> {
        let line = self.line.take_line(input, self.line_budget).map_err(|()| too_long)?;
        if let Some(line) = &line {
            self.line_budget -= line.len() + 1;
        }
        Ok(line)
    }

    fn start_chunk(&mut self, line: &[u8]) -> Result<(), ChunkedError> {
        let header = ChunkHeader::parse(line, matches!(self.framing, Framing::Signed { .. }))?;
        let is_final = header.size == 0;
        if header.size > self.decoded_len - self.received {
            return Err(ChunkedError::OtherLength);
        }
        let last_is_small = self.last_size.is_some_and(|size| size < CHUNK_SIZE_MIN_BYTES);
        if !is_final && last_is_small {
            return Err(ChunkedError::InvalidChunkSize);
        }
        self.last_size = Some(header.size);
        self.chunk = header.signature.map(|signature| SignedChunk {
            signature: signature.to_owned(),
            hash: digest::Context::new(&digest::SHA256),
        });
        if !is_final {
            self.state = State::Data { remaining: header.size };
            return Ok(());
        }
        self.end_chunk()?;
        if self.received != self.decoded_len {
            return Err(ChunkedError::OtherLength);
        }
        self.line_budget = CHUNK_TRAILER_MAX_BYTES;
        self.state = State::Trailer;
        Ok(())
    }

    fn take_data(&mut self, input: &mut Bytes, remaining: u64) -> Result<Bytes, ChunkedError> {
        let len = usize::try_from(remaining).unwrap_or(usize::MAX).min(input.len());
        let data = input.split_to(len);
        let remaining = remaining - len as u64;
        self.received += len as u64;
        if let Some(chunk) = &mut self.chunk {
            chunk.hash.update(&data);
        }
        self.state = State::Data { remaining };
        if remaining == 0 {
            self.end_chunk()?;
            self.line_budget = CHUNK_HEADER_MAX_BYTES;
            self.state = State::DataEnd;
        }
        Ok(data)
    }

    fn end_chunk(&mut self) -> Result<(), ChunkedError> {
        let Framing::Signed { signing, .. } = &self.framing else { return Ok(()) };
        let chunk = self.chunk.take().expect("signed framing has a signature in every chunk header");
        let hash: [u8; 32] = chunk.hash.finish().as_ref().try_into().expect("SHA-256 has 32 bytes");
        if !signature_matches(&signing.chunk_signature(&self.previous, &hash), chunk.signature.as_bytes()) {
            return Err(ChunkedError::SignatureDoesNotMatch);
        }
        self.previous = chunk.signature;
        Ok(())
    }

    /// A line after the final chunk, with or without its `\r`. Blank ones mean nothing (b212).
    fn trailer_line(&mut self, line: &[u8]) -> Result<(), ChunkedError> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.is_empty(), self.framing.has_trailer()) {
            (true, _) => Ok(()),
            (false, true) => self.trailers.add_line(line, &self.announced),
            (false, false) => Err(ChunkedError::IncompleteBody),
        }
    }

    /// What more bytes than allowed after the final chunk are.
    fn trailer_error(&self) -> ChunkedError {
        if self.framing.has_trailer() { ChunkedError::MalformedTrailer } else { ChunkedError::IncompleteBody }
    }
}

/// Trailers without a signature are malformed, unless there are none to sign.
fn check_trailer_signature(
    signing: &ChunkSigning,
    previous: &str,
    trailers: &Trailers,
    provided: Option<String>,
) -> Result<(), ChunkedError> {
    if provided.is_none() && trailers.is_empty() {
        return Ok(());
    }
    let provided = provided.ok_or(ChunkedError::MalformedTrailer)?;
    let right = signing.trailer_signature(previous, trailers.canonical().as_bytes());
    if signature_matches(&right, provided.as_bytes()) {
        Ok(())
    } else {
        Err(ChunkedError::SignatureDoesNotMatch)
    }
}
