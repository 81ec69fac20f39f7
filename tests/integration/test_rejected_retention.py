"""What the retention job deletes, in which order, and what it leaves."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import retention
from scheduler.house import House
from scheduler.jobs import JOBS
from storage import audit
from storage.database import Database
from storage.rejected_room import kept_rejected
from storage.rejections import Rejection, list_rejected, mark_replayed, reject
from tests.standing_house import standing_house

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


def house_on(database: Database, *, days: int = 90, room: int = 10**9) -> House:
    return standing_house(database, rejected_kept_for=days * DAY, rejected_room=room)


def add(database: Database, ages: Sequence[float], *, size: int = 800, sent: int | None = None, reason: str = "not_json") -> list[int]:  # fmt: skip
    """Messages of 1,000 bytes each with the row, in the order given."""
    with database.transaction() as c:
        before = [one.id for one in list_rejected(c, limit=10**6)]
        payload = b"x" * (size - len("t") - len("d"))
        reject(
            c,
            [
                Rejection(received_at=NOW - age * DAY, topic="t", reason=reason, detail="d", payload=payload, payload_bytes=sent)
                for age in ages
            ],
        )  # fmt: skip
        return [one.id for one in list_rejected(c, limit=10**6) if one.id not in before]


def left(database: Database) -> list[int]:
    with database.transaction() as c:
        return [one.id for one in list_rejected(c, limit=10**6)]


def replayed(database: Database, numbers: Sequence[int]) -> None:
    with database.transaction() as c:
        mark_replayed(c, numbers, NOW)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)


def test_it_is_a_job_of_the_scheduler() -> None:
    assert [job.run for job in JOBS if job.name == "retention"] == [retention.retain]


def test_what_is_older_than_its_days_goes_and_nothing_else(database: Database) -> None:
    ages = [10.0001, 9.9999, 30, 0, 10, *[400] * 20]
    random.Random(1).shuffle(ages)
    numbers = add(database, ages)
    replayed(database, numbers[:10])
    young = [number for number, age in zip(numbers, ages, strict=True) if age <= 10]
    assert retention.retain(house_on(database, days=10), None, NOW) == 22
    assert left(database) == young
    assert retention.retain(house_on(database, days=10), None, NOW) == 0


def test_while_there_is_room_everything_stays(database: Database) -> None:
    numbers = add(database, [1.0] * 20)
    assert retention.retain(house_on(database, room=20_000), None, NOW) == 0
    assert left(database) == numbers
    assert retention.retain(house_on(database, room=19_999), None, NOW) == 1
    assert left(database) == numbers[1:]


def test_room_is_made_first_by_what_was_read_again_then_by_what_never_can_be(database: Database) -> None:
    waiting = add(database, [5.0] * 10)
    cut = add(database, [4.0] * 10, sent=10_000)
    done = add(database, [3.0] * 10)
    replayed(database, done)
    for room, kept in (
        (26_000, [*waiting, *cut, *done[4:]]),
        (15_000, [*waiting, *cut[5:]]),
        (3_500, waiting[7:]),
        (0, []),
    ):
        retention.retain(house_on(database, room=room), None, NOW)
        assert left(database) == kept, room
        with database.transaction() as c:
            assert kept_rejected(c).size <= room


def test_what_was_deleted_is_on_record(database: Database) -> None:
    add(database, [50.0] * 3)
    add(database, [1.0] * 3, reason="unknown_station")
    done = add(database, [1.0] * 3)
    replayed(database, done)
    retention.retain(house_on(database, days=10, room=1_000), None, NOW)
    with database.transaction() as c:
        entries = {entry.subject: entry.detail for entry in audit.entries(c)}
    assert entries == {
        "too_old": {"messages": 3, "bytes": 3_000, "not_replayed": {"not_json": 3}},
        "no_room": {"messages": 5, "bytes": 5_000, "not_replayed": {"unknown_station": 2}},
    }


def test_a_stop_is_heeded_between_two_batches(database: Database) -> None:
    add(database, [50.0] * 20)
    house = house_on(database, days=10)
    house.stop.set()
    assert retention.retain(house, None, NOW) == 0
    assert len(left(database)) == 20


def test_the_size_counts_what_waits(database: Database) -> None:
    numbers = add(database, [1.0] * 3)
    replayed(database, numbers[:1])
    with database.transaction() as c:
        kept = kept_rejected(c)
    assert (kept.count, kept.waiting, kept.size) == (3, 2, 3_000)


def test_an_empty_table_is_no_trouble(database: Database) -> None:
    with database.transaction() as c:
        assert kept_rejected(c).size == 0
    assert retention.retain(house_on(database, room=0), None, NOW) == 0
