//! Delta: sends only what changed since the object that is there; the store copies the rest.

pub mod plan;
