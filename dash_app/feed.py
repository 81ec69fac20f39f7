"""What this process knows and when it changed: one LISTEN connection, one snapshot a revision, shared by all who look."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from dash_app.heard import ANYTHING, Heard, News
from dash_app.overview_source import Memory
from dash_app.pulse import Health, Pulse
from dash_app.reading_overview import read_overview
from dash_app.rules_in_force import RulesInForce
from dash_app.snapshot import Overview
from dash_app.watched import Watched, read_watched
from domain.errors import EwsError
from rules.configuration import RuleSet
from storage.database import Connection, Database
from storage.notifications import ALERTS, FORECASTS, NETWORK, READINGS, listen

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

#: Pushes are at least so far apart: a storm of readings is one update, and 2 s to the screen is kept with room to spare.
GATHER_S = 0.4
#: A snapshot older than this is read anew even when nothing was announced: ages, and announcements that were lost.
STALE_S = 8.0
#: What came so long ago has been committed: a moment before it will not change.
SETTLED = timedelta(minutes=1)
#: Past moments that are kept, a day in steps of ten minutes played once more; of a large network so many as have this
#: number of stations together, and always a few.
KEPT_MOMENTS = 144
KEPT_STATIONS = 20_000
FEWEST_MOMENTS = 4
_LISTEN_S = 0.5
#: Nothing is served before it: whoever came at once was told that the database is away.
_FIRST_ANSWER_S = 3.0
_DRAIN_S = 0.005


class Feed:
    """The newest overview, its revision number, and a way to wait for the next."""

    def __init__(self, database: Database, rules: RuleSet) -> None:
        self._database, self._in_force = database, RulesInForce(rules)
        self._lock, self._past_lock = threading.Lock(), threading.Lock()
        self._overview: Overview | None = None
        self._memory, self._heard = Memory(), Heard()
        self._told_by = rules  # by which what is in the memory was worked out
        self._past: dict[tuple[int, datetime], Overview] = {}  # by the number of the rules and the moment
        self._read_revision, self._read_at = -1, 0.0
        self.watched = Watched()  # as the pulse read it last
        self._pulse = Pulse(self._answers, _tell)
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._thread: threading.Thread | None = None
        self.revision = 1

    @property
    def rules(self) -> RuleSet:
        """The rules in force as last read; those given at the start until others are adopted."""
        return self._in_force.rules

    @property
    def rules_number(self) -> int:
        """Of the rules in force as last read."""
        return self._in_force.number

    @property
    def health(self) -> Health:
        """Whether the database answers, known without asking it: this never waits."""
        return self._pulse.health

    def start(self) -> None:
        """Listen, in the running event loop's name."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._listen, name="dash-feed", daemon=True)
        self._thread.start()
        self._pulse.start()
        self._pulse.wait_for_first_answer(_FIRST_ANSWER_S)

    def release(self) -> None:
        """In the event loop: wake whoever waits, so that nothing keeps the server from closing."""
        self._stop.set()
        self._changed.set()

    def stop(self) -> None:
        """End the threads."""
        self._stop.set()
        self._pulse.stop()
        if self._thread is not None:
            self._thread.join(timeout=2 * _LISTEN_S)

    @property
    def known_stations(self) -> frozenset[str] | None:
        """Ids of all stations as last read; None before the first reading."""
        overview = self._overview
        return None if overview is None else frozenset(s.station.id for s in overview.stations)

    @property
    def stopped(self) -> bool:
        """Whether the process is closing."""
        return self._stop.is_set()

    async def after(self, seen: int) -> int:
        """Wait until the revision is not `seen`; return it."""
        while self.revision == seen and not self.stopped:
            await self._changed.wait()
        return self.revision

    def _listen(self) -> None:
        with listen(self._database.url, (READINGS, FORECASTS, ALERTS, NETWORK)) as listener:
            while not self._stop.is_set():
                heard = listener.wait(_LISTEN_S)
                if not heard:
                    continue
                # The first is told at once, what follows in the next moment together.
                while heard and not self._stop.is_set():
                    self._heard.add(heard)
                    heard = listener.wait(_DRAIN_S)
                if self._loop is not None and not self._stop.is_set():
                    self._loop.call_soon_threadsafe(self._bump)
                self._stop.wait(GATHER_S)

    def _bump(self) -> None:
        """In the event loop: a new revision, and everybody who waits is woken once."""
        self.revision += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    @property
    def fresh(self) -> Overview | None:
        """The overview of the newest revision when it has been read already, without waiting."""
        return self._overview if self._is_fresh(self.revision) else None

    def _is_fresh(self, revision: int) -> bool:
        return self._read_revision == revision and time.monotonic() - self._read_at <= STALE_S

    def overview(self) -> Overview | None:
        """The overview of the newest revision, read once; while the database is away the last one, or None."""
        with self._lock:
            revision = self.revision
            if not self._is_fresh(revision):
                news = self._heard.take()
                found = self._try(lambda c: self._present(c, news))
                self._read_at = time.monotonic()
                if found is None:
                    self._heard.lost()
                else:
                    self._overview, self._read_revision = found, revision
            return self._overview

    def _present(self, connection: Connection, news: News) -> Overview:
        """By the rules in force; what was worked out by others is forgotten."""
        rules = self._in_force.take(connection)
        if rules is not self._told_by:
            self._told_by, self._memory, news = rules, Memory(), ANYTHING
        return read_overview(connection, rules, datetime.now(UTC), self._memory, news=news)

    def overview_at(self, moment: datetime | None) -> Overview | None:
        """The overview as it was known at a past moment, kept for the next who asks; of now without a moment."""
        if moment is None:
            return self.overview()
        number, rules = self._in_force.number, self.rules
        kept = self._past.get((number, moment))
        if kept is None:
            now = datetime.now(UTC)
            kept = self._try(lambda c: read_overview(c, rules, now, as_of=moment))
            if kept is not None and now - moment > SETTLED:
                self._keep((number, moment), kept)
        return kept

    def _keep(self, moment: tuple[int, datetime], then: Overview) -> None:
        """For the next who looks back, instead of the oldest where there are too many."""
        with self._past_lock:
            self._past[moment] = then
            while self._too_many():
                del self._past[next(iter(self._past))]

    def _too_many(self) -> bool:
        count, stations = len(self._past), sum(len(each.stations) for each in self._past.values())
        return count > KEPT_MOMENTS or (count > FEWEST_MOMENTS and stations > KEPT_STATIONS)

    def read(self, reading: Callable[[Connection], _T]) -> _T | None:
        """Run one reading function in a transaction; None while the database is away."""
        return self._try(reading)

    def _try(self, reading: Callable[[Connection], _T]) -> _T | None:
        try:
            with self._database.transaction() as connection:
                found = reading(connection)
        except EwsError as error:
            _log.debug("pages_not_read", error=str(error))
            self._pulse.note(database=False)
            return None
        self._pulse.note(database=True)
        return found

    def _answers(self) -> bool:
        """The question of the pulse: how scheduler and ingest are doing, and by which rules."""
        found = self._try(self._watch)
        if found is not None:
            self.watched = found
        return found is not None

    def _watch(self, connection: Connection) -> Watched:
        """The rules too, for who looks at the past alone."""
        self._in_force.take(connection)
        return read_watched(connection)


def _tell(health: Health) -> None:
    if health.database:
        _log.info("pages_database_answers")
    else:
        _log.warning("pages_database_away")
