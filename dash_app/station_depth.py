"""What a station's page shows beyond its newest readings: upstream gauges, past floods, revisions, doubts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.past_floods import PastFlood
from domain.readings import QualityFlag
from domain.stations import Station
from storage.station_history import Doubted, Revised

#: Days back that a page can show; the first is the usual one.
RANGES_D = (5, 30, 365)


@dataclass(frozen=True, kw_only=True, slots=True)
class UpstreamTrace:
    """A gauge upstream, its readings still at their own times; they belong here `lag` later.

    `correlation`: that of the lag where it was estimated from stored readings; None where the configuration gives it.
    """

    station: Station
    lag: timedelta
    correlation: float | None
    at: tuple[datetime, ...]
    value: tuple[float, ...]  # m above the gauge's own datum


@dataclass(frozen=True, kw_only=True, slots=True)
class StationDepth:
    """`days`: how far back the page looks."""

    days: int
    upstream: tuple[UpstreamTrace, ...] = ()
    floods: tuple[PastFlood, ...] = ()  # oldest first
    revisions: tuple[Revised, ...] = ()  # newest first
    evidence: tuple[Doubted, ...] = ()  # newest first
    flags: Mapping[str, Mapping[QualityFlag, int]] | None = None  # readings by quantity and flag; None: not counted
