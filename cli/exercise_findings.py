"""What follows from the evidence of an exercise: pure, and the same for the same evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from cli.exercise_clock import WallClock
from cli.exercise_evidence import Evidence
from domain.alerts import Alert, AlertVersion, Event, Phase, Reason
from domain.exercise import ROUND
from domain.forecasts import LevelForecast
from domain.reported import OfficialForecast

#: The end of a warning.
ENDS = frozenset({Reason.ENDED, Reason.ENDED_BY_PERSON})
#: What a chart marks beside levels that are reached.
_TURNS = ENDS | {Reason.RISING_AGAIN}
#: These say again what was said before.
_SAID_AGAIN = frozenset({Reason.REPEATED, Reason.ESCALATED})
#: Our newest issue before an official one may be so old; devices stamp up to so much after the full hour.
_LATEST_ISSUE = timedelta(hours=2)
_JITTER = timedelta(seconds=15)
#: A forecast may take so long to be made, of the wall clock: in a fast run that is hours of the exercise.
_MAKING = timedelta(minutes=1)
#: A reading so near to the hour that a forecast was for is one of that hour.
_SAME_TIME = timedelta(minutes=5)
_LOW, _HIGH = 1, 17  # the quantiles of 10 and 90 %


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """An official forecast, what came, and what ours said for the same issue and validity. Metres."""

    official: OfficialForecast
    observed_m: float
    simulated: bool  # nobody reported a reading of that hour: the stored level, which was played, stands for it
    ours_m: float | None
    low_m: float | None
    high_m: float | None
    issued_at: datetime | None  # of ours
    hindsight: bool = False  # ours was made anew later, when readings had come that nobody had at its time

    @property
    def official_error_m(self) -> float:
        """Of the middle of what was forecast."""
        return (self.official.low_m + self.official.high_m) / 2 - self.observed_m

    @property
    def our_error_m(self) -> float | None:
        """Of our median."""
        return None if self.ours_m is None else self.ours_m - self.observed_m


def read_level(version: AlertVersion) -> int:
    """The level that readings showed then; a graver one may have been forecast, and is what the version says."""
    unseen = 0 if version.phase is Phase.FORECAST else version.level
    return int(version.detail.get("observed_level", unseen))


def reached(alert: Alert) -> list[AlertVersion]:
    """The changes by which readings came to a level above the one before, for whatever reason it was noticed then."""
    found, before = [], 0
    for version in (one for one in alert.versions if one.reason not in _SAID_AGAIN):
        level = read_level(version)
        if level > before:
            found.append(version)
        before = level
    return found


def turned(found: Evidence, station: str, event: Event) -> list[AlertVersion]:
    """The changes of a station's warnings of an event that a chart marks: levels reached, second rises, the end."""
    alerts = [alert for alert in found.alerts if alert.station == station and alert.event is event]
    versions = [v for alert in alerts for v in alert.versions if v.reason in _TURNS or v in reached(alert)]
    return sorted(versions, key=lambda v: (v.at, v.number))


def compared(found: Evidence) -> list[Compared]:
    """Each official forecast that was valid within the run, beside ours."""
    if found.reported is None:
        return []
    clock = WallClock(found.moments)
    return [
        _compared(found, each, clock)
        for each in found.reported.forecasts
        if each.station in found.levels and found.run.begins <= each.issued_at and each.valid_at <= found.run.ends
    ]


def scored(pairs: Sequence[Compared]) -> list[Compared]:
    """Those of which both errors are known: a failed reading, or none near the hour, says nothing about a forecast."""
    return [p for p in pairs if p.our_error_m is not None and np.isfinite([p.our_error_m, p.official_error_m]).all()]


def _compared(found: Evidence, official: OfficialForecast, clock: WallClock) -> Compared:
    observed = _observed_then(official)
    value = found.levels[official.station].at(official.valid_at) if observed is None else observed
    issue = _issue(found.forecasts[official.station], official.issued_at)
    low, middle, high = _at(issue, official.valid_at)
    return Compared(
        official=official,
        observed_m=value,
        simulated=observed is None,
        ours_m=middle,
        low_m=low,
        high_m=high,
        issued_at=issue[0].issued_at if issue else None,
        hindsight=bool(issue) and _made_late(found, issue[0], official, clock),
    )


