//! Completing: the parts become the object, whatever happens to the answer (b232).

use super::calls::{self, ObjectTold, Summing, UploadRef};
use super::reconcile::{KeptPart, md5_of};
use crate::engine::Engine;
use crate::error::TransferError;
use drystone_client::CallError;
use drystone_digest::combine::crc_number;
use drystone_digest::{composite_checksum, etag_of_parts, full_object_crc};
use drystone_types::{ChecksumType, ObjectChecksum};
use http::header::HeaderMap;
use std::collections::BTreeMap;

/// SlowDowns that a Complete endures.
const THROTTLES_MAX: u32 = 50;

/// What the object has to be, computed from its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Bytes.
    pub size: u64,
    /// Its ETag, if the ETags of its parts are MD5s.
    pub etag: Option<String>,
    /// Its checksum, if all parts have one of the upload's algorithm.
    pub checksum: Option<ObjectChecksum>,
}

impl Expected {
    /// From all parts.
    pub fn of(parts: &BTreeMap<u32, KeptPart>, summing: Summing) -> Self {
        let md5s: Option<Vec<[u8; 16]>> =
            parts.values().map(|part| md5_of(&part.etag)?.as_bytes().try_into().ok()).collect();
        let etag = md5s.map(|md5s| {
            let etag = etag_of_parts(&md5s);
            format!("{}-{}", drystone_wire::sigv4::hex(&etag.digest), md5s.len())
        });
        let size = parts.values().map(|part| part.len).sum();
        Self { size, etag, checksum: checksum_of(parts, summing) }
    }

    /// How an object that is there differs; `Ok` says what was proved.
    ///
    /// # Errors
    /// The difference. Neither checksum nor ETag to compare is one, too.
    pub(crate) fn compare(&self, told: &ObjectTold) -> Result<String, String> {
        if let Some(size) = told.size.filter(|size| *size != self.size) {
            return Err(format!("it has {size} bytes instead of {}", self.size));
        }
        let mut proved = Vec::new();
        if let (Some(ours), Some(theirs)) = (&self.checksum, &told.checksum)
            && ours.checksum.algorithm() == theirs.checksum.algorithm()
            && ours.kind == theirs.kind
        {
            if ours.checksum != theirs.checksum {
                return Err(format!(
                    "its {} is {} instead of {}",
                    theirs.checksum.algorithm().name(),
                    theirs.text(),
                    ours.text()
                ));
            }
            let of =
                if ours.kind == ChecksumType::FullObject { "of the whole object" } else { "of its parts" };
            proved.push(format!("{} {of}", ours.checksum.algorithm().name()));
        }
        match &self.etag {
            Some(etag) if etag.eq_ignore_ascii_case(&told.etag) => {
                proved.push("ETag of its parts".to_owned());
            }
            // An ETag that is no MD5 of parts, as those of some stores and of encrypted objects, says nothing.
            Some(etag) if proved.is_empty() && told.etag.len() == etag.len() => {
                return Err(format!("its ETag is {} instead of {etag}", told.etag));
            }
            _ => {}
        }
        if proved.is_empty() {
            Err("the store does not say what it has".to_owned())
        } else {
            Ok(proved.join(", "))
        }
    }
}

fn checksum_of(parts: &BTreeMap<u32, KeptPart>, summing: Summing) -> Option<ObjectChecksum> {
    let Summing { algorithm, kind } = summing;
    if parts.values().any(|part| part.checksum.algorithm() != algorithm) {
        return None;
    }
    if kind == ChecksumType::FullObject {
        let crcs = parts.values().map(|part| (crc_number(&part.checksum), part.len));
        return Some(full_object_crc(algorithm, crcs));
    }
    let checksums: Vec<_> = parts.values().map(|part| part.checksum).collect();
    Some(composite_checksum(algorithm, &checksums))
}

/// A finished object, and what was proved of it.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) told: ObjectTold,
    pub(crate) verified: String,
}

/// What is completed.
#[derive(Debug)]
pub(crate) struct Completion<'a> {
    pub(crate) upload: &'a UploadRef,
    pub(crate) summing: Summing,
    /// Headers that reading needs, as the key of SSE-C.
    pub(crate) read_headers: HeaderMap,
}

