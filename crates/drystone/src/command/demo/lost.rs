//! Lost: a part whose connection breaks after half of it was sent.

use bytes::Bytes;
use drystone_client::call::StreamPayload;
use drystone_client::credentials::Fixed;
use drystone_client::retry::Backoff;
use drystone_client::{
    Call, CallError, Client, ClientOptions, Credentials, Endpoint, Payload, PayloadSigning, Piece, Timeouts,
};
use drystone_wire::auth::Secret;
use futures_util::stream;
use http::Method;
use std::io;
use std::sync::Arc;

use super::stage::{Stage, broken};
use crate::{Failure, client_setup, trust};

/// Bytes that are sent before the line is cut.
const SENT_BYTES: u64 = 4 << 20;
const PIECE_BYTES: u64 = 64 << 10;

/// Sends the first bytes of a part that is to have `len`, and no more.
pub(super) async fn send_half(stage: &Stage, key: &str, upload_id: &str, len: u64) -> Result<(), Failure> {
    let piece = Bytes::from(vec![0x55; usize::try_from(PIECE_BYTES).expect("a small number")]);
    let pieces = (0..SENT_BYTES / PIECE_BYTES).map(move |_| Ok(Piece::Data(piece.clone())));
    let cut = std::iter::once(Err(io::Error::from(io::ErrorKind::BrokenPipe)));
    let payload = StreamPayload {
        len,
        piece_len: PIECE_BYTES,
        trailer: None,
        pieces: Box::pin(stream::iter(pieces.chain(cut))),
    };
    let call = Call::new("UploadPart", Method::PUT)
        .object(super::story::BUCKET, key)
        .query("partNumber", 2)
        .query("uploadId", upload_id)
        .payload(Payload::Stream(payload));
    match client(stage)?.send_once(call).await {
        Err(CallError::Source { .. } | CallError::Broken { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(broken("half a part was taken for a whole one", String::new())),
    }
}

fn client(stage: &Stage) -> Result<Client, Failure> {
    let (access_key_id, secret) = stage.access_key();
    let credentials = Credentials {
        access_key_id: access_key_id.to_owned(),
        secret: Secret::new(secret),
        session_token: None,
        expires: None,
    };
    let endpoint = Endpoint::parse(stage.url()).map_err(|error| Failure::Config(error.to_string()))?;
    Ok(Client::new(ClientOptions {
        endpoint,
        region: "us-east-1".to_owned(),
        credentials: Some(Arc::new(Fixed(credentials))),
        tls: trust::nobody(),
        timeouts: Timeouts::default(),
        backoff: Backoff::default(),
        payload_signing: PayloadSigning::Auto,
        ground: client_setup::system(),
    }))
}
