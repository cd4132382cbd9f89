//! The steps. Each checks everything before its first write, so that one that fails has changed nothing.

mod buckets;
mod events;
mod history;
mod identities;
pub(super) mod objects;
mod sweep;
mod uploads;
