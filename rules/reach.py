"""What a set of rules can find at all: an alert that none of them can find is never ended by one."""

from __future__ import annotations

from domain.alerts import Event
from domain.stations import Station
from rules.compound import places
from rules.configuration import RuleSet, looks_at
from rules.tables import ForecastRule, OverdueRule, Rule, StageRule
from rules.threshold_tables import CompoundRule


def can_find(rules: RuleSet, station: Station, event: Event) -> bool:
    """Whether one of the rules judges `event` at `station`, by what is measured and known there today."""
    return any(
        rule.event is event and rule.levels_warned and rule.applies_to(station.id) and _can_look(rule, station)
        for rule in rules.rules
    )


def _can_look(rule: Rule, station: Station) -> bool:
    match rule:
        case ForecastRule():
            return bool(station.thresholds)
        case OverdueRule():
            return bool(station.series)
        case CompoundRule():
            return all(len(places(station, part)) >= part.needed for part in rule.parts)
        case StageRule() if not station.thresholds:
            return False
        case _:
            return any(looks_at(rule, series.quantity) for series in station.series)
