"""Reading the depth of one station's page: what lies upstream, what was revised and doubted, and long spans thinned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pandas as pd

from dash_app.snapshot import Overview, RainBars, StationNow, Trace
from dash_app.station_depth import RANGES_D, StationDepth, UpstreamTrace
from domain.past_floods import PastFlood
from domain.quantities import QUANTITIES, Aggregation
from domain.readings import QualityFlag
from domain.stations import Series, Station, StationKind
from forecasting.travel_time import TravelTime, travel_time
from storage.database import Connection
from storage.histories import Columns, Histories, stepped
from storage.station_history import bucket_sums, evidence_of, revisions_of, station_flags
from storage.thinned_series import Thinned, thinned, thinned_series

#: A chart is some 1,000 pixels wide: 750 buckets of two readings fill it.
_BUCKETS = 750
#: A line is broken where readings are missing for longer than this many intervals.
_GAP = 4
_TRAVEL_BACK = timedelta(days=30)
_UPSTREAM_STEP = timedelta(minutes=30)
_RAIN_WIDTHS = {30: timedelta(hours=1), 365: timedelta(days=1)}
#: The Vietnamese rain day begins at 19:00, 12:00 UTC.
_RAIN_DAY = timedelta(hours=12)

Travel = Mapping[str, TravelTime]


def read_travel_times(connection: Connection, now: StationNow) -> dict[str, TravelTime]:
    """Travel times from gauges upstream that the readings of the last 30 days show, by gauge."""
    names = [u.station for u in now.station.upstream]
    if not names:
        return {}
    end = now.now.replace(minute=0, second=0, microsecond=0)
    frames = stepped(
        connection,
        [now.station.id, *names],
        ["water_level"],
        start=end - _TRAVEL_BACK,
        end=end,
        step=timedelta(hours=1),
    )
    hourly = {name: _hourly(each["water_level"]) for name, each in frames.items()}
    own = hourly.get(now.station.id)
    if own is None:
        return {}
    found = {name: travel_time(hourly[name], own) for name in names if name in hourly}
    return {name: each for name, each in found.items() if each is not None}


def _hourly(frame: pd.DataFrame) -> pd.Series[float]:
    """One value an hour: a step's last reading stands at the hour it ends."""
    values = frame.set_index(frame["observed_at"].dt.ceil("h"))["value"]
    return values[~values.index.duplicated(keep="last")]


def read_depth(
    connection: Connection,
    now: StationNow,
    overview: Overview,
    *,
    days: int,
    travel: Travel,
    floods: Sequence[PastFlood],
) -> StationDepth:
    """All of it; gauges upstream only for the usual span, where their waves can be told apart."""
    since = now.now - timedelta(days=days)
    name = now.station.id
    return StationDepth(
        days=days,
        upstream=_upstream(connection, now, overview, since, travel) if days == RANGES_D[0] else (),
        floods=tuple(floods),
        revisions=revisions_of(connection, name, since, now.now),
        evidence=evidence_of(connection, name, since, now.now),
        flags=station_flags(connection, name, since, now.now) if days == RANGES_D[0] else None,
    )


def _upstream(
    connection: Connection, now: StationNow, overview: Overview, since: datetime, travel: Travel
) -> tuple[UpstreamTrace, ...]:
    """Gauges upstream, the nearest in time first. A reservoir's level is no wave: it is left out."""
    known = {s.station.id: s.station for s in overview.stations}
    gauges = [u for u in now.station.upstream if u.station in known and known[u.station].kind is StationKind.RIVER]
    names = [u.station for u in gauges]
    if not names:
        return ()
    frames = stepped(connection, names, ["water_level"], start=since, end=now.now, step=_UPSTREAM_STEP)
    found = []
    for gauge in gauges:
        frame = frames.get(gauge.station, {}).get("water_level")
        if frame is None or frame.empty:
            continue
        estimated = travel.get(gauge.station)
        found.append(
            UpstreamTrace(
                station=known[gauge.station],
                lag=gauge.lag if estimated is None else estimated.lag,
                correlation=None if estimated is None else estimated.correlation,
                at=tuple(t.to_pydatetime() for t in frame["observed_at"]),
                value=tuple(float(v) for v in frame["value"]),
            )
        )
    return tuple(sorted(found, key=lambda u: u.lag))


