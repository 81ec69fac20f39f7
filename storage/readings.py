"""Storing readings exactly once, and what tests find about them later; reading them back is in storage.history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.readings import QualityFlag, Reading
from storage.database import Connection
from storage.history import LatestReading, latest, readings_between, recent_values, sums
from storage.queries import query

__all__ = [
    "Evidence",
    "LatestReading",
    "StoreCounts",
    "add_evidence",
    "latest",
    "readings_between",
    "recent_values",
    "store_readings",
    "sums",
]

_Key = tuple[int, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreCounts:
    """What became of a sequence of readings. `repeated` and `revised` are positions in it: of duplicates, of revisions."""

    stored: int
    duplicates: int
    revisions: int
    repeated: frozenset[int] = field(default=frozenset(), repr=False)
    revised: frozenset[int] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What one quality test found about one value; only flags that are not a pass are kept.

    `value`: what was judged, in the quantity's unit; NaN where the finding is that there is none.
    """

    series_id: int
    observed_at: datetime
    test: str
    flag: QualityFlag
    value: float


class _Numbered(NamedTuple):
    """A reading at its place in the sequence it came in."""

    position: int
    key: _Key
    reading: Reading


def store_readings(
    connection: Connection, rows: Sequence[Reading], series_ids: Mapping[tuple[str, str], int]
) -> StoreCounts:
    """Store readings in the order given, each key (series, observed_at) once; stored + duplicates + revisions = len(rows).

    The same key with a value it already had, now or earlier, is a duplicate and changes nothing. A new value is a
    revision: it is shown from now on and the older one moves to reading_revision. series_latest follows in the same
    transaction. Raises KeyError for a series that is not in `series_ids`.
    """
    numbered = [_Numbered(i, (series_ids[r.station, r.quantity], r.observed_at), r) for i, r in enumerate(rows)]
    firsts, later, repeated = _split(numbered)
    if not firsts:
        return StoreCounts(stored=0, duplicates=0, revisions=0)
    taken = _insert_new(connection, firsts)
    candidates = sorted([firsts[place] for place in taken] + later)
    again = _revise(connection, candidates)
    repeated |= again
    revised = {n.position for n in candidates} - again
    connection.execute(query("latest_from_incoming"), {"left_out": taken})
    _keep_latest(connection, [n for n in candidates if n.position in revised])
    return StoreCounts(
        stored=len(firsts) - len(taken),
        duplicates=len(repeated),
        revisions=len(revised),
        repeated=frozenset(repeated),
        revised=frozenset(revised),
    )


def _split(numbered: Iterable[_Numbered]) -> tuple[list[_Numbered], list[_Numbered], set[int]]:
    """(first of each key, further values of a key, positions that repeat a value of their key within the sequence)."""
    firsts: dict[_Key, _Numbered] = {}
    values: dict[_Key, set[float]] = {}  # of keys that come more than once
    later, repeated = [], set()
    for n in numbered:
        first = firsts.setdefault(n.key, n)
        if first is n:
            continue
        seen = values.setdefault(n.key, {first.reading.value})
        if n.reading.value in seen:
            repeated.add(n.position)
        else:
            seen.add(n.reading.value)
            later.append(n)
    return list(firsts.values()), later, repeated


def _insert_new(connection: Connection, firsts: Sequence[_Numbered]) -> list[int]:
    """Insert what has no row yet; return the places of those whose key is taken."""
    with connection.cursor() as cursor:
        cursor.execute(query("incoming_table"))
        cursor.execute(query("incoming_clear"))
        with cursor.copy(query("incoming_copy")) as copy:
            copy.set_types(["int4", "int4", "timestamptz", "timestamptz", "float8", "int2", "int8", "text", "float4"])
            for place, n in enumerate(firsts):
                r = n.reading
                copy.write_row(
                    (place, *n.key, r.received_at, r.value, r.flag.value, r.seq, r.status, r.battery_v),
                )
        return [place for (place,) in cursor.execute(query("readings_insert")).fetchall()]


