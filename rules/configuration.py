"""All rules of one rules.toml, read and checked at start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from domain.alerts import Event, Severity
from domain.configuration_file import Table, read_table, refusal, table_from
from domain.errors import ConfigurationError
from domain.stations import Station
from rules.air_tables import AirQualityDayRule, AirQualityRule, AirStandardRule
from rules.companionship import Companionship
from rules.rule_table import Listed
from rules.tables import DoubtfulReadingRule, RainfallRule, RateOfRiseRule, Rule, StageRule, WindRule
from rules.threshold_tables import RELATIVE_PLACES, CompoundRule, ReRiseRule, SensorStuckRule, ThresholdRule


class RuleSet(Table):
    """All rules of one rules.toml."""

    rules: Listed[Rule] = Field(alias="rule", min_length=1)

    @property
    def warm_up(self) -> timedelta:
        """How far before the judged span the readings given to `rules.judge.judge` must begin."""
        return max(rule.warm_up for rule in self.rules)

    def warm_up_at(self, station: Station) -> timedelta:
        """The same for one station: no more than its own quantities need."""
        measured = {series.quantity for series in station.series}
        return max((rule.warm_up for rule in self.rules if quantities_read(rule) & measured), default=timedelta())

    def require_known(self, stations: Collection[str], place: str) -> None:
        """That every station a rule names is one of `stations`: it would wait for the other for ever.

        Raises ConfigurationError. Not asked when rules are read: a replay judges other stations by the rules of Huế.
        """
        for rule in self.rules:
            strange = sorted(_stations_named(rule).difference(stations))
            if strange:
                remedy = "is no station of stations.toml; correct the name"
                raise ConfigurationError(place=place, key=f"rule[{rule.name}]", value=", ".join(strange), remedy=remedy)

    def companionship(self, stations: Mapping[str, Station]) -> Companionship:
        """Which of `stations` compound rules judge together."""
        return Companionship((rule for rule in self.rules if isinstance(rule, CompoundRule)), stations)

    @property
    def compound_events(self) -> frozenset[Event]:
        """What compound rules speak of."""
        return frozenset(rule.event for rule in self.rules if isinstance(rule, CompoundRule))

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

    @model_validator(mode="after")
    def _parts_are_rules(self) -> Self:
        levels = {rule.name: rule.levels_warned for rule in self.rules if not isinstance(rule, CompoundRule)}
        for rule in (each for each in self.rules if isinstance(each, CompoundRule)):
            for part in rule.parts:
                if not levels.get(part.rule):
                    known = ", ".join(name for name in levels if levels[name])
                    raise refusal(
                        "rule", f"{rule.name} asks {part.rule!r}, which is no rule with levels; there are {known}"
                    )
                if part.at_least > max(levels[part.rule]):
                    raise refusal(
                        "rule",
                        f"{rule.name}: {part.rule} never finds level {part.at_least}; its highest is {max(levels[part.rule])}",
                    )
        return self


def quantities_read(rule: Rule) -> set[str]:
    """The quantities whose readings a rule judges."""
    match rule:
        case AirQualityRule() | AirQualityDayRule():
            return {name.rpartition("_")[0] for name in rule.breakpoints}
        case AirStandardRule():
            return {each.quantity for each in rule.limits}
        case SensorStuckRule():
            return set(rule.limits)
        case StageRule() | RateOfRiseRule() | RainfallRule() | ThresholdRule() | ReRiseRule():
            return {rule.quantity}
        case _:
            return set()  # needs no history before the judged span


def looks_at(rule: Rule, quantity: str) -> bool:
    """Whether what a rule finds depends on readings of this quantity."""
    match rule:
        case WindRule():
            return quantity in {"wind_speed", "wind_gust"}
        case DoubtfulReadingRule():
            return True
        case _:
            return quantity in quantities_read(rule)


def _stations_named(rule: Rule) -> set[str]:
    """Those that stand in the rule by name."""
    named = set(rule.stations or ())
    match rule:
        case RateOfRiseRule():
            return named.union(*(each.stations for each in rule.classes))
        case CompoundRule():
            return named.union(part.where for part in rule.parts).difference(RELATIVE_PLACES)
        case _:
            return named


def rules_from(text: str, place: str) -> RuleSet:
    """The rules of a text; `place` stands in errors. Raises ConfigurationError."""
    return table_from(text, RuleSet, place)


def load_rules(path: Path) -> RuleSet:
    """Read `path`. Raises ConfigurationError with file, key, value and remedy for whatever cannot be obeyed."""
    return read_table(path, RuleSet)


def newest_readable(texts: Iterable[tuple[str, str]]) -> tuple[RuleSet | None, ConfigurationError | None]:
    """The first of these rules (text and place, the newest first) that can be read; and why the newest cannot, where it cannot.

    All who judge and show go by these, so that a restart under a version that cannot read the newest changes nothing.
    """
    refused = None
    for text, place in texts:
        try:
            return rules_from(text, place), refused
        except ConfigurationError as error:
            refused = refused or error
    return None, refused
