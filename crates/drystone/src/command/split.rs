//! `drystone split`: a file as pieces, each with the number, the ETag and the checksum that its part will have.

use drystone_transfer::local::split::{SplitPiece, split};
use drystone_types::ChecksumAlgorithm;
use drystone_wire::sigv4::hex;
use serde_json::json;

use crate::Failure;
use crate::args::SplitArgs;
use crate::output::{Console, bytes_text};

/// Splits.
pub(crate) fn run(args: &SplitArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, false);
    let algorithm = args.checksum.unwrap_or(ChecksumAlgorithm::Crc64Nvme);
    let result = split(&args.file, args.bytes, &args.prefix, algorithm, |piece| tell(console, piece));
    Ok(result?)
}

fn tell(console: Console, piece: &SplitPiece) {
    let (file, etag) = (piece.path.display().to_string(), hex(piece.md5.as_bytes()));
    let (name, value) = (piece.checksum.algorithm().name(), piece.checksum.to_base64());
    let text = format!(
        "part {}: {file}, {} from byte {}, ETag {etag}, {name} {value}",
        piece.part_number,
        bytes_text(piece.len),
        piece.offset
    );
    let json = json!({
        "type": "piece", "partNumber": piece.part_number, "file": file, "offset": piece.offset, "bytes": piece.len,
        "etag": etag, "checksum": { "algorithm": name, "value": value },
    });
    console.result(text, json);
}
