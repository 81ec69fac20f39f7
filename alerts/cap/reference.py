"""How one CAP message names another: sender,identifier,sent; and what a name may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from domain.times import local

#: CAP 1.2 §3.2.1: no spaces, commas, < or &. Control characters would not survive XML.
_NAME = re.compile(r"[^\s,<&\x00-\x1f\x7f]{1,250}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """An earlier message."""

    sender: str
    identifier: str
    sent: datetime

    def __str__(self) -> str:
        """As CAP writes it."""
        return f"{self.sender},{self.identifier},{cap_time(self.sent)}"


def is_name(text: str) -> bool:
    """Whether `text` may be an identifier or a sender."""
    return _NAME.fullmatch(text) is not None and text.isprintable()


def require_name(text: str, element: str) -> str:
    """`text`, or ValueError."""
    if not is_name(text):
        raise ValueError(f"{element} = {text!r}: no spaces, commas, < or &, and not empty")
    return text


def cap_time(at: datetime) -> str:
    """A time as CAP writes it, on a clock in Huế: 2025-10-27T07:00:00+07:00. No Z, no fractions (CAP 1.2 §3.3.2)."""
    return local(at).isoformat(timespec="seconds")


def read_cap_time(text: str) -> datetime | None:
    """The time that `text` says with an offset; None when it says none."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None if at.tzinfo is None else at


def read_reference(text: str) -> Reference | None:
    """One triple of <references>; None when it is none."""
    parts = text.split(",")
    sent = read_cap_time(parts[2]) if len(parts) == 3 else None
    if sent is None or not all(is_name(part) for part in parts[:2]):
        return None
    return Reference(sender=parts[0], identifier=parts[1], sent=sent)
