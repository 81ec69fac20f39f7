"""`ews simulate --stations`: a load, and how long it takes from a gauge to the broker and to a committed row, seen from outside."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from domain.broker_address import TlsFiles
from domain.errors import EwsError
from simulators.latencies import Latencies
from simulators.load import Load, LoadSent, Probe, load_stations
from storage.database import Database
from storage.load_rows import rows_of_load, rows_there
from storage.stations import sync_network

_LOOK_S = 0.02
#: A row that is not there so long after everything was acknowledged is lost.
_PATIENCE_S = 60.0
_SETTLE_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One load. `until_stored`: of a part of the readings, from publishing to a row that others can read."""

    sent: LoadSent
    stored: int
    stored_after_s: float  # from the first message to the last row
    until_stored: Latencies

    @property
    def lost(self) -> int:
        """Acknowledged by the broker and not stored."""
        return self.sent.acknowledged - self.stored


class RowWatch(threading.Thread):
    """Looks into the database for the rows of probes, over a connection of its own."""

    def __init__(self, database: Database) -> None:
        super().__init__(name="row-watch", daemon=True)
        self._database = database
        self._new: queue.SimpleQueue[Probe] = queue.SimpleQueue()
        self._ended = threading.Event()
        self.until_stored = Latencies()
        self.failure: EwsError | None = None

    def probe(self, probe: Probe) -> None:
        """Look for one more."""
        self._new.put(probe)

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Until `end` is called."""
        waiting: dict[tuple[str, object], Probe] = {}
        try:
            while not self._ended.wait(_LOOK_S):
                while not self._new.empty():
                    probe = self._new.get()
                    waiting[probe.station, probe.observed_at] = probe
                if waiting:
                    self._look(waiting)
        except EwsError as error:
            self.failure = error

    def _look(self, waiting: dict[tuple[str, object], Probe]) -> None:
        with self._database.transaction() as connection:
            found = rows_there(connection, [(probe.station, probe.observed_at) for probe in waiting.values()])
        now_s = time.monotonic()
        for name in found:
            self.until_stored.add(now_s - waiting.pop(name).sent_s)


def measure(
    database_url: str,
    mqtt_url: str,
    *,
    stations: int,
    rate: float,
    seconds: float,
    connections: int,
    stop: threading.Event,
    tls: TlsFiles | None = None,
    on_progress: Callable[[LoadSent, Latencies], None] | None = None,
) -> Measured:
    """Register the stations of the load, send it, and wait for its rows; `stop` ends the sending and not the counting.

    `on_progress` is told each minute what was sent, and how long rows took since it was told last. Raises EwsError for
    what cannot be reached.
    """
    network = load_stations(stations, rate)
    with Database(database_url) as database:
        with database.transaction() as connection:
            sync_network(connection, network)
        watch = RowWatch(database)
        watch.start()
        began_s = time.monotonic()
        try:
            with Load(mqtt_url, stations, stop, tls, connections=connections) as load:
                sent = load.run(rate, seconds, watch.probe, partial(_tell, on_progress, watch))
            stored, last_s = _wait_for_rows(database, [one.id for one in network], sent)
            time.sleep(_SETTLE_S)
        finally:
            watch.end()
    if watch.failure is not None:
        raise watch.failure
    return Measured(sent=sent, stored=stored, stored_after_s=last_s - began_s, until_stored=watch.until_stored)


def _tell(listener: Callable[[LoadSent, Latencies], None] | None, watch: RowWatch, sent: LoadSent) -> None:
    if listener is not None:
        listener(sent, watch.until_stored.since_asked())


def _wait_for_rows(database: Database, stations: list[str], sent: LoadSent) -> tuple[int, float]:
    """(rows, when the last of them came), once all are there or none has come for long."""
    stored, changed_s = 0, time.monotonic()
    while True:
        looked_s = time.monotonic()
        with database.transaction() as connection:
            now = rows_of_load(connection, stations, sent.began, sent.ends)
        rest_s = max(_LOOK_S, 2 * (time.monotonic() - looked_s))  # counting must not be what the database is busy with
        if now != stored:
            stored, changed_s = now, time.monotonic()
        if stored >= sent.acknowledged or time.monotonic() - changed_s > _PATIENCE_S:
            return stored, changed_s
        time.sleep(rest_s)
