//! Chunk header lines: collected from any split of the input, then read strictly.

use super::ChunkedError;
use bytes::{Buf as _, Bytes};
use drystone_types::limits::CHUNK_SIZE_MAX_BYTES;

/// Bytes of a line whose end has not arrived yet; never more than its limit.
#[derive(Debug, Default)]
pub(super) struct LineBuffer(Vec<u8>);

impl LineBuffer {
    /// Moves bytes from `input` until a line is complete, and returns it without its `\n`; a `\r` before that stays.
    ///
    /// `None` when the input ended first. `limit` counts the whole line; `Err(())` when it is longer.
    pub(super) fn take_line(&mut self, input: &mut Bytes, limit: usize) -> Result<Option<Vec<u8>>, ()> {
        let room = limit.saturating_sub(self.0.len());
        let end = input.iter().take(room).position(|byte| *byte == b'\n');
        let taken = end.map_or(input.len().min(room), |end| end + 1);
        self.0.extend_from_slice(&input[..taken]);
        input.advance(taken);
        if end.is_some() {
            self.0.pop();
            return Ok(Some(std::mem::take(&mut self.0)));
        }
        if self.0.len() >= limit { Err(()) } else { Ok(None) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What arrived of an unfinished line.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.0
    }
}

/// The line that starts a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkHeader<'a> {
    pub(super) size: u64,
    /// 64 lower-case hexadecimal digits; `Some` exactly in signed modes.
    pub(super) signature: Option<&'a str>,
}

impl<'a> ChunkHeader<'a> {
    /// Reads a line that still ends with `\r`.
    ///
    /// # Errors
    /// [`ChunkedError::IncompleteBody`], also for a signature that has not the form of one (b212).
    pub(super) fn parse(line: &'a [u8], is_signed: bool) -> Result<Self, ChunkedError> {
        let line = line.strip_suffix(b"\r").ok_or(ChunkedError::IncompleteBody)?;
        let line = std::str::from_utf8(line).map_err(|_| ChunkedError::IncompleteBody)?;
        let (size, extensions) = line.split_once(';').map_or((line, None), |(size, rest)| (size, Some(rest)));
        let size = parse_size(size).ok_or(ChunkedError::IncompleteBody)?;
        if !is_signed {
            return Ok(Self { size, signature: None });
        }
        let signature = extensions.and_then(|rest| rest.strip_prefix("chunk-signature="));
        let signature = signature.ok_or(ChunkedError::IncompleteBody)?;
        if crate::sigv4::hex32(signature.as_bytes()).is_none() {
            return Err(ChunkedError::IncompleteBody);
        }
        Ok(Self { size, signature: Some(signature) })
    }
}

/// 1 to 16 hexadecimal digits, and nothing else: no sign, no blank, no prefix.
fn parse_size(text: &str) -> Option<u64> {
    let well_formed = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = well_formed.then(|| u64::from_str_radix(text, 16).ok()).flatten()?;
    (size <= CHUNK_SIZE_MAX_BYTES).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s33_chunk_headers_are_read_strictly() {
        let sizes = [
            ("0", Some(0)),
            ("d", Some(13)),
            ("D", Some(13)),
            ("0000000000000010", Some(16)),
            ("140000000", Some(CHUNK_SIZE_MAX_BYTES)),
            ("140000001", None),
            ("7fffffffffffffff", None),
            ("8000000000000000", None),
            ("ffffffffffffffff", None),
            ("10000000000000000", None),
            ("00000000000000010", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("0x10", None),
            (" 10", None),
            ("10 ", None),
            ("1_0", None),
            ("g", None),
        ];
        for (text, size) in sizes {
            let line = format!("{text}\r");
            let header = ChunkHeader::parse(line.as_bytes(), false).ok().map(|header| header.size);
            assert_eq!(header, size, "{text:?}");
        }
        let signature = "a".repeat(64);
        let signed = |line: &str| ChunkHeader::parse(line.as_bytes(), true).map(|header| header.size);
        assert_eq!(signed(&format!("10;chunk-signature={signature}\r")), Ok(16));
        assert_eq!(signed(&format!("10;chunk-signature={signature}")), Err(ChunkedError::IncompleteBody));
        let bad = [
            "10\r".to_owned(),
            "10;\r".to_owned(),
            format!("10;chunk-signature={}\r", &signature[1..]),
            format!("10;chunk-signature={}\r", signature.to_uppercase()),
            format!("10;chunk-signature={signature};x=y\r"),
            format!("10;x=y;chunk-signature={signature}\r"),
            format!("10; chunk-signature={signature}\r"),
        ];
        for line in bad {
            assert_eq!(signed(&line), Err(ChunkedError::IncompleteBody), "b212 {line}");
        }
        assert_eq!(ChunkHeader::parse(b"10;a=b\r", false).map(|header| header.size), Ok(16));
        assert_eq!(ChunkHeader::parse(b"10\xff\r", false), Err(ChunkedError::IncompleteBody));
    }

    #[test]
    fn a_line_is_the_same_for_every_split_of_the_input() {
        let text = b"abc\r\nrest";
        for split in 0..text.len() {
            let (mut first, mut second) =
                (Bytes::from_static(&text[..split]), Bytes::from_static(&text[split..]));
            let mut buffer = LineBuffer::default();
            let line = match buffer.take_line(&mut first, 5).unwrap() {
                Some(line) => line,
                None => buffer.take_line(&mut second, 5).unwrap().unwrap(),
            };
            assert_eq!(line, b"abc\r", "{split}");
            assert!(buffer.is_empty());
        }
        assert_eq!(LineBuffer::default().take_line(&mut Bytes::from_static(text), 4), Err(()));
    }
}
