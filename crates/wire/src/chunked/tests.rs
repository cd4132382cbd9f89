//! Tables for aws-chunked: AWS's examples, broken framing, trailers.

use super::*;
use crate::sigv4::hex;
use crate::sigv4::sign::ChunkSigning;
use crate::sigv4::vectors::{chunked_seed, chunked_trailer_seed};
use bytes::Bytes;

const EXAMPLE_LEN: u64 = 66_560;

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn signed(trailer: bool) -> Framing {
    Framing::Signed { signing: if trailer { chunked_trailer_seed() } else { chunked_seed() }, trailer }
}

/// Decodes a whole body, given in pieces of `piece` bytes.
fn decode(
    framing: Framing,
    decoded_len: u64,
    announced: &[&str],
    body: &[u8],
    piece: usize,
) -> Result<(Vec<u8>, Trailers), ChunkedError> {
    let announced = announced.iter().map(|name| (*name).to_owned()).collect();
    let mut decoder = Decoder::new(framing, decoded_len, announced);
    let mut data = Vec::new();
    for piece in body.chunks(piece) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(slice) = decoder.feed(&mut input)? {
            assert!(!slice.is_empty());
            data.extend_from_slice(&slice);
        }
        assert!(input.is_empty());
    }
    Ok((data, decoder.finish()?))
}

fn unsigned(
    decoded_len: u64,
    announced: &[&str],
    body: impl AsRef<[u8]>,
) -> Result<(Vec<u8>, Trailers), ChunkedError> {
    let whole = decode(Framing::UnsignedTrailer, decoded_len, announced, body.as_ref(), usize::MAX);
    let bytewise = decode(Framing::UnsignedTrailer, decoded_len, announced, body.as_ref(), 1);
    assert_eq!(whole, bytewise);
    whole
}

/// A signed body of chunks with these sizes, and its data.
fn encode(framing: &Framing, sizes: &[usize], trailers: &[(&str, &str)]) -> (Vec<u8>, Vec<u8>) {
    let mut encoder = Encoder::new(framing.clone());
    let (mut body, mut data) = (Vec::new(), Vec::new());
    for size in sizes {
        let chunk = Bytes::from(vec![b'a'; *size]);
        data.extend_from_slice(&chunk);
        body.extend(encoder.chunk(chunk).concat());
    }
    body.extend_from_slice(&encoder.finish(trailers));
    (body, data)
}

fn announced<'a>(trailers: &[(&'a str, &str)]) -> Vec<&'a str> {
    trailers.iter().map(|(name, _)| *name).collect()
}

