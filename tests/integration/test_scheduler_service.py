"""The scheduler on a real database: readings in, alerts, forecasts and messages out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from domain.alerts import Alert, AlertState, Event, Reason
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import Settings, load_settings
from domain.stations import Station
from scheduler import service
from storage import alerts, audit, deliveries, forecasts, jobs, stations
from storage.database import Database, connect
from storage.notifications import READINGS, notify_names
from storage.readings import store_readings

T = TypeVar("T")
STEP = timedelta(minutes=10)
#: A rise from calm over BĐ1, BĐ2 and BĐ3 of Kim Long (1.0, 2.0, 3.5 m) and back.
FLOOD_M = [0.4, 0.5, 0.7, 0.95, 1.0, 1.4, 1.9, 2.2, 2.9, 3.4, 3.5, 3.7, 3.6, 3.3, 2.5, 1.8, 1.2, 0.7]
CALM_M = [0.6] * 7  # an hour below every level, so that the end is believed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, data_dir=tmp_path)


@pytest.fixture
def kim_long(settings: Settings) -> Station:
    return replace(load_network(settings.config_dir).stations["kim_long"], clock="test")


@contextmanager
def running(settings: Settings, database_url: str) -> Iterator[None]:
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=service.run, args=(settings, database_url, NO_BROKER, stop), kwargs={"ready": ready.set}, daemon=True
    )
    thread.start()
    assert ready.wait(120)
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


#: Nothing listens there: whatever goes over MQTT waits, and nothing else does.
NO_BROKER = "mqtt://127.0.0.1:9"


def send(database: Database, station: Station, levels_m: list[float], start: datetime) -> list[datetime]:
    times = [start + i * STEP for i in range(len(levels_m))]
    with database.transaction() as connection:
        rows = [
            Reading(
                station=station.id,
                quantity="water_level",
                observed_at=at,
                received_at=datetime.now(UTC),
                value=level,
                flag=QualityFlag.PASS,
            )
            for at, level in zip(times, levels_m, strict=True)
        ]
        store_readings(connection, rows, stations.series_ids(connection))
        notify_names(connection, READINGS, [f"{station.id}/water_level"])
    return times


def eventually(question: Callable[[], T | None], seconds: float = 120.0) -> T:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (answer := question()) is not None:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def flood(database: Database) -> Alert | None:
    with database.transaction() as connection:
        return next((a for a in alerts.list_alerts(connection) if a.event is Event.FLOOD), None)


def test_a_flood_is_raised_upgraded_and_ended_and_everybody_is_told(
    settings: Settings, kim_long: Station, database_url: str
) -> None:
    start = datetime.now(UTC) - timedelta(hours=12)
    with Database(database_url) as database, running(settings, database_url):
        with database.transaction() as connection:
            stations.sync_network(connection, [kim_long])
        times = send(database, kim_long, FLOOD_M, start)

        def highest_seen() -> Alert | None:
            alert = flood(database)
            return alert if alert and max(v.level for v in alert.versions) == 3 else None

        alert = eventually(highest_seen)
        observed = {v.level: v.at for v in reversed(alert.versions) if v.reason in {Reason.RAISED, Reason.UPGRADED}}
        assert observed[1] == times[4]
        assert observed[2] == times[7]
        assert observed[3] == times[10]

        send(database, kim_long, CALM_M, times[-1] + STEP)

        def ended() -> Alert | None:
            alert = flood(database)
            return alert if alert and alert.state is AlertState.ENDED else None

        alert = eventually(ended)
        assert alert.ended_at == times[-1]  # the first reading below BĐ1 less the hysteresis

        def told() -> int | None:
            with database.transaction() as connection:
                rows = deliveries.deliveries_of(connection, alert.identifier)
            rows = [row for row in rows if row.channel in {"console", "file"}]
            return len(rows) if rows and all(row.state == "sent" for row in rows) else None

        assert eventually(told) > 1
        assert eventually(lambda: _forecast_count(database) or None)
        with database.transaction() as connection:
            assert len(audit.entries(connection, subject=alert.identifier, actor="scheduler")) == len(alert.versions)
    messages = list((settings.data_dir / "alerts").rglob("*.txt"))
    assert any("Kim Long" in path.read_text(encoding="utf-8") for path in messages)


def _door(database_url: str, *, closed: bool) -> None:
    """Nobody comes into the database any more, and who is in it is put out; or all may again."""
    parts = conninfo_to_dict(database_url)
    name = str(parts["dbname"])
    with psycopg.connect(make_conninfo(database_url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(SQL("alter database {} allow_connections {}").format(Identifier(name), Literal(not closed)))
        if closed:
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))


def test_a_database_that_goes_away_is_told_of_and_waited_for(settings: Settings, database_url: str) -> None:
    """The lead is lost with the database; the watcher is not, and the process goes on by itself."""

    def judged() -> datetime | None:
        with connect(database_url) as connection:
            return next((run.last_success_at for run in jobs.jobs(connection) if run.job == "judge"), None)

    def told() -> str | None:
        texts = [path.read_text(encoding="utf-8") for path in (settings.data_dir / "alerts" / "operator").glob("*.txt")]
        return next((text for text in texts if "database" in text.lower() or "cơ sở dữ liệu" in text.lower()), None)

    with running(settings, database_url):
        eventually(judged)
        assert told() is None
        _door(database_url, closed=True)
        try:
            eventually(told)
        finally:
            _door(database_url, closed=False)
        again = datetime.now(UTC)
        eventually(lambda: ((at := judged()) is not None and at > again) or None)


def test_a_second_scheduler_waits_and_takes_over(settings: Settings, kim_long: Station, database_url: str) -> None:
    with Database(database_url) as database:
        with database.transaction() as connection:
            stations.sync_network(connection, [kim_long])
        second = service.Leadership(database_url)
        with running(settings, database_url):
            eventually(lambda: judged(database))
            assert not second.held()
        assert eventually(lambda: second.held() or None)
        second.release()


def judged(database: Database) -> bool | None:
    with database.transaction() as connection:
        return any(run.job == "judge" and run.last_success_at for run in jobs.jobs(connection)) or None


def test_jobs_leave_their_record(settings: Settings, kim_long: Station, database_url: str) -> None:
    with Database(database_url) as database, running(settings, database_url):
        with database.transaction() as connection:
            stations.sync_network(connection, [kim_long])

        def delivered() -> jobs.JobRun | None:
            with database.transaction() as connection:
                return next((run for run in jobs.jobs(connection) if run.job == "deliver"), None)

        run = eventually(delivered)
        assert run.every == timedelta(seconds=2)
        assert run.last_error is None


def test_a_scheduler_whose_wall_clock_was_set_back_goes_on(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """APScheduler then thinks for hours that nothing is due."""
    monkeypatch.setattr(service, "_clock", lambda *_: BackgroundScheduler(timezone=UTC))
    with running(settings, database_url), Database(database_url) as database:

        def renewed() -> datetime | None:
            with database.transaction() as connection:
                runs = {run.job: run.last_success_at for run in jobs.jobs(connection)}
            return runs.get("areas")

        first = eventually(renewed)
        eventually(lambda: (renewed() or first) > first or None, 60.0)


def test_restarting_repeats_nothing(settings: Settings, kim_long: Station, database_url: str) -> None:
    start = datetime.now(UTC) - timedelta(hours=12)
    with Database(database_url) as database:
        with database.transaction() as connection:
            stations.sync_network(connection, [kim_long])
        send(database, kim_long, FLOOD_M[:8], start)
        with running(settings, database_url):
            eventually(lambda: flood(database))
            eventually(lambda: True if _forecast_count(database) else None)
            forecast_at = datetime.now(UTC)
            eventually(lambda: judged_since(database, forecast_at))  # the forecast's own finding too
            before = flood(database)
        restarted_at = datetime.now(UTC)
        with running(settings, database_url):
            eventually(lambda: judged_since(database, restarted_at))
        assert flood(database) == before


def judged_since(database: Database, begun: datetime) -> bool | None:
    """Whether a round of judging that began later has ended; asks for one. The runs of some seconds have one record."""
    with database.transaction() as connection:
        notify_names(connection, READINGS, ["kim_long/water_level"])
        run = next((run for run in jobs.jobs(connection) if run.job == "judge"), None)
    if run is None or run.last_started_at is None or run.last_success_at is None:
        return None
    return begun < run.last_started_at < run.last_success_at or None


def _forecast_count(database: Database) -> int:
    with database.transaction() as connection:
        return len(forecasts.latest_forecast(connection, "kim_long"))
