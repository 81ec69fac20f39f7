"""The ingest worker: messages become stored readings, and only then are they acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TypeVar

import structlog

from domain.errors import DatabaseRefusedError, DatabaseUnavailableError, SchemaOutdatedError
from domain.settings import Settings
from domain.stations import LIVE_CLOCK
from ingest import metrics
from ingest.backoff import Backoff
from ingest.batch import BatchStore
from ingest.clock_skew import ClockSkews
from ingest.door import Door
from ingest.inbox import Inbox
from ingest.intake import Envelope
from ingest.network import Network, load_network
from ingest.routing import Sources
from ingest.series_memory import SeriesMemory
from ingest.session import RECEIVE_MAXIMUM, Session
from ingest.sources import load_sources
from storage.accounts import Counts, add_account
from storage.database import Database
from storage.jobs import record_error, record_start, record_success
from storage.notifications import NETWORK, Listener
from storage.rejections import Rejection, reject
from storage.station_clocks import save_clocks

#: Room for every message the broker may have under way, and as many again of QoS 0.
_CAPACITY = 2 * RECEIVE_MAXIMUM
_IDLE_S = 0.2
_SKEWS_EVERY_S = 60.0
_BEAT_EVERY_S = 5.0
_AWAY = (DatabaseUnavailableError, SchemaOutdatedError)

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


def run(
    settings: Settings, database_url: str, mqtt_url: str, stop: Event, *, ready: Callable[[], None] | None = None
) -> None:
    """Take in readings until `stop` is set; `ready` is called once when the worker is subscribed and knows the network.

    A broker or database that is away is waited for. Whatever was not committed when this returns, or is killed, was not
    acknowledged: the broker delivers it again.
    """
    with Database(database_url, max_size=2) as database:
        worker = Worker(settings, database, mqtt_url, stop, load_sources(settings.config_dir))
        worker.run(ready or (lambda: None))


class Worker:
    """One worker: a session, an inbox, and the batches in between."""

    def __init__(self, settings: Settings, database: Database, mqtt_url: str, stop: Event, sources: Sources) -> None:
        self._stop = stop
        self._database = database
        self._inbox = Inbox(_CAPACITY)
        self._session = Session(mqtt_url, settings.mqtt_client_id, self._inbox, sources=sources, tls=settings.mqtt_tls)
        adopt = settings.unknown_stations == "adopt"
        self._batches = BatchStore(database, settings.mqtt_client_id, adopt, SeriesMemory(), sources)
        self._network: Network | None = None
        self._network_changed = Event()
        self._backoff = Backoff(first_s=0.1, longest_s=5.0)
        self._away = False
        self._beat_due = time.monotonic()
        self._skews, self._skews_due = ClockSkews(), time.monotonic() + _SKEWS_EVERY_S
        self._door = Door(database, settings.mqtt_client_id)

    def run(self, ready: Callable[[], None]) -> None:
        """Until stopped."""
        listening = Thread(target=self._listen, name="ews-ingest-listener", daemon=True)
        listening.start()
        self._session.start()
        try:
            self._serve(ready)
        finally:
            self._stop.set()
            self._inbox.close()
            self._session.stop()
            listening.join()

    def _listen(self) -> None:
        with Listener(self._database.url, [NETWORK]) as listener:
            while not self._stop.is_set():
                if listener.wait(0.5):
                    self._network_changed.set()

    def _serve(self, ready: Callable[[], None]) -> None:
        announced = False
        while not self._stop.is_set():
            self._reload()
            if not announced and self._network is not None and self._session.subscribed.is_set():
                _log.info("ingest_ready", stations=len(self._network.stations))
                announced = True
                ready()
            batch = self._inbox.take(_IDLE_S if announced else 0.02)
            self._observe()
            if batch and self._store(batch):
                self._session.acknowledge(batch)
            elif not batch:
                self._session.watch()
            if time.monotonic() >= self._skews_due:
                self._save_skews()
            if time.monotonic() >= self._beat_due:
                self._beat()

    def _beat(self) -> None:
        """A sign of life that the scheduler watches: the loop turns, the database stores, the broker delivers."""
        self._beat_due, now = time.monotonic() + _BEAT_EVERY_S, datetime.now(UTC)
        try:
            with self._database.transaction() as connection:
                record_start(connection, "ingest", now, every=timedelta(seconds=_BEAT_EVERY_S))
                if self._session.subscribed.is_set():
                    record_success(connection, "ingest", now)
                else:
                    record_error(connection, "ingest", "not connected to the MQTT broker")
        except _AWAY as error:
            _log.debug("beat_not_stored", error=str(error))  # its absence is the message

    def _save_skews(self) -> None:
        self._skews_due = time.monotonic() + _SKEWS_EVERY_S
        clocks = self._skews.take(datetime.now(UTC))
        if not clocks:
            return
        try:
            with self._database.transaction() as connection:
                save_clocks(connection, clocks)
        except _AWAY as error:
            _log.debug("clock_skews_not_saved", error=str(error))  # the next readings bring the next estimate

    def _observe(self) -> None:
        metrics.WAITING.set(len(self._inbox))
        self._door.tell(len(self._inbox))
        if self._inbox.dropped:
            metrics.DROPPED.inc(self._inbox.dropped)
            _log.warning("messages_dropped", qos=0, count=self._inbox.dropped)
            self._inbox.dropped = 0

    def _reload(self) -> None:
        """Load the network at the start and whenever it changed; limits may have changed, so the traces start anew."""
        if self._network is not None and not self._network_changed.is_set():
            return
        self._network_changed.clear()
        network = self._patiently(self._load)
        if network is not None:
            self._network = network
            self._batches.memory = SeriesMemory()

    def _load(self) -> Network:
        with self._database.transaction() as connection:
            return load_network(connection)

    def _store(self, batch: Sequence[Envelope]) -> bool:
        """Store a batch whatever it takes; False when we were stopped before it was."""
        began = time.monotonic()
        try:
            done = self._patiently(lambda: self._store_once(batch))
        except DatabaseRefusedError as error:
            return self._isolate(batch, error)
        metrics.BATCH_SECONDS.observe(time.monotonic() - began)
        return done is not None

    def _store_once(self, batch: Sequence[Envelope]) -> Counts:
        assert self._network is not None
        stored = self._batches.store(batch, self._network, datetime.now(UTC))
        self._network = stored.network
        stations = stored.network.stations
        live = {s: d for s, d in stored.delays.items() if s in stations and stations[s].clock == LIVE_CLOCK}
        self._skews.note(live)
        metrics.count(stored.counts)
        return stored.counts

    def _isolate(self, batch: Sequence[Envelope], error: DatabaseRefusedError) -> bool:
        """Halve a refused batch until the message that the database does not take stands alone; that one is rejected."""
        if len(batch) == 1:
            return self._patiently(lambda: self._reject(batch[0], error)) is not None
        middle = len(batch) // 2
        return self._store(batch[:middle]) and self._store(batch[middle:])

    def _reject(self, envelope: Envelope, error: DatabaseRefusedError) -> Counts:
        _log.error("message_refused_by_database", topic=envelope.topic, error=str(error))
        rejection = Rejection(
            received_at=envelope.received_at,
            topic=envelope.topic,
            reason="refused_by_database",
            detail=str(error),
            payload=envelope.payload,
        )
        counts = Counts(received=1, stored=0, duplicates=0, revisions=0, rejected=1)
        with self._database.transaction() as connection:
            reject(connection, [rejection])
            add_account(connection, self._batches.source, datetime.now(UTC), counts)
        metrics.count(counts)
        return counts

    def _patiently(self, action: Callable[[], _T]) -> _T | None:
        """Repeat `action` until the database is there; None when we were stopped first."""
        while not self._stop.is_set():
            try:
                done = action()
            except _AWAY as error:
                self._database_away(error)
            else:
                self._database_there()
                return done
        return None

    def _database_away(self, error: Exception) -> None:
        if not self._away:
            _log.warning("database_away", error=str(error), waiting=len(self._inbox))
            metrics.DATABASE_AWAY.set(1)
        self._away = True
        self._stop.wait(self._backoff.next_s())

    def _database_there(self) -> None:
        if self._away:
            _log.info("database_back", waiting=len(self._inbox))
            metrics.DATABASE_AWAY.set(0)
        self._away = False
        self._backoff.reset()
