//! Bucket notifications: their configuration, which of its rules an event concerns, and the record that is delivered (b131).

mod arn;
mod configuration;
mod event_type;
mod overlap;
mod record;

pub use arn::webhook_of;
pub use configuration::{Destination, NotificationConfiguration, NotificationRule};
pub use event_type::EventType;
pub use record::EventRecord;
