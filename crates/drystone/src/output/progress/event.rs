//! Events as JSON Lines on stderr, for programs that show progress themselves (`--progress json`). docs/CLI.md has the table.

use drystone_transfer::progress::{Event, Kind};
use serde_json::{Value, json};
use std::time::Duration;

use super::state::State;
use crate::output::SCHEMA;
use crate::output::result::verb;

/// The line of an event; none of those that only add bytes: [`summary`] has their sum.
pub(super) fn line(event: &Event) -> Option<Value> {
    let line = match event {
        Event::Started {
            id,
            kind,
            source,
            target,
            bytes_total,
            part_count,
            part_size_bytes,
            bytes_done,
            parts_done,
        } => json!({
            "event": "started", "transfer": id.0, "type": kind_name(*kind), "source": source, "target": target,
            "bytesTotal": bytes_total, "partCount": part_count, "partSizeBytes": part_size_bytes,
            "bytesDone": bytes_done, "partsDone": parts_done,
        }),
        Event::PartStarted { id, part_number, len, attempt } => json!({
            "event": "partStarted", "transfer": id.0, "partNumber": part_number, "bytes": len, "attempt": attempt,
        }),
        Event::Moved { .. } => return None,
        Event::PartDone { id, part_number, len } => {
            json!({ "event": "partDone", "transfer": id.0, "partNumber": part_number, "bytes": len })
        }
        Event::PartFailed { id, part_number, attempt, why, wait, .. } => json!({
            "event": "partFailed", "transfer": id.0, "partNumber": part_number, "attempt": attempt, "why": why,
            "retryInSeconds": wait.map(|wait| wait.as_secs_f64()),
        }),
        Event::Completing { id } => json!({ "event": "completing", "transfer": id.0 }),
        Event::Done { id, bytes, etag, verified } => {
            json!({ "event": "done", "transfer": id.0, "bytes": bytes, "etag": etag, "verified": verified })
        }
        Event::Failed { id, why } => json!({ "event": "failed", "transfer": id.0, "why": why }),
        Event::Note { id, text } => json!({ "event": "note", "transfer": id.0, "text": text }),
    };
    Some(with_schema(line))
}

/// Where everything stands, twice a second.
pub(super) fn summary(state: &State, now: Duration) -> Value {
    let left = state.left(now).map(|left| left.as_secs());
    with_schema(json!({
        "event": "progress", "bytesDone": state.bytes_done(), "bytesTotal": state.bytes_total(),
        "bytesPerSecond": state.rate(now), "secondsLeft": left, "running": state.running.len(),
        "done": state.done_count, "failed": state.failed_count,
    }))
}

fn kind_name(kind: Kind) -> &'static str {
    verb(kind)
}

fn with_schema(mut line: Value) -> Value {
    line["schema"] = SCHEMA.into();
    line
}

#[cfg(test)]
mod tests {
    use super::super::state::State;
    use super::super::state::tests::{ID, moved, started};
    use super::{line, summary};
    use drystone_transfer::progress::Event;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn events_are_lines_with_a_version() {
        let begun = line(&started(Some(1000), 250)).unwrap();
        assert_eq!(
            begun,
            json!({
                "schema": 1, "event": "started", "transfer": 1, "type": "upload", "source": "film.mp4",
                "target": "s3://b/film.mp4", "bytesTotal": 1000, "partCount": 4, "partSizeBytes": 250,
                "bytesDone": 250, "partsDone": 1,
            })
        );
        let wait = Some(Duration::from_millis(1500));
        let failed =
            Event::PartFailed { id: ID, part_number: 7, moved: 3, attempt: 2, why: "503".into(), wait };
        let failed = line(&failed).unwrap();
        assert_eq!((&failed["attempt"], &failed["retryInSeconds"]), (&json!(2), &json!(1.5)));
        assert_eq!(line(&moved(1, 1)), None);
    }

    #[test]
    fn bytes_are_summed_up() {
        let mut state = State::default();
        state.apply(&started(Some(1000), 250), Duration::ZERO);
        state.apply(&moved(2, 50), Duration::ZERO);
        let summary = summary(&state, Duration::ZERO);
        assert_eq!((&summary["bytesDone"], &summary["bytesTotal"]), (&json!(300), &json!(1000)));
        assert_eq!((&summary["event"], &summary["bytesPerSecond"]), (&json!("progress"), &json!(null)));
    }
}
