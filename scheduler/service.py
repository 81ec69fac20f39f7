"""The scheduler process: woken by what is stored, by the clock as a safety net, active in one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from alerts.channels.console import console_channel
from alerts.channels.file import file_channel
from alerts.recipients import load_recipients
from domain.errors import DatabaseUnavailableError, EwsError
from domain.network import load_network
from domain.settings import Settings
from forecasting.configuration import load_models
from rules.configuration import load_rules
from scheduler import delivering, issuing, judging
from scheduler.house import House
from scheduler.jobs import JOBS, Job, perform
from scheduler.leadership import Leadership
from scheduler.models import Models
from scheduler.wakening import Wakening, wakening
from storage.database import Database
from storage.notifications import FORECASTS, NETWORK, READINGS, Listener

_log = structlog.get_logger(__name__)

#: How long one wait for notifications lasts: the longest a stop or a lost lead goes unnoticed.
_WAIT_S = 0.5


def build_house(settings: Settings, database: Database) -> House:
    """The house from the configuration files. Raises ConfigurationError."""
    folder: Path = settings.config_dir
    alert_dir = settings.alert_dir or settings.data_dir / "alerts"
    channels = {"console": console_channel(), "file": file_channel(alert_dir)}
    network = load_network(folder)
    return House(
        database=database,
        rules=load_rules(folder / "rules.toml"),
        models=Models(load_models(folder / "models.toml")),
        recipients=load_recipients(folder / "recipients.toml", channels=channels, wards=network.wards),
        channels=channels,
    )


def run(
    settings: Settings,
    database_url: str,
    stop: threading.Event,
    *,
    ready: Callable[[], None] | None = None,
) -> None:
    """Judge, forecast and deliver until `stop` is set. Raises ConfigurationError at the start only.

    A database that is away is waited for. `ready` is called when the configuration is read and work begins.
    """
    with Database(database_url) as database, Listener(database_url, [READINGS, FORECASTS, NETWORK]) as listener:
        house = build_house(settings, database)
        leadership = Leadership(database_url)
        if ready is not None:
            ready()
        try:
            while not stop.is_set():
                if leadership.held():
                    _lead(house, listener, leadership, stop)
                else:
                    stop.wait(_WAIT_S)
        finally:
            leadership.release()


def _lead(house: House, listener: Listener, leadership: Leadership, stop: threading.Event) -> None:
    """Work as the active scheduler until `stop` or until the lead is lost."""
    forecaster = Forecaster(house)
    clock = _clock(house)
    clock.start()
    try:
        woken = Wakening(everything=True, network=True)
        while not stop.is_set() and leadership.held():
            woken = _respond(house, forecaster, woken)
            woken |= _heard(listener)
    finally:
        clock.shutdown(wait=True)
        forecaster.close()


def _heard(listener: Listener) -> Wakening:
    """All that was notified: waits for the first, takes the rest that is there."""
    notes = listener.wait(_WAIT_S)
    more = notes
    while more:
        more = listener.wait(0.0)
        notes = notes + more
    return wakening(notes)


def _respond(house: House, forecaster: Forecaster, woken: Wakening) -> Wakening:
    """Judge what was woken, send, and pass it on to the forecasts; what could not be done is returned to be done again."""
    if not woken:
        return woken
    names = None if woken.everything or woken.network else woken.stations
    now = datetime.now(UTC)
    try:
        if woken.network:
            house.reload_stations()
        if _judge(house, names, now):
            delivering.deliver(house, now)
    except DatabaseUnavailableError as error:
        _log.warning("judging_waits", error=str(error))
        return woken
    forecaster.ask(names)
    return Wakening()


def _judge(house: House, names: frozenset[str] | None, now: datetime) -> bool:
    """Judge the named stations; whether an alert changed.

    This is the process's outermost loop, so it stands here: whatever is wrong with one station's data or rules, the others
    are judged, and the failure is in the log.
    """
    try:
        return bool(judging.judge_stations(house, names, now))
    except EwsError:
        raise
    except Exception:  # noqa: BLE001
        _log.exception("judging_failed", stations=sorted(names or ()))
    changed = False
    for name in house.named(names):
        try:
            changed |= bool(judging.judge_stations(house, frozenset({name}), now))
        except EwsError:
            raise
        except Exception:  # noqa: BLE001
            _log.exception("station_not_judged", station=name)
    return changed


def _clock(house: House) -> BackgroundScheduler:
    """The jobs at their intervals. A late run is made up once, however late: APScheduler's own default is to skip it."""
    clock = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    for job in JOBS:
        clock.add_job(_performer(job, house), "interval", seconds=job.every.total_seconds(), id=job.name, name=job.name)
    return clock


def _performer(job: Job, house: House) -> Callable[[], None]:
    def performed() -> None:
        perform(job, house)

    return performed


class Forecaster:
    """Issues forecasts in a thread of its own, so that a calibration of half a minute never delays a warning."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._closing = False
        self._names: frozenset[str] | None = frozenset()
        self._thread = threading.Thread(target=self._run, name="forecaster", daemon=True)
        self._thread.start()

    def ask(self, names: frozenset[str] | None) -> None:
        """Have forecasts issued at these gauges (None: all) as soon as possible."""
        with self._lock:
            self._names = None if names is None or self._names is None else self._names | names
        self._asked.set()

    def close(self) -> None:
        """Stop after the gauge at hand."""
        self._closing = True
        self._asked.set()
        self._thread.join(timeout=3.0)

    def _run(self) -> None:
        while True:
            self._asked.wait()
            if self._closing:
                return
            self._asked.clear()
            with self._lock:
                names, self._names = self._names, frozenset()
            try:
                issuing.issue(self._house, names, datetime.now(UTC))
            except EwsError as error:
                _log.warning("forecasts_wait", error=str(error))
            except Exception:  # noqa: BLE001 - the thread's outermost loop: the next forecast must still be tried
                _log.exception("forecasts_failed")