/// Completes until it is known that the object is there. `parts` gets the ETags that the store has, where an answer told others.
///
/// # Errors
/// [`TransferError::Corrupt`] when the object is not what was sent; the store's last error.
pub(crate) async fn complete(
    engine: &Engine,
    completion: &Completion<'_>,
    parts: &mut BTreeMap<u32, KeptPart>,
) -> Result<Completed, TransferError> {
    let client = engine.client();
    let mut attempt = 1;
    let mut is_listed_anew = false;
    let mut is_plain = false;
    loop {
        let expected = Expected::of(parts, completion.summing);
        let headers = &completion.read_headers;
        let sent = expected.checksum.filter(|_| !is_plain);
        let outcome = calls::complete(client, completion.upload, headers, parts, sent).await;
        let error = match outcome {
            Ok(told) => return settle(engine, completion, &expected, told).await,
            Err(error) => error,
        };
        // The object may be there although the answer was lost, or came after another one: then the upload is gone.
        if error.code() == Some("NoSuchUpload") {
            return match found(engine, completion, &expected).await? {
                Some(completed) => Ok(completed),
                None => Err(TransferError::call("completing")(error)),
            };
        }
        // Whoever opened the upload declared no checksums: it takes none now. What it has is compared all the same.
        if sent.is_some() && refuses_checksums(&error) {
            is_plain = true;
            continue;
        }
        if matches!(error.code(), Some("InvalidPart")) && !is_listed_anew {
            is_listed_anew = true;
            if renew_etags(engine, completion, parts).await? {
                continue;
            }
        }
        let asked = error.service().and_then(|error| error.retry_after);
        let wait = if error.is_throttle() && attempt < THROTTLES_MAX {
            client.backoff().wait(1, client.ground().random(), asked)
        } else {
            client.wait_after(&error, attempt)
        };
        let Some(wait) = wait else { return gave_up(engine, completion, &expected, error, attempt).await };
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

fn refuses_checksums(error: &CallError) -> bool {
    matches!(error.code(), Some("InvalidRequest" | "InvalidArgument" | "NotImplemented" | "MalformedXML"))
}

/// No further attempt: unless the object is there.
async fn gave_up(
    engine: &Engine,
    completion: &Completion<'_>,
    expected: &Expected,
    error: CallError,
    attempt: u32,
) -> Result<Completed, TransferError> {
    if error.is_retryable()
        && let Ok(Some(completed)) = found(engine, completion, expected).await
    {
        return Ok(completed);
    }
    Err(TransferError::call(format!("completing, attempt {attempt}"))(error))
}

/// The object under the key, if it is the one that is expected.
pub(crate) async fn found(
    engine: &Engine,
    completion: &Completion<'_>,
    expected: &Expected,
) -> Result<Option<Completed>, TransferError> {
    let (client, upload) = (engine.client(), completion.upload);
    let told = calls::head(client, &upload.bucket, &upload.key, &completion.read_headers).await;
    let told = told.map_err(TransferError::call("looking at the object"))?;
    Ok(told.and_then(|told| {
        let verified = expected.compare(&told).ok()?;
        Some(Completed { told, verified })
    }))
}

/// The store says that it is done: does it have what was sent?
async fn settle(
    engine: &Engine,
    completion: &Completion<'_>,
    expected: &Expected,
    mut told: ObjectTold,
) -> Result<Completed, TransferError> {
    let first = expected.compare(&told);
    if told.checksum.is_some()
        && let Ok(verified) = first
    {
        return Ok(Completed { told, verified });
    }
    let upload = completion.upload;
    let what = format!("the completed object s3://{}/{}", upload.bucket, upload.key);
    let seen = calls::head(engine.client(), &upload.bucket, &upload.key, &completion.read_headers).await;
    match seen {
        Ok(Some(seen)) if seen.etag == told.etag => {
            told = ObjectTold { version_id: told.version_id.or(seen.version_id.clone()), ..seen };
        }
        Ok(seen) => {
            let there = seen.map_or("nothing".to_owned(), |seen| format!("an object of ETag {}", seen.etag));
            let how = format!("the store said ETag {}, and {there} is there", told.etag);
            return Err(TransferError::Corrupt { what, how });
        }
        Err(_) => {} // reading may not be allowed: the answer to Complete has to do
    }
    let how = match expected.compare(&told) {
        Ok(verified) => return Ok(Completed { told, verified }),
        Err(how) => how,
    };
    // ETags of some stores and of encrypted objects say nothing. Then each part was proved, and the length, if it may be known.
    if told.checksum.is_none()
        && !is_of_parts(&told.etag)
        && told.size.is_none_or(|size| size == expected.size)
    {
        let verified = if told.size.is_some() { "each part, and the length" } else { "each part" };
        return Ok(Completed { told, verified: verified.to_owned() });
    }
    Err(TransferError::Corrupt { what, how })
}

/// Is it an MD5 and a number of parts?
fn is_of_parts(etag: &str) -> bool {
    etag.rsplit_once('-').is_some_and(|(md5, count)| md5_of(md5).is_some() && count.parse::<u32>().is_ok())
}

/// Takes the ETags of the list of parts, where checksums say that the store has what was sent. `true` if any was another.
async fn renew_etags(
    engine: &Engine,
    completion: &Completion<'_>,
    parts: &mut BTreeMap<u32, KeptPart>,
) -> Result<bool, TransferError> {
    let listed = calls::parts(engine.client(), completion.upload, &completion.read_headers).await;
    let (listed, _) = listed.map_err(TransferError::call("listing the parts"))?;
    let mut changed = false;
    for part in listed {
        let Some(ours) = u32::try_from(part.part_number).ok().and_then(|number| parts.get_mut(&number))
        else {
            continue;
        };
        let same = part.checksum == Some(ours.checksum) || md5_of(&part.etag) == Some(ours.checksum);
        if same && part.etag != ours.etag {
            ours.etag = part.etag;
            changed = true;
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::super::calls::{ObjectTold, Summing};
    use super::super::reconcile::KeptPart;
    use super::Expected;
    use drystone_digest::body::checksum_of;
    use drystone_types::{ChecksumAlgorithm as A, ObjectChecksum};
    use std::collections::BTreeMap;

    const MIB: usize = 1 << 20;

    fn parts(algorithm: A) -> BTreeMap<u32, KeptPart> {
        let data = [vec![b'A'; 5 * MIB], vec![b'B'; 5 * MIB], vec![b'C'; 5 * MIB]];
        let part = |data: &Vec<u8>| KeptPart {
            etag: drystone_wire::sigv4::hex(checksum_of(A::Md5, data).as_bytes()),
            checksum: checksum_of(algorithm, data),
            len: 5 * MIB as u64,
        };
        (1..).zip(data.iter().map(part)).collect()
    }

    #[test]
    fn b235_what_three_parts_have_to_become() {
        let cases = [
            (A::Crc64Nvme, "i+6LR0y3eFo="),
            (A::Crc32, "WgDhBQ=="),
            (A::Crc32c, "xU+Krw=="),
            (A::Sha256, "uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3"),
        ];
        for (algorithm, text) in cases {
            let expected = Expected::of(&parts(algorithm), Summing::chosen(algorithm));
            assert_eq!(expected.checksum.unwrap().text(), text);
            assert_eq!(expected.etag.as_deref(), Some("b2add96cc9702bbf4efb0ccdfc6b7747-3"));
        }
    }

    #[test]
    fn an_object_is_the_expected_one_or_not() {
        let expected = Expected::of(&parts(A::Crc64Nvme), Summing::chosen(A::Crc64Nvme));
        let good = ObjectTold {
            size: Some(15 << 20),
            etag: "b2add96cc9702bbf4efb0ccdfc6b7747-3".to_owned(),
            checksum: expected.checksum,
            version_id: None,
        };
        assert_eq!(expected.compare(&good).unwrap(), "CRC64NVME of the whole object, ETag of its parts");
        let other = checksum_of(A::Crc64Nvme, b"x");
        for (what, told) in [
            ("size", ObjectTold { size: Some(1), ..good.clone() }),
            ("checksum", ObjectTold { checksum: Some(ObjectChecksum::full(other)), ..good.clone() }),
            (
                "etag",
                ObjectTold {
                    etag: "c2add96cc9702bbf4efb0ccdfc6b7747-3".to_owned(),
                    checksum: None,
                    ..good.clone()
                },
            ),
            ("nothing", ObjectTold { etag: "opaque".to_owned(), checksum: None, ..good.clone() }),
        ] {
            assert!(expected.compare(&told).is_err(), "{what}");
        }
        let opaque = ObjectTold { etag: "opaque".to_owned(), ..good };
        assert!(expected.compare(&opaque).is_ok());
    }
}
