//! The crate against a naive specification, against `iam-rs`, and the properties that follow from the rules.

mod generate;
mod other_library;
mod policies;
mod random;
mod requests;
mod sessions;
mod spec;
mod spec_whole;
mod whole;
