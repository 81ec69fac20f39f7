"""A running ingest worker's surroundings: a small network in the database, and a publisher."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database import Database
from storage.stations import sync_network
from tests.integration.workbench import Book, Devices, station


@pytest.fixture
def book(database: Database) -> Book:
    """A look into the database of this test, which knows the stations kim_long and phu_oc."""
    with database.transaction() as c:
        sync_network(c, [station("kim_long"), station("phu_oc")])
    return Book(database)


@pytest.fixture
def devices(broker_url: str) -> Iterator[Devices]:
    """A publisher on this test's broker."""
    publisher = Devices(broker_url)
    yield publisher
    publisher.close()
