"""Drift: a gauge that leaves, by and by, the level that its neighbours and the tide tell of. Suspect at most.

A reading that is off by a centimetre more than the last one moves less than water does; only other gauges show it. The
level of each hour is regressed on the hourly levels of other river gauges and the outflows of reservoirs, now and up to
half a day ago (water takes its time), and on the tide; ridge regression (Hoerl and Kennard 1970, Technometrics 12, 1),
learnt from weeks of stored past that end days before what is judged, so that a drift is not learnt with the rest. A gauge
is doubted where the median of what the regression leaves, over half a day, is larger than `drift_least` and larger than
anything that such a median reached in parts of the past that were left out in turn when it was learnt; and where the hour
itself still leaves half as much.

One bad neighbour does not put others in doubt: without any one of them the answer must be the same. Where one tells more than
all others together (the outflow of the dam above), the answer without it is too vague for that; it is then enough that the
others, without the judged gauge, find that one where it should be, and that the gauge is further off than in those hours of
the past that were most like the one that is judged (`quality.expectation`). Neighbours that are where they never were in that
past are not asked while they are few, for they may be at fault themselves: a gauge in centimetres must not hide the drift of
another. When they are many, or two gauges are higher than they ever were, nothing is said of these hours: a flood without
example is not a drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from domain.stations import Station
from quality.distance import distance_km
from quality.expectation import FULL, Expectation, Span
from quality.hours import Hourly, Truths, past_of
from quality.later import Name
from quality.stretch import Floats

_LAGS_H = (0, 3, 6, 12)
#: Other stations that are asked.
_MOST = 12
_BRIDGED_H = 6
#: Others that are so in fewer hours than this are not asked, if it is one of them or at most that share.
_MOSTLY, _FEW = 0.9, 0.25
#: Periods of M2, S2, K1 and O1, hours.
_TIDES_H = (12.4206, 12.0, 23.9345, 25.8193)
#: A neighbour that is so far off at most is where it should be, however well it is known (m; of an outflow its power).
_WHERE_IT_SHOULD_BE = 0.1
#: Stage grows with about this power of discharge (ISO 18320:2020: a rating's exponent is 1.5 to 2).
_RATING = 0.6


def drifting(
    name: Name, stations: Mapping[str, Station], hourly: Mapping[Name, Hourly], first_h: int, judged_h: int
) -> Truths | None:
    """Which of the last `judged_h` hours of one river gauge are doubted; None where the test is switched off."""
    station, own = stations[name[0]], hourly[name]
    series = station.series_of(name[1])
    limits = None if series is None or name[1] != "water_level" else series.limits
    if limits is None or limits.drift_window is None or limits.drift_least is None:
        return None
    asked = _asked(station, stations, hourly)
    window_h = round(limits.drift_window / timedelta(hours=1))
    study = _Study(own, asked, _tide(first_h, len(own.seen)), (window_h, judged_h))
    return study.doubted(limits.drift_least)


def _asked(station: Station, stations: Mapping[str, Station], hourly: Mapping[Name, Hourly]) -> dict[str, Floats]:
    """What other stations on the clock say: those that are linked by water first, then the nearest."""
    linked = {upstream.station for upstream in station.upstream}
    linked |= {o.id for o in stations.values() if any(u.station == station.id for u in o.upstream)}
    others = [stations[name] for name, _ in hourly if name != station.id and stations[name].clock == station.clock]
    ranked = sorted(others, key=lambda other: (other.id not in linked, distance_km(station, other), other.id))
    return {
        other.id: _column(quantity, hourly[other.id, quantity])
        for other in ranked[:_MOST]
        for quantity in ("water_level", "outflow")
        if (other.id, quantity) in hourly
    }


def _column(quantity: str, hours: Hourly) -> Floats:
    """The past without what is held against it, short gaps bridged; a discharge as the stage that it makes."""
    past = past_of(len(hours.seen))
    known = np.concatenate([hours.trusted[:past], hours.seen[past:]])
    bridged: Floats = np.asarray(pd.Series(known).interpolate(limit=_BRIDGED_H, limit_area="inside"), dtype=np.float64)
    return np.power(np.maximum(bridged, 0.0), _RATING) if quantity == "outflow" else bridged


def _tide(first_h: int, hours: int) -> Floats:
    """Cosine and sine of each constituent; amplitudes and phases are what is learnt."""
    angles = 2 * np.pi * (first_h + np.arange(hours))[:, None] / np.array(_TIDES_H)[None, :]
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


class _Study:
    """One gauge against the others. `spans`: of the median, and how much is judged, in hours."""

    def __init__(self, own: Hourly, asked: Mapping[str, Floats], tide: Floats, spans: tuple[int, int]) -> None:
        self._own, self._tide, (self._window_h, self._judged_h) = own, tide, spans
        self._past = past_of(len(own.seen))
        self._tail = self._judged_h + self._window_h
        lagged = {name: _lags(column) for name, column in asked.items() if self._is_known(column)}
        left_out = self._at_fault(lagged)
        self._lagged = {name: columns for name, columns in lagged.items() if name not in left_out}
        self._judgeable = np.ones(self._tail, dtype=bool)  # hours of which something may be said
        if left_out:
            self._judgeable = ~self._span(own.seen[:, None]).is_below(own.seen[-self._tail :, None])

    def _is_known(self, column: Floats) -> bool:
        return bool(
            np.mean(~np.isnan(column[: self._past])) >= FULL and np.mean(~np.isnan(column[-self._tail :])) >= FULL
        )

    def _at_fault(self, lagged: Mapping[str, Floats]) -> list[str]:
        """Those that are where they never were; nobody when they are many, or two are higher than ever: a flood."""
        spans = {name: self._span(columns) for name, columns in lagged.items()}
        strange = [name for name, span in spans.items() if span.holds(lagged[name][-self._tail :]).mean() < _MOSTLY]
        high = [name for name in strange if spans[name].is_below(lagged[name][-self._tail :]).any()]
        return strange if len(strange) <= max(1.0, _FEW * len(lagged)) and len(high) <= 1 else []

    def _span(self, columns: Floats) -> Span:
        past = columns[: self._past]
        return Span.of(past[~np.isnan(past).any(axis=1)])

    def doubted(self, least: float) -> Truths:
        """Which of the judged hours are off by more than the limit, whichever neighbour is left out."""
        names = list(self._lagged)
        doubted = self._expected(self._own, names).beyond(least)
        for left_out in names if doubted.any() else ():
            rest = [name for name in names if name != left_out]
            without = self._expected(self._own, rest)
            agreed = without.beyond(least)
            if (doubted & ~agreed).any():
                agreed = agreed | (without.beyond(least, like=True) & self._is_vouched_for(left_out, rest))
            doubted = doubted & agreed
        return doubted

    def _is_vouched_for(self, name: str, rest: Sequence[str]) -> Truths:
        """In which judged hours a neighbour is where the rest, without this gauge, expect it."""
        own = self._lagged[name][:, 0]
        return self._expected(Hourly(own, own), rest).within(_WHERE_IT_SHOULD_BE)

    def _expected(self, own: Hourly, names: Sequence[str]) -> Expectation:
        columns = [self._lagged[name] for name in names] or [np.full((len(own.seen), 1), np.nan)]
        asked = np.concatenate(columns, axis=1)
        return Expectation(own, asked, self._tide, (self._window_h, self._judged_h), self._judgeable)


def _lags(column: Floats) -> Floats:
    """The column as it is and as it was some hours ago; NaN before the first hour."""
    padded = np.concatenate([np.full(max(_LAGS_H), np.nan), column])
    return np.stack([padded[max(_LAGS_H) - lag : len(padded) - lag] for lag in _LAGS_H], axis=1)
