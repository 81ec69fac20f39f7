"""The meaning of <resource> (CAP 1.2 §3.2.3)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from alerts.cap.elements import children, empty, first, text
from alerts.cap.fault import Fault, advice, fault

_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", re.ASCII)
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")


def resource_faults(info: Any) -> Iterator[Fault]:
    """What is wrong with the files that an <info> brings along."""
    for resource in children(info, "resource"):
        for child in empty(resource, "resourceDesc"):
            yield fault(child, "is empty; say what the file shows")
        mime, size, digest = (text(resource, tag) for tag in ("mimeType", "size", "digest"))
        if mime and _MIME.fullmatch(mime) is None:
            yield advice(first(resource, "mimeType"), "must be type/subtype, such as image/png", value=mime)
        if size.startswith("-"):
            yield fault(first(resource, "size"), "must be a number of bytes", value=size)
        if digest and _SHA1.fullmatch(digest) is None:
            yield fault(first(resource, "digest"), "must be a SHA-1 in 40 hexadecimal digits", value=digest)
        if not text(resource, "uri") and not text(resource, "derefUri"):
            yield advice(resource, "is missing: nobody can fetch the file", tag="uri")
        yield from _content(resource)


def _content(resource: Any) -> Iterator[Fault]:
    written = text(resource, "derefUri")
    try:
        b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        yield fault(first(resource, "derefUri"), "must be the content in base64", value=written)
