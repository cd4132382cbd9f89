//! SigV2 presigned URLs: HMAC-SHA1, verified only when the operator allows it.
