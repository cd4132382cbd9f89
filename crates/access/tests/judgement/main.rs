//! The documented logic of IAM and S3, case by case.

mod conditions;
mod rules;
mod world;
