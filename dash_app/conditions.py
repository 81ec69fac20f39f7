"""Which class rain, air and wind are in, by the same rules that warn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from dash_app.snapshot import RAIN_DAY, Measure
from dash_app.state import HEARD
from domain.readings import QualityFlag
from rules.air_tables import AirQualityRule
from rules.configuration import RuleSet
from rules.rule_table import RuleTable
from rules.tables import RainfallRule, WindRule
from rules.trace import NOT_JUDGED, instant, ordered
from rules.vn_aqi import DUST, GASES, newest_index, rounded
from rules.wind import beaufort, forces_reached
from storage.histories import Columns

_Rule = TypeVar("_Rule", bound=RuleTable)

#: An hourly index says something of now for so long after its hour.
INDEX_HOLDS = timedelta(hours=2)


def first_rule(rules: RuleSet, kind: type[_Rule], station: str | None = None) -> _Rule | None:
    """The first rule of that kind by which a station is judged; of all where none is named. None when there is none."""
    found = (rule for rule in rules.rules if isinstance(rule, kind))
    return next((rule for rule in found if station is None or rule.applies_to(station)), None)


def rain_level(station: str, rain_mm: Mapping[int, float], rules: RuleSet) -> int | None:
    """0-3: the highest rain class any window's total reaches; None when nothing was measured."""
    rule = first_rule(rules, RainfallRule, station)
    if rule is None or not rain_mm:
        return None
    reached = [
        level
        for window in rule.windows
        for level, (threshold, inclusive) in enumerate(zip(window.thresholds_mm, rule.inclusive, strict=True), start=1)
        if _at_class(rain_mm.get(int(window.hours)), threshold, inclusive=inclusive)
    ]
    return max(reached, default=0)


def rain_levels(station: str, rain_mm: Mapping[int, float], rules: RuleSet) -> dict[int, int]:
    """The rain class of each total alone; of the rain day by the classes of 24 h. Totals without classes are left out."""
    found = {key: window_level(station, mm, 24 if key == RAIN_DAY else key, rules) for key, mm in rain_mm.items()}
    return {key: level for key, level in found.items() if level is not None}


def window_level(station: str, total: float, hours: int, rules: RuleSet) -> int | None:
    """0-3: the rain class of one window's total; None for a window that the rule does not judge."""
    rule = first_rule(rules, RainfallRule, station)
    window = None if rule is None else next((w for w in rule.windows if w.hours == hours), None)
    if rule is None or window is None:
        return None
    reached = zip(window.thresholds_mm, rule.inclusive, strict=True)
    return sum(_at_class(total, threshold, inclusive=inclusive) for threshold, inclusive in reached)


def _at_class(total: float | None, threshold: float, *, inclusive: bool) -> bool:
    return total is not None and (total >= threshold if inclusive else total > threshold)


def air_index(station: str, readings: Mapping[str, Columns], rules: RuleSet) -> tuple[datetime, int] | None:
    """The newest VN_AQI of a whole hour, with the end of that hour; None without dust or too few hours."""
    rule = first_rule(rules, AirQualityRule, station)
    if rule is None:
        return None
    traces = {
        name: ordered(each.observed, each.values, each.flags, each.received).without(NOT_JUDGED)
        for name, each in readings.items()
        if name in (*DUST, *GASES)
    }
    newest = newest_index(traces, rule)
    return None if newest is None else (instant(newest[0]), rounded(newest[1]))


def index_of_now(known: tuple[datetime, int] | None, now: datetime) -> int | None:
    """The index while its hour is one of now: where dust has failed for hours, the last index before is history."""
    return None if known is None or now - known[0] > INDEX_HOLDS else known[1]


def wind_force(station: str, measures: Mapping[str, Measure], rules: RuleSet) -> int | None:
    """The Beaufort force of the newest mean wind; 0 below the table's first force; None when that reading failed."""
    rule, wind = first_rule(rules, WindRule, station), measures.get("wind_speed")
    if rule is None or wind is None or wind.flag is QualityFlag.FAIL:
        return None
    return beaufort(wind.value, rule)


def wind_level(station: str, measures: Mapping[str, Measure], rules: RuleSet) -> int | None:
    """0-4: how many of the forces that warn the mean wind or the gusts reach; None when neither is known."""
    rule, blowing = first_rule(rules, WindRule, station), _blowing(measures)
    if rule is None or not blowing:
        return None
    return forces_reached(blowing.get("wind_speed"), blowing.get("wind_gust"), rule)


def _blowing(measures: Mapping[str, Measure]) -> dict[str, float]:
    """Mean wind and gusts in m/s that did not fail: what is heard; of a mast that has fallen silent what it sent last."""
    found = (measures.get(name) for name in ("wind_speed", "wind_gust"))
    good = [each for each in found if each is not None and each.flag is not QualityFlag.FAIL]
    heard = [each for each in good if each.freshness in HEARD]
    return {each.quantity: each.value for each in heard or good}
