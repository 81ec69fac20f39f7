"""One batch of messages, one transaction: readings, flags, rejections, accounts and the announcement, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from domain.readings import QualityFlag, Reading
from domain.stations import LIVE_CLOCK, Series
from domain.times import require_aware
from ingest.intake import Accepted, Envelope, Intake, by_series, take_in, touched
from ingest.metrics import COMMIT_SECONDS
from ingest.network import Network, adopted, load_network
from ingest.routing import Sources
from ingest.series_memory import Judged, Judgement, SeriesMemory, judge_again, neighbourhood
from quality.streaming import Point
from storage.accounts import NOTHING, Counts, add_account, add_source_accounts
from storage.database import Connection, Database
from storage.history import recent_values_of, values_between, values_since
from storage.notifications import READINGS, notify_names
from storage.readings import Evidence, StoreCounts, add_evidence, store_readings
from storage.rejections import reject
from storage.stations import adopt_stations, set_status

#: A trace needs no more: a day of five-minute readings and more.
_MOST_OF_OTHERS = 400


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch. `network` is another one when stations were adopted."""

    counts: Counts
    by_source: Mapping[str, Counts]
    newest: datetime | None  # of the observed_at that came live
    network: Network
    delays: Mapping[str, timedelta]  # by station: ingest.intake.Intake
    kept: Sequence[Reading] = ()  # the readings that are new or revised


@dataclass(slots=True)
class BatchStore:
    """Stores batches for one source (a worker, or a replay)."""

    database: Database
    source: str
    adopt: bool
    memory: SeriesMemory
    sources: Sources = field(default_factory=Sources)
    shared: bool = False  # other workers store readings of the same series

    def read(self, envelopes: Sequence[Envelope], network: Network) -> Intake:
        """What the messages hold."""
        return take_in(envelopes, network, adopt=self.adopt, sources=self.sources)

    def store(
        self,
        envelopes: Sequence[Envelope],
        network: Network,
        now: datetime,
        *,
        known_at: datetime | None = None,
        besides: Callable[[Connection], None] | None = None,
    ) -> Stored:
        """Store messages; all of them or nothing.

        `known_at`: when the readings became known, if not when their messages came. `besides` is done in the same
        transaction. Raises what `store_read` raises.
        """
        intake = self.read(envelopes, network)
        if known_at is not None:
            intake.accepted = [replace(one, received_at=known_at) for one in intake.accepted]
        return self.store_read(intake, network, now, besides=besides)

    def store_read(
        self,
        intake: Intake,
        network: Network,
        now: datetime,
        *,
        besides: Callable[[Connection], None] | None = None,
    ) -> Stored:
        """Store what was read; all of it or nothing.

        Raises DatabaseUnavailableError, SchemaOutdatedError, DatabaseRefusedError: then nothing has changed, or, when
        the connection was lost during the commit, everything has, and storing it again makes duplicates only.
        """
        with COMMIT_SECONDS.time(), self.database.transaction() as connection:
            network = _register(connection, intake, network)
            work = _Work(connection, intake, network, self.memory, shared=self.shared)
            by_source = work.store()
            reject(connection, intake.rejections)
            for station, word, at in intake.statuses:
                set_status(connection, station, word, at)
            counts = sum(by_source.values(), NOTHING)
            if counts.received:
                add_account(connection, self.source, now, counts)
                add_source_accounts(connection, self.source, now, by_source)
            if besides is not None:
                besides(connection)
        work.remember()
        return Stored(counts, by_source, _newest_live(intake, network), network, intake.delays, work.kept)


def _newest_live(intake: Intake, network: Network) -> datetime | None:
    live = (one for one in intake.accepted if network.stations[one.station].clock == LIVE_CLOCK)
    return max((one.measurement.observed_at for one in live), default=None)


def _register(connection: Connection, intake: Intake, network: Network) -> Network:
    if not intake.adoptions:
        return network
    # One order for all workers: no deadlock.
    adopt_stations(connection, [adopted(station, intake.adoptions[station]) for station in sorted(intake.adoptions)])
    return load_network(connection)


