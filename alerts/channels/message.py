"""What a channel gets and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.words import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One alert version, or several of one basin, in words for one recipient.

    `identifier` and `version` name it (of the highest alert when there are several): a repeat has the same ones, and the
    same `key`. `may_repeat`: an earlier attempt may have arrived. `address` and `secret` are never logged or shown.
    """

    identifier: str
    version: int
    recipient: str
    language: Language
    headline: str
    body: str  # lines of plain text, the headline not repeated
    key: str = ""
    person: str = ""
    may_repeat: bool = False
    acknowledge_url: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # for machines: the JSON of the webhook
    area: str = ""  # of the recipient: city, or the code of its ward
    address: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    gateway: str | None = field(default=None, repr=False)
    gateway_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; the same call may succeed later. `may_have_arrived`: the answer is missing, not the message."""

    error: str
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never; repeating it will not help."""

    error: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """It was not tried: its receiver rests until then."""

    until: datetime


Outcome = Sent | Retry | GiveUp | Unsent
#: A channel sends one message and says what became of it. It raises nothing for a receiver that is away.
Channel = Callable[[Message], Outcome]
