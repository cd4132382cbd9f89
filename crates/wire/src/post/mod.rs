//! POST form uploads: the form, its policy, its signature, and the headers that its fields stand for (b219-b224).

mod answer;
mod fields;
mod form;
mod part_head;
mod policy;
mod tagging;
mod unambiguous;
mod verify;

pub use answer::{SuccessAction, post_response, success_action};
pub use fields::PostForm;
pub use form::{FieldsReader, FileReader, FormError, boundary};
pub use policy::{PostPolicy, SizeRange};
pub use verify::verify_form;
