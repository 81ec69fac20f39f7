"""All tests over what is known of many series by now: what a reading's own past could not tell when it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from domain.stations import Series, Station
from quality.attenuated import attenuated_flags, gaps
from quality.climatology import MonthClimate, climatology_flags
from quality.flags import FAIL, MISSING, SUSPECT
from quality.limits import SeriesTests, flat_span
from quality.neighbours import dry_among_wet, level_neighbours, rain_neighbours, still_among_moving
from quality.steps import step_flags
from quality.streaming import LOOK_BACK, START, Flagged, judge
from quality.stretch import Flags, Stretch, stretch_of

#: A series: station and quantity.
Name = tuple[str, str]
#: By series, the readings of some time: columns observed_at (UTC), value, flag.
Frames = Mapping[str, Mapping[str, pd.DataFrame]]
#: By series and month of the year.
Climates = Mapping[Name, dict[int, MonthClimate]]


class Found(NamedTuple):
    """What a test holds against one reading of one series."""

    name: Name
    flagged: Flagged


def warm_up_s(series: Series) -> float:
    """How many seconds before a reading its tests look at."""
    limits = series.limits
    spans = [s for s in (flat_span(limits), limits.attenuated_window, limits.neighbour_window) if s is not None]
    longest_s = max((span.total_seconds() for span in spans), default=0.0)
    return longest_s + 2 * LOOK_BACK * series.cadence.total_seconds()


def later_evidence(
    stations: Mapping[str, Station], frames: Frames, since: datetime, climates: Climates | None = None
) -> list[Found]:
    """What all tests hold against readings observed from `since` on; `frames` reach back further by the warm-up."""
    frames = {name: of_station for name, of_station in frames.items() if name in stations}
    stretches = {
        (name, quantity): stretch_of(name, series, frame)
        for name, of_station in frames.items()
        for quantity, frame in of_station.items()
        if (series := stations[name].series_of(quantity)) is not None
    }
    found = [Found(name, f) for name, s in stretches.items() for f in _alone(frames, s, (climates or {}).get(name, {}))]
    found += _rain(stations, stretches)
    found += _levels(stations, stretches)
    found = [one for one in found if one.flagged.at >= since]
    return found + [
        Found(name, gap) for name, s in stretches.items() for gap in _gaps(s.series, frames[name[0]][name[1]], since)
    ]


def _alone(frames: Frames, stretch: Stretch, climates: dict[int, MonthClimate]) -> Iterator[Flagged]:
    yield from in_order(stretch.series, frames[stretch.station][stretch.series.quantity])
    yield from _flagged(stretch, "step", step_flags(stretch))
    yield from _flagged(stretch, "attenuated", attenuated_flags(stretch))
    yield from _flagged(stretch, "climatology", climatology_flags(stretch, climates))


def in_order(series: Series, frame: pd.DataFrame) -> list[Flagged]:
    """The tests of `quality.streaming` over all readings of a frame.

    The rates of the first few are left out: what came before the frame is not known.
    """
    ordered = frame.sort_values("observed_at")
    at_s = ordered["observed_at"].to_numpy(dtype="M8[us]").astype("int64") / 1e6
    times = ordered["observed_at"].dt.to_pydatetime().tolist() if len(ordered) else []
    tests, trace, found = SeriesTests(series), START, list[Flagged]()
    for place, (second, at, value) in enumerate(zip(at_s.tolist(), times, ordered["value"].tolist(), strict=True)):
        flagged, trace = judge(tests, trace, second, at, value)
        found += [f for f in flagged if place >= LOOK_BACK - 1 or f.test != "rate_of_change"]
    return found


def _gaps(series: Series, frame: pd.DataFrame, since: datetime) -> Iterator[Flagged]:
    """Gaps that ended at `since` or later, however long ago they began."""
    cadence_s = series.cadence.total_seconds()
    at_s = np.sort(frame["observed_at"].to_numpy(dtype="M8[us]").astype(np.int64) / 1e6)
    for due_s, missing in gaps(at_s, cadence_s):
        if due_s + missing * cadence_s >= since.timestamp():
            yield Flagged(datetime.fromtimestamp(due_s, UTC), float("nan"), "gap", MISSING)


def _rain(stations: Mapping[str, Station], stretches: Mapping[Name, Stretch]) -> Iterator[Found]:
    for name, around in rain_neighbours(stations).items():
        own = stretches.get((name, "rainfall"))
        if own is not None:
            others = [stretches[other, "rainfall"] for other in around if (other, "rainfall") in stretches]
            for flagged in _flagged(own, "neighbour", dry_among_wet(own, others)):
                yield Found((name, "rainfall"), flagged)


def _levels(stations: Mapping[str, Station], stretches: Mapping[Name, Stretch]) -> Iterator[Found]:
    for name, around in level_neighbours(stations).items():
        own = stretches.get((name, "water_level"))
        if own is not None:
            others = [(stretches[o, "water_level"], lag) for o, lag in around if (o, "water_level") in stretches]
            for flagged in _flagged(own, "neighbour", still_among_moving(own, others)):
                yield Found((name, "water_level"), flagged)


def _flagged(stretch: Stretch, test: str, flags: Flags) -> Iterator[Flagged]:
    for flag in (SUSPECT, FAIL):
        for place in (flags == int(flag)).nonzero()[0].tolist():
            yield Flagged(stretch.at(place), float(stretch.value[place]), test, flag)


def wanted(stations: Sequence[Station]) -> float:
    """The longest warm-up of these stations, in seconds."""
    return max((warm_up_s(series) for station in stations for series in station.series), default=0.0)
