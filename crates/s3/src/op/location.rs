//! Location: the URL of an object, as the client addressed it (b107, b219).

use drystone_wire::encoding::encode_path;
use drystone_wire::operation::Style;

use crate::context::Context;

/// The URL, its key percent-encoded.
pub(super) fn location(context: &Context<'_>) -> String {
    let key = encode_path(context.key().as_str());
    let scheme = if context.service.options.tls { "https" } else { "http" };
    match context.route.style {
        Style::Path => format!("{scheme}://{}/{}/{key}", context.host, context.bucket()),
        Style::VirtualHosted => format!("{scheme}://{}/{key}", context.host),
    }
}
