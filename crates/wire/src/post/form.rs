//! multipart/form-data as it streams: the fields in front of the file, kept up to a cap; then the file, passed through.

use bytes::{Buf as _, Bytes, BytesMut};
use drystone_types::limits::{FORM_BOUNDARY_MAX_BYTES, FORM_FIELD_COUNT_MAX, FORM_FIELDS_MAX_BYTES};
use memchr::memmem;
use std::sync::Arc;

use super::PostForm;
use super::part_head::{self, next_parameter};
use crate::error::{ErrorCode, S3Error};

/// Why a form is refused, one variant per answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// No boundary, broken framing, a part without a name, a field that is not UTF-8: 400 MalformedPOSTRequest (b223).
    #[error("the body is not well-formed multipart/form-data")]
    Malformed,
    /// Too much in front of the file: 400 MaxPostPreDataLengthExceededError.
    #[error("the fields in front of the file are too large or too many")]
    FieldsTooLarge,
    /// No field named `file`: 400 InvalidArgument.
    #[error("the form has no file")]
    NoFile,
    /// A field occurs twice, so that two readers might not agree on its value: 400 MalformedPOSTRequest.
    #[error("a field occurs twice")]
    Repeated,
    /// The body ended inside the file: 400 IncompleteBody.
    #[error("the form ended inside the file")]
    Incomplete,
}

impl From<FormError> for S3Error {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Malformed => Self::new(ErrorCode::MalformedPOSTRequest),
            FormError::FieldsTooLarge => Self::new(ErrorCode::MaxPostPreDataLengthExceededError)
                .field("MaxSizeAllowed", FORM_FIELDS_MAX_BYTES.to_string()),
            FormError::NoFile => {
                Self::invalid_argument("file", "0", "POST requires exactly one file upload per request.")
            }
            FormError::Repeated => Self::new(ErrorCode::MalformedPOSTRequest)
                .message("The body of your POST request names a field more than once."),
            FormError::Incomplete => Self::new(ErrorCode::IncompleteBody),
        }
    }
}

/// The boundary that a Content-Type names. `None` when it is not multipart/form-data (b223).
///
/// # Errors
/// [`FormError::Malformed`] when it is, but names no boundary or an illegal one.
pub fn boundary(content_type: &str) -> Option<Result<String, FormError>> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    kind.trim().eq_ignore_ascii_case("multipart/form-data").then(|| boundary_in(parameters))
}

fn boundary_in(mut parameters: &str) -> Result<String, FormError> {
    while let Some((name, value, rest)) = next_parameter(parameters)? {
        if name.eq_ignore_ascii_case("boundary") {
            let fits = (1..=FORM_BOUNDARY_MAX_BYTES).contains(&value.len());
            let legal = fits && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
            return if legal { Ok(value) } else { Err(FormError::Malformed) };
        }
        parameters = rest;
    }
    Err(FormError::Malformed)
}

/// Reads what stands in front of the file.
#[derive(Debug)]
pub struct FieldsReader {
    delimiter: Arc<memmem::Finder<'static>>,
    state: State,
    buffer: BytesMut,
    searched: usize, // bytes of `buffer` that hold no whole needle
    consumed: usize,
    fields: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum State {
    /// In front of the first boundary.
    Preamble,
    /// Behind a boundary.
    Boundary,
    /// In the head of a part.
    Head,
    /// In the value of the field of this name.
    Value(String),
}

impl FieldsReader {
    /// A reader of a form whose parts are separated by `boundary`.
    pub fn new(boundary: &str) -> Self {
        let delimiter = format!("\r\n--{boundary}");
        Self {
            delimiter: Arc::new(memmem::Finder::new(delimiter.as_bytes()).into_owned()),
            state: State::Preamble,
            buffer: BytesMut::from("\r\n"), // the first boundary may stand at the very beginning
            searched: 0,
            consumed: 0,
            fields: Vec::new(),
        }
    }

    /// Takes the next bytes of the body; once the file begins, yields all fields and the reader of the file.
    ///
    /// A body that ends before that is [`FormError::Malformed`].
    ///
    /// # Errors
    /// [`FormError`].
    pub fn push(&mut self, data: &[u8]) -> Result<Option<(PostForm, FileReader)>, FormError> {
        self.buffer.extend_from_slice(data);
        loop {
            let went_on = match self.state.clone() {
                State::Preamble => self.preamble(),
                State::Boundary => self.boundary()?,
                State::Head => match self.head()? {
                    Some(Part::File(file_name)) => return Ok(Some(self.file(file_name.as_deref()))),
                    Some(Part::Field) => true,
                    None => false,
                },
                State::Value(name) => self.value(name)?,
            };
            if self.consumed + if went_on { 0 } else { self.buffer.len() } > FORM_FIELDS_MAX_BYTES {
                return Err(FormError::FieldsTooLarge);
            }
            if !went_on {
                return Ok(None);
            }
        }
    }

