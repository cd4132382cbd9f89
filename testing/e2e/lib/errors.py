"""Errors as tests read them: code, status, message and the fields that S3 adds for a code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError


@dataclass
class S3Error:
    """What a refused request said."""

    code: str = ""
    status: int = 0
    message: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def error_of(exc: BaseException) -> S3Error:
    """Reads a botocore ClientError; for HEAD, which has no body (b9), the code is the status as text."""
    if isinstance(exc, pytest.ExceptionInfo):
        exc = exc.value
    assert isinstance(exc, ClientError), f"not an answer of the server: {exc!r}"
    error = exc.response.get("Error", {})
    meta = exc.response["ResponseMetadata"]
    fields = {name: value for name, value in error.items() if name not in ("Code", "Message")}
    return S3Error(error.get("Code", ""), meta["HTTPStatusCode"], error.get("Message", ""), fields, meta["HTTPHeaders"])


@contextmanager
def refused(code: str, status: int, **fields: str) -> Iterator[S3Error]:
    """Asserts that the block is refused with `code`, `status` and these fields (argument_name=... is ArgumentName).

    The yielded error is filled in when the block ends:

        with refused("NoSuchUpload", 404, upload_id="x") as error:
            s3.list_parts(...)
        assert "upload" in error.message
    """
    seen = S3Error()
    with pytest.raises(ClientError) as info:
        yield seen
    found = error_of(info.value)
    seen.__dict__.update(found.__dict__)
    assert (found.code, found.status) == (code, status), found
    for name, value in fields.items():
        element = "".join(word.capitalize() for word in name.split("_"))
        assert found.fields.get(element) == str(value), f"{element} should be {value!r}: {found}"
