"""From the request of a station's page to its figure as JSON: `EWS_TEST_TIMESCALE_URL=… python benchmarks/bench_station_page.py`.

30 days of one-minute levels (43,200 readings) and a year of five-minute levels (105,120), each with six rain gauges of ten minutes
over the same span, stored in TimescaleDB. Read as the page reads them: thinned in the database to the extremes of 750
buckets, with forecast, revisions, doubts and alerts, then drawn and encoded. Each view is read anew: nothing is kept. Beside it
the floor: the same rows by a plain select into a figure of all points.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from servers import Server

from dash_app.feed import Feed
from dash_app.reading_overview import read_overview
from dash_app.station_page import figure
from dash_app.station_source import StationSource
from domain.past_floods import load_past_floods
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Series, StageThresholds, Station, StationKind
from rules.configuration import load_rules
from storage.database import Connection, Database
from storage.history import readings_between
from storage.readings import store_readings
from storage.stations import series_ids, sync_network

_NOW = datetime(2025, 10, 27, tzinfo=UTC)
_RAIN = tuple(f"rain_{n}" for n in range(6))
_RUNS = 15
_CASES = ((30, timedelta(minutes=1), 300), (365, timedelta(minutes=5), 500))
#: Rows straight into the table: a level with two floods and a failed spike, and showers.
_FILL_LEVEL = """
    insert into reading (series_id, observed_at, received_at, value, flag)
    select s.id, t, t, 1 + 0.2 * sin(n / 37.0) + 3 * exp(-power((n - %(half)s) / (%(half)s / 20.0), 2)), 1
    from series s, generate_series(1, %(count)s) n, lateral (select %(end)s::timestamptz - (%(count)s - n) * %(step)s::interval as t) at
    where s.station = %(station)s
"""
_FILL_RAIN = """
    insert into reading (series_id, observed_at, received_at, value, flag)
    select s.id, t, t, greatest(0, sin(n / 200.0) * 3), 1
    from series s, generate_series(1, %(count)s) n, lateral (select %(end)s::timestamptz - (%(count)s - n) * interval '10 min' as t) at
    where s.station = any(%(stations)s)
"""


def _gauge(days: int, step: timedelta) -> Station:
    levels = StageThresholds(
        valid_from=_NOW.date(), datum="0", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="benchmark", verified=True
    )
    return _station(
        f"gauge_{days}", StationKind.RIVER, Series(quantity="water_level", cadence=step), levels=(levels,), rain=_RAIN
    )


def _station(
    name: str, kind: StationKind, series: Series, levels: tuple[StageThresholds, ...] = (), rain: tuple[str, ...] = ()
) -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=kind,
        lat=16.46,
        lon=107.57,
        series=(series,),
        thresholds=levels,
        rain_gauges=rain,
        simulated=True,
        verified=False,
        source="benchmark",
    )


def _fill(connection: Connection) -> None:
    rain = Series(quantity="rainfall", cadence=timedelta(minutes=10))
    gauges = [_gauge(days, step) for days, step, _ in _CASES]
    sync_network(connection, [*gauges, *(_station(n, StationKind.RAIN, rain) for n in _RAIN)], clock="simulated")
    for gauge, (days, step, _) in zip(gauges, _CASES, strict=True):
        count = int(timedelta(days=days) / step)
        half = count // 2
        connection.execute(
            _FILL_LEVEL.encode(), {"station": gauge.id, "count": count, "half": half, "end": _NOW, "step": step}
        )
        last = Reading(station=gauge.id, quantity="water_level", observed_at=_NOW + step, received_at=_NOW, value=1.0)
        store_readings(connection, [last], series_ids(connection))
    connection.execute(_FILL_RAIN.encode(), {"stations": list(_RAIN), "count": 365 * 144, "end": _NOW})
    connection.execute(b"analyze reading")


def _timed(run: object) -> tuple[float, float, int]:
    """Median and slowest of the runs in ms, and the bytes of the last figure."""
    spans, size = [], 0
    for _ in range(_RUNS):
        start = time.perf_counter()
        size = run()  # type: ignore[operator]
        spans.append(1000 * (time.perf_counter() - start))
    return statistics.median(spans), max(spans), size


def _measure(database: Database, folder: Path) -> None:
    settings = load_settings({}, data_dir=folder)
    feed = Feed(database, load_rules(settings.config_dir / "rules.toml"))
    floods = load_past_floods(settings.config_dir)
    with database.transaction() as connection:
        overview = read_overview(connection, feed.rules, _NOW)
    for days, step, limit_ms in _CASES:
        now = overview.station(f"gauge_{days}")
        assert now is not None

        def page(now=now, days=days):  # type: ignore[no-untyped-def]
            with database.transaction() as connection:
                view = StationSource(feed, floods).read(connection, now, overview, days)
            found = figure(view, "vi")
            highest = max(v for t in found["data"] if t["type"] == "scatter" for v in t["y"] if v is not None)
            assert highest > 3.99, "the peak is lost"
            return len(json.dumps(found))

        def floor(now=now, days=days):  # type: ignore[no-untyped-def]
            with database.transaction() as connection:
                frame = readings_between(
                    connection, now.station.id, "water_level", _NOW - timedelta(days=days), _NOW + timedelta(hours=1)
                )
            good = frame[frame["flag"] != QualityFlag.FAIL.value]
            x = good["observed_at"].dt.strftime("%Y-%m-%dT%H:%M:%S").tolist()
            return len(json.dumps({"x": x, "y": np.asarray(good["value"]).tolist()}))

        rows = int(timedelta(days=days) / step)
        for name, run in (("page", page), ("floor", floor)):
            middle, slowest, size = _timed(run)
            print(
                f"{days:4d} days, {rows:7,d} readings, {name:5s}: median {middle:6.0f} ms, slowest {slowest:6.0f} ms, {size / 1000:7.0f} kB"
                + (f"   (limit {limit_ms} ms)" if name == "page" else "")
            )


def main() -> None:
    """Fill a database and measure both spans."""
    url = os.environ.get("EWS_TEST_TIMESCALE_URL")
    if not url:
        sys.exit("set EWS_TEST_TIMESCALE_URL to a superuser of a TimescaleDB server")
    server = Server(url)
    try:
        with server.database() as name, Database(name) as database, tempfile.TemporaryDirectory() as folder:
            with database.transaction() as connection:
                _fill(connection)
            _measure(database, Path(folder))
    finally:
        server.close()


if __name__ == "__main__":
    main()
