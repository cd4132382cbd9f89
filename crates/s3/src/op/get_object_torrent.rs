//! GetObjectTorrent: AWS ended BitTorrent in 2022; no object has a torrent.

use drystone_wire::S3Error;

use super::changed;
use crate::context::Context;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    changed::find(context).await?;
    Err(S3Error::no_torrent(context.key().as_str()))
}