class _Work:
    """The readings of one batch on their way into the database."""

    def __init__(
        self, connection: Connection, intake: Intake, network: Network, memory: SeriesMemory, *, shared: bool
    ) -> None:
        self._connection, self._intake, self._network, self._memory = connection, intake, network, memory
        self._places = by_series(intake.accepted, network.numbers)
        self._late: list[int] = []
        self.kept: list[Reading] = []
        names = {number: name for name, number in network.numbers.items() if number in self._places}
        self._series: dict[int, Series] = {number: network.series[name] for number, name in names.items()}
        wanted = memory.missing(self._series)
        history = recent_values_of(connection, wanted) if wanted else {}
        if shared:
            history |= self._of_others(wanted)
        self._judgement = Judgement(memory, history)

    def _of_others(self, unknown: Collection[int]) -> dict[int, list[tuple[datetime, float]]]:
        """What other workers have stored of these series since we last looked, so that no test misses a neighbour."""
        known = {number: self._memory.trace(number).newest for number in self._series if number not in unknown}
        newest = {number: at for number, at in known.items() if at is not None}
        return values_since(self._connection, newest, _MOST_OF_OTHERS)

    def store(self) -> dict[str, Counts]:
        """Flag and store the readings and what the tests found; announce what changed. What became of them, by source."""
        accepted = self._intake.accepted
        judged = self._judge()
        rows = [_reading(one, judged[i].flag) for i, one in enumerate(accepted)]
        counts = store_readings(self._connection, rows, self._network.numbers)
        self.kept = [row for i, row in enumerate(rows) if i not in counts.repeated]
        evidence = [e for i, one in judged.items() if i not in counts.repeated for e in one.evidence]
        evidence += self._judge_late(judged, counts.repeated)
        add_evidence(self._connection, evidence)
        notify_names(self._connection, READINGS, touched(accepted, counts.repeated))
        return self._by_source(counts)

    def _by_source(self, counts: StoreCounts) -> dict[str, Counts]:
        accepted, received = self._intake.accepted, self._intake.by_source
        duplicates = Counter(accepted[i].source for i in counts.repeated)
        revisions = Counter(accepted[i].source for i in counts.revised)
        return {
            source: Counts(
                received=number,
                stored=number - duplicates[source] - revisions[source] - self._intake.rejected_by[source],
                duplicates=duplicates[source],
                revisions=revisions[source],
                rejected=self._intake.rejected_by[source],
            )
            for source, number in received.items()
        }

    def _judge(self) -> dict[int, Judged]:
        return {i: self._judge_one(number, i) for number, places in self._places.items() for i in places}

    def _judge_one(self, number: int, position: int) -> Judged:
        m = self._intake.accepted[position].measurement
        return self._judgement.judge(number, self._series[number], Point(m.observed_at, m.value), m.status)

    def _judge_late(self, judged: dict[int, Judged], repeated: frozenset[int]) -> list[Evidence]:
        """A late or revised value changes what the tests say of its neighbours: look at them again."""
        found: list[Evidence] = []
        for number, places in self._places.items():
            late = [i for i in places if judged[i].late and i not in repeated]
            if late:
                self._late.append(number)
                series = self._series[number]
                times = [self._intake.accepted[i].measurement.observed_at for i in late]
                span = neighbourhood(series, times)
                found += judge_again(number, series, values_between(self._connection, number, *span))
        return found

    def remember(self) -> None:
        """The transaction has committed: what was seen may be relied upon."""
        self._memory.keep(self._judgement.traces, self._late)


def _reading(accepted: Accepted, flag: QualityFlag) -> Reading:
    m = accepted.measurement
    return Reading(
        station=accepted.station,
        quantity=m.quantity,
        observed_at=require_aware(m.observed_at, "observed_at"),
        received_at=accepted.received_at,
        value=m.value,
        flag=flag,
        seq=m.seq,
        status=m.status,
        battery_v=m.battery_v,
    )
