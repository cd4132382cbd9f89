//! Properties of aws-chunked: every split decodes alike, and a changed byte never goes unnoticed.

use super::*;
use crate::auth::{KeyName, Keys as _};
use crate::sigv4::sign::{ChunkSigning, signing_key};
use crate::sigv4::vectors::{ExampleKeys, NOW};
use bytes::Bytes;
use proptest::prelude::*;

const NAME: &str = "x-amz-checksum-crc32c";

fn signing() -> ChunkSigning {
    let name = KeyName { access_key_id: "AKIAIOSFODNN7EXAMPLE", token: None, now: NOW };
    let secret = ExampleKeys.secret(&name).unwrap();
    ChunkSigning {
        key: signing_key(&secret, "20130524", "us-east-1", "s3"),
        amz_date: "20130524T000000Z".to_owned(),
        scope: "20130524/us-east-1/s3/aws4_request".to_owned(),
        seed_signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9".to_owned(),
    }
}

fn framings() -> impl Strategy<Value = Framing> {
    let signed = any::<bool>().prop_map(|trailer| Framing::Signed { signing: signing(), trailer });
    prop_oneof![signed, Just(Framing::UnsignedTrailer)]
}

/// Data, and sizes to cut it into; the sizes of signed bodies are legal ones.
fn bodies() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<u8>)> {
    let full = prop::collection::vec(8192_usize..10_000, 0..3);
    let last = prop::collection::vec(any::<u8>(), 0..300);
    (full, last, any::<u8>()).prop_map(|(full, last, byte)| {
        let chunks = full.into_iter().map(|size| vec![byte; size]);
        let chunks: Vec<Vec<u8>> = chunks.chain((!last.is_empty()).then_some(last)).collect();
        let data = chunks.concat();
        (chunks, data)
    })
}

fn announced(framing: &Framing) -> Vec<String> {
    match framing {
        Framing::Signed { trailer: false, .. } => Vec::new(),
        _ => vec![NAME.to_owned()],
    }
}

fn encode(framing: &Framing, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = Encoder::new(framing.clone());
    let mut body: Vec<u8> =
        chunks.iter().flat_map(|chunk| encoder.chunk(chunk.clone().into()).concat()).collect();
    let trailers: &[(&str, &str)] = if announced(framing).is_empty() { &[] } else { &[(NAME, "sOO8/Q==")] };
    body.extend_from_slice(&encoder.finish(trailers));
    body
}

fn decode(
    framing: &Framing,
    len: usize,
    body: &[u8],
    splits: &[usize],
) -> Result<(Vec<u8>, Trailers), ChunkedError> {
    let mut decoder = Decoder::new(framing.clone(), len as u64, announced(framing));
    let mut rest = Bytes::copy_from_slice(body);
    let mut data = Vec::new();
    let mut splits = splits.iter().cycle();
    while !rest.is_empty() {
        let piece = splits.next().map_or(rest.len(), |split| (*split).min(rest.len()));
        let mut input = rest.split_to(piece);
        while let Some(slice) = decoder.feed(&mut input)? {
            data.extend_from_slice(&slice);
        }
    }
    Ok((data, decoder.finish()?))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Goal: how the network splits a body does not matter. Method: random chunks, random splits.
    #[test]
    fn every_split_of_a_body_decodes_alike(
        framing in framings(),
        (chunks, data) in bodies(),
        splits in prop::collection::vec(prop_oneof![1_usize..12, 1_usize..9000], 1..6),
    ) {
        let body = encode(&framing, &chunks);
        let (decoded, trailers) = decode(&framing, data.len(), &body, &splits).unwrap();
        prop_assert!(decoded == data);
        prop_assert_eq!(trailers.get(NAME).is_some(), !announced(&framing).is_empty());
    }

    /// Goal: S3, no changed byte of a signed body is accepted. Method: change one byte anywhere; either the body is
    /// refused, or what comes out is what was signed.
    #[test]
    fn s3_a_changed_byte_of_a_signed_body_is_refused_or_means_nothing(
        trailer in any::<bool>(),
        (chunks, data) in bodies(),
        at in any::<prop::sample::Index>(),
        near_the_end in any::<bool>(),
        byte in any::<u8>(),
    ) {
        let framing = Framing::Signed { signing: signing(), trailer };
        let good = encode(&framing, &chunks);
        let mut bad = good.clone();
        let at = if near_the_end { good.len() - 1 - at.index(good.len().min(260)) } else { at.index(good.len()) };
        bad[at] = byte;
        if let Ok((decoded, trailers)) = decode(&framing, data.len(), &bad, &[1000]) {
            prop_assert!(decoded == data);
            prop_assert_eq!(trailers.get(NAME), trailer.then_some("sOO8/Q=="));
        }
    }

    /// Goal: S3, a cut body is never whole. Method: cut anywhere before the end of the final chunk's header.
    #[test]
    fn b212_a_cut_body_is_refused(framing in framings(), (chunks, data) in bodies(), at in any::<prop::sample::Index>()) {
        let body = encode(&framing, &chunks);
        let tail = encode(&framing, &[]).len() - 2;
        let cut = at.index(body.len() - tail + 1);
        prop_assert!(decode(&framing, data.len(), &body[..cut], &[777]).is_err());
    }

    /// Goal: nothing a client sends makes the decoder panic or give more than was announced. Method: arbitrary bytes.
    #[test]
    fn s33_arbitrary_bytes_never_panic(framing in framings(), body in "([0-9a-f;\r\n:x-]|\r\n|5\r\nhello\r\n|0\r\n){0,40}", len in 0_usize..20) {
        if let Ok((decoded, _)) = decode(&framing, len, body.as_bytes(), &[3]) {
            prop_assert_eq!(decoded.len(), len);
        }
    }
}