#[test]
fn b218_the_chunked_examples_of_aws_encode_and_decode() {
    let trailers = [("x-amz-checksum-crc32c", "sOO8/Q==")];
    let plain = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ];
    let with_trailer = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
    ];
    let cases: [(Framing, Pairs<'_>, &[&str], u64); 2] =
        [(signed(false), &[], &plain, 66_824), (signed(true), &trailers, &with_trailer, 66_946)];
    for (framing, trailers, signatures, content_length) in cases {
        let (body, data) = encode(&framing, &[65_536, 1024], trailers);
        assert_eq!(body.len() as u64, content_length);
        let lens: Vec<(&str, usize)> = trailers.iter().map(|(name, value)| (*name, value.len())).collect();
        assert_eq!(encoded_len(&framing, EXAMPLE_LEN, 65_536, &lens), content_length);
        let text = String::from_utf8(body.clone()).unwrap();
        for signature in signatures {
            assert!(text.contains(signature), "{signature}");
        }
        for piece in [usize::MAX, 1, 7, 4096, 65_537] {
            let decoded = decode(framing.clone(), EXAMPLE_LEN, &announced(trailers), &body, piece).unwrap();
            assert_eq!(decoded.0, data);
            assert_eq!(decoded.1.iter().collect::<Vec<_>>(), trailers);
        }
    }
}

#[test]
fn decoded_data_is_a_slice_of_the_input() {
    let mut input = Bytes::from_static(b"5\r\nhello\r\n0\r\n\r\n");
    let place = input.as_ptr().wrapping_add(3);
    let mut decoder = Decoder::new(Framing::UnsignedTrailer, 5, Vec::new());
    let data = decoder.feed(&mut input).unwrap().unwrap();
    assert_eq!((data.as_ptr(), &data[..]), (place, &b"hello"[..]));
    assert_eq!(decoder.feed(&mut input), Ok(None));
    assert!(decoder.finish().unwrap().is_empty());
}

#[test]
fn b212_the_end_of_the_body_may_have_more_or_fewer_newlines() {
    let trailers = ["x-amz-checksum-crc32"];
    for body in [
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n",
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==",
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        "5\r\nhello\r\n0\r\nX-Amz-Checksum-Crc32:  AAAAAA== \r\n\r\n\r\n\r\n",
        "5\r\nhello\r\n\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        "\r\n5\r\nhello\r\n0;ext=1\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
    ] {
        let (data, trailers) =
            unsigned(5, &trailers, body).unwrap_or_else(|error| panic!("{body:?}: {error}"));
        assert_eq!(data, b"hello");
        assert_eq!(trailers.get("x-amz-checksum-crc32"), Some("AAAAAA=="));
    }
    let newlines = b"\r\n\r\n\r\n\r\n";
    let mut encoder = Encoder::new(signed(false));
    let mut body = encoder.chunk(Bytes::from_static(newlines)).concat();
    body.extend_from_slice(&encoder.finish(&[]));
    for cut in [0, 2] {
        let decoded = decode(signed(false), 8, &[], &body[..body.len() - cut], 1).unwrap();
        assert_eq!(decoded.0, newlines);
    }
}

#[test]
fn s33_broken_framing_is_refused() {
    let long_extension = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(1 << 20));
    let blank_lines = "\r\n".repeat(1 << 10) + "5\r\nhello\r\n0\r\n\r\n";
    let endless_size = "0".repeat(1 << 20);
    let cases = [
        "",
        "\r\n",
        "0\r\n\r\n",
        "hello",
        "5",
        "5\r",
        "5\r\n",
        "5\r\nhel",
        "5\r\nhello",
        "5\r\nhello\r",
        "5\r\nhello\r\n",
        "5\r\nhello\r\n0",
        "5\r\nhello\r\n0\r",
        "5\nhello\n0\n\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "4\r\nhell\r\n0\r\n\r\n",
        "6\r\nhello!\r\n0\r\n\r\n",
        "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "7fffffffffffffff\r\nhello",
        "8000000000000000\r\nhello",
        "ffffffffffffffff\r\nhello",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n",
        long_extension.as_str(),
        blank_lines.as_str(),
        endless_size.as_str(),
    ];
    for body in cases {
        let refused = unsigned(5, &[], body);
        let expected = [Err(ChunkedError::IncompleteBody), Err(ChunkedError::OtherLength)]; // one answer
        assert!(expected.contains(&refused), "{body:.60?}: {refused:?}");
    }
    // A chunk after the final one is read as a trailer, and is none.
    let after_the_end = "2\r\nhe\r\n0\r\n3\r\nllo\r\n0\r\n\r\n";
    assert_eq!(unsigned(5, &[], after_the_end), Err(ChunkedError::OtherLength));
    assert_eq!(unsigned(2, &[], after_the_end), Err(ChunkedError::MalformedTrailer));
    assert_eq!(unsigned(u64::MAX, &[], "5\r\nhello\r\n0\r\n\r\n"), Err(ChunkedError::OtherLength));
    assert_eq!(unsigned(0, &[], "0\r\n\r\n").unwrap().0, b"");
}

#[test]
fn b210_the_decoded_length_has_to_be_exact() {
    let (body, data) = encode(&signed(false), &[8192, 100], &[]);
    let len = data.len() as u64;
    assert_eq!(decode(signed(false), len, &[], &body, 1000).unwrap().0, data);
    for wrong in [0, len - 1, len + 1, u64::MAX] {
        assert_eq!(decode(signed(false), wrong, &[], &body, 1000), Err(ChunkedError::OtherLength), "{wrong}");
    }
}

