//! Streams: bytes of unknown number become an object. Parts are spooled to disk, so that a failed one can be sent again, and grow, so that
//! 10,000 always suffice.
