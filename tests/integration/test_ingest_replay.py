"""Rejected messages are read again once their stations are configured."""

import json
from datetime import UTC, datetime, timedelta

from ingest.batch import BatchStore
from ingest.intake import Envelope
from ingest.network import load_network
from ingest.replay_rejected import ReplayCounts, replay_rejected
from ingest.routing import Sources
from ingest.series_memory import SeriesMemory
from storage.rejections import list_rejected
from storage.stations import sync_network
from tests.integration.workbench import T0, Book, reading, station

RECEIVED = datetime(2025, 10, 28, tzinfo=UTC)
NOW = datetime(2025, 11, 1, tzinfo=UTC)


def _receive(book: Book, *messages: tuple[str, object]) -> None:
    with book.database.transaction() as c:
        network = load_network(c)
    store = BatchStore(book.database, "w", adopt=False, memory=SeriesMemory())
    envelopes = [
        Envelope(topic, p if isinstance(p, bytes) else json.dumps(p).encode(), RECEIVED) for topic, p in messages
    ]
    store.store(envelopes, network, RECEIVED)


def test_nothing_to_replay(book: Book) -> None:
    assert replay_rejected(book.database, NOW, sources=Sources()) == ReplayCounts(
        replayed=0, stored=0, duplicates=0, revisions=0, left=0
    )


def test_readings_of_a_station_configured_later_are_stored_once(book: Book) -> None:
    many = [reading(m, float(m)) for m in range(400)]  # longer than what is kept of one payload
    assert len(json.dumps(many)) > 8192
    _receive(
        book,
        ("ews/v1/new/water_level", reading(1000, 1.0)),
        ("ews/v1/new/water_level", many),
        ("ews/v1/other/water_level", reading(0, 1.0)),
        ("ews/v1/kim_long/water_level", b"{"),
    )
    assert book.total().rejected == book.count("rejected") == 403
    with book.database.transaction() as c:
        sync_network(c, [station("new")])
    first = replay_rejected(book.database, NOW, sources=Sources())
    assert first == ReplayCounts(replayed=401, stored=401, duplicates=0, revisions=0, left=2)
    assert len(book.values("new")) == 401
    assert replay_rejected(book.database, NOW, sources=Sources()).replayed == 0
    assert book.rows(b"select distinct received_at from reading") == [(NOW,)]
    assert sorted(book.reasons()) == ["not_json"] + ["unknown_station"] * 402
    assert book.total().balanced


def test_a_reason_a_time_and_a_limit_choose_what_is_replayed(book: Book) -> None:
    _receive(book, *(("ews/v1/new/water_level", reading(m, 1.0)) for m in range(3)))
    with book.database.transaction() as c:
        sync_network(c, [station("new")])
    assert replay_rejected(book.database, NOW, sources=Sources(), reason="not_json").replayed == 0
    assert replay_rejected(book.database, NOW, sources=Sources(), since=RECEIVED + timedelta(days=1)).replayed == 0
    assert replay_rejected(book.database, NOW, sources=Sources(), limit=2).replayed == 2
    assert (
        replay_rejected(book.database, NOW, sources=Sources(), reason="unknown_station", since=RECEIVED).replayed == 1
    )


def test_what_is_still_wrong_in_a_replayed_array_is_rejected_anew(book: Book) -> None:
    _receive(book, ("ews/v1/new/water_level", [reading(0, 1.0), {"value": 2.0}]))
    with book.database.transaction() as c:
        sync_network(c, [station("new")])
    assert replay_rejected(book.database, NOW, sources=Sources()).stored == 1
    with book.database.transaction() as c:
        old, new = list_rejected(c)
    assert (old.replayed_at, new.reason, new.payload) == (NOW, "missing_field", b'{"value": 2.0}')


def test_the_clock_that_counts_is_that_of_the_first_reception(book: Book) -> None:
    """A reading that lay in the future when it came stays refused although the time has passed."""
    ahead = (RECEIVED + timedelta(hours=1)).isoformat()
    _receive(book, ("ews/v1/kim_long/water_level", {"observed_at": ahead, "value": 1.0}))
    assert replay_rejected(book.database, NOW, sources=Sources()).left == 1
    assert T0 < RECEIVED < NOW
