"""Nothing is lost and nothing is counted twice when a process, the database or the broker's connection dies."""

import random
import subprocess
import sys
import threading
import time

import pytest

from storage.database import Database
from storage.migrate import migrate
from storage.stations import sync_network
from tests.integration.workbench import Book, Devices, reading, station, working
from tests.line import Line

LEVEL = "ews/v1/kim_long/water_level"
COUNT = 5000
#: What an outage does has nothing to do with the table being a hypertable.
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def _messages(count: int = COUNT) -> list[tuple[str, object]]:
    return [(LEVEL, reading(m, m % 500 / 100, seq=m)) for m in range(count)]


_WORKER = """
import sys, threading
from domain.settings import Settings
from ingest.worker import run
run(Settings(), sys.argv[1], sys.argv[2], threading.Event())
"""


def _worker(database_url: str, broker_url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _WORKER, database_url, broker_url])


def _subscribe_once(database_url: str, broker_url: str) -> None:
    """From now on the broker keeps messages for the worker's session."""
    with working(database_url, broker_url):
        pass


@on_postgresql
def test_kill_9_in_mid_stream_loses_nothing(book: Book, devices: Devices, database_url: str, broker_url: str) -> None:
    _subscribe_once(database_url, broker_url)
    sender = threading.Thread(target=devices.send_all, args=(_messages(),))
    sender.start()
    for stored in (200, 1500):
        process = _worker(database_url, broker_url)
        book.wait_for(lambda stored=stored: book.count("reading") >= stored, 120)
        process.kill()
        process.wait()
    sender.join()
    with working(database_url, broker_url):
        book.wait_for(lambda: book.count("reading") >= COUNT, 120)
    assert book.rows(b"select count(*), count(distinct seq), max(seq) from reading") == [(COUNT, COUNT, COUNT - 1)]
    total = book.total()
    assert (total.stored, total.revisions, total.rejected) == (COUNT, 0, 0)


@pytest.mark.parametrize("broker_kind", ["rumqttd", "mosquitto"], indirect=True)
def test_an_immediate_stop_of_the_database_is_waited_for(
    own_postgresql: object, devices: Devices, broker_url: str
) -> None:
    url = own_postgresql.url
    migrate(url)
    with Database(url) as database:
        book = Book(database)
        with database.transaction() as c:
            sync_network(c, [station("kim_long")])
        with working(url, broker_url):
            sender = threading.Thread(target=devices.send_all, args=(_messages(),))
            sender.start()
            book.wait_for(lambda: book.count("reading") >= 500, 120)
            own_postgresql.stop_immediately()
            time.sleep(1.5)
            own_postgresql.start()
            sender.join()
            book.wait_for(lambda: book.count("reading") >= COUNT, 120)
        assert book.rows(b"select count(*), count(distinct seq), max(seq) from reading") == [(COUNT, COUNT, COUNT - 1)]
        total = book.total()
        # A commit whose answer was lost is stored again: as duplicates.
        assert (total.stored, total.revisions, total.rejected) == (COUNT, 0, 0)


@on_postgresql
def test_a_lost_connection_to_the_broker_loses_nothing(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    """Connections are cut at random moments; acknowledgements of an earlier connection must not reach a later one."""
    rng = random.Random(1)
    with Line(int(broker_url.rsplit(":", 1)[1])) as line, working(database_url, line.url):
        sender = threading.Thread(target=devices.send_all, args=(_messages(),))
        sender.start()
        for _ in range(4):
            time.sleep(rng.uniform(0.1, 0.3))
            line.cut()
        sender.join()
        book.wait_for(lambda: book.count("reading") >= COUNT, 120)
    assert book.rows(b"select count(*), count(distinct seq), max(seq) from reading") == [(COUNT, COUNT, COUNT - 1)]
    total = book.total()
    assert (total.stored, total.revisions, total.rejected) == (COUNT, 0, 0)
