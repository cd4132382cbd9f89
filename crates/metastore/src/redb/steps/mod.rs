//! The steps. Each checks everything before its first write, so that one that fails has changed nothing.

mod buckets;
mod objects;
mod sweep;
mod uploads;
