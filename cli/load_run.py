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
from storage.load_rows import only_load, rows_of_load, rows_there
from storage.stations import sync_network

_LOOK_S = 0.02
#: A row that is not there so long after everything was acknowledged is lost.
_PATIENCE_S = 60.0
_SETTLE_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One load. `until_stored`: of a part of the readings, from when one was due to a row that others can read.

    `stored_unacknowledged`: how many of the rows are of messages that the broker has not acknowledged.
    """

    sent: LoadSent
    stored: int
    stored_unacknowledged: int
    stored_after_s: float  # from the first message to the look that found the last row
    until_stored: Latencies

    @property
    def lost(self) -> int:
        """Acknowledged by the broker and not stored. A row that nobody acknowledged makes up for none of them."""
        return self.sent.acknowledged - (self.stored - self.stored_unacknowledged)


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
            self.until_stored.add(now_s - waiting.pop(name).since_s)


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
    what cannot be reached, and while another load is sent into the same database.
    """
    network = load_stations(stations, rate)
    with only_load(database_url), Database(database_url) as database:
        with database.transaction() as connection:
            sync_network(connection, network)
        watch = RowWatch(database)
        watch.start()
        try:
            with Load(mqtt_url, stations, stop, tls, connections=connections) as load:
                sent = load.run(rate, seconds, watch.probe, partial(_tell, on_progress, watch))
            (stored, unacknowledged), last_s = _wait_for_rows(database, [one.id for one in network], sent)
            time.sleep(_SETTLE_S)
        finally:
            watch.end()
    if watch.failure is not None:
        raise watch.failure
    return Measured(
        sent=sent,
        stored=stored,
        stored_unacknowledged=unacknowledged,
        stored_after_s=last_s - sent.began_s,
        until_stored=watch.until_stored,
    )


def _tell(listener: Callable[[LoadSent, Latencies], None] | None, watch: RowWatch, sent: LoadSent) -> None:
    if listener is not None:
        listener(sent, watch.until_stored.since_asked())


def _wait_for_rows(database: Database, stations: list[str], sent: LoadSent) -> tuple[tuple[int, int], float]:
    """(what `_rows` finds, when the last of them was there), once all are there or none has come for long."""
    rows, changed_s = (0, 0), time.monotonic()
    while True:
        looked_s = time.monotonic()  # what is found was there by then; counting a day of rows takes a while
        now = _rows(database, stations, sent)
        rest_s = max(_LOOK_S, 2 * (time.monotonic() - looked_s))  # counting must not be what the database is busy with
        if now != rows:
            rows, changed_s = now, looked_s
        if rows[0] - rows[1] >= sent.acknowledged or looked_s - changed_s > _PATIENCE_S:
            return rows, changed_s
        time.sleep(rest_s)


def _rows(database: Database, stations: list[str], sent: LoadSent) -> tuple[int, int]:
    """(rows of the load, how many of them are of messages that were not acknowledged)."""
    with database.transaction() as connection:
        stored = rows_of_load(connection, stations, sent.began, sent.ends)
        return stored, len(rows_there(connection, sent.unacknowledged)) if sent.unacknowledged else 0