#[test]
fn b211_a_small_chunk_may_only_be_the_last() {
    for (sizes, outcome) in [
        (&[8192, 1][..], Ok(())),
        (&[1], Ok(())),
        (&[], Ok(())),
        (&[8191, 1], Err(ChunkedError::InvalidChunkSize)),
        (&[8192, 8191, 8192], Err(ChunkedError::InvalidChunkSize)),
    ] {
        for framing in [signed(false), Framing::UnsignedTrailer] {
            let (body, data) = encode(&framing, sizes, &[]);
            let decoded = decode(framing, data.len() as u64, &[], &body, 1 << 20);
            assert_eq!(decoded.map(|_| ()), outcome, "{sizes:?}");
        }
    }
}

#[test]
fn b211_wrong_chunk_signatures_are_refused() {
    let (body, data) = encode(&signed(false), &[8192, 8192, 10], &[]);
    let len = data.len() as u64;
    let other_seed = ChunkSigning { seed_signature: hex(&[0; 32]), ..chunked_seed() };
    let other = Framing::Signed { signing: other_seed, trailer: false };
    assert_eq!(decode(other, len, &[], &body, 999), Err(ChunkedError::SignatureDoesNotMatch));

    let text = String::from_utf8(body.clone()).unwrap();
    let header_len = "2000;chunk-signature=\r\n".len() + 64;
    let frame_len = header_len + 8192 + 2;
    let (first, rest) = text.split_at(frame_len);
    let (second, rest) = rest.split_at(frame_len);
    let swapped = format!("{second}{first}{rest}");
    let dropped = format!("{second}{rest}");
    let repeated = format!("{first}{first}{rest}");
    let unsigned = format!("{}{second}{rest}", first.replacen(&first[4..header_len - 2], "", 1));
    for (name, body) in [("swapped", swapped), ("dropped", dropped), ("repeated", repeated)] {
        let refused = decode(signed(false), len, &[], body.as_bytes(), 999);
        assert_eq!(refused, Err(ChunkedError::SignatureDoesNotMatch), "{name}");
    }
    let refused = decode(signed(false), len, &[], unsigned.as_bytes(), 999);
    assert_eq!(
        refused,
        Err(ChunkedError::IncompleteBody),
        "b212: a chunk header without a signature is none"
    );
    // Cut at a chunk's end, with a final chunk that nobody signed.
    let cut = format!("{first}0;chunk-signature={}\r\n\r\n", hex(&[0; 32]));
    assert_eq!(
        decode(signed(false), 8192, &[], cut.as_bytes(), 999),
        Err(ChunkedError::SignatureDoesNotMatch)
    );
    assert_eq!(decode(signed(false), 8192, &[], first.as_bytes(), 999), Err(ChunkedError::IncompleteBody));
}

#[test]
fn b213_trailers_have_to_be_the_announced_ones() {
    let crc = ["x-amz-checksum-crc32"];
    let cases: [(&[&str], &str); 10] = [
        (&crc, ""),
        (&crc, "x-amz-checksum-crc32c:AAAAAA==\r\n"),
        (&crc, "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-sha1:AAAA\r\n"),
        (&crc, "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:AAAAAA==\r\n"),
        (&crc, "x-amz-checksum-crc32\r\n"),
        (&crc, "x-amz-checksum-crc32 :AAAAAA==\r\n"),
        (&crc, "x-amz-checksum-crc32=AAAAAA==\r\n"),
        (&crc, "x-amz-checksum-crc32:\u{e9}\r\n"),
        (&[], "x-amz-checksum-crc32:AAAAAA==\r\n"),
        (&crc, "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:0\r\n"),
    ];
    for (announced, trailers) in cases {
        let body = format!("5\r\nhello\r\n0\r\n{trailers}\r\n");
        assert_eq!(unsigned(5, announced, &body), Err(ChunkedError::MalformedTrailer), "{trailers}");
    }
    let flood = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{}\r\n", "A".repeat(1 << 20));
    assert_eq!(unsigned(5, &crc, &flood), Err(ChunkedError::MalformedTrailer));
    let blank_flood = format!("5\r\nhello\r\n0\r\n{}", "\r\n".repeat(1 << 15));
    assert_eq!(unsigned(5, &crc, &blank_flood), Err(ChunkedError::MalformedTrailer));
    assert_eq!(announced_trailers(" X-Amz-Checksum-Crc32 ,a,, b"), ["x-amz-checksum-crc32", "a", "b"]);
    assert!(announced_trailers("").is_empty());
}

