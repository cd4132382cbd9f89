"""Multipart uploads as objects, for the tests whose subject they are; and the parts and bodies they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from botocore.credentials import Credentials

from .data import PART_MIN, random_bytes
from .raw import Headers, Query, Raw, Response, quote_key

PART_1, PART_2, PART_3 = (random_bytes(f"part {number}", PART_MIN) for number in (1, 2, 3))
"""Three parts that may stand anywhere: 5 MiB each (b2)."""

TAIL = b"the last part may be short"

LETTERS = [letter * PART_MIN for letter in (b"A", b"B", b"C")]
"""The parts of test vector b235."""

UNKNOWN_ID = "bm8gc3VjaCB1cGxvYWQuIG5vdCBub3csIG5vdCBldmVy"
"""Looks like an upload id and is none."""


class Upload:
    """One upload, the client that drives it, and what it was sent.

    `sent` is the list that Complete wants, by part number: ETags, and checksums when Create declared an algorithm.
    """

    def __init__(self, s3: Any, bucket: str, key: str = "object", **create: Any) -> None:
        self.s3, self.bucket, self.key = s3, bucket, key
        self.created = s3.create_multipart_upload(Bucket=bucket, Key=key, **create)
        self.id: str = self.created["UploadId"]
        self.declared = "ChecksumAlgorithm" in create
        self.sent: dict[int, dict[str, Any]] = {}

    @property
    def name(self) -> dict[str, str]:
        """The arguments that name the upload."""
        return {"Bucket": self.bucket, "Key": self.key, "UploadId": self.id}

    @property
    def path(self) -> str:
        """The path of its key, for raw requests."""
        return object_path(self.bucket, self.key)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The list of Complete: all that was sent, ascending."""
        return [self.sent[number] for number in sorted(self.sent)]

    def part(self, number: int, body: bytes, **kwargs: Any) -> dict[str, Any]:
        """UploadPart; the answer."""
        answer = self.s3.upload_part(**self.name, PartNumber=number, Body=body, **kwargs)
        self._keep(number, answer)
        return answer

    def copy(self, number: int, source: str | dict[str, str], **kwargs: Any) -> dict[str, Any]:
        """UploadPartCopy; the CopyPartResult."""
        answer = self.s3.upload_part_copy(**self.name, PartNumber=number, CopySource=source, **kwargs)
        self._keep(number, answer["CopyPartResult"])
        return answer["CopyPartResult"]

    def complete(self, parts: Iterable[Mapping[str, Any]] | None = None, **kwargs: Any) -> dict[str, Any]:
        """CompleteMultipartUpload with all that was sent, or with `parts`; the answer."""
        listed = self.parts if parts is None else list(parts)
        return self.s3.complete_multipart_upload(**self.name, MultipartUpload={"Parts": listed}, **kwargs)

    def list(self, **kwargs: Any) -> dict[str, Any]:
        """ListParts; the answer."""
        return self.s3.list_parts(**self.name, **kwargs)

    def numbers(self) -> list[int]:
        """The part numbers that ListParts shows."""
        return [part["PartNumber"] for part in self.list().get("Parts", [])]

    def abort(self) -> dict[str, Any]:
        """AbortMultipartUpload; the answer."""
        return self.s3.abort_multipart_upload(**self.name)

    def raw_part(self, raw: Raw, number: object, body: bytes, headers: Headers = None, **kwargs: Any) -> Response:
        """UploadPart with exactly these headers."""
        query = {"partNumber": number, "uploadId": self.id}
        return raw.request("PUT", self.path, query, headers, body, **kwargs)

    def raw_list(self, raw: Raw, **query: object) -> Response:
        """ListParts; `part_number_marker=2` is the parameter part-number-marker."""
        return raw.request("GET", self.path, {"uploadId": self.id, **dashed(query)})

    def raw_complete(self, raw: Raw, body: str | bytes, headers: Headers = None, **kwargs: Any) -> Response:
        """CompleteMultipartUpload with exactly this body."""
        text = body.encode() if isinstance(body, str) else body
        return raw.request("POST", self.path, {"uploadId": self.id}, headers, text, **kwargs)

    def _keep(self, number: int, answer: Mapping[str, Any]) -> None:
        entry = {"PartNumber": number, "ETag": answer["ETag"]}
        if self.declared:
            entry |= {name: value for name, value in answer.items() if is_checksum(name)}
        self.sent[number] = entry


def object_path(bucket: str, key: str) -> str:
    """The path of a key, for raw requests."""
    return f"/{bucket}/{quote_key(key)}"


def is_checksum(name: str) -> bool:
    """Is this the name of a checksum's value? (ChecksumType is not.)"""
    return name.startswith("Checksum") and name not in ("ChecksumType", "ChecksumAlgorithm")


def checksums_in(answer: Mapping[str, Any]) -> dict[str, str]:
    """The checksum values of an answer, with their type."""
    return {name: value for name, value in answer.items() if name.startswith("Checksum")}


def dashed(names: Mapping[str, object]) -> dict[str, object]:
    """`max_parts` becomes `max-parts`."""
    return {name.replace("_", "-"): value for name, value in names.items()}


def complete_xml(parts: Iterable[Mapping[str, object]], *, namespace: bool = True) -> str:
    """The body of Complete; each part's elements in the order given. A list as value repeats the element."""
    xmlns = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' if namespace else ""
    return f"<CompleteMultipartUpload{xmlns}>{''.join(map(_part_xml, parts))}</CompleteMultipartUpload>"


def _part_xml(part: Mapping[str, object]) -> str:
    elements = ""
    for name, value in part.items():
        for one in value if isinstance(value, list) else [value]:
            elements += f"<{name}>{escape(str(one))}</{name}>"
    return f"<Part>{elements}</Part>"


def assert_strangers_are_refused(raw: Raw, method: str, path: str, query: Query, headers: Headers = None) -> None:
    """No signature, a signature by another secret, and an unknown access key: 403 each."""
    known = raw.credentials.access_key
    raw.request(method, path, query, headers, sign=None).expect(403, "AccessDenied")
    forged = Credentials(known, "another-secret")
    raw.request(method, path, query, headers, credentials=forged).expect(403, "SignatureDoesNotMatch")
    unknown = Credentials("AKIANOBODYKNOWSTHIS", "another-secret")
    raw.request(method, path, query, headers, credentials=unknown).expect(403, "InvalidAccessKeyId")


def disk_bytes(folder: Path) -> int:
    """Bytes that the files under `folder` take on disk, without the ballast; files that vanish meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        if path.name == "ballast":
            continue
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            pass
    return total
