//! AWS Signature Version 4: the canonical form, signing, presigning and verifying.

pub mod sign;
