"""All rules over one station: what the scheduler calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from domain.alerts import Finding
from domain.forecasts import LevelForecast
from domain.stations import Station
from rules.air_quality import air_quality_finding
from rules.configuration import RuleSet
from rules.doubt import doubt_finding
from rules.forecast import forecast_finding
from rules.overdue import overdue_finding
from rules.rainfall import rainfall_finding
from rules.rate_of_rise import rate_of_rise_finding
from rules.stage import stage_finding
from rules.tables import (
    AirQualityRule,
    DoubtfulReadingRule,
    ForecastRule,
    OverdueRule,
    RainfallRule,
    RateOfRiseRule,
    Rule,
    StageRule,
    WindRule,
)
from rules.vn_aqi import DUST
from rules.wind import wind_finding

#: Quantities in which a doubtful reading could hide a danger.
_DANGEROUS = ("water_level", "rainfall")


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What is known of one station. Frames have columns observed_at (UTC), value, flag, received_at, in any order of rows.

    `readings` should begin `RuleSet.warm_up` before `since`, so that totals and averages at `since` are whole. `since`
    should be an instant at which no alert of the station was running (`alerts.life_cycle.judged_since`).
    """

    since: datetime
    readings: Mapping[str, pd.DataFrame]  # by quantity
    forecasts: Sequence[LevelForecast] = ()  # of every issue time from `since` on
    last_observed: Mapping[str, datetime] = field(default_factory=dict)  # by quantity, however long ago


def judge(station: Station, history: History, rules: RuleSet, now: datetime) -> list[Finding]:
    """What every rule finds at `station`. A rule whose quantity is not measured here finds nothing and is left out.

    `now` on the station's clock; only silence and the age of forecasts depend on it.
    """
    return [found for rule in rules.rules for found in _findings(station, history, rule, now) if found is not None]


def _findings(station: Station, history: History, rule: Rule, now: datetime) -> Iterator[Finding | None]:
    frames, since = history.readings, history.since
    nothing = pd.DataFrame()
    match rule:
        case StageRule() if rule.quantity in frames and station.thresholds:
            yield stage_finding(station, frames[rule.quantity], rule, since)
        case RateOfRiseRule() if rule.quantity in frames:
            yield rate_of_rise_finding(station, frames[rule.quantity], rule, since)
        case RainfallRule() if rule.quantity in frames:
            yield rainfall_finding(station, frames[rule.quantity], rule, since)
        case AirQualityRule() if any(name in frames for name in DUST):
            yield air_quality_finding(station, frames, rule, since)
        case WindRule() if "wind_speed" in frames or "wind_gust" in frames:
            mean, gusts = frames.get("wind_speed", nothing), frames.get("wind_gust", nothing)
            yield wind_finding(station, mean, gusts, rule, since)
        case OverdueRule():
            yield overdue_finding(station, history.last_observed, rule, now)
        case ForecastRule() if history.forecasts and station.thresholds:
            yield forecast_finding(station, history.forecasts, rule, since, now)
        case DoubtfulReadingRule():
            for name in (each for each in _DANGEROUS if each in frames):
                yield doubt_finding(station, name, frames[name], rule, since)
