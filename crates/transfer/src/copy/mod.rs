//! Copy: from object to object inside the store, in parts where it is large.

pub mod layout;
