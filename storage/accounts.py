"""What came in and what became of it, per worker and hour, and per configured source: received = stored + duplicates + revisions + rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Counted in readings; a message that cannot be read at all counts as one."""

    received: int
    stored: int
    duplicates: int
    revisions: int
    rejected: int

    def __add__(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(
            received=self.received + other.received,
            stored=self.stored + other.stored,
            duplicates=self.duplicates + other.duplicates,
            revisions=self.revisions + other.revisions,
            rejected=self.rejected + other.rejected,
        )

    @property
    def balanced(self) -> bool:
        """Whether nothing is missing."""
        return self.received == self.stored + self.duplicates + self.revisions + self.rejected


NOTHING = Counts(received=0, stored=0, duplicates=0, revisions=0, rejected=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The counts of one source, or of one worker, in one hour."""

    source: str
    hour: datetime
    counts: Counts


def add_account(connection: Connection, source: str, hour: datetime, counts: Counts) -> None:
    """Add `counts` to what `source` did in the hour that holds `hour`."""
    whole = hour.replace(minute=0, second=0, microsecond=0)
    parts = (counts.received, counts.stored, counts.duplicates, counts.revisions, counts.rejected)
    connection.execute(query("account_add"), (source, whole, *parts))


def add_source_accounts(connection: Connection, worker: str, hour: datetime, by_source: Mapping[str, Counts]) -> None:
    """Add what a worker did with the readings of each configured source in the hour that holds `hour`."""
    whole = hour.replace(minute=0, second=0, microsecond=0)
    for source, counts in sorted(by_source.items()):  # one order for all workers: no deadlock
        parts = (counts.received, counts.stored, counts.duplicates, counts.revisions, counts.rejected)
        connection.execute(query("source_account_add"), (source, worker, whole, *parts))


def source_accounts(connection: Connection, since: datetime) -> list[Account]:
    """The accounts of configured sources, of all workers together, ordered by hour and source, from the hour of `since` on."""
    return [_account(row) for row in connection.execute(query("source_accounts"), (since,)).fetchall()]


def accounts(
    connection: Connection,
    *,
    source: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    breached: bool = False,
) -> list[Account]:
    """Accounts ordered by hour and source: of the hours that lie in or reach into [since, until).

    `breached`: only those that do not add up.
    """
    parameters = {"source": source, "since": since, "until": until, "breached": breached}
    return [_account(row) for row in connection.execute(query("accounts"), parameters).fetchall()]


def _account(row: tuple[Any, ...]) -> Account:
    source, hour, received, stored, duplicates, revisions, rejected = row
    counts = Counts(received=received, stored=stored, duplicates=duplicates, revisions=revisions, rejected=rejected)
    return Account(source=source, hour=hour, counts=counts)
