"""The outbox: one row for each alert version, recipient, person and channel, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Literal

from domain.deeds import SEVERITY_RANK
from storage.database import Connection, refer_by_index
from storage.queries import query
from storage.rows import as_rows

#: The lanes of copies begin with this: they are records, and nobody answers them.
COPY_LANE = "#"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    """What is to be sent, to whom, over which channel, from when on.

    `lane`: order is kept within (alert, recipient, lane); a copy's begins with COPY_LANE. `origin`: the recipient who did
    not answer, when this one is told in its stead.
    """

    alert: str
    version: int
    recipient: str
    channel: str
    language: str
    due_at: datetime
    person: str = ""
    lane: str = ""
    rung: int = 0
    round: int = 0
    origin: str = ""
    urgent: bool = False
    basin: str = ""
    deferred: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A row of the outbox. `state`: waiting, sending, sent, failed or overtaken; `at`: the last change of state.

    `may_repeat`: an earlier attempt may have arrived. `message`: rows that were sent as one message share it.
    """

    id: int
    alert: str
    version: int
    recipient: str
    person: str
    channel: str
    lane: str
    rung: int
    round: int
    origin: str
    language: str
    urgent: bool
    basin: str
    state: str
    attempts: int
    may_repeat: bool
    message: str | None
    due_at: datetime
    at: datetime
    created_at: datetime
    sent_at: datetime | None
    escalate_at: datetime | None
    error: str | None

    @property
    def copy(self) -> bool:
        """Whether it is a record that goes out beside the ladder."""
        return self.lane.startswith(COPY_LANE)

    @property
    def receiver(self) -> str:
        """Who is behind the channel: they fail and rest together."""
        return f"{self.recipient}/{self.person}/{self.channel}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How much may be taken for one channel now: messages in all, and for one recipient; and what is one message."""

    channel: str
    quota: int
    per_recipient: int
    grouping: Literal["each", "basin", "all"] = "each"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What became of one row. `returned`: it was not tried after all, the attempt does not count."""

    id: int
    state: str
    error: str | None = None
    due_at: datetime | None = None
    escalate_at: datetime | None = None
    may_repeat: bool = False
    returned: bool = False


def enqueue(connection: Connection, deliveries: Sequence[NewDelivery]) -> None:
    """Add deliveries; one that is there already is left as it is."""
    if not deliveries:
        return
    addresses: dict[tuple[object, ...], int] = {}
    told: dict[tuple[str, int, bool, str], list[int]] = {}
    for each in deliveries:
        number = addresses.setdefault(_address(each), len(addresses))
        told.setdefault((each.alert, each.version, each.urgent, each.basin), []).append(number)
    rows = [dict(zip(_TOLD, version, strict=True)) | {"addresses": numbers} for version, numbers in told.items()]
    known = [dict(zip(_ADDRESS, address, strict=True)) | {"number": number} for address, number in addresses.items()]
    refer_by_index(connection)
    connection.execute(query("delivery_insert"), {"rows": as_rows(rows), "addresses": as_rows(known)})


_TOLD = ("alert", "version", "urgent", "basin")
#: What rows of many alerts have in common: to whom over what, and from when on.
_ADDRESS = tuple(name for name in NewDelivery.__dataclass_fields__ if name not in _TOLD)
_address = attrgetter(*_ADDRESS)


def defer(connection: Connection, quiet: Mapping[str, datetime]) -> None:
    """What is not urgent waits for the end of its recipient's quiet hours, which run now; `quiet`: those ends."""
    if quiet:
        connection.execute(query("deliveries_defer"), {"recipients": list(quiet), "ends": list(quiet.values())})


def overtake(connection: Connection, now: datetime) -> None:
    """Mark what a later version has overtaken: what failed before or was held back by quiet hours, and is old news now."""
    connection.execute(query("deliveries_overtake"), {"now": now})


def claim(
    connection: Connection,
    name: str,
    now: datetime,
    rooms: Sequence[Room],
    *,
    closed: Collection[str] = (),
    known: Collection[str] | None = None,
    gap: timedelta = timedelta(0),
    longest: timedelta = timedelta(0),
    stead_gap: timedelta = timedelta(0),
    scan: int = 1000,
) -> list[Delivery]:
    """Take what may be sent at `now` over the channels of `rooms` under the claim `name`; commit before sending.

    `closed`: receivers that rest. `known`: every channel there is, when rows of none of them shall be taken too. Where a
    channel groups, a message waits until its group has not grown for `gap` (for `stead_gap`, if that is longer, when the
    recipient is told in the stead of others), at most `longest` (on the database's clock). At most `scan` due rows are
    looked at, the urgent and oldest first.
    """
    parameters = {
        "channels": [room.channel for room in rooms],
        "quotas": [room.quota for room in rooms],
        "rooms": [room.per_recipient for room in rooms],
        "groupings": [room.grouping for room in rooms],
        "closed": list(closed),
        "others": known is not None,
        "known": list(known or ()),
        "now": now,
        "claim": name,
        "gap": gap,
        "longest": longest,
        "stead_gap": max(gap, stead_gap),
        "scan": scan,
    }
    rows = connection.execute(query("deliveries_claim"), parameters).fetchall()
    return sorted((_delivery(row) for row in rows), key=lambda d: (not d.urgent, d.due_at, d.id))


