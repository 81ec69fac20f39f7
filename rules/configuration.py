"""All rules of one rules.toml, read and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from domain.alerts import Event, Severity
from domain.configuration_file import Table, read_table, refusal
from rules.tables import Listed, Rule


class RuleSet(Table):
    """All rules of one rules.toml."""

    rules: Listed[Rule] = Field(alias="rule", min_length=1)

    @property
    def warm_up(self) -> timedelta:
        """How far before the judged span the readings given to `rules.judge.judge` must begin."""
        return max(rule.warm_up for rule in self.rules)

    def severities(self) -> Mapping[Event, Mapping[int, Severity]]:
        """The CAP severity of each level of each event."""
        policy: dict[Event, dict[int, Severity]] = {}
        for rule in self.rules:
            policy.setdefault(rule.event, {}).update(zip(rule.levels_warned, rule.severities, strict=True))
        return policy

    @model_validator(mode="after")
    def _one_voice(self) -> Self:
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise refusal("rule", f"two rules have one name: {', '.join(names)}")
        policy = self.severities()
        for rule in self.rules:
            for level, severity in zip(rule.levels_warned, rule.severities, strict=True):
                if policy[rule.event].get(level) != severity:
                    raise refusal(
                        "rule", f"{rule.name} and another rule give {rule.event} different severities; make them agree"
                    )
        return self


def load_rules(path: Path) -> RuleSet:
    """Read `path`. Raises ConfigurationError with file, key, value and remedy for whatever cannot be obeyed."""
    return read_table(path, RuleSet)
