"""A station's page as it could be known at a past moment: by when readings, flags and revisions came and forecasts were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandas as pd

from dash_app.reading_depth import levels, long_rain, long_trace
from dash_app.reading_station import earlier, rain_bars, rain_gauges, traces, upstream_stations
from dash_app.snapshot import Overview, StationNow, StationView
from dash_app.station_depth import RANGES_D, StationDepth, UpstreamTrace
from domain.past_floods import PastFlood
from domain.readings import QualityFlag
from domain.stations import StationKind, Upstream
from storage.database import Connection
from storage.histories import Histories, frames
from storage.known import columns_known, forecasts_known
from storage.station_history import evidence_of, revisions_of


def read_station_then(
    connection: Connection,
    now: StationNow,
    overview: Overview,
    floods: Sequence[PastFlood],
    days: int = RANGES_D[0],
) -> StationView:
    """One station over so many days. `overview`: as known at its `read_at`; `now`: the station as it stands there.

    Travel times of gauges upstream are the configured ones: those that readings show are worked out of what came later too.
    """
    station, since = now.station, now.now - timedelta(days=days)
    usual, river = days == RANGES_D[0], station.kind is StationKind.RIVER
    gauges, upstream = rain_gauges(station, overview), _rivers(now, overview) if usual else []
    names = {station.id, *(gauge.id for gauge in gauges), *(gauge.station for gauge in upstream)}
    found = columns_known(connection, dict.fromkeys(names, (since, now.now)), overview.read_at)
    shown = frames(found)
    depth = _depth(connection, now, overview, days=days, upstream=upstream, found=shown, floods=floods)
    own, at = found.get(station.id, {}), overview.read_at
    long = (
        long_trace(series, own[series.quantity], since, now.now) for series in levels(station) if series.quantity in own
    )
    return StationView(
        now=now,
        traces=traces(shown.get(station.id, {})) if usual else tuple(long),
        rain=rain_bars(gauges, shown) if usual else long_rain(gauges, shown, days, since),
        forecast=tuple(forecasts_known(connection, at).get(station.id, ())) if river else (),
        earlier=earlier(connection, station, now.now, known_at=at) if usual else (),
        alerts=tuple(each for each in overview.alerts if each.station.id == station.id),
        since=since,
        depth=depth,
        upstream=upstream_stations(station, overview),
    )


def _rivers(now: StationNow, overview: Overview) -> list[Upstream]:
    known = {s.station.id for s in overview.of_kind(StationKind.RIVER)}
    return [each for each in now.station.upstream if each.station in known]


def _depth(
    connection: Connection,
    now: StationNow,
    overview: Overview,
    *,
    days: int,
    upstream: Sequence[Upstream],
    found: Histories,
    floods: Sequence[PastFlood],
) -> StationDepth:
    name, at, since = now.station.id, overview.read_at, now.now - timedelta(days=days)
    drawn = (_trace(each, overview, found.get(each.station, {}).get("water_level")) for each in upstream)
    return StationDepth(
        days=days,
        upstream=tuple(sorted((each for each in drawn if each is not None), key=lambda each: each.lag)),
        floods=tuple(floods),
        revisions=tuple(r for r in revisions_of(connection, name, since, now.now) if r.replaced_at <= at),
        evidence=tuple(e for e in evidence_of(connection, name, since, now.now) if e.judged_at <= at),
        flags=_flags(found.get(name, {})) if days == RANGES_D[0] else None,
    )


def _trace(gauge: Upstream, overview: Overview, frame: pd.DataFrame | None) -> UpstreamTrace | None:
    place = overview.station(gauge.station)
    if place is None or frame is None:
        return None
    good = frame[frame["flag"] != QualityFlag.FAIL.value]
    return UpstreamTrace(
        station=place.station,
        lag=gauge.lag,
        correlation=None,
        at=tuple(at.to_pydatetime() for at in good["observed_at"]),
        value=tuple(float(value) for value in good["value"]),
    )


def _flags(found: Mapping[str, pd.DataFrame]) -> dict[str, dict[QualityFlag, int]]:
    counts = {quantity: Counter(frame["flag"].tolist()) for quantity, frame in found.items()}
    return {quantity: {QualityFlag(flag): n for flag, n in sorted(of.items())} for quantity, of in counts.items()}