def _made_late(found: Evidence, ours: LevelForecast, official: OfficialForecast, clock: WallClock) -> bool:
    """Whether what stands in the database of an issue was made when the clock had gone on from the official one.

    The clock stands still for forecasts in the round after it, so what is made until the end of the next is of that time.
    One that was made once only may have been slow instead: it has a minute of the machine's.
    """
    issue = (ours.station, ours.issued_at)
    made_at, until = found.made.get(issue), clock.wall(official.issued_at + 2 * ROUND)
    if issue not in found.made_anew:
        until = max(until, clock.wall(official.issued_at) + _MAKING)
    return made_at is not None and made_at > until


def _observed_then(official: OfficialForecast) -> float | None:
    """What was read at the hour the forecast was for. Of another hour it says nothing: water moves by decimetres an hour."""
    read_at = official.observed_at
    return official.observed_m if read_at is not None and abs(read_at - official.valid_at) <= _SAME_TIME else None


def _issue(forecasts: Sequence[LevelForecast], before: datetime) -> list[LevelForecast]:
    """All leads of our newest issue at or before that time, oldest validity first; none when it is too old."""
    times = {each.issued_at for each in forecasts if before - _LATEST_ISSUE <= each.issued_at <= before + _JITTER}
    if not times:
        return []
    return sorted((f for f in forecasts if f.issued_at == max(times)), key=lambda f: f.valid_at)


def _at(issue: Sequence[LevelForecast], valid_at: datetime) -> tuple[float | None, float | None, float | None]:
    """Low, middle and high for a time between two leads; Nones beyond the last."""
    if not issue or not issue[0].valid_at - _JITTER <= valid_at <= issue[-1].valid_at + _JITTER:
        return None, None, None
    times = [f.valid_at.timestamp() for f in issue]
    low, middle, high = (
        float(np.interp(valid_at.timestamp(), times, values))
        for values in (
            [f.quantiles_m[_LOW] for f in issue],
            [f.median_m for f in issue],
            [f.quantiles_m[_HIGH] for f in issue],
        )
    )
    return low, middle, high


def versions_at(found: Evidence, station: str, *events: Event) -> list[AlertVersion]:
    """Every change of the warnings of these events at a station, in order of time."""
    versions = [v for a in found.alerts if a.station == station and a.event in events for v in a.versions]
    return sorted(versions, key=lambda v: (v.at, v.number))


def known_levels(found: Evidence, station: str, times: Sequence[datetime], clock: WallClock) -> list[int]:
    """The flood level that was warned of at each time of the exercise, as far as it had been decided by then."""
    changes: list[tuple[datetime, str, int]] = sorted(
        (clock.exercise(version.decided_at), alert.identifier, version.level)
        for alert in found.alerts
        if alert.station == station and alert.event is Event.FLOOD
        for version in alert.versions
    )
    return _stepped(changes, times, lambda levels: max(levels.values(), default=0))


def known_counts(
    found: Evidence, times: Sequence[datetime], clock: WallClock, events: frozenset[Event] | None = None
) -> list[int]:
    """How many warnings (of these events) stood at each time of the exercise."""
    changes = sorted(
        (clock.exercise(version.decided_at), alert.identifier, version.level)
        for alert in found.alerts
        if events is None or alert.event in events
        for version in alert.versions
    )
    return _stepped(changes, times, lambda levels: sum(level > 0 for level in levels.values()))


def _stepped(
    changes: Sequence[tuple[datetime, str, int]], times: Sequence[datetime], summed: Callable[[dict[str, int]], int]
) -> list[int]:
    standing: dict[str, int] = {}
    values, place = [], 0
    for at in times:
        while place < len(changes) and changes[place][0] <= at:
            standing[changes[place][1]] = changes[place][2]
            place += 1
        values.append(summed(standing))
    return values


def lowest(found: Evidence, station: str, begins: datetime, ends: datetime) -> tuple[datetime, float] | None:
    """The lowest level that was stored within a span, and when; None when nothing was."""
    graph = found.levels[station]
    within = (graph.at_s >= begins.timestamp()) & (graph.at_s <= ends.timestamp()) & np.isfinite(graph.level_m)
    if not within.any():
        return None
    place = int(np.argmin(np.where(within, graph.level_m, np.inf)))
    return datetime.fromtimestamp(float(graph.at_s[place]), UTC), float(graph.level_m[place])


def by_event(alerts: Sequence[Alert]) -> Mapping[Event, list[Alert]]:
    """Alerts by what they are about, the most frequent first."""
    found: dict[Event, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.event, []).append(alert)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))
