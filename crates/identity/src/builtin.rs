//! Policies that every account has without putting them: the everyday ones, so that nobody must write JSON to begin.

/// Name and document of each; the names cannot be used for others.
pub(crate) const BUILTIN: [(&str, &str); 4] = [
    (
        "admin",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["drystone:*","s3:*","sts:*"],"Resource":"*"}]}"#,
    ),
    (
        "readonly",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]}"#,
    ),
    (
        "readwrite",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    ),
    (
        "writeonly",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:AbortMultipartUpload","s3:ListMultipartUploadParts","s3:PutObject"],"Resource":"*"}]}"#,
    ),
];

/// The document of a built-in policy.
pub(crate) fn document(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(other, _)| *other == name).map(|(_, document)| *document)
}
