"""The OASIS schema of CAP 1.2, and its complaints in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from alerts.cap.fault import Fault

_SCHEMA = Path(__file__).resolve().parent / "schema" / "CAP-v1.2.xsd"
_ELEMENT = re.compile(r"Element '(?:\{[^}]*\})?(\w+)'")
_VALUE = re.compile(r"[Vv]alue '([^']*)'")
_SET = re.compile(r"set \{([^}]*)\}")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ?(.*?) ?\)")


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(str(_SCHEMA)))


def schema_faults(alert: Any) -> Iterator[Fault]:
    """What the schema refuses in an <alert>."""
    schema = _schema()
    if schema.validate(alert):
        return
    before = None
    for entry in schema.error_log:
        found = _ELEMENT.search(entry.message)
        place = (entry.line, found[1] if found else "alert")
        # After a value that is not in its set, libxml2 says once more that it is not of its type.
        if entry.type_name != "SCHEMAV_CVC_DATATYPE_VALID_1_2_1" or place != before:
            yield _fault(entry, place[1])
        before = place


def _fault(entry: Any, element: str) -> Fault:
    message = re.sub(r"\{urn:[^}]*\}", "", entry.message)
    value = _VALUE.search(message)
    return Fault(entry.line, element, value[1] if value else None, _remedy(entry.type_name, message))


def _remedy(kind: str, message: str) -> str:
    if kind == "SCHEMAV_CVC_ENUMERATION_VALID" and (allowed := _SET.search(message)):
        return f"must be one of {allowed[1]}".replace("'", "")
    if kind == "SCHEMAV_CVC_PATTERN_VALID":
        return (
            "write the time with seconds and an offset and nothing more: 2025-10-27T07:00:00+07:00, no Z, no fractions"
        )
    expected = _EXPECTED.search(message)
    if kind == "SCHEMAV_ELEMENT_CONTENT" and expected:
        state = "is not complete; it needs" if "Missing child" in message else "does not belong here; expected is"
        return f"{state} {expected[1]}"
    return message.partition("': ")[2] or message
