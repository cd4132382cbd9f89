//! Every limit of the store, each with its name, unit and source. Nothing else hard-codes a bound.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

// --- S3's own numbers (b1-b8) ---

/// Highest part number, and the most parts one upload may have (b1).
pub const PART_COUNT_MAX: u16 = 10_000;
/// Smallest legal size of every part but the last, checked at Complete (b2).
pub const PART_SIZE_MIN_BYTES: u64 = 5 * MIB;
/// Largest part (b3).
pub const PART_SIZE_MAX_BYTES: u64 = 5 * GIB;
/// Largest single PutObject (b5).
pub const PUT_SIZE_MAX_BYTES: u64 = 5 * GIB;
/// Largest CopyObject source, and whole-source UploadPartCopy (b5, b64).
pub const COPY_SOURCE_SIZE_MAX_BYTES: u64 = 5 * GIB;
/// Largest answer to one GET, 5 TiB (b5).
pub const GET_SIZE_MAX_BYTES: u64 = 5 * 1024 * GIB;
/// Most entries on one page of any list (b6).
pub const LIST_PAGE_MAX: u32 = 1000;
/// Longest key, in UTF-8 bytes (b8).
pub const KEY_LEN_MAX: usize = 1024;
/// User metadata: the sum of the names (after `x-amz-meta-`) and values, in bytes (b8).
pub const USER_METADATA_MAX_BYTES: usize = 2048;
/// Most tags of one object (b28).
pub const OBJECT_TAGS_MAX: usize = 10;
/// Most tags of one bucket.
pub const BUCKET_TAGS_MAX: usize = 50;
/// Longest tag key, in UTF-16 code units, as S3 counts characters.
pub const TAG_KEY_LEN_MAX: usize = 128;
/// Longest tag value, in UTF-16 code units.
pub const TAG_VALUE_LEN_MAX: usize = 256;
/// Longest default retention of a bucket, in days.
pub const DEFAULT_RETENTION_DAYS_MAX: u32 = 36_500;
/// Longest default retention of a bucket, in years.
pub const DEFAULT_RETENTION_YEARS_MAX: u32 = 100;
/// Most keys in one DeleteObjects.
pub const DELETE_OBJECTS_MAX: usize = 1000;
/// Most rules of one lifecycle configuration.
pub const LIFECYCLE_RULES_MAX: usize = 1000;
/// Most grants of one ACL.
pub const ACL_GRANTS_MAX: usize = 100;
/// Most versions that a lifecycle rule may keep beside the current one.
pub const NEWER_NONCURRENT_VERSIONS_MAX: u32 = 100;
/// Longest lifecycle rule id, in characters (b172).
pub const LIFECYCLE_RULE_ID_MAX: usize = 255;

// --- Authentication ---

/// Widest accepted difference between a request's date and ours (b205).
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(15 * 60);
/// Longest life of a presigned URL, 7 days (b216).
pub const PRESIGN_EXPIRES_MAX_SECONDS: u64 = 604_800;
/// Smallest non-final chunk of an aws-chunked signed body (b211).
pub const CHUNK_SIZE_MIN_BYTES: u64 = 8 * KIB;
/// Largest chunk of an aws-chunked body that we read.
pub const CHUNK_SIZE_MAX_BYTES: u64 = 5 * GIB;
/// Longest line (size, extensions) that starts a chunk.
pub const CHUNK_HEADER_MAX_BYTES: usize = 1024;
/// Longest trailer section that ends an aws-chunked body.
pub const CHUNK_TRAILER_MAX_BYTES: usize = 8192;

// --- Identities ---

/// Accounts, users, groups, policies and access keys together: all are held in memory.
pub const IDENTITIES_MAX: usize = 100_000;
/// Access keys of one user, or of an account's root.
pub const KEYS_PER_HOLDER_MAX: usize = 16;
/// Shortest secret of the root key.
pub const ROOT_SECRET_LEN_MIN: usize = 8;
/// Policies attached to one user or group.
pub const POLICIES_ATTACHED_MAX: usize = 20;
/// Longest policy for users and groups, in characters besides white space.
pub const MANAGED_POLICY_MAX_CHARS: usize = 6144;
/// Longest session policy, in characters.
pub const SESSION_POLICY_MAX_CHARS: usize = 2048;
/// Most policies that a session names.
pub const SESSION_POLICIES_MAX: usize = 10;
/// Longest session token that is looked at.
pub const SESSION_TOKEN_MAX_BYTES: usize = 8192;
/// Shortest life of a session.
pub const SESSION_DURATION_MIN: Duration = Duration::from_secs(900);
/// Longest life of a session.
pub const SESSION_DURATION_MAX: Duration = Duration::from_secs(43_200);
/// Failed admin logins of one address in a minute before it is told to wait (S13).
pub const ADMIN_FAILURES_PER_MINUTE_MAX: u32 = 10;
/// Body of a request to the admin API or the security token service.
pub const ADMIN_BODY_MAX_BYTES: usize = 64 << 10;

// --- HTTP ---

/// All request headers must have arrived within this time.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);
/// A request body may pause this long between two frames.
pub const BODY_STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// A client may refuse to take answer bytes for this long.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Graceful drain on SIGTERM.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// Request line and headers together, in bytes.
pub const HEADER_BYTES_MAX: usize = 65_536;
/// Number of request headers.
pub const HEADER_COUNT_MAX: usize = 320;
/// Open connections; further ones wait in the accept queue.
pub const CONNECTION_COUNT_MAX: usize = 8192;
/// After an early error answer we still read this much of the body, so that the client sees the answer.
pub const DRAIN_BODY_MAX_BYTES: u64 = 8 * MIB;
/// And at most this long.
pub const DRAIN_BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// A Complete that takes longer than this gets its 200 line early, and whitespace from then on (b123).
pub const COMPLETE_KEEPALIVE_AFTER: Duration = Duration::from_secs(5);

