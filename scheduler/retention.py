"""Rejected messages do not stay for ever, nor fill the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from scheduler.house import House
from storage import audit
from storage.database import Connection
from storage.rejected_room import WORTHS, Deleted, delete_for_room, delete_old, kept_rejected

_log = structlog.get_logger(__name__)

#: So many in one transaction: short enough that ingest, which only adds, and replay never wait for it.
BATCH = 1000


@dataclass(slots=True)
class _Gone:
    """What one run deleted. `waiting`: by reason, those that nobody had replayed."""

    count: int = 0
    size: int = 0
    waiting: Counter[str] = field(default_factory=Counter)

    def add(self, deleted: Deleted) -> None:
        self.count += deleted.count
        self.size += deleted.size
        self.waiting.update(deleted.waiting)


def retain(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Delete what is too old, then what there is no room for; how many messages went.

    Within its time a message that was not replayed is deleted only when there is no room and nothing of less worth is left:
    a device gone mad must not fill the disk on which its neighbours' readings are stored. What went so is in the audit.
    """
    del names  # rejected messages belong to no station
    old, crowded = _Gone(), _Gone()
    try:
        _in_batches(house, old, lambda c: delete_old(c, now - house.rejected_kept_for, BATCH))
        _make_room(house, crowded)
    finally:
        _note(house, old, crowded)
    return old.count + crowded.count


def _make_room(house: House, gone: _Gone) -> None:
    with house.database.transaction() as connection:
        excess = kept_rejected(connection).size - house.rejected_room
    for worth in WORTHS:

        def some(connection: Connection, worth: int = worth) -> Deleted:
            return delete_for_room(connection, excess - gone.size, worth, BATCH)

        _in_batches(house, gone, some, until=lambda: gone.size >= excess)


def _in_batches(
    house: House, gone: _Gone, some: Callable[[Connection], Deleted], *, until: Callable[[], bool] = lambda: False
) -> None:
    while not house.stop.is_set() and not until():
        with house.database.transaction() as connection:
            deleted = some(connection)
        gone.add(deleted)
        if deleted.count == 0:
            return


def _note(house: House, old: _Gone, crowded: _Gone) -> None:
    for cause, gone in (("too_old", old), ("no_room", crowded)):
        if not gone.count:
            continue
        detail: dict[str, object] = {"messages": gone.count, "bytes": gone.size, "not_replayed": dict(gone.waiting)}
        with house.database.transaction() as connection:
            audit.add(connection, "scheduler", "rejected_deleted", cause, detail)
        log = _log.warning if cause == "no_room" and gone.waiting else _log.info
        log("rejected_deleted", cause=cause, **detail)
