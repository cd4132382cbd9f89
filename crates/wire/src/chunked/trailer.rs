//! Trailers: which were announced, which came, and the form in which they are signed.

use super::ChunkedError;

/// The line that signs the others.
pub(super) const SIGNATURE_NAME: &str = "x-amz-trailer-signature";

/// The trailers of a finished body, without x-amz-trailer-signature. Names are lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(Vec<(String, String)>);

impl Trailers {
    /// The value of `name` (lower case).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of them, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a sender is about to send. `None` when a line is malformed or repeated.
    pub(super) fn from_pairs(pairs: &[(&str, &str)]) -> Option<Self> {
        let names: Vec<String> = pairs.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let mut trailers = Self::default();
        for (name, value) in pairs {
            trailers.add_line(format!("{name}:{value}").as_bytes(), &names).ok()?;
        }
        Some(trailers)
    }

    /// `name:value\n` for each, sorted by name: what is signed.
    pub(super) fn canonical(&self) -> String {
        let mut lines: Vec<String> = self.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        lines.sort_unstable();
        lines.concat()
    }

    /// Adds `name:value`. Blank around the value goes, the name becomes lower case. Only announced names, and the
    /// signature, may come, each once (b213).
    pub(super) fn add_line(&mut self, line: &[u8], announced: &[String]) -> Result<(), ChunkedError> {
        let (name, value) = parse_line(line).ok_or(ChunkedError::MalformedTrailer)?;
        let is_known = name == SIGNATURE_NAME || announced.contains(&name);
        if !is_known || self.get(&name).is_some() {
            return Err(ChunkedError::MalformedTrailer);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Takes out the value of x-amz-trailer-signature.
    pub(super) fn take_signature(&mut self) -> Option<String> {
        let at = self.0.iter().position(|(name, _)| name == SIGNATURE_NAME)?;
        Some(self.0.remove(at).1)
    }

    /// Every announced one has to have come (b213).
    pub(super) fn check_complete(&self, announced: &[String]) -> Result<(), ChunkedError> {
        let all_came = announced.iter().all(|name| self.get(name).is_some());
        let none_unknown = self.iter().all(|(name, _)| announced.iter().any(|known| known == name));
        if all_came && none_unknown { Ok(()) } else { Err(ChunkedError::MalformedTrailer) }
    }
}

/// The lower-case names in a value of x-amz-trailer: `a, b`.
pub fn announced_trailers(value: &str) -> Vec<String> {
    let names = value.split(',').map(|name| name.trim_matches([' ', '\t']).to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

fn parse_line(line: &[u8]) -> Option<(String, String)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = value.trim_matches([' ', '\t']);
    let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    is_plain.then(|| (name.as_str().to_owned(), value.to_owned()))
}
