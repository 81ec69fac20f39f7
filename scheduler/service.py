"""The scheduler process: woken by what is stored, by the clock as a safety net, active in one process at a time."""

from __future__ import annotations

import gc
import queue
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from alerts.acknowledgement import link_key
from alerts.channels.configuration import load_channels, open_outlets
from alerts.channels.mqtt import Publisher
from alerts.delivery import Office
from alerts.recipients import load_recipients
from alerts.sirens import load_sirens
from alerts.telling_policy import load_telling
from domain.errors import DatabaseUnavailableError
from domain.network import load_network
from domain.settings import Settings
from forecasting.configuration import load_models
from rules.configuration import load_rules
from scheduler.calibrating import Calibrators
from scheduler.house import AuditEnd, House
from scheduler.in_turn import InTurn
from scheduler.intervals import Intervals
from scheduler.jobs import JOBS
from scheduler.leadership import Leadership
from scheduler.models import Models
from scheduler.runner import Runner
from scheduler.sounding import ANSWERS, answered
from scheduler.wakening import Wakening, wakening
from scheduler.watching import Watcher
from storage import audit_checkpoints
from storage.database import Database
from storage.notifications import FORECASTS, NETWORK, READINGS, Listener, Notification
from storage.sirens import SIRENS

_log = structlog.get_logger(__name__)

#: How long one wait for notifications lasts: the longest a stop or a lost lead goes unnoticed.
_WAIT_S = 0.5
#: Notifications that follow each other without a pause are taken together, and no longer than this.
_LONGEST_GATHERING_S = 0.02
#: Three of the judge, who stores some while it looks at others, and one of each job that may be at work beside it.
_CONNECTIONS = 8
#: What is remembered of thousands of gauges is looked through for cycles, which it has none of, after so many new objects: with
#: the 700 that Python waits for, this took a fifth of a storm's judging.
_COLLECT_AFTER = 50_000
#: How long the last runs may take after a stop; a process that is asked to end has five seconds.
_LAST_RUN_S = 2.0


def build_house(
    settings: Settings, database: Database, stop: threading.Event, publisher: Publisher | None = None
) -> House:
    """The house from the configuration files. Without a publisher nothing is said over MQTT. Raises ConfigurationError."""
    folder: Path = settings.config_dir
    tables = load_channels(folder / "channels.toml")
    network = load_network(folder)
    recipients = load_recipients(folder / "recipients.toml", channels=tables, wards=network.wards)
    alert_dir, storm = settings.alert_dir or settings.data_dir / "alerts", threading.Event()
    outlets = open_outlets(tables, alert_dir=alert_dir, publisher=publisher)
    office = Office(
        database,
        outlets,
        recipients,
        lambda: datetime.now(UTC),
        public_url=settings.public_url,
        link_key=link_key(settings.link_key, settings.data_dir),
        group_wait=timedelta(seconds=settings.group_wait_s),
        storm=storm,
    )
    return House(
        database=database,
        rules=load_rules(folder / "rules.toml"),
        models=Models(load_models(folder / "models.toml"), Calibrators(stop, settings.dask_scheduler)),
        telling=load_telling(folder / "alerts.toml"),
        recipients=recipients,
        outlets=outlets,
        office=office,
        storm=storm,
        sirens=load_sirens(folder / "sirens.toml"),
        publisher=publisher,
        rejected_kept_for=timedelta(days=settings.rejected_days),
        rejected_room=settings.rejected_mb * 1_000_000,
        audit_end=AuditEnd(settings.data_dir / audit_checkpoints.FILE_NAME),
        stop=stop,
    )


def run(
    settings: Settings,
    database_url: str,
    mqtt_url: str,
    stop: threading.Event,
    *,
    ready: Callable[[], None] | None = None,
) -> None:
    """Judge, forecast and deliver until `stop` is set. Raises ConfigurationError at the start only.

    A database that is away is waited for. `ready` is called when the configuration is read and work begins.
    """
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    with (
        Database(database_url, max_size=_CONNECTIONS) as database,
        Listener(database_url, [READINGS, FORECASTS, NETWORK, SIRENS]) as listener,
    ):
        heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        publisher = Publisher(
            mqtt_url, settings.mqtt_tls, topics=(ANSWERS,), heard=lambda topic, payload: heard.put((topic, payload))
        )
        house = build_house(settings, database, stop, publisher)
        threading.Thread(target=_hear_sirens, args=(house, heard), name="siren-answers", daemon=True).start()
        leadership, watching = Leadership(database_url), _Watching(house, settings)
        if ready is not None:
            ready()
        try:
            while not stop.is_set():
                leads = leadership.held()
                watching.go_on(unless=leadership.another_leads)
                if leads:
                    _lead_if_the_database_lets_us(house, listener, leadership)
                else:
                    stop.wait(_WAIT_S)
        finally:
            watching.end()
            leadership.release()
            house.office.close()
            publisher.close()


