"""What a channel gets and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.words import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One alert version in words, for one recipient. `identifier` and `version` name it: a repeat has the same ones."""

    identifier: str
    version: int
    recipient: str
    language: Language
    headline: str
    body: str  # lines of plain text, the headline not repeated


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; the same call may succeed later."""

    error: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never; repeating it will not help."""

    error: str


Outcome = Sent | Retry | GiveUp
#: A channel sends one message and says what became of it. It raises nothing for a receiver that is away.
Channel = Callable[[Message], Outcome]