def levels(station: Station) -> list[Series]:
    """The series of a station that are drawn as lines: all but rain."""
    return [s for s in station.series if QUANTITIES[s.quantity].aggregation is not Aggregation.SUM]


def read_long_traces(connection: Connection, station: Station, start: datetime, end: datetime) -> tuple[Trace, ...]:
    """Every quantity of a station but rain over a long span, thinned with its peaks and its doubts kept."""
    traces = (_read_long_trace(connection, station, series, start, end) for series in levels(station))
    return tuple(trace for trace in traces if trace.at)


def _read_long_trace(connection: Connection, station: Station, series: Series, start: datetime, end: datetime) -> Trace:
    width, gap = (end - start) / _BUCKETS, _GAP * series.cadence
    found = thinned_series(connection, station.id, series.quantity, start=start, end=end, width=width, gap=gap)
    return _thin_trace(series.quantity, found)


def long_trace(series: Series, readings: Columns, start: datetime, end: datetime) -> Trace:
    """The same of one series that has been read."""
    width, gap = (end - start) / _BUCKETS, _GAP * series.cadence
    found = thinned(readings.observed, readings.values, readings.flags, start=start, width=width, gap=gap)
    return _thin_trace(series.quantity, found)


def _thin_trace(quantity: str, thin: Thinned) -> Trace:
    good = {at: (value, QualityFlag.PASS) for at, value in zip(thin.at, thin.value, strict=True)}
    shown = sorted((at, *point) for at, point in (good | thin.doubts).items())
    return Trace(
        quantity=quantity,
        at=tuple(at for at, _, _ in shown),
        value=tuple(value for _, value, _ in shown),
        flag=tuple(flag for _, _, flag in shown),
        breaks=thin.breaks,
    )


def read_long_rain(
    connection: Connection, gauges: Sequence[Station], days: int, start: datetime, end: datetime
) -> RainBars | None:
    """Rain an hour or a rain day, the mean of the gauges that measured in it."""
    width = _RAIN_WIDTHS[days]
    names = [g.id for g in gauges]
    sums = bucket_sums(connection, names, "rainfall", start=_rain_origin(start), end=end, width=width)
    return _long_bars(gauges, sums, width)


def long_rain(gauges: Sequence[Station], frames: Histories, days: int, start: datetime) -> RainBars | None:
    """The same of readings that have been read."""
    width, origin = _RAIN_WIDTHS[days], _rain_origin(start)
    found = {g.id: frame for g in gauges if (frame := frames.get(g.id, {}).get("rainfall")) is not None}
    sums = {name: bucketed_rain(frame, origin, width) for name, frame in found.items()}
    return _long_bars(gauges, {name: each for name, each in sums.items() if each}, width)


def bucketed_rain(frame: pd.DataFrame, origin: datetime, width: timedelta) -> dict[datetime, float]:
    """Rain of each bucket in mm by its start (UTC); a reading holds the rain up to its time. Failed ones are left out."""
    good = frame[(frame["flag"] != QualityFlag.FAIL.value) & (frame["observed_at"] > origin)]
    steps = (good["observed_at"] - pd.Timedelta(microseconds=1) - origin) // width
    totals = good.groupby(steps)["value"].sum()
    return {origin + step * width: total for step, total in zip(totals.index.tolist(), totals.tolist(), strict=True)}


def _rain_origin(start: datetime) -> datetime:
    return start.replace(hour=0, minute=0, second=0, microsecond=0) + _RAIN_DAY


def _long_bars(
    gauges: Sequence[Station], sums: Mapping[str, Mapping[datetime, float]], width: timedelta
) -> RainBars | None:
    if not sums:
        return None
    mean = pd.DataFrame(sums).mean(axis=1, skipna=True).dropna().sort_index()
    return RainBars(
        gauges=tuple(g.name_vi for g in gauges if g.id in sums),
        at=tuple(t.to_pydatetime() for t in mean.index),
        mm=tuple(float(v) for v in mean),
        hours=round(width / timedelta(hours=1)),
    )