    fn preamble(&mut self) -> bool {
        let Some(at) = self.find_delimiter() else { return false };
        self.consume(at + self.delimiter.needle().len());
        self.state = State::Boundary;
        true
    }

    fn boundary(&mut self) -> Result<bool, FormError> {
        match end_of_boundary(&self.buffer)? {
            None => Ok(false),
            Some(BoundaryEnd::Last) => Err(FormError::NoFile),
            Some(BoundaryEnd::Part { len }) => {
                self.consume(len);
                self.state = State::Head;
                Ok(true)
            }
        }
    }

    fn head(&mut self) -> Result<Option<Part>, FormError> {
        const END: &[u8] = b"\r\n\r\n";
        let from = self.searched.saturating_sub(END.len() - 1);
        let Some(at) = memmem::find(&self.buffer[from..], END) else {
            self.searched = self.buffer.len();
            return Ok(None);
        };
        let head = part_head::parse(&self.buffer[..from + at])?;
        self.consume(from + at + END.len());
        let name = head.name.to_lowercase(); // names have no case (b220)
        if name == "file" {
            return Ok(Some(Part::File(head.file_name)));
        }
        if self.fields.len() >= FORM_FIELD_COUNT_MAX {
            return Err(FormError::FieldsTooLarge);
        }
        self.state = State::Value(name);
        Ok(Some(Part::Field))
    }

    fn value(&mut self, name: String) -> Result<bool, FormError> {
        let Some(at) = self.find_delimiter() else { return Ok(false) };
        let value = str::from_utf8(&self.buffer[..at]).map_err(|_| FormError::Malformed)?.to_owned();
        self.consume(at + self.delimiter.needle().len());
        if self.fields.iter().any(|(other, _)| *other == name) {
            return Err(FormError::Repeated);
        }
        self.fields.push((name, value));
        self.state = State::Boundary;
        Ok(true)
    }

    fn file(&mut self, file_name: Option<&str>) -> (PostForm, FileReader) {
        let form = PostForm::new(std::mem::take(&mut self.fields), file_name);
        let held = self.buffer.split().freeze();
        (form, FileReader { delimiter: Arc::clone(&self.delimiter), held, ended: false })
    }

    fn find_delimiter(&mut self) -> Option<usize> {
        let from = self.searched.saturating_sub(self.delimiter.needle().len() - 1);
        let found = self.delimiter.find(&self.buffer[from..]).map(|at| from + at);
        if found.is_none() {
            self.searched = self.buffer.len();
        }
        found
    }

    fn consume(&mut self, len: usize) {
        self.buffer.advance(len);
        self.consumed += len;
        self.searched = 0;
    }
}

enum Part {
    Field,
    File(Option<String>),
}

/// Passes the file through until the boundary that ends it. What follows is ignored (b220).
///
/// Holds back no more than could be the beginning of that boundary.
#[derive(Debug)]
pub struct FileReader {
    delimiter: Arc<memmem::Finder<'static>>,
    held: Bytes,
    ended: bool,
}

impl FileReader {
    /// Takes the next bytes of the body and yields the next ones of the file, if any. The first call may be given none:
    /// the beginning of the file came with the fields.
    ///
    /// A body that ends while this is not [`FileReader::is_whole`] is [`FormError::Incomplete`].
    ///
    /// # Errors
    /// [`FormError::Malformed`] when a boundary is neither followed by another part nor the last one: what looked like
    /// the end of the file may not be.
    pub fn push(&mut self, data: Bytes) -> Result<Bytes, FormError> {
        if self.ended {
            return Ok(Bytes::new());
        }
        let mut data = self.with_held(data);
        let file_len = match self.delimiter.find(&data) {
            None => data.len() - self.beginning_of_delimiter(&data),
            Some(at) => {
                let behind = &data[at + self.delimiter.needle().len()..];
                self.ended = end_of_boundary(behind)?.is_some();
                at
            }
        };
        self.held = data.split_off(file_len);
        if self.ended {
            self.held.clear();
        }
        Ok(data)
    }

