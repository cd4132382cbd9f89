//! ObjectHeaders, StorageClass: what a client sets on an object and gets back with it.

use crate::limits::USER_METADATA_MAX_BYTES;

/// Headers kept with an object: set at PutObject, CopyObject or CreateMultipartUpload (b26).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    /// Content-Type; `binary/octet-stream` when the client sent none.
    pub content_type: Option<String>,
    /// Cache-Control.
    pub cache_control: Option<String>,
    /// Content-Disposition.
    pub content_disposition: Option<String>,
    /// Content-Encoding, without `aws-chunked` (b215).
    pub content_encoding: Option<String>,
    /// Content-Language.
    pub content_language: Option<String>,
    /// Expires, as sent.
    pub expires: Option<String>,
    /// x-amz-website-redirect-location (b30).
    pub website_redirect_location: Option<String>,
    /// x-amz-meta-*: lower-case name without the prefix, value; in order of arrival.
    pub user_metadata: Vec<(String, String)>,
    /// x-amz-storage-class.
    pub storage_class: StorageClass,
}

impl ObjectHeaders {
    /// Bytes that user metadata counts for: names and values.
    pub fn user_metadata_bytes(&self) -> usize {
        self.user_metadata.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Is user metadata within [`USER_METADATA_MAX_BYTES`] (b8)?
    pub fn user_metadata_fits(&self) -> bool {
        self.user_metadata_bytes() <= USER_METADATA_MAX_BYTES
    }
}

/// Storage class: kept and shown; all classes are stored alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StorageClass {
    /// The default; GET and HEAD omit the header (b27).
    #[default]
    Standard,
    /// REDUCED_REDUNDANCY.
    ReducedRedundancy,
    /// STANDARD_IA.
    StandardIa,
    /// ONEZONE_IA.
    OnezoneIa,
    /// INTELLIGENT_TIERING.
    IntelligentTiering,
    /// GLACIER.
    Glacier,
    /// DEEP_ARCHIVE.
    DeepArchive,
    /// GLACIER_IR.
    GlacierIr,
}

impl StorageClass {
    /// All of them, in the order of their stored numbers.
    pub const ALL: [Self; 8] = [
        Self::Standard,
        Self::ReducedRedundancy,
        Self::StandardIa,
        Self::OnezoneIa,
        Self::IntelligentTiering,
        Self::Glacier,
        Self::DeepArchive,
        Self::GlacierIr,
    ];

    /// As headers and XML spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::ReducedRedundancy => "REDUCED_REDUNDANCY",
            Self::StandardIa => "STANDARD_IA",
            Self::OnezoneIa => "ONEZONE_IA",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
            Self::GlacierIr => "GLACIER_IR",
        }
    }

    /// Reads a name. `None` for classes we do not have (OUTPOSTS, SNOW, EXPRESS_ONEZONE, …): InvalidStorageClass (b27).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{ObjectHeaders, StorageClass};

    #[test]
    fn b27_storage_classes_parse_by_exact_name() {
        for class in StorageClass::ALL {
            assert_eq!(StorageClass::parse(class.name()), Some(class));
        }
        for bad in ["OUTPOSTS", "standard", "", "EXPRESS_ONEZONE"] {
            assert_eq!(StorageClass::parse(bad), None);
        }
    }

    #[test]
    fn b8_user_metadata_is_at_most_2_kb() {
        let with = |len: usize| ObjectHeaders {
            user_metadata: vec![("k".into(), "v".repeat(len - 1))],
            ..ObjectHeaders::default()
        };
        assert!(with(2048).user_metadata_fits());
        assert!(!with(2049).user_metadata_fits());
    }
}
