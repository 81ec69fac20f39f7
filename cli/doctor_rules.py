"""Which rules are in force, and whether rules.toml says the same."""

from __future__ import annotations

from pathlib import Path

from cli.doctor_line import Line, Verdict
from cli.tables import when
from domain.errors import ConfigurationError
from rules.configuration import rules_from
from storage import rule_sets
from storage.database import Connection
from storage.rule_sets import AdoptedRules

_SUBJECT = "rules"


def rules_in_force(connection: Connection, file: Path) -> Line:
    """Of the newest adopted rules, as the scheduler takes them."""
    newest = rule_sets.rule_set(connection, rule_sets.newest_number(connection))
    return rules_line(newest, file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None)


def rules_line(newest: AdoptedRules | None, of_the_file: str | None) -> Line:
    """`newest`: adopted last; `of_the_file`: what rules.toml says, None where there is no such file."""
    if newest is None:
        return Line(subject=_SUBJECT, verdict=Verdict.OK, found="those of rules.toml are in force; none were adopted")
    who = f"number {newest.number}, adopted by {newest.adopted_by} at {when(newest.adopted_at)}"
    fault = _fault(newest)
    if fault is not None:
        found = f"{who}, cannot be read by this version, so others are in force: {fault}"
        remedy = f"correct `ews rules show --number {newest.number} --toml` and adopt it"
        return Line(subject=_SUBJECT, verdict=Verdict.PROBLEM, found=found, remedy=remedy)
    if of_the_file == newest.content:
        return Line(subject=_SUBJECT, verdict=Verdict.OK, found=f"{who}, in force")
    return Line(
        subject=_SUBJECT,
        verdict=Verdict.WARNING,
        found=f"{who}, in force; rules.toml differs and is not in force",
        remedy="adopt it (`ews rules adopt`), or bring it in step: `ews rules show --toml`",
    )


def _fault(adopted: AdoptedRules) -> str | None:
    try:
        rules_from(adopted.content, adopted.place)
    except ConfigurationError as error:
        return " ".join(str(error).split())
    return None
