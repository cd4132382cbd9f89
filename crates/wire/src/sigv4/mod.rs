//! AWS Signature Version 4: the canonical form, signing, presigning and verifying.

pub mod canonical;
mod credential;
pub mod presign;
pub mod sign;
pub(crate) mod verify;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod vectors;

use std::fmt::Write as _;

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes all text");
    }
    text
}

/// Reads 64 lower-case hexadecimal digits, the form of every signature and hash here. `None` for anything else.
pub fn hex32(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
