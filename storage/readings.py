"""Storing readings exactly once, and what tests find about them later; reading them back is in storage.history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.readings import QualityFlag, Reading
from storage.database import Connection
from storage.history import LatestReading, latest, readings_between, recent_values, sums
from storage.incoming import Key, Numbered, insert_new, keep_latest, past_touched
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


def store_readings(
    connection: Connection, rows: Sequence[Reading], series_ids: Mapping[tuple[str, str], int]
) -> StoreCounts:
    """Store readings in the order given, each key (series, observed_at) once; stored + duplicates + revisions = len(rows).

    The same key with a value it already had, now or earlier, is a duplicate and changes nothing. A new value is a
    revision: it is shown from now on and the older one moves to reading_revision. series_latest follows in the same
    transaction. Raises KeyError for a series that is not in `series_ids`.
    """
    numbered = [Numbered(i, (series_ids[r.station, r.quantity], r.observed_at), r) for i, r in enumerate(rows)]
    firsts, later, repeated = _split(numbered)
    if not firsts:
        return StoreCounts(stored=0, duplicates=0, revisions=0)
    taken = insert_new(connection, firsts)
    candidates = sorted(taken + later)
    again = _revise(connection, candidates)
    repeated |= again
    revised = {n.position for n in candidates} - again
    known = {n.position for n in taken}
    # A revision comes after the reading that it revises, should both be in this sequence.
    changed = [n for n in firsts if n.position not in known] + [n for n in candidates if n.position in revised]
    keep_latest(connection, changed)
    return StoreCounts(
        stored=len(firsts) - len(taken),
        duplicates=len(repeated),
        revisions=len(revised),
        repeated=frozenset(repeated),
        revised=frozenset(revised),
    )


def _split(numbered: Iterable[Numbered]) -> tuple[list[Numbered], list[Numbered], set[int]]:
    """(first of each key, further values of a key, positions that repeat a value of their key within the sequence)."""
    firsts: dict[Key, Numbered] = {}
    values: dict[Key, set[float]] = {}  # of keys that come more than once
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


def _revise(connection: Connection, candidates: Sequence[Numbered]) -> set[int]:
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


def _revision_row(n: Numbered) -> tuple[object, ...]:
    r = n.reading
    return (r.received_at, r.value, r.flag.value, r.seq, r.status, r.battery_v, *n.key)


def _lock_current(
    connection: Connection, candidates: Sequence[Numbered]
) -> tuple[dict[Key, tuple[object, ...]], dict[Key, set[float]]]:
    """The rows of these keys, locked against other workers, and every value each key ever had."""
    keys = sorted({n.key for n in candidates})
    times = [k[1] for k in keys]
    # The bounds let a hypertable leave out every other chunk.
    arrays = {"series": [k[0] for k in keys], "times": times, "first": min(times), "last": max(times)}
    rows = connection.execute(query("readings_lock"), arrays).fetchall()
    current: dict[Key, tuple[object, ...]] = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    known: dict[Key, set[float]] = {(row[0], row[1]): {row[3]} for row in rows}
    for series_id, observed_at, value in connection.execute(query("revision_values"), arrays).fetchall():
        known[series_id, observed_at].add(value)
    return current, known


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
    doubted = connection.execute(query("flags_worsen"), columns).fetchall()
    past_touched(connection, {series_id for (series_id,) in doubted})
    connection.execute(query("latest_flags_worsen"), columns)
    return added
