//! Rows of events that wait for delivery.

use drystone_types::{BucketName, Key, Timestamp};

use super::codec::{Malformed, Place, Reader, Writer};
use crate::record::{Event, EventSeed};

pub(crate) fn encode_event(event: &Event, place: &Place<'_>) -> Vec<u8> {
    let Event { row: _, seed, bucket, key, version, object, time } = event;
    let mut out = Writer::with_capacity(512);
    out.text(&seed.name);
    out.len(seed.targets.len());
    for (id, target) in &seed.targets {
        out.text(id);
        out.text(target);
    }
    out.text(&seed.principal);
    out.text(&seed.source_ip);
    out.text(&seed.request_id);
    out.text(bucket.as_str());
    out.text(key.as_str());
    out.option(*version, Writer::version);
    out.option(object.as_ref(), |out, (etag, size)| {
        out.etag(etag);
        out.u64(*size);
    });
    out.u64(time.0);
    out.seal(place)
}

pub(crate) fn decode_event(value: &[u8], place: &Place<'_>, row: u64) -> Result<Event, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let seed = EventSeed {
        name: from.text()?.to_owned(),
        targets: from.list(|from| Ok((from.text()?.to_owned(), from.text()?.to_owned())))?,
        principal: from.text()?.to_owned(),
        source_ip: from.text()?.to_owned(),
        request_id: from.text()?.to_owned(),
    };
    let event = Event {
        row,
        seed,
        bucket: BucketName::parse(from.text()?).map_err(|_| Malformed("the bucket's name is not legal"))?,
        key: Key::parse(from.text()?).map_err(|_| Malformed("the key is not legal"))?,
        version: from.option(Reader::version)?,
        object: from.option(|from| Ok((from.etag()?, from.u64()?)))?,
        time: Timestamp(from.u64()?),
    };
    from.finish(event)
}
