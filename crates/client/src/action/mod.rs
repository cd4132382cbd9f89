//! The actions of S3 as a client asks for them, a file each.
