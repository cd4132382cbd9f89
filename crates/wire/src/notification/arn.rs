//! Which webhook an ARN names.

/// The name of the webhook that an ARN of a queue, topic or function means: its last part.
///
/// `arn:aws:sqs:us-east-1:123456789012:NAME`, `arn:aws:lambda:…:function:NAME`, `arn:drystone:sqs:::NAME`, and
/// `arn:minio:sqs::NAME:webhook`, so that scripts written for MinIO go on. `None` when it is no such ARN.
pub fn webhook_of(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let (["arn", "minio", "sqs", _, name, "webhook"]
    | ["arn", "aws" | "drystone", "sqs" | "sns", _, _, name]
    | ["arn", "aws" | "drystone", "lambda", _, _, "function", name, ..]) = parts.as_slice()
    else {
        return None;
    };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!name.is_empty() && name.len() <= 256 && name.bytes().all(legal)).then_some(*name)
}

#[cfg(test)]
mod tests {
    use super::webhook_of;

    #[test]
    fn arns_of_every_service_name_webhooks() {
        let cases = [
            ("arn:aws:sqs:us-east-1:123456789012:my-queue", Some("my-queue")),
            ("arn:aws:sns:us-east-1:123456789012:topic", Some("topic")),
            ("arn:aws:lambda:us-east-1:123456789012:function:f", Some("f")),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:1", Some("f")),
            ("arn:drystone:sqs:::hook", Some("hook")),
            ("arn:minio:sqs::1:webhook", Some("1")),
            ("arn:minio:sqs::1:kafka", None),
            ("arn:aws:sqs:::", None),
            ("arn:aws:s3:::bucket", None),
            ("arn:aws:sqs:us-east-1:123456789012:a/b", None),
            ("invalid-queue", None),
            ("", None),
        ];
        for (arn, name) in cases {
            assert_eq!(webhook_of(arn), name, "{arn}");
        }
    }
}
