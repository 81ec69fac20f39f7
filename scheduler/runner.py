"""A thread for each job: it waits to be asked, does what was asked in the meantime, and leaves a record."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from domain.errors import EwsError
from scheduler.house import House
from scheduler.jobs import Job, Names
from storage import jobs as job_records

_log = structlog.get_logger(__name__)

#: A job that is woken a hundred times a second need not write down each run.
_RECORD_EVERY_S = 5.0
_RETRY_S = 1.0


class Runner:
    """Runs one job whenever it was asked, one run at a time. A run that fails is tried again with all it had to do.

    One job's long work (a calibration, a thousand messages) never delays another's: a warning does not wait for a forecast.
    """

    def __init__(self, job: Job, house: House) -> None:
        self.job = job
        self._house = house
        self._others: dict[str, Runner] = {}
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._names: Names = frozenset()
        self._recorded_s: float | None = None  # by the clock that nobody sets: the wall's may be put back by hours
        self._thread = threading.Thread(target=self._live, name=job.name, daemon=True)

    def start(self, runners: dict[str, Runner]) -> None:
        """Begin; `runners` are all of them, by job."""
        self._others = runners
        self._thread.start()

    def ask(self, names: Names = None) -> None:
        """Have the job run for these stations (None: all) as soon as possible."""
        with self._lock:
            self._names = None if names is None or self._names is None else self._names | names
        self._asked.set()

    def close(self) -> None:
        """Stop asking for runs; `join` waits for the one at hand."""
        self._closing.set()
        self._asked.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the run at hand to end."""
        self._thread.join(timeout_s)

    def _live(self) -> None:
        while True:
            self._asked.wait(self._pause_s())
            if self._closing.is_set():
                return
            self._asked.clear()
            with self._lock:
                names, self._names = self._names, frozenset()
            self._closing.wait(self.job.rest.total_seconds() if self._run(names) else _RETRY_S)

    def _run(self, asked: Names) -> bool:
        """One run; False when it failed. This is the job's outermost loop, so no error may end it."""
        names = asked
        try:
            for names in self._turn(asked):
                self._wake(names, self._recorded(names))
        except EwsError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - see above
            _log.exception("job_broken", job=self.job.name)
            self._failed(f"{type(error).__name__}: {error}")
        else:
            return True
        self.ask(names)
        return False

    def _turn(self, asked: Names) -> Sequence[Names]:
        """What is run now of what was asked: all of it."""
        return [asked]

    def _pause_s(self) -> float | None:
        """How long nothing is due, unless something is asked; None: for ever."""
        return None

    def _recorded(self, names: Names) -> int:
        """Run the job, and leave a record from time to time; how much it did."""
        now = datetime.now(UTC)
        due = self._recorded_s is None or time.monotonic() - self._recorded_s >= _RECORD_EVERY_S
        if due:
            self._record_start(now)
        done = self.job.run(self._house, names, now)
        if due:
            self._record_success()
        return done

    def _wake(self, names: Names, done: int) -> None:
        for name in (*self.job.always_wakes, *(self.job.wakes if done else ())):
            self._others[name].ask(names)

    def _record_start(self, now: datetime) -> None:
        with self._house.database.transaction() as connection:
            job_records.record_start(connection, self.job.name, now, every=self.job.every)

    def _record_success(self) -> None:
        now = datetime.now(UTC)
        with self._house.database.transaction() as connection:
            job_records.record_success(connection, self.job.name, now)
        self._recorded_s = time.monotonic()

    def _failed(self, error: str) -> None:
        _log.error("job_failed", job=self.job.name, error=error)
        self._recorded_s = None
        try:
            with self._house.database.transaction() as connection:
                job_records.record_error(connection, self.job.name, error)
        except EwsError as second:
            _log.warning("job_failure_not_recorded", job=self.job.name, error=str(second))
