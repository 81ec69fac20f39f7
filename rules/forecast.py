"""The chance that an alarm level will be reached: forecasts of several issue times, judged in the order of issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from domain.alerts import Finding, Phase, Step
from domain.forecasts import LevelForecast
from domain.stations import Station
from rules.dated_thresholds import level_at, lowest_ever
from rules.latch import Condition, Patience, level_steps
from rules.rule_table import LEVEL_NUMBERS
from rules.tables import ForecastRule
from rules.trace import Trace, instant, tick

#: Chances are rounded to this before they are compared.
_ROUNDED = 1e-6
#: Of a gauge that reports: a forecast has said nothing of later times, whether another was tried or the job stands still.
_LONGEST_HELD = timedelta(hours=24)
_Chances = list[tuple[float, float]]  # lead in h, probability; by lead


@dataclass(frozen=True, kw_only=True)
class _Issue:
    """Everything one issue says at a station of what a rule asks."""

    at: datetime
    leads: tuple[LevelForecast, ...]
    station: Station
    rule: ForecastRule

    known: dict[int, _Chances] = field(default_factory=dict)

    def chances(self, number: int) -> _Chances:
        """Of one level, by lead; worked out when it is asked for."""
        if number not in self.known:
            self.known[number] = _chances(self.station, self.leads, number)
        return self.known[number]

    @cached_property
    def holds_nothing(self) -> bool:
        """Whether it surely neither begins nor holds any level: most issues of most gauges, told by one look at each lead."""
        return _stays_below(self.station, self.leads, self.rule, min(h.clear_below for h in self.rule.horizons))


@dataclass(frozen=True, kw_only=True)
class _Lapses:
    """When forecasts lapse by which no newer ones came, though the gauge was heard.

    `asked_until`: the newest reading for which a forecast was made or tried; what would lapse later does not yet. None: no matter.
    """

    heard: Trace | None
    patience: timedelta
    asked_until: datetime | None

    def after(self, issued_at: datetime) -> datetime | None:
        """When the forecast of this time lapses without a newer one; None while the gauge has not been heard since then.

        A gauge that comes back from a longer silence is given as long again: its first forecasts are made after its readings.
        """
        at = issued_at + self.patience
        ticks = np.empty(0, dtype=np.int64) if self.heard is None else self.heard.ticks
        index = int(np.searchsorted(ticks, tick(at), side="right"))
        if index == len(ticks):
            return None
        back = instant(ticks[index])
        before = max(issued_at, instant(ticks[index - 1])) if index else issued_at
        if back - before > self.patience:
            at = back + self.patience
        heard_until = instant(ticks[-1])
        asked = self.asked_until is None or at < self.asked_until or heard_until - issued_at > _LONGEST_HELD
        return at if asked and heard_until > at else None

    def between(self, issued_at: datetime, next_at: datetime) -> bool:
        """Whether it lapsed before the next one came."""
        if next_at - issued_at <= self.patience:
            return False
        lapses_at = self.after(issued_at)
        return lapses_at is not None and lapses_at < next_at


def forecast_finding(
    station: Station,
    forecasts: Sequence[LevelForecast],
    rule: ForecastRule,
    since: datetime,
    now: datetime,
    *,
    heard: Trace | None = None,
    asked_until: datetime | None = None,
) -> Finding:
    """Levels 1-4 from the issue on that gives them `raise_at`, until issues fall below `clear_below`, or none comes.

    The steps are dated at the issue times. A level is reached when, within one of the horizons, the chance at some lead is at
    least that horizon's `raise_at`; it is held while it is at least `clear_below`. When no newer issue came for
    `expires_after_min` from a gauge that reports, the finding lapses to level 0 then: `heard` are its readings of the level.
    A gauge that is silent gets no forecasts, and its silence ends nothing. Readings that come all at once are judged before they are
    forecast from: by those after `asked_until`, for which no forecast was tried yet, nothing lapses for a day (None: tried for all). `value`
    is the peak of the medians in m; the detail holds lead_h, probability, peak_m and peak_at. `now` on the station's clock.
    """
    issues = _issues(station, forecasts, rule, since)
    if issues and asked_until is not None:
        asked_until = max(asked_until, issues[-1].at)
    ends = _Lapses(heard=heard, patience=timedelta(minutes=rule.expires_after_min), asked_until=asked_until)
    steps: list[Step] = []
    for run in _unbroken_runs(issues, ends):
        steps += _steps(station, run, rule)
        lapses_at = ends.after(run[-1].at)
        if lapses_at is not None and now > lapses_at:
            steps.append(Step(at=lapses_at, level=0, detail={"lapsed": 1}))
    return Finding(
        station=station.id, event=rule.event, phase=Phase.FORECAST, rule=rule.name, since=since, steps=tuple(steps)
    )


def surely_unlikely(station: Station, forecasts: Sequence[LevelForecast], rule: ForecastRule) -> bool:
    """Whether none of `forecasts` gives any level of the gauge the chance that it takes within any horizon.

    The lowest level that the gauge ever had is the likeliest to be reached: a chance never grows with the level.
    """
    return _stays_below(station, forecasts, rule, min(h.raise_at for h in rule.horizons))


def _stays_below(station: Station, forecasts: Sequence[LevelForecast], rule: ForecastRule, chance: float) -> bool:
    lowest_m = lowest_ever(station, rule.levels)
    return all(each.probability_at_or_above(lowest_m) < chance - _ROUNDED for each in forecasts)


def _issues(station: Station, forecasts: Sequence[LevelForecast], rule: ForecastRule, since: datetime) -> list[_Issue]:
    """Forecasts by issue time; the newest version of a lead counts."""
    by_issue: dict[datetime, dict[datetime, LevelForecast]] = defaultdict(dict)
    for each in sorted(forecasts, key=lambda f: (f.model, f.version, f.quantiles_m)):
        if each.issued_at >= since and each.valid_at > each.issued_at:
            by_issue[each.issued_at][each.valid_at] = each
    issues = []
    for issued_at in sorted(by_issue):
        leads = tuple(by_issue[issued_at][valid_at] for valid_at in sorted(by_issue[issued_at]))
        issues.append(_Issue(at=issued_at, leads=leads, station=station, rule=rule))
    return issues


def _chances(station: Station, leads: Sequence[LevelForecast], number: int) -> _Chances:
    chances = []
    for each in leads:
        level = level_at(station, each.valid_at, number)
        if level is not None:
            chances.append((each.lead_time / timedelta(hours=1), round(each.probability_at_or_above(level), 6)))
    return chances


def _unbroken_runs(issues: Sequence[_Issue], ends: _Lapses) -> list[list[_Issue]]:
    runs: list[list[_Issue]] = []
    for issue in issues:
        if runs and not ends.between(runs[-1][-1].at, issue.at):
            runs[-1].append(issue)
        else:
            runs.append([issue])
    return runs


def _steps(station: Station, run: Sequence[_Issue], rule: ForecastRule) -> list[Step]:
    ticks = np.array([tick(issue.at) for issue in run], dtype=np.int64)
    conditions = {
        number: Condition(
            reached=np.array([_raised_by(issue, number, rule) is not None for issue in run]),
            held=np.array([_holds(issue, number, rule) for issue in run]),
        )
        for number in (LEVEL_NUMBERS[name] for name in rule.levels)
    }
    patience = Patience(
        raise_count=rule.raise_issues,
        clear_count=rule.clear_issues,
        clear_after=timedelta(minutes=rule.clear_after_min),
    )
    return [_step(station, run[index], number, rule) for index, number in level_steps(ticks, conditions, patience)]


def _raised_by(issue: _Issue, number: int, rule: ForecastRule) -> tuple[float, float] | None:
    """The shortest lead at which the chance is enough for its horizon, with that chance."""
    if issue.holds_nothing:
        return None
    for lead_h, chance in issue.chances(number):
        if any(lead_h <= h.within_h and chance >= h.raise_at for h in rule.horizons):
            return lead_h, chance
    return None


def _holds(issue: _Issue, number: int, rule: ForecastRule) -> bool:
    return not issue.holds_nothing and any(
        lead_h <= h.within_h and chance >= h.clear_below
        for lead_h, chance in issue.chances(number)
        for h in rule.horizons
    )


def _step(station: Station, issue: _Issue, number: int, rule: ForecastRule) -> Step:
    numbers = (LEVEL_NUMBERS[name] for name in issue.rule.levels)
    told = number or next((each for each in numbers if issue.chances(each)), 0)
    peak = max(issue.leads, key=lambda each: each.median_m)
    detail: dict[str, str | float | int] = {"peak_m": peak.median_m, "peak_at": peak.valid_at.isoformat()}
    likeliest = max(issue.chances(told) if told else (), key=lambda each: (each[1], -each[0]), default=None)
    chosen = (_raised_by(issue, told, rule) if told else None) or likeliest
    if chosen is not None:
        detail |= {"lead_h": round(chosen[0], 2), "probability": chosen[1]}
    threshold = level_at(station, issue.at, told) if told else None
    return Step(at=issue.at, level=number, value=peak.median_m, threshold=threshold, detail=detail)
