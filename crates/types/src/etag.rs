//! ETag: the MD5 of a body, or the MD5 of part MD5s with `-N`.

use std::fmt;

/// Entity tag of a part or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ETag {
    /// 16 bytes, shown in hexadecimal.
    pub digest: [u8; 16],
    /// Number of parts listed at Complete; `None` for an object or part sent in one piece (b108).
    pub part_count: Option<u16>,
}

impl ETag {
    /// ETag of a body sent in one piece.
    pub fn single(md5: [u8; 16]) -> Self {
        Self { digest: md5, part_count: None }
    }

    /// Reads an ETag as clients send it: with quotes, with `&quot;` already decoded, or bare (b120).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        let (hex, part_count) = match bare.split_once('-') {
            Some((hex, count)) if !count.starts_with('+') => (hex, Some(count.parse::<u16>().ok()?)),
            Some(_) => return None,
            None => (bare, None),
        };
        if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let digest = u128::from_str_radix(hex, 16).ok()?.to_be_bytes();
        Some(Self { digest, part_count })
    }

    /// `"…"`, as it stands in headers and most XML.
    pub fn quoted(&self) -> String {
        format!("\"{self}\"")
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.digest))?;
        match self.part_count {
            Some(count) => write!(f, "-{count}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ETag;

    #[test]
    fn b120_etags_parse_with_quotes_and_without() {
        let etag = ETag { digest: [0xab; 16], part_count: Some(3) };
        assert_eq!(etag.to_string(), format!("{}-3", "ab".repeat(16)));
        assert_eq!(ETag::parse(&etag.quoted()), Some(etag));
        assert_eq!(ETag::parse(&etag.to_string()), Some(etag));
        assert_eq!(ETag::parse("\"0123\""), None);
        assert_eq!(ETag::parse(&format!("{}-+3", "ab".repeat(16))), None);
        assert_eq!(ETag::parse(&format!("+{}", "ab".repeat(16))), None);
    }
}
