"""Versions of the rules that were adopted: the whole text, who, when, why, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage import audit
from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptedRules:
    """One version: the whole rules.toml and its difference to the one before, as a unified diff."""

    number: int
    adopted_at: datetime
    adopted_by: str
    reason: str
    content: str
    difference: str

    @property
    def place(self) -> str:
        """Where they stand, for whoever reads what is wrong with them."""
        return f"rules adopted as number {self.number}"


def adopt(connection: Connection, *, person: str, reason: str, content: str, difference: str) -> int:
    """Store the rules that are in force from the next judging on; their number."""
    row = connection.execute(query("rule_set_add"), (person, reason, content, difference)).fetchone()
    assert row is not None
    return int(row[0])


def adopt_text(connection: Connection, *, person: str, reason: str, content: str, difference: str) -> int:
    """The same, with its entry in the audit."""
    number = adopt(connection, person=person, reason=reason, content=content, difference=difference)
    audit.add(connection, person, "rules_adopted", f"rules {number}", {"reason": reason})
    return number


def lock(connection: Connection) -> None:
    """Let nobody else adopt rules until the transaction ends."""
    connection.execute(query("rule_sets_lock"))


def newest_number(connection: Connection) -> int:
    """The number of the rules in force; 0 while none were adopted and those of the file are."""
    row = connection.execute(query("rule_set_newest")).fetchone()
    return int(row[0]) if row is not None and row[0] is not None else 0


def rule_set(connection: Connection, number: int) -> AdoptedRules | None:
    """One version."""
    found = [_adopted(row) for row in connection.execute(query("rule_sets"), {"number": number}).fetchall()]
    return found[0] if found else None


def rule_sets(connection: Connection) -> list[AdoptedRules]:
    """Every version, the newest first."""
    return [_adopted(row) for row in connection.execute(query("rule_sets"), {"number": None}).fetchall()]


def _adopted(row: tuple[object, ...]) -> AdoptedRules:
    number, adopted_at, adopted_by, reason, content, difference = row
    assert isinstance(number, int)
    assert isinstance(adopted_at, datetime)
    return AdoptedRules(
        number=number,
        adopted_at=adopted_at,
        adopted_by=str(adopted_by),
        reason=str(reason),
        content=str(content),
        difference=str(difference),
    )
