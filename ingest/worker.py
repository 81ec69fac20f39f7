"""The ingest worker: messages become stored readings, and only then are they acknowledged."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import structlog

from domain.errors import EwsError
from domain.settings import Settings
from ingest import metrics
from ingest.batch import BatchStore
from ingest.door import Door
from ingest.inbox import Inbox
from ingest.observations import Observations, published
from ingest.patience import AWAY, Patience
from ingest.routing import Sources
from ingest.series_memory import SeriesMemory
from ingest.session import RECEIVE_MAXIMUM, Session, subscriptions
from ingest.share import Share, retired, share
from ingest.sources import load_sources
from ingest.storing import Storing
from ingest.subscribed import Subscribed
from storage.database import Database
from storage.ingest_sessions import sessions
from storage.jobs import record_error, record_start, record_success
from storage.notifications import NETWORK, Listener
from storage.station_clocks import save_clocks

#: Room for every message the broker may have under way, and as many again of QoS 0.
_CAPACITY = 2 * RECEIVE_MAXIMUM
_IDLE_S = 0.2
_SKEWS_EVERY_S = 60.0
_BEAT_EVERY_S = 5.0
#: A session that is given up has nothing more to say after this.
_QUIET_S = 3.0
#: Batches make many short-lived objects and no cycles: collecting the youngest after 700 of them, as Python does, costs a tenth.
_COLLECT_AFTER = 50_000

_log = structlog.get_logger(__name__)


def run(
    settings: Settings,
    database_url: str,
    mqtt_url: str,
    stop: Event,
    *,
    ready: Callable[[], None] | None = None,
    number: int = 1,
    workers: int = 1,
) -> None:
    """Take in readings until `stop` is set; `ready` is called once when the worker is subscribed and knows the network.

    A broker or database that is away is waited for. Whatever was not committed when this returns, or is killed, was not
    acknowledged: the broker delivers it again. `number` of `workers`: see ingest.share.
    Raises EwsError when another process keeps taking the session, ConfigurationError when the metrics' port is taken.
    """
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    mine = share(settings, number, workers)
    metrics.WINDOW.set(RECEIVE_MAXIMUM)
    with (
        Database(database_url, max_size=2) as database,
        metrics.served(settings.http_host, mine.metrics_port),
        published(settings, mqtt_url) as observations,
    ):
        sources = load_sources(settings.config_dir)
        worker = Worker(settings, database, mqtt_url, stop, sources, mine=mine, observations=observations)
        left = Thread(
            target=_serve_retired,
            args=(settings, database, mqtt_url, stop),
            kwargs={"sources": sources, "workers": workers},
            name="ews-ingest-retired",
        )

        def begun() -> None:
            if ready is not None:
                ready()
            if number == 1:
                left.start()

        try:
            worker.run(begun)
        finally:
            stop.set()
            if left.is_alive():
                left.join()


def _serve_retired(
    settings: Settings, database: Database, mqtt_url: str, stop: Event, *, sources: Sources, workers: int
) -> None:
    """Empty and end the sessions of workers that are no more; the broker would queue for them for ever."""

    def load() -> list[str]:
        with database.transaction() as connection:
            return retired(sessions(connection), settings, workers)

    for client_id in Patience(stop, lambda: 0).until_done(load) or ():
        mine = Share(client_id, None, None)
        Worker(settings, database, mqtt_url, stop, sources, mine=mine, retiring=True).run(lambda: None)


class Worker:
    """One worker: a session, an inbox, and the batches in between. `retiring`: until the session is empty; then it ends."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        mqtt_url: str,
        stop: Event,
        sources: Sources,
        *,
        mine: Share,
        retiring: bool = False,
        observations: Observations | None = None,
    ) -> None:
        self._stop, self._database, self._retiring = stop, database, retiring
        self._inbox = Inbox(_CAPACITY, RECEIVE_MAXIMUM)
        self._patience = Patience(stop, lambda: len(self._inbox))
        self._session = Session(
            mqtt_url,
            mine.client_id,
            self._inbox,
            subscriptions([] if retiring else sources.subscriptions, mine.group),
            tls=settings.mqtt_tls,
            keepalive_s=settings.mqtt_keepalive_s,
        )
        self._subscribed = Subscribed(database, self._session, mine.client_id, sources.switched_off)
        adopt, shared = settings.unknown_stations == "adopt", retiring or mine.group is not None
        batches = BatchStore(database, mine.client_id, adopt, SeriesMemory(), sources, shared=shared)
        self._storing = Storing(database, self._patience, batches, observations)
        self._network_changed = Event()
        self._beat_due = time.monotonic()
        self._skews_due = time.monotonic() + _SKEWS_EVERY_S
        self._door = Door(database, mine.client_id, sources, self._inbox)
        self._heard_at = time.monotonic()

    def run(self, ready: Callable[[], None]) -> None:
        """Until stopped. Raises EwsError when another process keeps taking the session."""
        ended = Event()
        listening = Thread(target=self._listen, args=(ended,), name="ews-ingest-listener", daemon=True)
        listening.start()
        try:
            self._serve(ready)
        finally:
            ended.set()
            self._inbox.close()
            self._session.stop(forever=self._retiring and self._empty)
            listening.join()
        if self._session.given_up is not None:
            raise EwsError(self._session.given_up)
        if self._retiring and self._empty:
            self._patience.until_done(self._subscribed.forget)

    def _listen(self, ended: Event) -> None:
        with Listener(self._database.url, [NETWORK]) as listener:
            while not ended.is_set():
                if listener.wait(0.5):
                    self._network_changed.set()

    def _serve(self, ready: Callable[[], None]) -> None:
        announced = False
        # First what the broker keeps for us is on record, then it is asked to keep it.
        self._patience.until_done(self._subscribed.record)
        self._session.start()
        while not self._stop.is_set() and self._session.given_up is None and not (self._retiring and self._empty):
            self._reload()
            network = self._storing.network
            if not announced and network is not None and self._session.subscribed.is_set():
                _log.info("ingest_ready", stations=len(network.stations))
                announced = True
                ready()
            self._work(_IDLE_S if announced else 0.02)

    @property
    def _empty(self) -> bool:
        """Nothing has come for a while to a session that subscribes to nothing any more."""
        return self._subscribed.settled and time.monotonic() - self._heard_at > _QUIET_S

    def _work(self, idle_s: float) -> None:
        batch = self._inbox.take(idle_s)
        self._observe()
        if batch:
            self._heard_at = time.monotonic()
            if self._storing.store(batch):
                self._session.acknowledge(batch)
                self._heard_at = time.monotonic()
        else:
            self._session.watch()
        if self._session.subscribed.is_set() and not self._subscribed.settled:
            self._patience.until_done(self._subscribed.settle)
        if time.monotonic() >= self._skews_due:
            self._save_skews()
        if time.monotonic() >= self._beat_due and not self._retiring:
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
        except AWAY as error:
            _log.debug("beat_not_stored", error=str(error))  # its absence is the message

    def _save_skews(self) -> None:
        self._skews_due = time.monotonic() + _SKEWS_EVERY_S
        clocks = self._storing.skews.take(datetime.now(UTC))
        if not clocks:
            return
        try:
            with self._database.transaction() as connection:
                save_clocks(connection, clocks)
        except AWAY as error:
            _log.debug("clock_skews_not_saved", error=str(error))  # the next readings bring the next estimate

    def _observe(self) -> None:
        if self._retiring:
            return
        metrics.UNACKNOWLEDGED.set(self._session.unacknowledged)
        metrics.WAITING.set(len(self._inbox))
        self._door.tell()
        if self._inbox.dropped:
            metrics.DROPPED.inc(self._inbox.dropped)
            _log.warning("messages_dropped", qos=0, count=self._inbox.dropped)
            self._inbox.dropped = 0

    def _reload(self) -> None:
        """Load the network at the start and whenever it changed; limits may have changed, so the traces start anew."""
        if self._storing.network is not None and not self._network_changed.is_set():
            return
        self._network_changed.clear()
        self._storing.reload()