#[test]
fn b213_signed_trailers_need_their_signature() {
    let trailers = [("x-amz-checksum-crc32c", "sOO8/Q==")];
    let names = announced(&trailers);
    let (body, data) = encode(&signed(true), &[100], &trailers);
    let text = String::from_utf8(body).unwrap();
    let decode = |body: &str, names: &[&str]| {
        decode(signed(true), data.len() as u64, names, body.as_bytes(), 50).map(|decoded| decoded.1)
    };
    assert_eq!(decode(&text, &names).unwrap().get(names[0]), Some("sOO8/Q=="));

    let (before, signature) = text.split_once("x-amz-trailer-signature:").unwrap();
    let unsigned = format!("{before}\r\n");
    assert_eq!(decode(&unsigned, &names), Err(ChunkedError::MalformedTrailer));
    let (chunks, _) = before.split_once("x-amz-checksum").unwrap();
    assert_eq!(decode(&format!("{chunks}\r\n"), &names), Err(ChunkedError::MalformedTrailer));
    for bad in [
        text.replace("sOO8/Q==", "sOO8/A=="),
        format!("{before}x-amz-trailer-signature:{}", signature.to_uppercase()),
        format!("{before}x-amz-trailer-signature:{}\r\n\r\n", hex(&[0; 32])),
        format!("{before}x-amz-trailer-signature:\r\n\r\n"),
    ] {
        assert_eq!(decode(&bad, &names), Err(ChunkedError::SignatureDoesNotMatch), "{bad}");
    }
    let absent = format!("{chunks}x-amz-trailer-signature:{signature}");
    assert_eq!(decode(&absent, &names), Err(ChunkedError::MalformedTrailer), "announced, but absent");
    assert_eq!(decode(&text, &["x-amz-checksum-crc32"]), Err(ChunkedError::MalformedTrailer));

    let (none, _) = encode(&signed(true), &[100], &[]);
    assert!(decode(std::str::from_utf8(&none).unwrap(), &[]).unwrap().is_empty());
    // Without trailers in the framing, a trailer is rubbish after the end.
    let (plain, _) = encode(&signed(false), &[100], &[]);
    let more = [&plain[..], b"x-amz-checksum-crc32c:sOO8/Q==\r\n"].concat();
    let refused = super::tests::decode(signed(false), 100, &[], &more, 50);
    assert_eq!(refused, Err(ChunkedError::IncompleteBody));
}

#[test]
fn a_failed_decoder_stays_failed() {
    let mut decoder = Decoder::new(Framing::UnsignedTrailer, 5, Vec::new());
    assert_eq!(decoder.feed(&mut Bytes::from_static(b"x\r\n")), Err(ChunkedError::IncompleteBody));
    let good = &mut Bytes::from_static(b"5\r\nhello\r\n0\r\n\r\n");
    assert_eq!(decoder.feed(good), Err(ChunkedError::IncompleteBody));
    assert_eq!(decoder.finish(), Err(ChunkedError::IncompleteBody));
}

#[test]
fn encoded_len_is_the_length_of_what_is_encoded() {
    let trailers = [("x-amz-checksum-crc32c", "sOO8/Q==")];
    for framing in [signed(false), signed(true), Framing::UnsignedTrailer] {
        for (sizes, chunk) in
            [(&[][..], 16), (&[1], 16), (&[16, 15], 16), (&[4096, 4096], 4096), (&[8192, 255], 8192)]
        {
            let trailers =
                if matches!(framing, Framing::Signed { trailer: false, .. }) { &[][..] } else { &trailers };
            let (body, data) = encode(&framing, sizes, trailers);
            let lens: Vec<(&str, usize)> =
                trailers.iter().map(|(name, value)| (*name, value.len())).collect();
            assert_eq!(
                encoded_len(&framing, data.len() as u64, chunk, &lens),
                body.len() as u64,
                "{sizes:?}"
            );
        }
    }
}
