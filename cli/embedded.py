"""The services of one data folder: which embedded ones run, where they answer, and who owns them."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from cli.broker import EmbeddedBroker, free_port, is_free
from cli.child import start
from cli.postgresql import EmbeddedPostgresql
from domain.errors import EwsError
from domain.settings import Settings

_FILE, _LOCK_FILE = "services.json", "services.lock"
_START_PATIENCE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Services:
    """What <data_dir>/services.json says. The ports stay the same from run to run while they are free."""

    database_url: str
    mqtt_url: str
    mqtt311_port: int | None = None  # of the embedded broker
    mqtt5_port: int | None = None
    http_url: str | None = None
    owner_pid: int | None = None
    running: bool = False


def read_services(data_dir: Path) -> Services | None:
    """What the last run wrote; None when there was none or the file says nothing that we understand."""
    try:
        return Services(**json.loads((data_dir / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_services(data_dir: Path, services: Services) -> None:
    """Replace the file in one step, so that nobody reads half of it. It holds passwords: nobody but the owner reads it at all."""
    new = data_dir / (_FILE + ".new")
    new.unlink(missing_ok=True)  # of a killed run, perhaps open to everybody
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(services), indent=2) + "\n")
    new.replace(data_dir / _FILE)


def make_data_dir(data_dir: Path) -> None:
    """Create the data folder. Raises EwsError when that is not possible."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        (data_dir / _LOCK_FILE).touch()
        with suppress(FileNotFoundError, PermissionError):
            (data_dir / _FILE).chmod(0o600)  # earlier versions left it open to everybody
    except OSError as error:
        raise EwsError(f"EWS_DATA_DIR = {data_dir}: {error.strerror}; name a folder that you may write to") from error


@contextmanager
def ownership(data_dir: Path) -> Iterator[None]:
    """Be the one process that runs services on this folder. The kernel gives the lock back however we end.

    Raises EwsError when another process holds it.
    """
    make_data_dir(data_dir)
    with (data_dir / _LOCK_FILE).open("r+") as lock:
        # Somebody who only asks whether we run holds the lock for a moment.
        if not _tried(lambda: _locked(lock), 0.5):
            found = read_services(data_dir)
            where = f" (process {found.owner_pid}, pages at {found.http_url})" if found and found.http_url else ""
            raise EwsError(
                f"the services of {data_dir} run already{where}: stop them first, or set another EWS_DATA_DIR"
            )
        yield


def _locked(lock: IO[Any]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tried(attempt: Callable[[], bool], seconds: float) -> bool:
    """Whether an attempt succeeds within some seconds."""
    until = time.monotonic() + seconds
    while not attempt():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def is_owned(data_dir: Path) -> bool:
    """Whether a process runs the services of this folder now."""
    try:
        with (data_dir / _LOCK_FILE).open("r+") as lock:
            return not _locked(lock)
    except OSError:
        return False


def running_services(data_dir: Path) -> Services | None:
    """The services that another process runs on this folder, waited for while they start; None when nobody does."""
    until = time.monotonic() + _START_PATIENCE_S
    while is_owned(data_dir):
        found = read_services(data_dir)
        if found is not None and found.running:
            return found
        if time.monotonic() > until:
            raise EwsError(f"the services of {data_dir} are starting but do not come up; see `ews doctor`")
        time.sleep(0.1)
    return None


def plan_services(settings: Settings) -> Services:
    """The addresses this run will use: those of the settings, else those of the last run, else new ones."""
    last = read_services(settings.data_dir)
    mqtt5, mqtt311 = _broker_ports(last)
    folder = settings.data_dir.absolute()
    database = EmbeddedPostgresql(folder=folder)
    broker = EmbeddedBroker(folder=folder, mqtt5_port=mqtt5, mqtt311_port=mqtt311)
    return Services(
        database_url=settings.database_url or database.url,
        mqtt_url=settings.mqtt_url or broker.url,
        mqtt5_port=mqtt5,
        mqtt311_port=mqtt311,
        owner_pid=os.getpid(),
    )


def _broker_ports(last: Services | None) -> tuple[int, int]:
    known = (None, None) if last is None else (last.mqtt5_port, last.mqtt311_port)
    mqtt5, mqtt311 = (port if port is not None and _becomes_free(port) else free_port() for port in known)
    return (mqtt5, mqtt311) if mqtt5 != mqtt311 else (mqtt5, free_port())


def _becomes_free(port: int) -> bool:
    """The broker of a killed run may still be on its way out."""
    return _tried(lambda: is_free(port), 1.0)


@contextmanager
def database_for_a_moment(settings: Settings, *, create: bool = False) -> Iterator[str]:
    """The URL of the database: the configured one, the running embedded one, or one started for this block alone.

    Raises EwsError when there is none yet, unless it may `create` one.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    if (found := running_services(settings.data_dir)) is not None:
        yield found.database_url
        return
    server = EmbeddedPostgresql(folder=settings.data_dir.absolute())
    if not server.exists and not create:
        raise EwsError(
            f"nothing has run in {settings.data_dir} yet: start `ews demo` or `ews up`, or set EWS_DATABASE_URL"
        )
    with ownership(settings.data_dir), _started(server):
        yield server.url


@contextmanager
def _started(server: EmbeddedPostgresql) -> Iterator[None]:
    running = start(server.child())
    try:
        until = time.monotonic() + _START_PATIENCE_S
        while not running.check_ready():
            if running.process.poll() is not None or time.monotonic() > until:
                raise EwsError(f"the embedded PostgreSQL does not start; its log is {server.log_file}")
            time.sleep(0.05)
        yield
    finally:
        running.stop(5.0)
