"""What the doctor says of one thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import EwsError


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Line:
    """What was looked at and found. `remedy` says what to do; empty when there is nothing to do."""

    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"{self.subject:<13} {self.verdict.value:<8} {self.found}{remedy}"


def problem(subject: str, error: EwsError, remedy: str) -> Line:
    """A line of what went wrong."""
    return Line(subject=subject, verdict=Verdict.PROBLEM, found=" ".join(str(error).split()), remedy=remedy)
