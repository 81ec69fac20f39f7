"""What becomes of a batch of messages: readings in the database, or rejections with a reason; whatever it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from domain.errors import DatabaseRefusedError
from domain.stations import LIVE_CLOCK
from ingest import metrics
from ingest.batch import BatchStore
from ingest.clock_skew import ClockSkews
from ingest.intake import Envelope, Intake
from ingest.network import Network, load_network
from ingest.observations import Observations
from ingest.patience import Patience
from ingest.series_memory import SeriesMemory
from storage.accounts import Counts, add_account, add_source_accounts
from storage.database import Database
from storage.rejections import Rejection, reject

#: Reasons that a newer look at the network may take away.
_UNKNOWN = frozenset({"unknown_station", "unknown_quantity"})

_log = structlog.get_logger(__name__)


class Storing:
    """Stores batches against the newest network that is known; what it learns of the devices' clocks is kept in `skews`."""

    def __init__(
        self, database: Database, patience: Patience, batches: BatchStore, observations: Observations | None
    ) -> None:
        self._database, self._patience, self._batches, self._observations = database, patience, batches, observations
        self._newest: datetime | None = None
        self.network: Network | None = None
        self.skews = ClockSkews()

    def reload(self) -> None:
        """Take the network as it stands in the database; as it was when we are stopped first."""
        network = self._patience.until_done(self._load)
        if network is not None:
            self._take(network)

    def _take(self, network: Network) -> None:
        self.network = network
        self._batches.memory = SeriesMemory()

    def _load(self) -> Network:
        with self._database.transaction() as connection:
            return load_network(connection)

    def store(self, batch: Sequence[Envelope]) -> bool:
        """Store a batch whatever it takes; False when we were stopped before it was."""
        if self.network is None:
            return False
        began, first_at = time.monotonic(), batch[0].received_at
        intake = self._read(batch, self.network)
        if intake is None:
            return False
        metrics.received(intake.by_source)
        done = self._store_read(batch, intake)
        if done:
            metrics.BATCH_SECONDS.observe(time.monotonic() - began)
            metrics.committed(len(batch), first_at, self._newest, datetime.now(UTC))
        return done

    def _read(self, batch: Sequence[Envelope], network: Network) -> Intake | None:
        """What the messages hold; None when stopped. Whom we do not know may have been registered a moment ago.

        The notification of a change and the first message of a new station come by two roads; either may be first.
        """
        intake = self._batches.read(batch, network)
        if not any(one.reason in _UNKNOWN for one in intake.rejections):
            return intake
        newer = self._patience.until_done(self._load)
        if newer is None or newer.numbers == network.numbers:
            return None if newer is None else intake
        self._take(newer)
        return self._batches.read(batch, newer)

    def _store_read(self, batch: Sequence[Envelope], intake: Intake) -> bool:
        try:
            return self._patience.until_done(lambda: self._store_once(intake)) is not None
        except DatabaseRefusedError as error:
            return self._isolate(batch, error)

    def _store_once(self, intake: Intake) -> Counts:
        assert self.network is not None
        stored = self._batches.store_read(intake, self.network, datetime.now(UTC))
        self.network, self._newest = stored.network, stored.newest
        stations = stored.network.stations
        live = {s: d for s, d in stored.delays.items() if s in stations and stations[s].clock == LIVE_CLOCK}
        self.skews.note(live)
        metrics.count(stored.by_source)
        if self._observations is not None:
            self._observations.offer(stored.kept)
        return stored.counts

    def _isolate(self, batch: Sequence[Envelope], error: DatabaseRefusedError) -> bool:
        """Halve a refused batch until the message that the database does not take stands alone; that one is rejected."""
        assert self.network is not None
        if len(batch) == 1:
            return self._patience.until_done(lambda: self._reject(batch[0], error)) is not None
        middle = len(batch) // 2
        halves = (batch[:middle], batch[middle:])
        network = self.network
        return all(self._store_read(half, self._batches.read(half, network)) for half in halves)

    def _reject(self, envelope: Envelope, error: DatabaseRefusedError) -> Counts:
        assert self.network is not None
        _log.error("message_refused_by_database", topic=envelope.topic, error=str(error))
        rejection = Rejection(
            received_at=envelope.received_at,
            topic=envelope.topic,
            reason="refused_by_database",
            detail=str(error),
            payload=envelope.payload,
        )
        counts = Counts(received=1, stored=0, duplicates=0, revisions=0, rejected=1)
        name = self._batches.sources.name_of(envelope.topic)
        with self._database.transaction() as connection:
            reject(connection, [rejection])
            now = datetime.now(UTC)
            add_account(connection, self._batches.source, now, counts)
            add_source_accounts(connection, self._batches.source, now, {name: counts})
        # The readings it holds were counted as received; as one message that was refused they are one.
        readings = self._batches.read([envelope], self.network).received
        metrics.received({name: 1 - readings})
        metrics.count({name: counts})
        return counts
