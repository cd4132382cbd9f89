//! S3Error: one error answer as a value: code, text and the code's own elements.

use std::borrow::Cow;
use std::fmt;

use super::ErrorCode;

/// An error as S3 answers it (b9). RequestId and HostId are added when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Error {
    /// Code and status.
    pub code: ErrorCode,
    /// The Message element.
    pub message: Cow<'static, str>,
    /// The code's own elements, in the order they are written.
    pub fields: Vec<(&'static str, String)>,
    /// Headers of the answer, besides those that every answer has.
    pub headers: Vec<(&'static str, String)>,
}

impl S3Error {
    /// An error with the code's default text and no elements.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, message: Cow::Borrowed(code.default_message()), fields: Vec::new(), headers: Vec::new() }
    }

    /// Replaces the text.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds an element.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The value of an element.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// 400 InvalidRequest with a text.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest).message(message)
    }

    /// 400 InvalidArgument with the argument's name and value.
    pub fn invalid_argument(
        name: impl Into<String>,
        value: impl Into<String>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ErrorCode::InvalidArgument)
            .message(message)
            .field("ArgumentName", name)
            .field("ArgumentValue", value)
    }

    /// 501 NotImplemented, the element Header naming a header or an XML element (b15).
    pub fn not_implemented(header: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotImplemented).field("Header", header)
    }

    /// 405 for a method that a resource does not know (b15). `resource` is S3's name: `BUCKET`, `OBJECT`, `UPLOAD`.
    pub fn method_not_allowed(method: &str, resource: impl Into<String>) -> Self {
        Self::new(ErrorCode::MethodNotAllowed).field("Method", method).field("ResourceType", resource)
    }

    /// 400 MalformedXML (b118).
    pub fn malformed_xml() -> Self {
        Self::new(ErrorCode::MalformedXML)
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for S3Error {}

impl From<ErrorCode> for S3Error {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, S3Error};

    #[test]
    fn an_error_keeps_its_elements_in_order() {
        let error = S3Error::invalid_argument("partNumber", "0", "no").field("More", "x");
        let names: Vec<_> = error.fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["ArgumentName", "ArgumentValue", "More"]);
        assert_eq!(error.get("ArgumentValue"), Some("0"));
        assert_eq!(error.to_string(), "InvalidArgument: no");
        assert_eq!(S3Error::from(ErrorCode::SlowDown).status(), 503);
    }
}
