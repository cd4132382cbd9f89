//! Bytes in, bytes out: little-endian numbers, length-prefixed text, one seal per value. Never panics on any bytes.

use crc_fast::{CrcAlgorithm, Digest};
use thiserror::Error;

use super::{VERSION, VERSION_MIN};

/// Bytes that we did not write.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Where a row stands: its table and key, which its checksum covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Number of the table.
    pub(crate) table: u8,
    /// First number of the key, or 0.
    pub(crate) first: u128,
    /// Text of the key, or empty.
    pub(crate) text: &'a str,
    /// Second number of the key, or 0.
    pub(crate) second: u128,
}

impl Place<'_> {
    pub(super) fn checksum(&self, value: &[u8]) -> [u8; 4] {
        let mut head = [self.table; 33];
        head[1..17].copy_from_slice(&self.first.to_le_bytes());
        head[17..].copy_from_slice(&self.second.to_le_bytes());
        let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
        digest.update(&head);
        digest.update(self.text.as_bytes());
        digest.update(value);
        let checksum = u32::try_from(digest.finalize()).expect("CRC-32C has 32 bits");
        checksum.to_le_bytes()
    }
}

/// Collects a value.
#[derive(Debug)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self::with_capacity(128)
    }

    pub(super) fn with_capacity(capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity);
        out.push(VERSION);
        Self(out)
    }

    /// Ends the value with its checksum.
    pub(super) fn seal(mut self, place: &Place<'_>) -> Vec<u8> {
        let checksum = place.checksum(&self.0);
        self.0.extend_from_slice(&checksum);
        self.0
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u128(&mut self, value: u128) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn len(&mut self, len: usize) {
        self.u32(u32::try_from(len).expect("requests are far smaller than 4 GiB"));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.len(text.len());
        self.bytes(text.as_bytes());
    }

    pub(super) fn flag(&mut self, value: bool) {
        self.u8(value.into());
    }

    /// A flag byte, then the value if there is one.
    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.u8(value.is_some().into());
        if let Some(value) = value {
            write(self, value);
        }
    }
}

/// Reads a value.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    version: u8,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Checks version and seal.
    pub(super) fn unseal(value: &'a [u8], place: &Place<'_>) -> Result<Self, Malformed> {
        let version = value.first().copied().unwrap_or_default();
        if !(VERSION_MIN..=VERSION).contains(&version) {
            return Err(Malformed("the row has an unknown version"));
        }
        let (body, checksum) = value.split_last_chunk::<4>().ok_or(Malformed("the row is cut short"))?;
        if place.checksum(body) != *checksum {
            return Err(Malformed("the row's checksum does not match"));
        }
        let rest = body.get(1..).ok_or(Malformed("the row is cut short"))?;
        Ok(Self { version, rest })
    }

    /// Was the row written by version 1, which knew fewer fields?
    pub(super) fn is_v1(&self) -> bool {
        self.version == 1
    }

    /// Fails when bytes are left.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Malformed> {
        if self.rest.is_empty() { Ok(value) } else { Err(Malformed("the row has bytes left over")) }
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn slice(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.rest.split_at_checked(len).ok_or(Malformed("the row is cut short"))?;
        self.rest = tail;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(Malformed("the row is cut short"))?;
        self.rest = tail;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn u128(&mut self) -> Result<u128, Malformed> {
        self.array().map(u128::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        let len = usize::try_from(self.u32()?).map_err(|_| Malformed("the row is cut short"))?;
        std::str::from_utf8(self.slice(len)?).map_err(|_| Malformed("the row's text is not UTF-8"))
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.u8()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Malformed("a flag is neither 0 nor 1")),
        }
    }

    pub(super) fn flag(&mut self) -> Result<bool, Malformed> {
        Ok(self.option(|_| Ok(()))?.is_some())
    }

    /// A count and that many values.
    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = self.u32()?;
        let room = usize::try_from(count).unwrap_or(usize::MAX).min(self.rest.len()); // every value has a byte
        let mut values = Vec::with_capacity(room.min(16_384));
        for _ in 0..count {
            values.push(read(self)?);
        }
        Ok(values)
    }
}