def _hear_sirens(house: House, heard: queue.SimpleQueue[tuple[str, bytes]]) -> None:
    """Store what sirens answer, while the process lives; an answer that comes while the database is away waits for it."""
    while True:
        topic, payload = heard.get()
        while not house.stop.is_set():
            try:
                answered(house, topic, payload, datetime.now(UTC))
                break
            except DatabaseUnavailableError:
                house.stop.wait(_WAIT_S)


class _Watching:
    """The watcher, which outlives the lead: it is lost with the database, and of that above all somebody must speak."""

    def __init__(self, house: House, settings: Settings) -> None:
        self._house, self._settings = house, settings
        self._watcher: Watcher | None = None

    def go_on(self, *, unless: bool) -> None:
        """Watch, unless another process leads and so watches."""
        if unless:
            self.end()
        elif self._watcher is None:
            url, every_s = self._settings.deadman_url, self._settings.deadman_every_s
            self._watcher = Watcher(self._house, self._house.outlets, deadman_url=url, deadman_every_s=every_s)
            self._watcher.start()

    def end(self) -> None:
        """No longer."""
        if self._watcher is not None:
            self._watcher.stop()
        self._watcher = None


def _lead_if_the_database_lets_us(house: House, listener: Listener, leadership: Leadership) -> None:
    """Lead; a database that went away while we began is waited for like any other time."""
    try:
        _lead(house, listener, leadership)
    except DatabaseUnavailableError as error:
        _log.warning("lead_not_begun", error=str(error))
        house.stop.wait(_WAIT_S)


def _lead(house: House, listener: Listener, leadership: Leadership) -> None:
    """Work as the active scheduler until told to stop or until the lead is lost."""
    stop = house.stop
    runners = {job.name: (InTurn if job.in_turn else Runner)(job, house) for job in JOBS}
    intervals = Intervals({job.name: job.every.total_seconds() for job in JOBS}, time.monotonic())
    clock = _clock(runners, intervals)
    house.readings.forget()  # another may have led meanwhile, over another database
    house.office.begin_anew()  # and have left messages half sent
    house.reload_stations()
    house.announce_exercise_channels()
    with house.database.transaction() as connection:
        house.take_adopted_rules(connection)  # those in force already: nothing has changed
    for runner in runners.values():
        runner.start(runners)
    runners["checkpoint"].ask()  # what was cut off while nobody led shows at once
    clock.start()
    try:
        woken, asked_s = Wakening(everything=True), -_WAIT_S
        while not stop.is_set():
            if time.monotonic() - asked_s >= _WAIT_S:  # not after each of a hundred notifications a second
                if not leadership.held():
                    break
                asked_s = time.monotonic()
                for name in intervals.due(asked_s):
                    runners[name].ask()
            woken = _respond(house, runners["judge"], woken)
            notes = _heard(listener)
            if any(note.channel == SIRENS for note in notes):
                runners["sirens"].ask()
            woken |= wakening(notes)
    finally:
        clock.shutdown(wait=False)
        for runner in runners.values():
            runner.close()
        house.models.close()
        until_s = time.monotonic() + _LAST_RUN_S  # for all together: each may be asking a database that has gone
        for runner in runners.values():
            runner.join(timeout_s=max(0.0, until_s - time.monotonic()))


def _heard(listener: Listener) -> list[Notification]:
    """What was notified: waits for the first, takes the rest that is there, and goes on while more keep coming."""
    notes = listener.wait(_WAIT_S)
    more, until_s = notes, time.monotonic() + _LONGEST_GATHERING_S
    while more and time.monotonic() < until_s:
        more = listener.wait(0.0)
        notes = notes + more
    return notes


def _respond(house: House, judge: Runner, woken: Wakening) -> Wakening:
    """Have judged what was woken; what could not be done is returned to be done again."""
    if not woken:
        return woken
    if woken.network:
        try:
            house.reload_stations()
        except DatabaseUnavailableError as error:
            _log.warning("stations_not_reloaded", error=str(error))
            return woken
    judge.ask(None if woken.everything or woken.network else woken.stations)
    return Wakening()


def _clock(runners: Mapping[str, Runner], intervals: Intervals) -> BackgroundScheduler:
    """Asks each job at its interval. A late call is made up once, however late: APScheduler's own default is to skip it."""
    clock = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    def ask(name: str) -> None:
        intervals.asked(name, time.monotonic())
        runners[name].ask()

    for name, runner in runners.items():
        clock.add_job(ask, "interval", args=(name,), seconds=runner.job.every.total_seconds(), id=name, name=name)
    return clock
