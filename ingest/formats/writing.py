"""JSON as it is kept with a refusal: whatever was read can be written again, so that it can be replayed."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec


def as_json(value: object) -> bytes:
    r"""The JSON text of a value that was read from JSON. Half a surrogate pair (\ud800), which is no UTF-8, stays an escape."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def joined(fields: Mapping[str, bytes | msgspec.Raw]) -> bytes:
    """A JSON object of fields whose values are JSON texts already."""
    return b"{" + b",".join(as_json(name) + b":" + bytes(value) for name, value in fields.items()) + b"}"
