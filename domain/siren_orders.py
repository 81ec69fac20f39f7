"""What a person ordered of a siren, and each time it sounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: The first word of the answer of a siren that did what it was asked.
SOUNDED = "sounded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a person ordered."""

    id: int
    siren: str
    signal: str
    repeats: int
    ordered_by: str
    reason: str
    exercise: bool
    ordered_at: datetime
    expires_at: datetime
    stopped_at: datetime | None = None
    stopped_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Blast:
    """One sounding of the signal of an order, with its number from 1 on."""

    order: int
    number: int
    at: datetime
    acknowledged_at: datetime | None = None
    answer: str | None = None  # in the siren's words: "sounded", or why not, with what else it says after a colon

    @property
    def sounded(self) -> bool:
        """Whether the siren says that it sounded; False also while it has said nothing."""
        return self.answer is not None and self.answer.partition(":")[0] == SOUNDED
