"""The servers of a benchmark: a fresh Mosquitto, and databases that already have the schema and 2,000 stations."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from burst import station_name

from cli.broker import free_port
from domain.stations import QualityLimits, Series, Station, StationKind
from storage.database import Database
from storage.migrate import migrate
from storage.stations import sync_network

_STATIONS = 2000
LEVEL_LIMITS = QualityLimits(
    suspect_low=0.0,
    suspect_high=8.0,
    fail_high=30.0,
    rate_suspect_per_h=20.0,
    rate_fail_per_h=60.0,
    spike_suspect=1.0,
    spike_fail=3.0,
    flat_tolerance=0.0,
    flat_suspect=timedelta(hours=6),
    flat_fail=timedelta(hours=24),
)


def _station(number: int) -> Station:
    level = Series(quantity="water_level", cadence=timedelta(minutes=1), limits=LEVEL_LIMITS)
    name = station_name(number)
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=16.46,
        lon=107.57,
        series=(level,),
        simulated=True,
        verified=False,
        source="benchmark",
    )


@contextmanager
def broker(*lines: str, port: int | None = None) -> Iterator[int]:
    """A fresh Mosquitto; what it does not say is Mosquitto's default, the in-flight window of 20 too."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        config = Path(folder) / "mosquitto.conf"
        said = [
            f"listener {port} 127.0.0.1",
            "allow_anonymous true",
            "persistence false",
            "max_queued_messages 0",
            *lines,
        ]
        config.write_text("\n".join(said) + "\n")
        process = subprocess.Popen([os.environ["EWS_TEST_MOSQUITTO"], "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            yield port
        finally:
            process.terminate()
            process.wait()


class Server:
    """TimescaleDB with a template that has the schema and the stations."""

    def __init__(self, url: str) -> None:
        self._url, self._template = url, f"bench_{secrets.token_hex(4)}"
        self._run(f"create database {self._template}")
        url = self._named(self._template)
        migrate(url)
        with Database(url) as database, database.transaction() as connection:
            sync_network(connection, [_station(n) for n in range(_STATIONS)])
        self._run(f"alter database {self._template} allow_connections false")
        self._run(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{self._template}'")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _named(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh one."""
        name = f"bench_{secrets.token_hex(4)}"
        self._run(f"create database {name} template {self._template}")
        try:
            yield self._named(name)
        finally:
            self._run(f"drop database if exists {name} with (force)")

    def close(self) -> None:
        """Remove the template."""
        self._run(f"drop database if exists {self._template} with (force)")
