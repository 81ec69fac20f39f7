"""All rules over one station: what the scheduler calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pandas as pd

from domain.alerts import Finding
from domain.forecasts import LevelForecast
from domain.stations import Station
from rules.air_day import air_quality_day_finding, air_standard_finding
from rules.air_quality import air_quality_finding
from rules.air_tables import AirQualityDayRule, AirQualityRule, AirStandardRule
from rules.compound import Heard, InForce, compound_finding
from rules.configuration import RuleSet
from rules.doubt import doubt_finding
from rules.forecast import forecast_finding
from rules.heard import heard
from rules.overdue import overdue_finding
from rules.rainfall import rainfall_finding
from rules.rate_of_rise import rate_of_rise_finding
from rules.re_rise import re_rise_finding
from rules.schedule import scheduled
from rules.sensor_stuck import sensor_stuck_finding
from rules.spans import Span
from rules.stage import stage_finding
from rules.tables import (
    DoubtfulReadingRule,
    ForecastRule,
    OverdueRule,
    RainfallRule,
    RateOfRiseRule,
    Rule,
    StageRule,
    WindRule,
)
from rules.threshold import threshold_finding
from rules.threshold_tables import CompoundRule, ReRiseRule, SensorStuckRule, ThresholdRule
from rules.trace import Trace, trace
from rules.vn_aqi import DUST, GASES
from rules.wind import wind_finding

#: Quantities in which a doubtful reading could hide a danger.
_DANGEROUS = ("water_level", "rainfall")
_NOTHING = pd.DataFrame()


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What is known of one station. Frames have columns observed_at (UTC), value, flag, received_at, in any order of rows.

    `readings` should begin `RuleSet.warm_up` before `since`, so that totals and averages at `since` are whole. `since`
    should be an instant at which no alert of the station was running (`alerts.life_cycle.judged_since`).
    """

    since: datetime
    readings: Mapping[str, pd.DataFrame | Trace]  # by quantity; a trace holds all flags (rules.trace.ordered)
    forecasts: Sequence[LevelForecast] = ()  # of every issue time from `since` on
    last_observed: Mapping[str, datetime] = field(default_factory=dict)  # by quantity, however long ago
    #: Up to which reading forecasts were made or tried; None: all, as in a history that is over.
    asked_until: datetime | None = None


def judge(station: Station, history: History, rules: RuleSet, now: datetime) -> list[Finding]:
    """What every rule finds at `station`, but for compound ones that look elsewhere. See `judge_together`."""
    return judge_together({station.id: station}, {station.id: history}, rules, now)[station.id]


def judge_together(
    stations: Mapping[str, Station], histories: Mapping[str, History], rules: RuleSet, now: datetime
) -> dict[str, list[Finding]]:
    """What every rule finds at each of `stations`. A rule whose quantity is not measured at one finds nothing there.

    `now` on the stations' common clock; only silence, the age of forecasts and the ends of schedules depend on it. Compound
    rules look at what the others found: give the stations that `RuleSet.companions` names together.
    """
    found = {name: plain_findings(station, histories[name], rules, now) for name, station in stations.items()}
    return with_compounds(stations, histories, found, rules, now)


def with_compounds(
    stations: Mapping[str, Station],
    histories: Mapping[str, History],
    found: Mapping[str, list[Finding]],
    rules: RuleSet,
    now: datetime,
    *,
    names: Collection[str] | None = None,
    in_force: InForce = MappingProxyType({}),
) -> dict[str, list[Finding]]:
    """`found` (by station) with what the compound rules make of it; with `names` only at these stations.

    `in_force`: the alerts that are stored of what had begun before the histories do.
    """
    compounds = [rule for rule in rules.rules if isinstance(rule, CompoundRule)]
    if not compounds:
        return dict(found)
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for finding in (each for findings in found.values() for each in findings):
        by_rule.setdefault((finding.station, finding.rule), []).append(finding)
    told = {name: list(findings) for name, findings in found.items()}
    heard_at = _heard(stations, histories, rules)
    for name, station in stations.items() if names is None else ((each, stations[each]) for each in names):
        for rule in (each for each in compounds if name in found and each.applies_to(name)):
            known = in_force.get((name, rule.event), ())
            together = compound_finding(station, by_rule, rule, now, heard_at, in_force=known)
            if together is not None:
                told[name].append(_on_schedule(together, rule, now))
    return told


def _heard(stations: Mapping[str, Station], histories: Mapping[str, History], rules: RuleSet) -> Heard:
    """What compound rules ask of the sensors behind a rule."""
    named = {rule.name: rule for rule in rules.rules}
    overdue = next((rule for rule in rules.rules if isinstance(rule, OverdueRule)), None)

    def spans(place: str, name: str) -> Sequence[Span] | None:
        known = place in stations and place in histories
        return heard(stations[place], histories[place].readings, named[name], overdue) if known else None

    return spans