def gathering(connection: Connection, now: datetime, longest: timedelta) -> bool:
    """Whether something due is held back so that its neighbours can come along."""
    row = connection.execute(query("deliveries_gathering"), {"now": now, "longest": longest}).fetchone()
    return row is not None and bool(row[0])


def settle(connection: Connection, name: str, now: datetime, settlements: Sequence[Settlement]) -> set[int]:
    """Write down what became of rows claimed by `name`; the ids that were still ours."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for each in settlements:
        alike.setdefault(_fate(each), []).append(each.id)
    rows = [dict(zip(_FATE, fate, strict=True)) | {"ids": ids} for fate, ids in alike.items()]
    parameters = {"rows": as_rows(rows), "claim": name, "now": now}
    return {row[0] for row in connection.execute(query("deliveries_settle"), parameters).fetchall()}


_FATE = tuple(name for name in Settlement.__dataclass_fields__ if name != "id")
_fate = attrgetter(*_FATE)


def reclaim(connection: Connection, name: str, now: datetime, known: Collection[int] = ()) -> int:
    """Make waiting again, marked as possible repeats, what a process was sending when it ended; how many.

    `known`: the rows that `name` itself is sending now.
    """
    parameters = {"claim": name, "now": now, "known": list(known)}
    return len(connection.execute(query("deliveries_reclaim"), parameters).fetchall())


def unanswered(connection: Connection, now: datetime) -> list[tuple[Delivery, bool]]:
    """At most 1000 messages that were sent and not answered in time. Each is given once: go on with it, then commit.

    With each whether it has been repeated to its recipient meanwhile.
    """
    ranks = sorted(SEVERITY_RANK, key=SEVERITY_RANK.__getitem__)
    rows = connection.execute(query("deliveries_unanswered"), {"now": now, "ranks": ranks}).fetchall()
    return [(_delivery(row[2:]), row[1]) for row in rows if not row[0]]


def asked(connection: Connection, ids: Sequence[int]) -> dict[int, set[tuple[str, str]]]:
    """By row, the (person, channel) of all rows of its alert, version, recipient, origin and round."""
    found: dict[int, set[tuple[str, str]]] = {number: set() for number in ids}
    if ids:
        for number, person, channel in connection.execute(query("deliveries_asked"), (list(ids),)).fetchall():
            found[number].add((person, channel))
    return found


def deliveries_of(connection: Connection, alert: str) -> list[Delivery]:
    """Every delivery of one alert, ordered by version, recipient and rung."""
    return _deliveries(connection.execute(query("deliveries_of"), (alert,)).fetchall())


def of_message(connection: Connection, message: str) -> list[Delivery]:
    """The rows that were sent as one message."""
    return _deliveries(connection.execute(query("deliveries_of_message"), (message,)).fetchall())


def newest(connection: Connection, *, recipient: str | None, state: str | None, limit: int) -> list[Delivery]:
    """The newest deliveries first, of one recipient or in one state when named."""
    parameters = {"recipient": recipient, "state": state, "limit": limit}
    return _deliveries(connection.execute(query("deliveries_newest"), parameters).fetchall())


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A channel on which messages wait for receivers that fail: how many, since when, and one of them."""

    channel: str
    receivers: int
    since: datetime
    receiver: str


def held_up(connection: Connection, now: datetime, failing: Sequence[str]) -> list[HeldUp]:
    """The channels on which something waits for one of the `failing` receivers."""
    if not failing:
        return []
    rows = connection.execute(query("deliveries_held_up"), {"now": now, "failing": failing}).fetchall()
    return [HeldUp(*row) for row in rows]


def oldest_untried(connection: Connection, now: datetime, failing: Sequence[str] = ()) -> datetime | None:
    """Since when the oldest due message waits for its first attempt, those for `failing` receivers left out; None when none does."""
    row = connection.execute(query("deliveries_late"), {"now": now, "failing": list(failing)}).fetchone()
    return None if row is None else row[0]


def _deliveries(rows: Iterable[tuple[Any, ...]]) -> list[Delivery]:
    return [_delivery(row) for row in rows]


_FIELDS = tuple(Delivery.__dataclass_fields__)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    return Delivery(**dict(zip(_FIELDS, row, strict=True)))
