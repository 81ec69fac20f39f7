"""What one newest reading says by itself, before its whole window is judged: who may have news to tell is judged first."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.deeds import SEVERITY_RANK
from domain.stations import Station
from rules.configuration import RuleSet
from rules.dated_thresholds import height_of
from rules.tables import StageRule, WindRule
from rules.threshold_tables import ThresholdRule
from rules.wind import beaufort


def gravity(station: Station, quantity: str, at: datetime, value: float, rules: RuleSet) -> int:
    """The rank (domain.deeds.SEVERITY_RANK) of the gravest warning that the reading alone may begin; 0 for none.

    Alarm levels, Beaufort forces and the intensity of rain show in one reading; rises, sums and silence do not. It decides about
    order alone, so patience, hours and lists of stations are not looked at.
    """
    return max((_rank(rule, station, quantity, at, value) for rule in rules.rules), default=0)


def _rank(rule: object, station: Station, quantity: str, at: datetime, value: float) -> int:
    match rule:
        case StageRule() if quantity == rule.quantity:
            return _of_level(rule, height_of(station, at, value))
        case WindRule() if quantity == "wind_speed":
            return _of_level(rule, beaufort(value, rule))
        case WindRule() if quantity == "wind_gust":
            return _of_level(rule, beaufort(value, rule) - rule.gust_forces_above_mean)
        case ThresholdRule(of="rate_per_h") if quantity == rule.quantity:
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
