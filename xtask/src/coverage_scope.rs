//! Which of the numbered behaviours must be cited by a test, and why each of the others need not be yet.

/// The last line that this store's server side must show; later ones are about other features and about clients.
pub(crate) const LAST: u16 = 218;

/// Lines left to later work, each with its reason.
pub(crate) const LEFT_OUT: &[(u16, &str)] = &[
    (29, "ACLs are not implemented"),
    (33, "server-side encryption is not implemented"),
    (69, "delete markers need versioning, which is not implemented"),
    (131, "event notifications are not implemented"),
    (145, "server-side encryption is not implemented"),
    (191, "versioning is not implemented"),
    (193, "versioning is not implemented"),
    (194, "versioning is not implemented"),
    (197, "versioning is not implemented"),
    (198, "SSE-C is not implemented"),
    (199, "SSE-C is not implemented"),
    (200, "SSE-C is not implemented"),
    (201, "SSE-C is not implemented"),
    (202, "server-side encryption is not implemented"),
    (204, "bucket policies are not implemented"),
];

/// Every line that must be cited, in order.
pub(crate) fn in_scope() -> impl Iterator<Item = u16> {
    (1..=LAST).filter(|line| reason_left_out(*line).is_none())
}

/// Why the line is left out, if it is.
pub(crate) fn reason_left_out(line: u16) -> Option<&'static str> {
    LEFT_OUT.iter().find(|(left_out, _)| *left_out == line).map(|(_, reason)| *reason)
}
