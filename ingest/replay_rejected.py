"""Reading rejected messages again, after what was wrong with them has been put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.times import require_aware
from ingest.batch import BatchStore
from ingest.intake import Envelope, take_in
from ingest.network import load_network
from ingest.routing import Sources
from ingest.series_memory import SeriesMemory
from storage.database import Database
from storage.rejections import StoredRejection, list_rejected, mark_replayed

_SOURCE = "replay"
_PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayCounts:
    """What became of the rejections that were read again; `left`: still rejected, or kept cut and thus unreadable."""

    replayed: int
    stored: int
    duplicates: int
    revisions: int
    left: int


def replay_rejected(
    database: Database,
    now: datetime,
    *,
    sources: Sources,
    reason: str | None = None,
    topic: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> ReplayCounts:
    """Store the readings of rejections that can be read by now, page by page; each page is one transaction.

    A rejection that yields at least one reading is marked as replayed, and what of it is still wrong is rejected anew.
    The others stay as they are. The readings count as received at `now`: nobody has seen them before.
    Raises DatabaseUnavailableError, SchemaOutdatedError, DatabaseRefusedError; finished pages stay.
    """
    total = ReplayCounts(replayed=0, stored=0, duplicates=0, revisions=0, left=0)
    after_id, seen = 0, 0
    while limit is None or seen < limit:
        size = _PAGE if limit is None else min(_PAGE, limit - seen)
        with database.transaction() as connection:
            page = list_rejected(
                connection,
                reason=reason,
                topic=topic,
                since=since,
                until=until,
                limit=size,
                replayed=False,
                after_id=after_id,
            )
        if not page:
            break
        total = _sum(total, _replay_page(database, sources, page, require_aware(now, "now")))
        after_id, seen = page[-1].id, seen + len(page)
    return total


def _replay_page(database: Database, sources: Sources, page: Sequence[StoredRejection], now: datetime) -> ReplayCounts:
    with database.transaction() as connection:
        network = load_network(connection)
    whole = [(one.id, _envelope(one)) for one in page if one.payload_bytes == len(one.payload)]
    yielding = [(number, e) for number, e in whole if take_in([e], network, adopt=False, sources=sources).accepted]
    batches = BatchStore(database, _SOURCE, adopt=False, memory=SeriesMemory(), sources=sources)
    # Marked in the transaction that stores them: a replay that is killed neither loses nor repeats.
    stored = batches.store(
        [envelope for _, envelope in yielding],
        network,
        now,
        known_at=now,
        besides=lambda connection: mark_replayed(connection, [number for number, _ in yielding], now),
    ).counts
    return ReplayCounts(
        replayed=len(yielding),
        stored=stored.stored,
        duplicates=stored.duplicates,
        revisions=stored.revisions,
        left=len(page) - len(yielding),
    )


def _envelope(one: StoredRejection) -> Envelope:
    return Envelope(one.topic, one.payload, one.received_at)


def _sum(a: ReplayCounts, b: ReplayCounts) -> ReplayCounts:
    return replace(
        a,
        replayed=a.replayed + b.replayed,
        stored=a.stored + b.stored,
        duplicates=a.duplicates + b.duplicates,
        revisions=a.revisions + b.revisions,
        left=a.left + b.left,
    )
