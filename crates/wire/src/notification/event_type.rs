//! EventType: the events that can be asked for, by name or by kind.

/// What a rule asks for: `s3:ObjectCreated:Put`, or all of a kind, `s3:ObjectCreated:*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType(&'static str);

/// All that S3 has, in its spelling. Those of restores, replication and tiering never happen here, but may be asked for.
const NAMES: [&str; 27] = [
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:ObjectAcl:Put",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Put",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ObjectRestore:Post",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Delete",
    "s3:ObjectTagging:Put",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationReplicatedAfterThreshold",
];

impl EventType {
    /// Reads a name; it has to be one that S3 has.
    pub fn parse(text: &str) -> Option<Self> {
        NAMES.into_iter().find(|name| *name == text).map(Self)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Is `event`, a name without `*`, of this type?
    pub fn covers(self, event: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(kind) => event.starts_with(kind),
            None => self.0 == event,
        }
    }

    /// Is there an event that is of both types?
    pub fn meets(self, other: Self) -> bool {
        self.covers(other.0) || other.covers(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::EventType;

    fn read(text: &str) -> EventType {
        EventType::parse(text).expect(text)
    }

    #[test]
    fn b131_kinds_cover_their_events() {
        let cases = [
            ("s3:ObjectCreated:*", "s3:ObjectCreated:CompleteMultipartUpload", true),
            ("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete", false),
            ("s3:ObjectCreated:Put", "s3:ObjectCreated:Put", true),
            ("s3:ObjectCreated:Put", "s3:ObjectCreated:Post", false),
        ];
        for (asked, event, covered) in cases {
            assert_eq!(read(asked).covers(event), covered, "{asked} {event}");
        }
        assert!(read("s3:ObjectCreated:Put").meets(read("s3:ObjectCreated:*")));
        assert!(!read("s3:ObjectCreated:Put").meets(read("s3:ObjectCreated:Copy")));
    }

    #[test]
    fn unknown_names_are_no_types() {
        for text in [
            "",
            "s3:*",
            "*",
            "s3:ObjectCreated",
            "s3:objectcreated:put",
            "s3:ObjectCreated:Pu*",
            "s3:TestEvent",
        ] {
            assert_eq!(EventType::parse(text), None, "{text}");
        }
    }
}
