"""Whether the audit still is what was written: every row chained to the one before it, and every checkpoint met. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

#: What the first row is chained to.
BEGINNING = bytes(32)


class Link(Protocol):
    """A row: its number, the hash before it, its own, and what it says."""

    @property
    def number(self) -> int:
        """Its place: 1, 2, 3 and so on."""

    @property
    def previous(self) -> bytes:
        """The hash of the row before."""

    @property
    def hash(self) -> bytes:
        """SHA-256 of `previous` and `content`."""

    @property
    def content(self) -> bytes:
        """The canonical JSON of the row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was found. `broken`: the first row that is not as it was written, and why; None: the chain is whole."""

    rows: int
    head: bytes  # hash of the newest row
    broken: str | None = None


def judge(links: Iterable[Link], checkpoints: Mapping[int, bytes], *, first: int = 1) -> Verdict:
    """Follow the chain from row `first` on. `checkpoints`: hashes by number, noted elsewhere at earlier times.

    Where the chain is followed from later than its beginning, a checkpoint of the first row says that it is the right one. A changed row no longer fits its hash, a removed one leaves a gap, one put in between does not fit its neighbours. Only a
    checkpoint shows that the newest rows were cut off, or the whole chain written anew.
    """
    rows, head = first - 1, BEGINNING if first == 1 else None
    for link in links:
        broken = _fault(link, rows, head, checkpoints.get(link.number))
        if broken is not None:
            return Verdict(rows=rows, head=head or BEGINNING, broken=broken)
        rows, head = link.number, link.hash
    beyond = [number for number in checkpoints if number > rows]
    if beyond:
        where = "at" if head is not None else "at or before"
        missing = f"row {rows + 1} is missing: the audit ends {where} {rows}, a checkpoint saw row {max(beyond)}"
        return Verdict(rows=rows, head=head or BEGINNING, broken=missing)
    return Verdict(rows=rows, head=head or BEGINNING)


def _fault(link: Link, rows: int, head: bytes | None, noted: bytes | None) -> str | None:
    if link.number != rows + 1:
        gap = f"rows {rows + 1} to {link.number - 1} are" if link.number > rows + 2 else f"row {rows + 1} is"
        return f"{gap} missing"
    if link.hash != sha256(link.previous + link.content).digest():
        return f"row {link.number} was changed: it does not fit its hash"
    if head is not None and link.previous != head:
        return f"row {link.number} does not follow row {rows}: one of them was replaced"
    if noted is not None and noted != link.hash:
        return f"row {link.number} is another one than a checkpoint saw: the chain was written anew"
    return None
