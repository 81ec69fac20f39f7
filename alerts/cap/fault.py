"""What is wrong with a CAP document, where, and how to put it right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LONGEST_VALUE = 80


class Grade(StrEnum):
    """A fault breaks the standard or contradicts itself; advice is what profiles and readers expect beyond it."""

    FAULT = "fault"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Fault:
    """One line for people: where, what stands there, what to do."""

    line: int
    element: str
    value: str | None
    remedy: str
    grade: Grade = Grade.FAULT

    def __str__(self) -> str:
        """As in "12: expires = '…': lies before onset"."""
        value = "" if self.value is None else f" = {shown(self.value)}"
        mark = "advice: " if self.grade is Grade.ADVICE else ""
        return f"{self.line}: {mark}{self.element}{value}: {self.remedy}"


def fault(element: Any, remedy: str, *, value: str | None = None, tag: str | None = None) -> Fault:
    """A fault of `element`; `tag`: of a child that it lacks."""
    return Fault(element.sourceline or 0, name(element) if tag is None else tag, value, remedy)


def advice(element: Any, remedy: str, *, value: str | None = None, tag: str | None = None) -> Fault:
    """Advice on `element`; `tag`: on a child that it lacks."""
    return Fault(element.sourceline or 0, name(element) if tag is None else tag, value, remedy, Grade.ADVICE)


def name(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def shown(value: str) -> str:
    """A value that a terminal may be shown: short, in quotes, nothing that it might obey."""
    text = " ".join(value.split())
    text = text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
    return "'" + "".join(letter if letter.isprintable() else "·" for letter in text) + "'"
