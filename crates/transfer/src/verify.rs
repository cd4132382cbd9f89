//! Verify: is a local file what an object is? Says what was compared, and how much that proves. Nothing is downloaded.

use crate::download::look;
use crate::error::TransferError;
use crate::evidence::{Evidence, Remote};
use crate::local::blocking::blocking;
use crate::local::source::Source;
use crate::outcome::ObjectRef;
use crate::part_lens::{Asker, Known, PartLens};
use crate::prove::{Proof, Subject};
use drystone_client::Client;
use http::header::HeaderMap;
use std::path::Path;

/// One value that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// What the store says.
    pub evidence: Evidence,
    /// What came of it.
    pub proof: Proof,
}

/// What is known of a file and an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// What the store says of the object.
    pub remote: Remote,
    /// Bytes of the file.
    pub file_size: u64,
    /// Every value that the store says, compared; none when the sizes differ already.
    pub compared: Vec<Compared>,
}

/// The short of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are equal.
    Equal,
    /// They are not.
    Different,
    /// Nothing that the store says can be compared.
    Unproved,
}

impl Verification {
    /// The short of it: one value that differs is enough.
    pub fn verdict(&self) -> Verdict {
        let is_different = |found: &Compared| matches!(found.proof, Proof::Different { .. });
        if self.file_size != self.remote.size || self.compared.iter().any(is_different) {
            Verdict::Different
        } else if self.equal().next().is_some() {
            Verdict::Equal
        } else {
            Verdict::Unproved
        }
    }

    /// The values that were found equal.
    pub fn equal(&self) -> impl Iterator<Item = &Compared> {
        self.compared.iter().filter(|found| matches!(found.proof, Proof::Equal(_)))
    }

    /// Why values could not be compared.
    pub fn reasons(&self) -> Vec<String> {
        let unknown = self.compared.iter().filter_map(|found| match &found.proof {
            Proof::Unknown(why) => Some(format!("{}: {why}", found.evidence.name())),
            _ => None,
        });
        let etag = self.remote.etag_is_no_md5.map(|why| format!("its ETag is no MD5 of its bytes: {why}"));
        let has_checksum =
            self.remote.evidence.iter().any(|found| found.origin == crate::evidence::Origin::Checksum);
        let none = (!has_checksum).then(|| "it has no checksum".to_owned());
        unknown.chain(none).chain(etag).collect()
    }
}

/// `3 parts of 16777216 bytes, the last of 5`, and how that is known.
pub fn parts_text(parts: &PartLens) -> String {
    let count = parts.lens.len();
    let (first, last) = (parts.lens.first().copied().unwrap_or(0), parts.lens.last().copied().unwrap_or(0));
    let lens = match count {
        1 => format!("1 part of {first} bytes"),
        _ if parts.lens[..count - 1].iter().any(|len| *len != first) => {
            format!("{count} parts of unequal length")
        }
        _ if first == last => format!("{count} parts of {first} bytes"),
        _ => format!("{count} parts of {first} bytes, the last of {last}"),
    };
    let known = match parts.known {
        Known::Listed => "as the store lists them",
        Known::Asked => "as the store says of each",
        Known::Supposed => "as the store says of the first; that the others are so is proved by the value",
    };
    if count == 1 { lens } else { format!("{lens}, {known}") }
}

/// Compares the file at `path` with an object. `headers` are those that reading the object needs, as keys of SSE-C. `read` is told how
/// many bytes of the file were read, many times.
///
/// # Errors
/// [`TransferError`], when the file or the store cannot be read, or the file changes meanwhile.
pub async fn verify(
    client: &Client,
    path: &Path,
    object: &ObjectRef,
    headers: &HeaderMap,
    read: impl Fn(u64) + Clone + Send + Sync + 'static,
) -> Result<Verification, TransferError> {
    let opened = {
        let path = path.to_owned();
        blocking(move || Source::open(&path).and_then(|source| Ok((source.identity()?, source))))
    };
    let (identity, source) = opened.await?;
    let remote = look(client, object, headers).await?;
    let mut compared = Vec::new();
    if identity.size == remote.size {
        let asker = Asker { client, object, remote: &remote, headers };
        let subject = Subject { file: source.file(), path, asker };
        for evidence in remote.by_cost() {
            let proof = subject.prove(&evidence, read.clone()).await?;
            let is_different = matches!(proof, Proof::Different { .. });
            compared.push(Compared { evidence, proof });
            if is_different {
                break;
            }
        }
    }
    let size = identity.size;
    blocking(move || source.still(&identity)).await?;
    Ok(Verification { remote, file_size: size, compared })
}

#[cfg(test)]
mod tests {
    use super::{Compared, Verdict, Verification, parts_text};
    use crate::evidence::{Evidence, Origin, Remote};
    use crate::part_lens::{Known, PartLens};
    use crate::prove::Proof;
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm;

    fn verification(proofs: Vec<Proof>) -> Verification {
        let value = checksum_of(ChecksumAlgorithm::Md5, b"");
        let evidence = Evidence { value, part_count: None, origin: Origin::Etag };
        let remote = Remote {
            size: 3,
            etag: None,
            version_id: None,
            last_modified: None,
            evidence: vec![evidence],
            etag_is_no_md5: None,
        };
        let compared = proofs.into_iter().map(|proof| Compared { evidence, proof }).collect();
        Verification { remote, file_size: 3, compared }
    }

    #[test]
    fn one_value_proves_equality_and_one_difference_is_enough() {
        let (equal, unknown) = (Proof::Equal(None), Proof::Unknown("x".into()));
        let different = Proof::Different { found: checksum_of(ChecksumAlgorithm::Md5, b"x"), part: None };
        for (proofs, verdict) in [
            (vec![equal.clone()], Verdict::Equal),
            (vec![unknown.clone(), equal.clone()], Verdict::Equal),
            (vec![equal, different], Verdict::Different),
            (vec![unknown], Verdict::Unproved),
            (vec![], Verdict::Unproved),
        ] {
            assert_eq!(verification(proofs.clone()).verdict(), verdict, "{proofs:?}");
        }
        assert_eq!(Verification { file_size: 4, ..verification(vec![]) }.verdict(), Verdict::Different);
        assert_eq!(verification(vec![]).reasons(), ["it has no checksum"]);
    }

    #[test]
    fn parts_are_told_with_how_they_are_known() {
        let text =
            |lens: &[u64], known| parts_text(&PartLens { lens: lens.to_vec(), checksums: None, known });
        assert_eq!(text(&[7], Known::Asked), "1 part of 7 bytes");
        assert!(text(&[7, 7], Known::Listed).starts_with("2 parts of 7 bytes, as"));
        assert!(text(&[7, 7, 1], Known::Supposed).starts_with("3 parts of 7 bytes, the last of 1, as"));
        assert!(text(&[7, 6, 7], Known::Asked).starts_with("3 parts of unequal length, as"));
    }
}
