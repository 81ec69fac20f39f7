"""Spatial consistency: a station that says "nothing" while its neighbours say "much" (QARTOD test 11, neighbour).

Suspect at most. Rain in mountains and water behind dams may well differ; but a blocked rain gauge and a level sensor that
froze in a rising flood are the failures that cost most, and alone neither can be told from calm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from domain.stations import Station, StationKind, Upstream
from quality.distance import distance_km
from quality.flags import NOT_EVALUATED, PASS, SUSPECT
from quality.limits import NEIGHBOUR_CADENCES
from quality.stretch import Flags, Floats, Stretch

#: Fewer rain gauges around say nothing (de Vos et al. 2019, doi 10.1029/2019GL083731, ask for five in a dense net).
_FEWEST_GAUGES = 3
_MOST_GAUGES = 8
#: Share of the expected readings that must be there.
_FULL = 0.8
_Times = Floats


def rain_neighbours(stations: Mapping[str, Station]) -> dict[str, list[str]]:
    """For each rain gauge the nearest others on its clock within the reach of its limits; at most eight."""
    gauges = {s.id: s for s in stations.values() if s.series_of("rainfall") is not None}
    found = {}
    for gauge in gauges.values():
        series = gauge.series_of("rainfall")
        reach_km = None if series is None else series.limits.neighbour_km
        around = sorted(
            (distance_km(gauge, o), o.id) for o in gauges.values() if o.id != gauge.id and o.clock == gauge.clock
        )
        found[gauge.id] = [name for km, name in around if reach_km is not None and km <= reach_km][:_MOST_GAUGES]
    return found


def level_neighbours(stations: Mapping[str, Station]) -> dict[str, list[tuple[str, float]]]:
    """For each river gauge the gauges next upstream, with how many seconds earlier, and next downstream, later (below 0).

    Not those with a dam between: a night's release moves the gauges below it and none above.
    """
    found: dict[str, list[tuple[str, float]]] = {name: [] for name in stations}
    for station in stations.values():
        for upstream in station.upstream:
            other = stations.get(upstream.station)
            if other is None or _dam_between(station, upstream, stations):
                continue
            if _level(station) and _level(other) and other.clock == station.clock:
                lag_s = upstream.lag.total_seconds()
                found[station.id].append((other.id, lag_s))
                found[other.id].append((station.id, -lag_s))
    return found


def _dam_between(station: Station, upstream: Upstream, stations: Mapping[str, Station]) -> bool:
    """Whether water from a reservoir comes here sooner than from the gauge upstream."""
    dams = (each for each in station.upstream if each.station in stations)
    return any(stations[d.station].kind is StationKind.RESERVOIR and d.lag < upstream.lag for d in dams)


def _level(station: Station) -> bool:
    return station.kind is StationKind.RIVER and station.series_of("water_level") is not None


def dry_among_wet(own: Stretch, others: Sequence[Stretch]) -> Flags:
    """Whether a gauge had not a drop over a window in which the median of its neighbours had `neighbour_least` mm.

    The driest quarter of them must have had a twentieth of that too. NOT_EVALUATED with fewer than three neighbours that
    measured, or when readings of its own are missing.
    """
    limits = own.series.limits
    flags = np.full(len(own), int(NOT_EVALUATED), dtype=np.int8)
    if limits.neighbour_window is None or limits.neighbour_least is None or len(others) < _FEWEST_GAUGES:
        return flags
    window_s = limits.neighbour_window.total_seconds()
    around = np.stack([_totals(other, own.at_s, window_s) for other in others])
    here = _totals(own, own.at_s, window_s)
    known = ~np.isnan(here) & (np.sum(~np.isnan(around), axis=0) >= _FEWEST_GAUGES)
    flags[known] = PASS
    # Where not even the wettest neighbour had so much, as on all dry days, the median is not asked for.
    wettest = np.max(np.nan_to_num(around, nan=0.0), axis=0)
    places = np.flatnonzero(known & (here == 0.0) & (wettest >= limits.neighbour_least))
    if len(places) == 0:
        return flags
    wet = (np.nanmedian(around[:, places], axis=0) >= limits.neighbour_least) & (
        np.nanpercentile(around[:, places], 25, axis=0) >= limits.neighbour_least / 20
    )
    flags[places[wet]] = SUSPECT
    return flags


def _totals(stretch: Stretch, until_s: _Times, window_s: float) -> Floats:
    """Sums over (until - window, until], in the unit; NaN where a fifth of the readings or more is missing."""
    ends = np.searchsorted(stretch.at_s, until_s, side="right")
    starts = np.searchsorted(stretch.at_s, until_s - window_s, side="right")
    sums = np.concatenate([[0.0], np.cumsum(stretch.value)])
    totals: Floats = np.round(sums[ends] - sums[starts], 6)
    totals[ends - starts < _FULL * window_s / stretch.series.cadence.total_seconds()] = np.nan
    return totals


def still_among_moving(own: Stretch, others: Sequence[tuple[Stretch, float]]) -> Flags:
    """Whether a gauge stood within its flat tolerance over a window in which a neighbour moved by `neighbour_least`.

    Each neighbour comes with how many seconds earlier its water passes. NOT_EVALUATED where own readings are missing.
    """
    limits = own.series.limits
    flags = np.full(len(own), int(NOT_EVALUATED), dtype=np.int8)
    window, tolerance = limits.neighbour_window, limits.flat_tolerance
    if window is None or limits.neighbour_least is None or tolerance is None or not others:
        return flags
    window_s = window.total_seconds()
    here = _spans(own, own.at_s, window_s)
    flags[~np.isnan(here)] = PASS
    for place in np.flatnonzero(here <= tolerance):
        at = own.at_s[place : place + 1]
        if any(_spans(other, at - lag_s, window_s)[0] >= limits.neighbour_least for other, lag_s in others):
            flags[place] = SUSPECT
    return flags


def _spans(stretch: Stretch, until_s: _Times, window_s: float) -> Floats:
    """Highest minus lowest value over [until - window, until]; NaN unless readings without a gap reach over all of it."""
    cadence_s = stretch.series.cadence.total_seconds()
    ends = np.searchsorted(stretch.at_s, until_s, side="right")
    starts = np.searchsorted(stretch.at_s, until_s - window_s - cadence_s / 2, side="left")
    found = np.full(len(until_s), np.nan)
    fewest = _FULL * window_s / cadence_s
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if end - start >= max(fewest, 2) and until_s[place] - stretch.at_s[end - 1] <= NEIGHBOUR_CADENCES * cadence_s:
            inside = stretch.value[start:end]
            found[place] = inside.max() - inside.min()
    return found
