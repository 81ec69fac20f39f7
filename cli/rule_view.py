"""Rules in text and JSON."""

from __future__ import annotations

from cli.tables import table
from rules.configuration import RuleSet


def rules_table(rules: RuleSet) -> str:
    """One line a rule."""
    rows = [
        (
            rule.name,
            rule.kind,
            rule.event.value,
            ", ".join(f"{n} {s}" for n, s in zip(rule.levels_warned, rule.severities, strict=True)),
            "" if rule.verified else "unverified",
            rule.source,
        )
        for rule in rules.rules
    ]
    return table(("name", "kind", "event", "levels", "", "source"), rows)


def rules_json(rules: RuleSet) -> str:
    """Every key of every rule."""
    return rules.model_dump_json(indent=2, by_alias=True)
