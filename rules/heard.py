"""When a rule had something to look at: what a sensor showed before it fell silent is not known to stand for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from domain.stations import Station
from rules.configuration import looks_at
from rules.overdue import allowed_silence
from rules.spans import Span, joined
from rules.tables import OverdueRule, Rule
from rules.trace import Trace, trace


def heard(
    station: Station, readings: Mapping[str, pd.DataFrame | Trace], rule: Rule, overdue: OverdueRule | None
) -> list[Span] | None:
    """Where one of the sensors that `rule` looks at reported, each gap begun by the silence that `overdue` allows it.

    None: always, for a rule that asks no readings, and where no rule says how long a sensor may be silent. Readings that failed a
    test count too: the sensor lives.
    """
    asked = [series for series in station.series if looks_at(rule, series.quantity) and series.quantity in readings]
    if overdue is None or not asked:
        return None
    return joined(
        span
        for series in asked
        for span in _heard(trace(readings[series.quantity], without=()), allowed_silence(station, series, overdue))
    )


def silences(
    station: Station, readings: Mapping[str, pd.DataFrame | Trace], rule: OverdueRule, now: datetime
) -> list[Span]:
    """Where a series of the station was silent for longer than `rule` allows, in a history that nobody watched as it came.

    A gap that was filled later is none here. The last one is open when it lasts until `now`.
    """
    spans: list[Span] = []
    for series in (each for each in station.series if each.quantity in readings):
        allowed = allowed_silence(station, series, rule)
        alive = list(_heard(trace(readings[series.quantity], without=()), allowed))
        spans += [(end, begin) for (_, end), (begin, _) in pairwise(alive)]
        spans += [(end, None) for _, end in alive[-1:] if end < now]
    return joined(spans)


def _heard(seen: Trace, allowed: timedelta) -> Iterator[tuple[datetime, datetime]]:
    if not len(seen):
        return
    lasts = [*np.flatnonzero(np.diff(seen.ticks) > allowed // timedelta(microseconds=1)).tolist(), len(seen) - 1]
    for first, last in zip([0, *(index + 1 for index in lasts)], lasts, strict=False):
        yield seen.at(first), seen.at(last) + allowed