/// Lines of the access log that may wait for the disk; further ones are dropped and counted.
pub const ACCESS_LOG_QUEUE: usize = 16_384;

// --- Notifications ---

/// Rules of one notification configuration.
pub const NOTIFICATION_RULES_MAX: usize = 100;
/// Longest id of a rule, in characters.
pub const NOTIFICATION_RULE_ID_MAX: usize = 255;
/// Events read from the metastore at one time, for one webhook.
pub const EVENT_PAGE: usize = 64;
/// Requests to one webhook at one time.
pub const EVENTS_IN_FLIGHT: usize = 8;
/// Events of one webhook that wait to be tried again; with so many, no further ones are read for it.
pub const EVENTS_WAITING_MAX: usize = 1000;
/// A webhook answers within this time.
pub const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause before the first retry; it doubles with each.
pub const WEBHOOK_RETRY_FIRST: Duration = Duration::from_secs(1);
/// Longest pause between two tries.
pub const WEBHOOK_RETRY_LONGEST: Duration = Duration::from_secs(300);
/// Events that could not be delivered for this long are given up, and the log says so.
pub const EVENT_KEPT: Duration = Duration::from_secs(7 * 86_400);

// --- POST forms ---

/// Everything in front of the file of a POST form, its boundaries included: AWS's number.
pub const FORM_FIELDS_MAX_BYTES: usize = 20 << 10;
/// Fields of a POST form.
pub const FORM_FIELD_COUNT_MAX: usize = 100;
/// Longest boundary of a POST form; RFC 2046 allows 70.
pub const FORM_BOUNDARY_MAX_BYTES: usize = 200;

// --- CORS ---

/// Rules of one CORS configuration.
pub const CORS_RULES_MAX: usize = 100;
/// Longest id of a CORS rule, in characters.
pub const CORS_RULE_ID_MAX: usize = 255;
/// Body of PutBucketCors.
pub const CORS_XML_MAX_BYTES: usize = 64 << 10;

// --- XML ---

/// Body of CompleteMultipartUpload: 10,000 parts with checksums need about 2.5 MiB.
pub const XML_COMPLETE_MAX_BYTES: usize = 4 << 20;
/// Body of DeleteObjects: 1,000 keys of 1,024 escaped bytes.
pub const XML_DELETE_OBJECTS_MAX_BYTES: usize = 4 << 20;
/// Every other XML body.
pub const XML_OTHER_MAX_BYTES: usize = 256 << 10;
/// Nesting of elements.
pub const XML_DEPTH_MAX: usize = 16;
/// Attributes on one element.
pub const XML_ATTRIBUTES_MAX: usize = 16;
/// Elements in one document.
pub const XML_ELEMENTS_MAX: usize = 100_000;

// --- Policies ---

/// Largest bucket policy, in bytes; AWS's 20 KB.
pub const BUCKET_POLICY_MAX_BYTES: usize = 20 << 10;
/// Largest policy of a user or group, in bytes; AWS counts 6,144 characters without white space.
pub const IDENTITY_POLICY_MAX_BYTES: usize = 16 << 10;
/// Largest session policy, in bytes; AWS counts 2,048 characters.
pub const SESSION_POLICY_MAX_BYTES: usize = 2048;

// --- Our own store ---

/// Objects and parts up to this size are kept inside the metastore and cost no file.
pub const INLINE_SIZE_MAX_BYTES: u64 = 64 * KIB;
/// Size of a checksummed block of a blob file.
pub const BLOCK_SIZE_BYTES: u64 = 64 * KIB;
/// Memory for the settings of buckets in use.
pub const BUCKET_CACHE_MAX_BYTES: u64 = 16 * MIB;
/// Bytes read and verified at a time when an object is served.
pub const READ_FRAME_BYTES: u64 = MIB;
/// Longest text of master keys and named keys, in bytes.
pub const KEY_FILE_MAX_BYTES: usize = 64 << 10;
/// Longest x-amz-server-side-encryption-context, in bytes.
pub const ENCRYPTION_CONTEXT_MAX_BYTES: usize = 8192;
/// Longest name of a key for SSE-KMS.
pub const KEY_NAME_LEN_MAX: usize = 256;
/// Blob names leased with one metastore step.
pub const LEASE_BATCH: u32 = 64;
/// Steps that one durable metastore commit may carry.
pub const GROUP_COMMIT_MAX: usize = 256;
/// Rows that one sweep step may touch, so that it never blocks requests for long.
pub const SWEEP_BATCH: usize = 500;
/// A finished Complete is remembered this long, to answer a repeat (b124).
pub const COMPLETED_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// Uploads without activity for this long are aborted (our addition, configurable, can be off).
pub const IDLE_UPLOAD_TTL: Duration = Duration::from_secs(7 * 86_400);
/// Times a Complete re-reads the parts when they change under it before it gives up with 503.
pub const COMPLETE_RETRY_MAX: u32 = 16;
/// Memory for bytes on their way in, of all requests together.
pub const INGEST_MEMORY_MAX_BYTES: u64 = 96 * MIB;
/// Memory for object bytes on their way out, of all requests together.
pub const READ_MEMORY_MAX_BYTES: u64 = 96 * MIB;
/// Threads for blocking work.
pub const BLOCKING_THREADS_MAX: usize = 64;
/// A file kept so that deletes and aborts find room for their records on a full disk: it is given up for them.
pub const METADATA_RESERVE_BYTES: u64 = 16 * MIB;
/// Free disk space below which new data is refused (deletes still work).
pub const FREE_SPACE_MIN_BYTES: u64 = 64 * MIB;
