//! aws-chunked bodies: decoding while they stream, and encoding.
