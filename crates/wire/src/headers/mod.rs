//! Request headers as typed values, one file per family. All pure: a header map in, a value or an S3 error out.
