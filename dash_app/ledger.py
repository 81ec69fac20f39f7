"""What stands on a page, part by part, with the change that brought each: who has seen one is sent only what is newer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, TypedDict


class Changes(TypedDict):
    """What assets/paint.js takes: parts by name, names of parts that are gone, and what one has then seen."""

    whole: bool  # everything there is: what is not among the parts is gone
    parts: dict[str, Any]
    gone: list[str]
    seen: str


class Ledger:
    """The parts of one page in one language. Parts are compared by value; not safe for threads.

    `seen` names the ledger too, so that what another process or an earlier run has sent is never built upon.
    """

    def __init__(self) -> None:
        self._name, self._number = secrets.token_hex(4), 0
        self._parts: dict[str, tuple[Any, int]] = {}
        self._gone: dict[str, int] = {}

    def take(self, parts: Mapping[str, Any]) -> None:
        """These are all the parts now."""
        self._number += 1
        for name, part in parts.items():
            kept = self._parts.get(name)
            if kept is None or (kept[0] is not part and kept[0] != part):
                self._parts[name] = (part, self._number)
                self._gone.pop(name, None)
        for name in self._parts.keys() - parts.keys():
            del self._parts[name]
            self._gone[name] = self._number

    def since(self, seen: str | None) -> Changes:
        """What has changed since `seen` was sent; everything when it is not of this ledger."""
        number = self.number_of(seen)
        return Changes(
            whole=number is None,
            parts={name: part for name, (part, at) in self._parts.items() if number is None or at > number},
            gone=[] if number is None else [name for name, at in self._gone.items() if at > number],
            seen=f"{self._name}.{self._number}",
        )

    def number_of(self, seen: str | None) -> int | None:
        """Which change `seen` names; None when it is none of this ledger."""
        name, _, number = (seen or "").partition(".")
        known = name == self._name and number.isascii() and number.isdecimal() and len(number) < 16
        return int(number) if known and int(number) <= self._number else None