def plain_findings(
    station: Station, history: History, rules: RuleSet, now: datetime, names: Collection[str] | None = None
) -> list[Finding]:
    """What every rule but the compound ones finds at one station; with `names` only the rules called so."""
    everything = {name: trace(each, without=()) for name, each in history.readings.items()}
    judged = {name: trace(each) for name, each in everything.items()}
    seen = _Seen(station=station, history=history, everything=everything, judged=judged, now=now)
    return [
        _on_schedule(found, rule, now)
        for rule in rules.rules
        if (names is None or rule.name in names) and rule.applies_to(station.id)
        for found in _JUDGES[type(rule)](seen, rule)
        if found is not None
    ]


def _on_schedule(finding: Finding, rule: Rule, now: datetime) -> Finding:
    return finding if rule.schedule is None else scheduled(finding, rule.schedule, now)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """One station's history as the rules look at it."""

    station: Station
    history: History
    everything: Mapping[str, Trace]  # by quantity, failed readings too: for rules about doubt and stuck sensors
    judged: Mapping[str, Trace]  # what threshold rules judge
    now: datetime


_Found = Iterable[Finding | None]


def _one_quantity(look: Callable[[Station, Trace, Any, datetime], Finding], *, of_gauges: bool = False) -> _Judge:
    """A rule over the readings of one quantity; with `of_gauges`, only where alarm levels are known."""

    def judged(seen: _Seen, rule: Any) -> _Found:
        readings = seen.judged.get(rule.quantity)
        if readings is None or (of_gauges and not seen.station.thresholds):
            return ()
        return (look(seen.station, readings, rule, seen.history.since),)

    return judged


def _wind(seen: _Seen, rule: WindRule) -> _Found:
    mean, gusts = seen.judged.get("wind_speed"), seen.judged.get("wind_gust")
    if mean is None and gusts is None:
        return ()
    both = [_NOTHING if each is None else each for each in (mean, gusts)]
    return (wind_finding(seen.station, both[0], both[1], rule, seen.history.since),)


def _overdue(seen: _Seen, rule: OverdueRule) -> _Found:
    return (overdue_finding(seen.station, seen.history.last_observed, rule, seen.now),)


def _forecast(seen: _Seen, rule: ForecastRule) -> _Found:
    if not seen.history.forecasts or not seen.station.thresholds:
        return ()
    known, levels = seen.history, seen.judged.get("water_level")
    found = forecast_finding(
        seen.station, known.forecasts, rule, known.since, seen.now, heard=levels, asked_until=known.asked_until
    )
    return (found,)


def _doubt(seen: _Seen, rule: DoubtfulReadingRule) -> _Found:
    names = (name for name in _DANGEROUS if name in seen.judged)
    return [doubt_finding(seen.station, name, seen.everything[name], rule, seen.history.since) for name in names]


def _stuck(seen: _Seen, rule: SensorStuckRule) -> _Found:
    names = (name for name in rule.limits if name in seen.judged)
    return [sensor_stuck_finding(seen.station, name, seen.everything[name], rule, seen.history.since) for name in names]


def _of_air(look: Callable[[Station, Mapping[str, Trace], Any, datetime], Finding | None], *needed: str) -> _Judge:
    """A rule over pollutants, where at least one of `needed` is measured."""

    def judged(seen: _Seen, rule: Any) -> _Found:
        if not any(name in seen.judged for name in needed):
            return ()
        return (look(seen.station, seen.judged, rule, seen.history.since),)

    return judged


def _nothing(seen: _Seen, rule: Any) -> _Found:
    del seen, rule
    return ()


_Judge = Callable[[_Seen, Any], _Found]
#: By kind of rule, looked up by its type: asking each kind in turn took longer than the judging of a calm day.
_JUDGES: Mapping[type, _Judge] = {
    StageRule: _one_quantity(stage_finding, of_gauges=True),
    ReRiseRule: _one_quantity(re_rise_finding, of_gauges=True),
    RateOfRiseRule: _one_quantity(rate_of_rise_finding),
    RainfallRule: _one_quantity(rainfall_finding),
    ThresholdRule: _one_quantity(threshold_finding),
    WindRule: _wind,
    OverdueRule: _overdue,
    ForecastRule: _forecast,
    DoubtfulReadingRule: _doubt,
    SensorStuckRule: _stuck,
    AirQualityRule: _of_air(air_quality_finding, *DUST),
    AirQualityDayRule: _of_air(air_quality_day_finding, *DUST),
    AirStandardRule: _of_air(air_standard_finding, *DUST, *GASES),
    CompoundRule: _nothing,  # looks at what the others found
}
