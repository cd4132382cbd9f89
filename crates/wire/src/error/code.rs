//! ErrorCode: every S3 error code used here, with its HTTP status and default text.

macro_rules! codes {
    ($($name:ident $(as $written:literal)? $status:literal $message:literal,)*) => {
        /// An S3 error code.
        ///
        /// # Source
        /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>, read 2026-11.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", stringify!($name), "`, status ", stringify!($status), ".")] $name,)*
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The HTTP status of the answer.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The code as the Code element carries it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => written!($name $($written)?),)* }
            }

            /// The text of the Message element when nothing more precise is known.
            pub fn default_message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

/// The name of a code, unless it is written in a way that Rust's names cannot be.
macro_rules! written {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $written:literal) => {
        $written
    };
}

codes! {
    AccessControlListNotSupported 400 "The bucket does not allow ACLs.",
    AccessDenied 403 "Access Denied.",
    AccessForbidden 403 "CORSResponse: CORS is not enabled for this bucket.",
    AuthorizationHeaderMalformed 400 "The authorization header is malformed.",
    AuthorizationQueryParametersError 400 "Error parsing the authorization query parameters.",
    BadDigest 400 "The Content-MD5 you specified did not match what we received.",
    BadRequest 400 "Bad Request",
    BucketAlreadyExists 409 "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    BucketAlreadyOwnedByYou 409 "Your previous request to create the named bucket succeeded and you already own it.",
    BucketNotEmpty 409 "The bucket you tried to delete is not empty.",
    ConditionalRequestConflict 409 "The conditional request cannot succeed due to a conflicting operation against this resource.",
    EntityTooLarge 400 "Your proposed upload exceeds the maximum allowed object size.",
    EntityTooSmall 400 "Your proposed upload is smaller than the minimum allowed size",
    ExpiredToken 400 "The provided token has expired.",
    IllegalLocationConstraintException 400 "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
    IllegalVersioningConfigurationException 400 "The Versioning element must be specified",
    IncompleteBody 400 "You did not provide the number of bytes specified by the Content-Length HTTP header",
    InsufficientStorage 507 "There is not enough free space to store the data.",
    InternalError 500 "We encountered an internal error. Please try again.",
    InvalidAccessKeyId 403 "The AWS Access Key Id you provided does not exist in our records.",
    InvalidArgument 400 "Invalid Argument",
    InvalidBucketAclWithObjectOwnership 400 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    InvalidBucketAclWithBlockPublicAccessError 400 "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    InvalidBucketOwnerAWSAccountID 400 "The value of the expected bucket owner parameter must be an AWS Account ID...",
    InvalidBucketName 400 "The specified bucket is not valid.",
    InvalidBucketState 409 "The request is not valid with the current state of the bucket.",
    InvalidChunkSizeError 400 "Only the last chunk is allowed to have a size less than 8192 bytes",
    InvalidDigest 400 "The Content-Md5 you specified is not valid.",
    InvalidEncryptionAlgorithmError 400 "The Encryption request you specified is not valid. Supported value: AES256.",
    InvalidLocationConstraint 400 "The specified location-constraint is not valid",
    InvalidObjectState 403 "The operation is not valid for the object's storage class",
    InvalidPart 400 "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    InvalidPartNumber 416 "The requested partnumber is not satisfiable.",
    InvalidPartOrder 400 "The list of parts was not in ascending order. Parts must be ordered by part number.",
    InvalidPolicyDocument 400 "The content of the form does not meet the conditions specified in the policy document.",
    InvalidRange 416 "The requested range is not satisfiable",
    InvalidRedirectLocation 400 "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    InvalidRequest 400 "Invalid Request",
    InvalidStorageClass 400 "The storage class you specified is not valid",
    InvalidTag 400 "The TagKey you have provided is invalid",
    InvalidToken 400 "The provided token is malformed or otherwise invalid.",
    InvalidURI 400 "The specified URI couldn't be parsed.",
    KmsNotFoundException as "KMS.NotFoundException" 400 "The key does not exist.",
    KeyTooLongError 400 "Your key is too long.",
    MalformedACLError 400 "The XML you provided was not well-formed or did not validate against our published schema.",
    MalformedPOSTRequest 400 "The body of your POST request is not well-formed multipart/form-data.",
    MalformedPolicy 400 "Policies must be valid JSON and the first byte must be '{'",
    MalformedTrailerError 400 "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    MalformedXML 400 "The XML you provided was not well-formed or did not validate against our published schema.",
    MaxMessageLengthExceeded 400 "Your request was too big.",
    MaxPostPreDataLengthExceededError 400 "Your POST request fields preceding the upload file were too large.",
    MetadataConfigurationNotFound 404 "The metadata configuration cannot be found.",
    MetadataTooLarge 400 "Your metadata headers exceed the maximum allowed metadata size",
    MethodNotAllowed 405 "The specified method is not allowed against this resource.",
    MissingContentLength 411 "You must provide the Content-Length HTTP header.",
    MissingRequestBodyError 400 "Request Body is empty",
    MissingSecurityHeader 400 "Your request was missing a required header.",
    NoSuchCORSConfiguration 404 "The CORS configuration does not exist",
    NoSuchConfiguration 404 "The specified configuration does not exist.",
    NoSuchWebsiteConfiguration 404 "The specified bucket does not have a website configuration",
    NoSuchBucket 404 "The specified bucket does not exist.",
    NoSuchBucketPolicy 404 "The bucket policy does not exist.",
    NoSuchKey 404 "The specified key does not exist.",
    NoSuchLifecycleConfiguration 404 "The lifecycle configuration does not exist",
    NoSuchObjectLockConfiguration 404 "The specified object does not have a ObjectLock configuration.",
    NoSuchPublicAccessBlockConfiguration 404 "The public access block configuration was not found",
    NoSuchTagSet 404 "The TagSet does not exist.",
    NoSuchUpload 404 "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    NoSuchVersion 404 "The specified version does not exist.",
    NotImplemented 501 "A header you provided implies functionality that is not implemented.",
    NotModified 304 "Not Modified",
    ObjectLockConfigurationNotFoundError 404 "Object Lock configuration does not exist for this bucket.",
    OperationAborted 409 "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    OwnershipControlsNotFoundError 404 "The bucket ownership controls were not found.",
    PreconditionFailed 412 "At least one of the pre-conditions you specified did not hold.",
    QuotaExceeded 403 "The bucket would hold more than its quota allows.",
    ReplicationConfigurationNotFoundError 404 "The replication configuration was not found",
    RequestHeaderSectionTooLarge 400 "Your request header section exceeds the maximum allowed size.",
    RequestTimeTooSkewed 403 "The difference between the request time and the current time is too large.",
    RequestTimeout 400 "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
    ServerSideEncryptionConfigurationNotFoundError 404 "The server side encryption configuration was not found",
    ServiceUnavailable 503 "Service is unable to handle request.",
    SignatureDoesNotMatch 403 "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    SlowDown 503 "Please reduce your request rate.",
    TooManyBuckets 400 "You have attempted to create more buckets than allowed",
    UnexpectedContent 400 "This request does not support content.",
    XAmzContentSHA256Mismatch 400 "The provided 'x-amz-content-sha256' header does not match what was computed.",
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;
    use std::collections::HashSet;

    #[test]
    fn b9_every_code_has_one_name_a_status_and_a_text() {
        let names: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!((300..600).contains(&code.status()), "{code:?}");
            assert!(!code.default_message().is_empty(), "{code:?}");
        }
    }

    #[test]
    fn statuses_that_clients_act_on() {
        let cases = [
            (ErrorCode::NoSuchUpload, 404),
            (ErrorCode::InvalidPart, 400),
            (ErrorCode::InvalidPartNumber, 416),    // b177
            (ErrorCode::MissingContentLength, 411), // b53
            (ErrorCode::MethodNotAllowed, 405),
            (ErrorCode::NotImplemented, 501),
            (ErrorCode::PreconditionFailed, 412),
            (ErrorCode::ConditionalRequestConflict, 409), // b150
            (ErrorCode::RequestTimeTooSkewed, 403),       // b205
            (ErrorCode::SlowDown, 503),
        ];
        for (code, status) in cases {
            assert_eq!(code.status(), status, "{code:?}");
        }
    }
}
