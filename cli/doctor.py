"""Is everything as it should be? One line for each thing looked at, with what to do where it is not."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.configuration import check_configuration
from cli.doctor_broker import broker
from cli.doctor_line import Line, Verdict, problem
from cli.doctor_rules import rules_in_force
from cli.embedded import Services, running_services
from cli.postgresql import EmbeddedPostgresql
from cli.tables import when
from domain.errors import EwsError
from domain.settings import Settings
from storage import jobs
from storage.accounts import Account, accounts
from storage.database import Connection, connect
from storage.migrate import schema_state
from storage.rejected_room import Kept, kept_rejected

_LITTLE_BYTES, _TOO_LITTLE_BYTES = 5_000_000_000, 500_000_000
#: Readings of devices are refused when they lie more than 10 min in the future, so a clock may not be off by much.
_CLOCK_SUSPECT_S, _CLOCK_WRONG_S = 5.0, 120.0
#: The day this check was written: no honest clock shows an earlier one.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
#: The accounts of the last week are looked at.
_ACCOUNTS_OF = timedelta(days=7)
#: Part of the room for rejected messages.
_CROWDED = 0.9


def examine(load: Callable[[], Settings]) -> int:
    """Print a line for each thing; 1 when there is a problem, else 0."""
    try:
        settings = load()
    except EwsError as error:
        print(problem("settings", error, "correct it, or take it out"))
        return 1
    lines = []
    for line in _lines(settings):
        print(line, flush=True)
        lines.append(line)
    return int(any(line.verdict is Verdict.PROBLEM for line in lines))


def _lines(settings: Settings) -> Iterator[Line]:
    yield _configuration(settings)
    try:
        services = None if settings.database_url and settings.mqtt_url else running_services(settings.data_dir)
    except EwsError as error:
        yield problem("services", error, f"see the output of `ews up`, and {settings.data_dir}/postgresql.log")
        services = None
    yield from _database(settings, services)
    yield broker(settings, services)
    yield clock_line(datetime.now(UTC), None)
    yield _disk(settings.data_dir)


def _configuration(settings: Settings) -> Line:
    try:
        network = check_configuration(settings)
    except EwsError as error:
        return problem("configuration", error, f"correct the file in {settings.config_dir}")
    unverified = sum(not station.verified for station in network.stations.values())
    found = f"{len(network.stations)} stations, {len(network.wards)} wards in {settings.config_dir}"
    remedy = "check them against the official list before warnings rest on them" if unverified else ""
    verdict = Verdict.WARNING if unverified else Verdict.OK
    return Line(
        subject="configuration",
        verdict=verdict,
        found=found + (f", {unverified} stations not verified" if unverified else ""),
        remedy=remedy,
    )


def _database(settings: Settings, services: Services | None) -> Iterator[Line]:
    url = settings.database_url or (services.database_url if services else None)
    if url is None:
        yield _not_running(settings)
        return
    try:
        applied, pending = schema_state(url)
        connection = connect(url)
    except EwsError as error:
        yield problem("database", error, "start it, or correct EWS_DATABASE_URL")
        return
    try:
        yield database_line(connection)
        yield schema_line(applied, pending)
        yield clock_line(datetime.now(UTC), _clock_of(connection))
        if not pending:
            yield from _jobs(connection)
            now = datetime.now(UTC)
            yield accounts_line(accounts(connection, since=now - _ACCOUNTS_OF, breached=True))
            yield rejected_line(kept_rejected(connection), settings.rejected_mb)
            yield rules_in_force(connection, settings.config_dir / "rules.toml")
    finally:
        connection.close()


def _not_running(settings: Settings) -> Line:
    server = EmbeddedPostgresql(folder=settings.data_dir.absolute())
    found = f"the embedded PostgreSQL of {settings.data_dir} is not running" if server.exists else "there is none yet"
    return Line(subject="database", verdict=Verdict.WARNING, found=found, remedy="start `ews up` or `ews demo`")


def database_line(connection: Connection) -> Line:
    """Which server answers."""
    number = connection.info.server_version
    found = f"PostgreSQL {number // 10000}.{number % 10000} answers"
    if number < 150000:
        return Line(subject="database", verdict=Verdict.PROBLEM, found=found, remedy="use PostgreSQL 15 or newer")
    return Line(subject="database", verdict=Verdict.OK, found=found)


def schema_line(applied: list[str], pending: list[str]) -> Line:
    """Whether the schema is the one this version needs."""
    if pending:
        found = f"{len(pending)} migrations are pending: {', '.join(pending)}"
        return Line(subject="schema", verdict=Verdict.PROBLEM, found=found, remedy="run `ews migrate`")
    return Line(subject="schema", verdict=Verdict.OK, found=f"up to date ({applied[-1]})")


def _clock_of(connection: Connection) -> timedelta:
    """How far the database's clock is ahead of ours, as far as one question and its answer can tell."""
    before = time.time()
    row = connection.execute("select extract(epoch from clock_timestamp())").fetchone()
    assert row is not None
    return timedelta(seconds=float(row[0]) - (before + time.time()) / 2)


