"""Several workers: what each says of a reading rests on what all of them have stored; which sessions are left and which end."""

import json
from datetime import UTC, datetime

import pytest

from domain.readings import QualityFlag
from domain.settings import Settings
from domain.stations import QualityLimits
from ingest.batch import BatchStore
from ingest.intake import Envelope
from ingest.network import load_network
from ingest.series_memory import SeriesMemory
from ingest.share import Share, retired, share
from ingest.subscribed import Subscribed
from storage.database import Database
from storage.ingest_sessions import sessions
from storage.stations import sync_network
from tests.integration.workbench import MINUTE, Book, reading, station

NOW = datetime(2025, 11, 1, tzinfo=UTC)
#: A steep real rise, a spike, a flat stretch, a step.
VALUES = [1.0, 1.1, 1.2, 4.0, 1.3, 1.4, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 6.0, 6.1]
LIMITS = QualityLimits(
    rate_suspect_per_h=3.0, spike_fail=1.5, flat_tolerance=0.0, flat_suspect=30 * MINUTE, flat_fail=120 * MINUTE
)
_FLAGS = b"select flag from v_reading where station = %s order by observed_at"


def _envelope(name: str, place: int) -> Envelope:
    payload = json.dumps(reading(10 * place, VALUES[place])).encode()
    return Envelope(f"ews/v1/{name}/water_level", payload, NOW)


@pytest.mark.parametrize("deal", [(0, 1), (0, 1, 2), (0, 0, 1, 2, 2, 1)], ids=str)
def test_flags_are_those_of_a_single_worker(book: Book, deal: tuple[int, ...]) -> None:
    with book.database.transaction() as c:
        sync_network(c, [station("kim_long", limits=LIMITS), station("phu_oc", limits=LIMITS)])
        network = load_network(c)
    alone = BatchStore(book.database, "alone", adopt=False, memory=SeriesMemory())
    workers = [BatchStore(book.database, str(n), adopt=False, memory=SeriesMemory(), shared=True) for n in range(3)]
    for place in range(len(VALUES)):
        alone.store([_envelope("kim_long", place)], network, NOW)
        workers[deal[place % len(deal)]].store([_envelope("phu_oc", place)], network, NOW)
    assert book.rows(_FLAGS, "phu_oc") == book.rows(_FLAGS, "kim_long")
    assert QualityFlag.FAIL in [flag for (flag,) in book.rows(_FLAGS, "phu_oc")]


def test_the_first_worker_has_the_session_of_the_only_one() -> None:
    settings = Settings(mqtt_client_id="a/b", ingest_metrics_port=9100)
    assert share(settings) == Share("a/b", None, 9100)
    assert [share(settings, n, 3) for n in (1, 2, 3)] == [
        Share("a/b", "a-b", 9100),
        Share("a/b:2", "a-b", 9101),
        Share("a/b:3", "a-b", 9102),
    ]
    assert share(Settings(mqtt_share_group="hue")).group == "hue"


def test_sessions_beyond_the_number_of_workers_are_retired() -> None:
    kept = ["ews-ingest", "ews-ingest:2", "ews-ingest:3", "ews-ingest-b:3", "other:2", "ews-ingest:x"]
    assert retired(kept, Settings(), 2) == ["ews-ingest:3"]
    assert retired(kept, Settings(), 1) == ["ews-ingest:2", "ews-ingest:3"]


class _Session:
    """A broker that answers when it is told to."""

    def __init__(self, subscriptions: list[str]) -> None:
        from threading import Event

        self.subscriptions, self.left, self.unsubscribed = subscriptions, [], Event()

    def unsubscribe(self, topics: set[str]) -> None:
        self.left.append(sorted(topics))


def test_a_filter_stays_on_record_until_the_broker_has_let_go_of_it(database: Database) -> None:
    def on_record() -> dict[str, list[str]]:
        with database.transaction() as c:
            return sessions(c)

    first = Subscribed(database, _Session(["a/#"]), "x", [])
    first.record()
    first.settle()
    assert (first.settled, on_record()) == (True, {"x": ["a/#"]})
    broker = _Session(["$share/g/a/#"])
    second = Subscribed(database, broker, "x", ["off/#"])
    second.record()
    assert on_record() == {"x": ["$share/g/a/#", "a/#", "off/#"]}
    second.settle()
    second.settle()
    assert (second.settled, broker.left) == (False, [["a/#", "off/#"]])
    broker.unsubscribed.set()
    second.settle()
    assert (second.settled, on_record()) == (True, {"x": ["$share/g/a/#"]})
    second.forget()
    assert on_record() == {}