    /// Was the boundary seen that ends the file?
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    fn with_held(&mut self, data: Bytes) -> Bytes {
        match (self.held.is_empty(), data.is_empty()) {
            (true, _) => data,
            (false, true) => std::mem::take(&mut self.held),
            (false, false) => [std::mem::take(&mut self.held), data].concat().into(),
        }
    }

    /// How many bytes at the end of `data` may be the beginning of a boundary.
    fn beginning_of_delimiter(&self, data: &[u8]) -> usize {
        let needle = self.delimiter.needle();
        let longest = data.len().min(needle.len() - 1);
        (1..=longest).rev().find(|len| data.ends_with(&needle[..*len])).unwrap_or(0)
    }
}

/// What stands behind a boundary.
enum BoundaryEnd {
    /// Another part, after so many bytes.
    Part { len: usize },
    /// `--`: it was the last one.
    Last,
}

/// Spaces, then CRLF or `--`. `None` when more bytes are needed to tell.
fn end_of_boundary(behind: &[u8]) -> Result<Option<BoundaryEnd>, FormError> {
    let padding = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match &behind[padding..] {
        [b'-', b'-', ..] if padding == 0 => Ok(Some(BoundaryEnd::Last)),
        [b'\r', b'\n', ..] => Ok(Some(BoundaryEnd::Part { len: padding + 2 })),
        [] | [b'\r'] if padding <= FORM_BOUNDARY_MAX_BYTES => Ok(None),
        [b'-'] if padding == 0 => Ok(None),
        _ => Err(FormError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldsReader, FormError, boundary};
    use bytes::Bytes;
    use drystone_types::limits::{FORM_BOUNDARY_MAX_BYTES, FORM_FIELD_COUNT_MAX, FORM_FIELDS_MAX_BYTES};
    use proptest::prelude::*;

    type Read = (Vec<(String, String)>, Vec<u8>);

    /// Reads `body`, pushed in pieces of `step` bytes.
    fn read(body: &[u8], step: usize) -> Result<Read, FormError> {
        let mut reader = FieldsReader::new("XX");
        let mut pieces = body.chunks(step).map(Bytes::copy_from_slice);
        let (form, mut file) = loop {
            let piece = pieces.next().ok_or(FormError::Malformed)?;
            if let Some(found) = reader.push(&piece)? {
                break found;
            }
        };
        let mut data = file.push(Bytes::new())?.to_vec();
        for piece in pieces {
            data.extend_from_slice(&file.push(piece)?);
        }
        let fields = form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if file.is_whole() { Ok((fields, data)) } else { Err(FormError::Incomplete) }
    }

    fn field(name: &str, value: &str) -> String {
        format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    fn file(data: &str) -> String {
        format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{data}\r\n--XX--\r\n"
        )
    }

    #[test]
    fn b223_the_boundary_of_a_content_type() {
        let long = "b".repeat(FORM_BOUNDARY_MAX_BYTES + 1);
        let cases = [
            ("multipart/form-data; boundary=a", Some(Ok("a"))),
            ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", Some(Ok("a b"))),
            ("multipart/form-data; boundary=--a", Some(Ok("--a"))),
            ("multipart/form-data", Some(Err(FormError::Malformed))),
            ("multipart/form-data; boundary=", Some(Err(FormError::Malformed))),
            ("multipart/form-data; boundary=\"a", Some(Err(FormError::Malformed))),
            ("multipart/form-data; boundary=é", Some(Err(FormError::Malformed))),
            ("multipart/mixed; boundary=a", None),
            ("application/json", None),
            ("", None),
        ];
        for (content_type, expected) in cases {
            assert_eq!(
                boundary(content_type),
                expected.map(|found| found.map(str::to_owned)),
                "{content_type}"
            );
        }
        let too_long = boundary(&format!("multipart/form-data; boundary={long}"));
        assert_eq!(too_long, Some(Err(FormError::Malformed)));
    }

    #[test]
    fn b220_fields_and_file_are_the_same_however_the_body_is_cut() {
        let data = "one\r\n--X\r\n--XY\r\n-\r\ntwo\r\n";
        let body = format!("{}{}{}", field("Key", "k\r\n"), field("acl", ""), file(data));
        let fields = vec![("key".to_owned(), "k\r\n".to_owned()), ("acl".to_owned(), String::new())];
        for step in 1..=body.len() {
            assert_eq!(read(body.as_bytes(), step), Ok((fields.clone(), data.as_bytes().to_vec())), "{step}");
        }
    }

    #[test]
    fn b220_what_follows_the_file_is_ignored() {
        let after = format!("preamble\r\n{}", field("key", "k"))
            + "--XX\r\nContent-Disposition: form-data; name=file\r\n\r\ndata\r\n"
            + &field("acl", "public-read");
        let whole = format!("{after}--XX--\r\nepilogue");
        for body in [after, whole] {
            for step in [1, 7, 1000] {
                let (fields, data) = read(body.as_bytes(), step).expect("a form");
                assert_eq!((fields.len(), data.as_slice()), (1, &b"data"[..]));
            }
        }
        assert_eq!(read(file("").as_bytes(), 9), Ok((vec![], vec![])), "an empty file is a file");
    }

    #[test]
    fn broken_forms_are_refused_and_never_a_short_file() {
        let cut = file("data");
        let cases = [
            (String::new(), FormError::Malformed),
            ("nothing of a form".to_owned(), FormError::Malformed),
            (field("key", "k"), FormError::Malformed),
            (format!("{}--XX--\r\n", field("key", "k")), FormError::NoFile),
            ("--XX--".to_owned(), FormError::NoFile),
            ("--XXY\r\n".to_owned(), FormError::Malformed),
            ("--XX\r\nname: x\r\n\r\nv\r\n--XX--".to_owned(), FormError::Malformed),
            (format!("{}{}{}", field("a", "1"), field("A", "2"), file("x")), FormError::Repeated),
            (cut[..cut.len() - 4].replace("--XX-", "--XX"), FormError::Incomplete),
            (cut.replace("--XX--\r\n", ""), FormError::Incomplete),
            (cut.replace("\r\n--XX--\r\n", ""), FormError::Incomplete),
            (cut.replace("--XX--", "--XXextra"), FormError::Malformed),
        ];
        for (body, expected) in cases {
            for step in [1, 5, 1000] {
                assert_eq!(read(body.as_bytes(), step), Err(expected), "{body:?}");
            }
        }
        let not_utf8 = field("key", "k").replace('k', "\u{1}").into_bytes();
        let not_utf8: Vec<u8> =
            not_utf8.into_iter().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
        assert_eq!(read(&not_utf8, 1000), Err(FormError::Malformed));
    }

    #[test]
    fn s33_what_stands_in_front_of_the_file_is_capped() {
        let long = |len: usize| format!("{}{}", field("key", &"k".repeat(len)), file("x"));
        assert!(read(long(FORM_FIELDS_MAX_BYTES - 200).as_bytes(), 1000).is_ok());
        assert_eq!(read(long(FORM_FIELDS_MAX_BYTES).as_bytes(), 1000), Err(FormError::FieldsTooLarge));
        let many =
            |count: usize| (0..count).map(|n| field(&format!("{n}"), "")).collect::<String>() + &file("x");
        assert!(read(many(FORM_FIELD_COUNT_MAX).as_bytes(), 1000).is_ok());
        assert_eq!(read(many(FORM_FIELD_COUNT_MAX + 1).as_bytes(), 1000), Err(FormError::FieldsTooLarge));
        let endless = "x".repeat(FORM_FIELDS_MAX_BYTES + 1);
        assert_eq!(read(endless.as_bytes(), 1000), Err(FormError::FieldsTooLarge));
        // The file itself has no cap here, and is not counted.
        let large = "d".repeat(3 * FORM_FIELDS_MAX_BYTES);
        assert_eq!(read(file(&large).as_bytes(), usize::MAX).map(|(_, data)| data.len()), Ok(large.len()));
    }

    proptest! {
        #[test]
        fn any_file_comes_out_as_it_went_in(
            data in "(\r|\n|-|X|--XX|\r\n--X|\r\n-|[a-z]){0,40}".prop_filter("holds no boundary", |data| {
                !format!("\r\n{data}").contains("\r\n--XX")
            }),
            step in 1usize..60,
        ) {
            let body = file(&data);
            prop_assert_eq!(read(body.as_bytes(), step).map(|(_, data)| data), Ok(data.into_bytes()));
        }

        #[test]
        fn arbitrary_bytes_never_panic(
            body in "(--XX|\r\n|-|:|;|\"|Content-Disposition: form-data|name=|file|=|\\PC){0,40}",
            step in 1usize..40,
        ) {
            let _ = read(body.as_bytes(), step);
            let _ = boundary(&body);
        }
    }
}
