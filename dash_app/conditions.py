"""Which class rain, air and wind are in, by the same rules that warn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from dash_app.snapshot import RAIN_DAY, Measure
from domain.readings import QualityFlag
from rules.air_tables import AirQualityRule
from rules.configuration import RuleSet
from rules.tables import RainfallRule, WindRule
from rules.trace import NOT_JUDGED, ordered
from rules.vn_aqi import DUST, GASES, newest_index, rounded
from rules.wind import beaufort
from storage.histories import Columns

_Rule = TypeVar("_Rule")


def first_rule(rules: RuleSet, kind: type[_Rule]) -> _Rule | None:
    """The first rule of that kind; None when there is none."""
    return next((rule for rule in rules.rules if isinstance(rule, kind)), None)


def rain_level(rain_mm: Mapping[int, float], rules: RuleSet) -> int | None:
    """0-3: the highest rain class any window's total reaches; None when nothing was measured."""
    rule = first_rule(rules, RainfallRule)
    if rule is None or not rain_mm:
        return None
    reached = [
        level
        for window in rule.windows
        for level, (threshold, inclusive) in enumerate(zip(window.thresholds_mm, rule.inclusive, strict=True), start=1)
        if _at_class(rain_mm.get(int(window.hours)), threshold, inclusive=inclusive)
    ]
    return max(reached, default=0)


def rain_levels(rain_mm: Mapping[int, float], rules: RuleSet) -> dict[int, int]:
    """The rain class of each total alone; of the rain day by the classes of 24 h. Totals without classes are left out."""
    found = {key: window_level(mm, 24 if key == RAIN_DAY else key, rules) for key, mm in rain_mm.items()}
    return {key: level for key, level in found.items() if level is not None}


def window_level(total: float, hours: int, rules: RuleSet) -> int | None:
    """0-3: the rain class of one window's total; None for a window that the rule does not judge."""
    rule = first_rule(rules, RainfallRule)
    window = None if rule is None else next((w for w in rule.windows if w.hours == hours), None)
    if rule is None or window is None:
        return None
    reached = zip(window.thresholds_mm, rule.inclusive, strict=True)
    return sum(_at_class(total, threshold, inclusive=inclusive) for threshold, inclusive in reached)


def _at_class(total: float | None, threshold: float, *, inclusive: bool) -> bool:
    return total is not None and (total >= threshold if inclusive else total > threshold)


def air_index(readings: Mapping[str, Columns], rules: RuleSet) -> int | None:
    """The VN_AQI of the newest whole hour; None without dust or too few hours."""
    rule = first_rule(rules, AirQualityRule)
    if rule is None:
        return None
    traces = {
        name: ordered(each.observed, each.values, each.flags, each.received).without(NOT_JUDGED)
        for name, each in readings.items()
        if name in (*DUST, *GASES)
    }
    newest = newest_index(traces, rule)
    return None if newest is None else rounded(newest)


def wind_force(measures: Mapping[str, Measure], rules: RuleSet) -> int | None:
    """The Beaufort force of the newest mean wind; 0 below the table's first force; None when that reading failed."""
    rule, wind = first_rule(rules, WindRule), measures.get("wind_speed")
    if rule is None or wind is None or wind.flag is QualityFlag.FAIL:
        return None
    return beaufort(wind.value, rule)


def wind_level(force: int, rules: RuleSet) -> int:
    """0-4: how many of the forces that warn are reached."""
    rule = first_rule(rules, WindRule)
    return 0 if rule is None else sum(force >= warned for warned in rule.warn_at)
