"""Reading one station's page from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pandas as pd

from dash_app.snapshot import AlertNow, Overview, RainBars, StationNow, StationView, Trace
from domain.forecasts import LevelForecast
from domain.readings import QualityFlag
from domain.stations import Station, StationKind
from storage.alerts import list_alerts
from storage.database import Connection
from storage.forecasts import latest_forecast
from storage.histories import histories
from storage.known import forecasts_first_made

BACK = timedelta(days=5)
#: Ages of the earlier forecasts drawn as faint lines: what we said 6, 12 and 24 h ago.
_EARLIER = (timedelta(hours=24), timedelta(hours=12), timedelta(hours=6))
_SHOWN = ("water_level", "discharge", "inflow", "outflow", "rainfall", "pm2_5", "pm10", "o3", "no2", "so2", "co")
_ORDER = (*_SHOWN, "wind_speed", "wind_gust", "wind_direction", "pressure", "temperature", "humidity")


def read_station(
    connection: Connection, found: StationNow, overview: Overview, *, readings: bool = True
) -> StationView:
    """All that the page of one station shows, 5 days back on its own clock; without `readings` no traces and no rain."""
    station, now = found.station, found.now
    since = now - BACK
    gauges = rain_gauges(station, overview)
    names = {station.id, *(g.id for g in gauges)} if readings else set()
    frames = histories(connection, dict.fromkeys(names, since))
    return StationView(
        now=found,
        traces=traces(frames.get(station.id, {})),
        rain=rain_bars(gauges, frames),
        forecast=tuple(latest_forecast(connection, station.id)) if station.kind is StationKind.RIVER else (),
        earlier=earlier(connection, station, now, known_at=overview.read_at),
        alerts=_alerts(connection, station, now),
        since=since,
        upstream=upstream_stations(station, overview),
    )


def upstream_stations(station: Station, overview: Overview) -> tuple[Station, ...]:
    """Gauges and reservoirs upstream of it."""
    known = {s.station.id: s.station for s in overview.stations}
    return tuple(known[each.station] for each in station.upstream if each.station in known)


def rain_gauges(station: Station, overview: Overview) -> list[Station]:
    """The station itself when it measures rain, else the gauges whose rain feeds it."""
    if station.series_of("rainfall") is not None:
        return [station]
    known = {s.station.id: s.station for s in overview.stations}
    return [known[name] for name in station.rain_gauges if name in known]


def traces(frames: Mapping[str, pd.DataFrame]) -> tuple[Trace, ...]:
    """A trace of each quantity, in the order of the charts."""
    return tuple(_trace(quantity, frames[quantity]) for quantity in _ORDER if quantity in frames)


def _trace(quantity: str, frame: pd.DataFrame) -> Trace:
    return Trace(
        quantity=quantity,
        at=tuple(t.to_pydatetime() for t in frame["observed_at"]),
        value=tuple(float(v) for v in frame["value"]),
        flag=tuple(QualityFlag(int(f)) for f in frame["flag"]),
    )


def rain_bars(gauges: Sequence[Station], frames: Mapping[str, Mapping[str, pd.DataFrame]]) -> RainBars | None:
    """Hourly rain, the mean of the gauges that measured in that hour; hours nobody measured stay empty."""
    hourly = {g.id: h for g in gauges if (h := hourly_rain(frames.get(g.id, {}).get("rainfall"))) is not None}
    if not hourly:
        return None
    mean = pd.DataFrame(hourly).mean(axis=1, skipna=True).dropna()
    return RainBars(
        gauges=tuple(g.name_vi for g in gauges if g.id in hourly),
        at=tuple(t.to_pydatetime() for t in mean.index),
        mm=tuple(float(v) for v in mean),
    )


def hourly_rain(frame: pd.DataFrame | None) -> pd.Series | None:
    """Rain of each hour in mm, indexed by the hour's start (UTC): a reading holds the rain up to its time.

    Failed readings are left out. None without a reading.
    """
    if frame is None or frame.empty:
        return None
    good = frame[frame["flag"] != QualityFlag.FAIL.value]
    starts = good["observed_at"].dt.ceil("h") - pd.Timedelta(hours=1)
    return good.groupby(starts)["value"].sum()


def earlier(
    connection: Connection, station: Station, now: datetime, *, known_at: datetime
) -> tuple[tuple[LevelForecast, ...], ...]:
    """What was said before: for each age the newest issue that is at least so old and not two hours older, as it was made first.

    `now` is the station's clock; `known_at`, the wall's, leaves out what had not been made by then.
    """
    if station.kind is not StationKind.RIVER:
        return ()
    found = []
    for age in _EARLIER:
        start, end = now - age - timedelta(hours=2), now - age
        issues = forecasts_first_made(connection, station.id, start, end, known_at=known_at)
        if issues:
            newest = max(f.issued_at for f in issues)
            found.append(tuple(f for f in issues if f.issued_at == newest))
    return tuple(found)


def _alerts(connection: Connection, station: Station, now: datetime) -> tuple[AlertNow, ...]:
    recent = [a for a in list_alerts(connection, since=now - timedelta(days=30)) if a.station == station.id]
    return tuple(AlertNow(alert=alert, station=station) for alert in recent[:10])