def clock_line(now: datetime, ahead: timedelta | None) -> Line:
    """The clock of the machine; with `ahead`, the database's against it."""
    if ahead is None:
        if now < _EARLIEST:
            found = f"this machine says {when(now)}"
            return Line(subject="clock", verdict=Verdict.PROBLEM, found=found, remedy="set the time, e.g. by NTP")
        return Line(subject="clock", verdict=Verdict.OK, found=f"this machine says {when(now)}")
    seconds = ahead.total_seconds()
    found = f"the database is {abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} this machine"
    if abs(seconds) <= _CLOCK_SUSPECT_S:
        return Line(subject="clock", verdict=Verdict.OK, found="database and this machine agree")
    verdict = Verdict.PROBLEM if abs(seconds) > _CLOCK_WRONG_S else Verdict.WARNING
    return Line(subject="clock", verdict=verdict, found=found, remedy="set both by NTP")


def _jobs(connection: Connection) -> Iterator[Line]:
    now = datetime.now(UTC)
    for run in jobs.jobs(connection):
        yield job_line(run, now)


def job_line(run: jobs.JobRun, now: datetime) -> Line:
    """Whether a job of the scheduler succeeds as often as it should."""
    subject = f"job {run.job}"
    since = run.last_success_at
    if since is None or run.late_since(now) is not None:
        found = f"last succeeded {when(since) or 'never'}, should every {run.every}"
        found += f"; {run.last_error}" if run.last_error else ""
        return Line(subject=subject, verdict=Verdict.WARNING, found=found, remedy="is `ews scheduler` running?")
    return Line(subject=subject, verdict=Verdict.OK, found=f"last succeeded {when(since)}")


def accounts_line(breached: Sequence[Account]) -> Line:
    """Whether all that ingest received is accounted for; given the hours in which it is not."""
    if not breached:
        return Line(subject="accounts", verdict=Verdict.OK, found="all that was received is accounted for")
    found = f"{len(breached)} hours do not add up, the last {when(breached[-1].hour)} of {breached[-1].source}"
    return Line(
        subject="accounts", verdict=Verdict.PROBLEM, found=found, remedy="see `ews accounts received --breaches`"
    )


def rejected_line(kept: Kept, room_mb: int) -> Line:
    """How much of the room for rejected messages is taken."""
    size_mb = kept.size / 1e6
    found = f"{kept.count} messages kept, {kept.waiting} not read again, {size_mb:.1f} of {room_mb} MB"
    if size_mb < _CROWDED * room_mb:
        return Line(subject="rejected", verdict=Verdict.OK, found=found)
    remedy = "the oldest are deleted: see who sends them (`ews rejected list`), or raise EWS_REJECTED_MB"
    return Line(subject="rejected", verdict=Verdict.WARNING, found=found, remedy=remedy)


def _disk(data_dir: Path) -> Line:
    existing = next(folder for folder in (data_dir.absolute(), *data_dir.absolute().parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        found = f"cannot write in {existing}: {error.strerror}"
        return Line(
            subject="disk", verdict=Verdict.PROBLEM, found=found, remedy="set EWS_DATA_DIR to a folder of yours"
        )
    return disk_line(existing, shutil.disk_usage(existing).free)


def disk_line(folder: Path, free_bytes: int) -> Line:
    """Whether there is room."""
    found = f"{free_bytes / 1e9:.1f} GB free at {folder}"
    if free_bytes < _TOO_LITTLE_BYTES:
        return Line(
            subject="disk", verdict=Verdict.PROBLEM, found=found, remedy="make room: the database stops when it is full"
        )
    if free_bytes < _LITTLE_BYTES:
        return Line(subject="disk", verdict=Verdict.WARNING, found=found, remedy="make room soon")
    return Line(subject="disk", verdict=Verdict.OK, found=found)
