"""After a fast replay everything is gone over once more, and one waits for that."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from cli.aftermath import Aftermath
from storage.database import Database
from storage.jobs import record_start, record_success

MINUTE, EVERY = timedelta(minutes=1), timedelta(seconds=0.2)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_round_that_began_before_or_is_under_way_does_not_count(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.aftermath._LOOK_BACK_S", 1.0)
    aftermath, now = Aftermath(database, []), datetime.now(UTC)

    def waited(begun: datetime, done: datetime | None) -> bool:
        with database.transaction() as c:
            for job in ("judge", "quality"):
                record_start(c, job, begun, every=EVERY)
                if done is not None:
                    record_success(c, job, done)
        return aftermath.wait_until_looked_back(threading.Event())

    assert not waited(now - MINUTE, now + MINUTE)
    assert not waited(now + 2 * MINUTE, None), "under way"
    assert waited(now + 2 * MINUTE, now + 3 * MINUTE)
    with database.transaction() as c:
        record_start(c, "judge", now - MINUTE, every=EVERY)
    assert not aftermath.wait_until_looked_back(threading.Event()), "one of the two is not enough"
