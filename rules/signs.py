"""What one newest reading says by itself, before its whole window is judged: who may have news to tell is judged first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.alerts import Event
from domain.deeds import SEVERITY_RANK
from domain.stations import Station
from rules.configuration import RuleSet
from rules.dated_thresholds import height_of
from rules.tables import Rule, StageRule, WindRule
from rules.threshold_tables import ThresholdRule
from rules.wind import beaufort


def telling(rules: RuleSet, quantity: str) -> list[Rule]:
    """The rules that one reading of this quantity may say something to, for `gravity`."""
    return [rule for rule in rules.rules if _asks(rule, quantity)]


def gravity(station: Station, quantity: str, at: datetime, value: float, rules: Iterable[Rule]) -> dict[Event, int]:
    """By event, the rank (domain.deeds.SEVERITY_RANK) of the gravest warning that the reading alone may begin; events without one are left out.

    `rules`: those that `telling` gives for the quantity.

    Alarm levels, Beaufort forces and the intensity of rain show in one reading; rises, sums and silence do not. It decides about
    order alone, so patience, hours and lists of stations are not looked at.
    """
    found: dict[Event, int] = {}
    for rule in rules:
        rank = _rank(rule, station, quantity, at, value)
        if rank > found.get(rule.event, 0):
            found[rule.event] = rank
    return found


def _asks(rule: Rule, quantity: str) -> bool:
    match rule:
        case StageRule() | ThresholdRule(of="rate_per_h"):
            return quantity == rule.quantity
        case WindRule():
            return quantity in {"wind_speed", "wind_gust"}
        case _:
            return False


def _rank(rule: Rule, station: Station, quantity: str, at: datetime, value: float) -> int:
    match rule:
        case StageRule():
            return _of_level(rule, height_of(station, at, value))
        case WindRule() if quantity == "wind_speed":
            return _of_level(rule, beaufort(value, rule))
        case WindRule() if quantity == "wind_gust":
            return _of_level(rule, beaufort(value, rule) - rule.gust_forces_above_mean)
        case ThresholdRule(of="rate_per_h"):
            series = station.series_of(quantity)
            hours = series.cadence / timedelta(hours=1) if series is not None else 1.0
            return _of_level(
                rule, max((each.level for each in rule.levels if value >= each.raise_at * hours), default=0)
            )
        case _:
            return 0


def _of_level(rule: StageRule | WindRule | ThresholdRule, reached: int) -> int:
    severities = zip(rule.levels_warned, rule.severities, strict=True)
    return max((SEVERITY_RANK[severity] for level, severity in severities if level <= reached), default=0)