def _revise(connection: Connection, candidates: Sequence[_Numbered]) -> set[int]:
    """Bring values for keys that have a row into it, in order; return the positions of duplicates."""
    if not candidates:
        return set()
    current, known = _lock_current(connection, candidates)
    replaced, changed = [], {}
    repeated: set[int] = set()
    for n in candidates:
        if n.reading.value in known[n.key]:
            repeated.add(n.position)
            continue
        known[n.key].add(n.reading.value)
        replaced.append((*n.key, *current[n.key]))
        r = n.reading
        current[n.key] = (r.received_at, r.value, r.flag.value, r.seq)
        changed[n.key] = n
    with connection.cursor() as cursor:
        cursor.executemany(query("revision_insert"), replaced)
        cursor.executemany(query("reading_revise"), [_revision_row(n) for n in changed.values()])
    return repeated


def _revision_row(n: _Numbered) -> tuple[object, ...]:
    r = n.reading
    return (r.received_at, r.value, r.flag.value, r.seq, r.status, r.battery_v, *n.key)


def _lock_current(
    connection: Connection, candidates: Sequence[_Numbered]
) -> tuple[dict[_Key, tuple[object, ...]], dict[_Key, set[float]]]:
    """The rows of these keys, locked against other workers, and every value each key ever had."""
    keys = sorted({n.key for n in candidates})
    times = [k[1] for k in keys]
    # The bounds let a hypertable leave out every other chunk.
    arrays = {"series": [k[0] for k in keys], "times": times, "first": min(times), "last": max(times)}
    rows = connection.execute(query("readings_lock"), arrays).fetchall()
    current: dict[_Key, tuple[object, ...]] = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    known: dict[_Key, set[float]] = {(row[0], row[1]): {row[3]} for row in rows}
    for series_id, observed_at, value in connection.execute(query("revision_values"), arrays).fetchall():
        known[series_id, observed_at].add(value)
    return current, known


def _keep_latest(connection: Connection, changed: Sequence[_Numbered]) -> None:
    """Move series_latest on where the newest of these revisions is newer than, or revises, what it shows."""
    if not changed:
        return
    newest: dict[int, _Numbered] = {}
    for n in changed:
        standing = newest.get(n.key[0])
        if standing is None or n.key[1] >= standing.key[1]:
            newest[n.key[0]] = n
    # One order for all workers: no deadlock.
    ordered = [newest[series_id] for series_id in sorted(newest)]
    columns = {
        "series": [n.key[0] for n in ordered],
        "observed": [n.key[1] for n in ordered],
        "received": [n.reading.received_at for n in ordered],
        "values": [n.reading.value for n in ordered],
        "flags": [n.reading.flag.value for n in ordered],
        "batteries": [n.reading.battery_v for n in ordered],
    }
    connection.execute(query("latest_upsert"), columns)


def add_evidence(connection: Connection, evidence: Sequence[Evidence]) -> int:
    """Keep what quality tests found and roll each reading's flag up to the worst; return how many rows are new.

    Evidence that is already there stays as it is. A flag is never rolled down, and never up by what was found of a value
    that has been revised since.
    """
    if not evidence:
        return 0
    ordered = sorted(evidence, key=lambda e: (e.series_id, e.observed_at, e.test))
    columns = {
        "series": [e.series_id for e in ordered],
        "times": [e.observed_at for e in ordered],
        "tests": [e.test for e in ordered],
        "flags": [e.flag.value for e in ordered],
        "values": [e.value for e in ordered],
        "first": min(e.observed_at for e in ordered),
        "last": max(e.observed_at for e in ordered),
    }
    added = connection.execute(query("evidence_insert"), columns).rowcount
    if not added:
        return 0
    connection.execute(query("flags_worsen"), columns)
    connection.execute(query("latest_flags_worsen"), columns)
    return added
