"""Several workers store the same readings at the same time."""

import threading
from datetime import UTC, datetime, timedelta

from domain.readings import Reading
from storage.database import Database
from storage.readings import StoreCounts, store_readings
from storage.stations import series_ids
from tests.integration.workbench import Book

T0 = datetime(2025, 10, 27, tzinfo=UTC)
WORKERS, HOURS = 4, 300


def _rows(worker: int, *, shared: bool) -> list[Reading]:
    rows = [
        Reading(
            station="kim_long",
            quantity="water_level",
            observed_at=T0 + timedelta(hours=h),
            received_at=T0 + timedelta(hours=h, seconds=worker),
            value=float(h) if shared else float(worker),
        )
        for h in range(HOURS)
    ]
    return rows[worker::2] + rows[1 - worker % 2 :: 2] if shared else rows[:: 1 if worker % 2 else -1]


def _all_at_once(database_url: str, *, shared: bool) -> list[StoreCounts]:
    start = threading.Barrier(WORKERS)
    done: list[StoreCounts] = []

    def work(worker: int) -> None:
        with Database(database_url) as database:
            with database.transaction() as c:
                ids = series_ids(c)
            start.wait()
            with database.transaction() as c:
                counts = store_readings(c, _rows(worker, shared=shared), ids)
            done.append(counts)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def test_the_same_reading_is_stored_by_one_worker_only(book: Book, database_url: str) -> None:
    counts = _all_at_once(database_url, shared=True)
    assert sum(c.stored for c in counts) == HOURS == book.count("reading")
    assert sum(c.revisions for c in counts) == 0


def test_no_value_of_a_key_that_several_workers_revise_is_lost(book: Book, database_url: str) -> None:
    counts = _all_at_once(database_url, shared=False)
    assert sum(c.stored for c in counts) == HOURS
    assert sum(c.revisions for c in counts) == (WORKERS - 1) * HOURS == book.count("reading_revision")
    kept = book.rows(b"select value from reading_revision union all select value from reading")
    assert sorted(v for (v,) in kept) == sorted(float(w) for w in range(WORKERS) for _ in range(HOURS))
