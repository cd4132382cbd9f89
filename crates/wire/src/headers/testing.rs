//! Header maps for tests.

use http::{HeaderMap, HeaderName};

use super::text::to_header_value;

/// A header map of these names and values; repeated names are kept.
pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name: HeaderName = name.parse().expect("a header name");
        map.append(name, to_header_value(value).expect("a header value"));
    }
    map
}
