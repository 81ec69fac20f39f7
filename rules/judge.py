"""All rules over one station: what the scheduler calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from domain.alerts import Finding
from domain.forecasts import LevelForecast
from domain.stations import Station
from rules.air_day import air_quality_day_finding, air_standard_finding
from rules.air_quality import air_quality_finding
from rules.air_tables import AirQualityDayRule, AirQualityRule, AirStandardRule
from rules.compound import compound_finding
from rules.configuration import RuleSet
from rules.doubt import doubt_finding
from rules.forecast import forecast_finding
from rules.overdue import overdue_finding
from rules.rainfall import rainfall_finding
from rules.rate_of_rise import rate_of_rise_finding
from rules.re_rise import re_rise_finding
from rules.schedule import scheduled
from rules.sensor_stuck import sensor_stuck_finding
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
    return with_compounds(stations, found, rules, now)


def with_compounds(
    stations: Mapping[str, Station], found: Mapping[str, list[Finding]], rules: RuleSet, now: datetime
) -> dict[str, list[Finding]]:
    """`found` (by station) with what the compound rules make of it."""
    compounds = [rule for rule in rules.rules if isinstance(rule, CompoundRule)]
    if not compounds:
        return dict(found)
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for finding in (each for findings in found.values() for each in findings):
        by_rule.setdefault((finding.station, finding.rule), []).append(finding)
    told = {name: list(findings) for name, findings in found.items()}
    for name, station in stations.items():
        for rule in (each for each in compounds if name in found and _applies(station, each)):
            together = compound_finding(station, by_rule, rule, now)
            if together is not None:
                told[name].append(_on_schedule(together, rule, now))
    return told


def plain_findings(station: Station, history: History, rules: RuleSet, now: datetime) -> list[Finding]:
    """What every rule but the compound ones finds at one station."""
    everything = {name: trace(each, without=()) for name, each in history.readings.items()}
    judged = {name: trace(each) for name, each in everything.items()}
    history = History(
        since=history.since, readings=everything, forecasts=history.forecasts, last_observed=history.last_observed
    )
    return [
        _on_schedule(found, rule, now)
        for rule in rules.rules
        if _applies(station, rule)
        for found in _findings(station, history, judged, rule, now)
        if found is not None
    ]


def _applies(station: Station, rule: Rule) -> bool:
    return not rule.stations or station.id in rule.stations


def _on_schedule(finding: Finding, rule: Rule, now: datetime) -> Finding:
    return finding if rule.schedule is None else scheduled(finding, rule.schedule, now)


def _findings(
    station: Station, history: History, frames: Mapping[str, Trace], rule: Rule, now: datetime
) -> Iterator[Finding | None]:
    """`frames`: the readings that threshold rules judge; rules about doubt and stuck sensors look at all."""
    since = history.since
    match rule:
        case StageRule() | ReRiseRule() | RateOfRiseRule() | RainfallRule() | ThresholdRule():
            if rule.quantity in frames:
                yield _of_one_quantity(station, frames[rule.quantity], rule, since)
        case WindRule() if "wind_speed" in frames or "wind_gust" in frames:
            mean, gusts = frames.get("wind_speed", _NOTHING), frames.get("wind_gust", _NOTHING)
            yield wind_finding(station, mean, gusts, rule, since)
        case OverdueRule():
            yield overdue_finding(station, history.last_observed, rule, now)
        case ForecastRule() if history.forecasts and station.thresholds:
            yield forecast_finding(station, history.forecasts, rule, since, now)
        case DoubtfulReadingRule():
            for name in (each for each in _DANGEROUS if each in frames):
                yield doubt_finding(station, name, history.readings[name], rule, since)
        case SensorStuckRule():
            for name in (each for each in rule.limits if each in frames):
                yield sensor_stuck_finding(station, name, history.readings[name], rule, since)
        case _:
            yield from _air_findings(station, frames, rule, since)


_OneQuantity = StageRule | ReRiseRule | RateOfRiseRule | RainfallRule | ThresholdRule


def _of_one_quantity(station: Station, readings: Trace, rule: _OneQuantity, since: datetime) -> Finding | None:
    match rule:
        case StageRule():
            return stage_finding(station, readings, rule, since) if station.thresholds else None
        case ReRiseRule():
            return re_rise_finding(station, readings, rule, since) if station.thresholds else None
        case RateOfRiseRule():
            return rate_of_rise_finding(station, readings, rule, since)
        case RainfallRule():
            return rainfall_finding(station, readings, rule, since)
        case ThresholdRule():
            return threshold_finding(station, readings, rule, since)


def _air_findings(station: Station, frames: Mapping[str, Trace], rule: Rule, since: datetime) -> Iterator[Finding]:
    dust = any(name in frames for name in DUST)
    match rule:
        case AirQualityRule() if dust:
            yield air_quality_finding(station, frames, rule, since)
        case AirQualityDayRule() if dust:
            yield air_quality_day_finding(station, frames, rule, since)
        case AirStandardRule() if any(name in frames for name in (*DUST, *GASES)):
            yield air_standard_finding(station, frames, rule, since)
        case _:
            return
