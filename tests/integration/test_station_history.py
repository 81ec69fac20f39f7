"""A station over a long time: thinned without losing a peak or a gap, revised values, and the file of its readings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dash_app.reading_depth import read_long_traces
from dash_app.station_files import StationFiles
from domain.readings import QualityFlag, Reading
from storage.database import Connection, Database
from storage.readings import store_readings
from storage.station_history import bucket_sums, revisions_of, station_flags
from storage.stations import series_ids, sync_network
from storage.thinned_series import Thinned, thinned_series
from tests.integration.workbench import MINUTE, T0, station

NAME = "kim_long"
COUNT = 3000
GAP = range(1000, 1050)
PEAK, SPIKE = 1733, 2101


def value(minute: int) -> float:
    """A saw, with one peak and one failed spike."""
    return 9.5 if minute == PEAK else 99.0 if minute == SPIKE else round(1 + (minute % 60) / 100, 2)


def rows() -> Iterator[Reading]:
    for minute in range(1, COUNT + 1):
        if minute not in GAP:
            at = T0 + minute * MINUTE
            flag = QualityFlag.FAIL if minute == SPIKE else QualityFlag.PASS
            yield Reading(
                station=NAME, quantity="water_level", observed_at=at, received_at=at, value=value(minute), flag=flag
            )


@pytest.fixture
def stored(database: Database) -> Database:
    with database.transaction() as connection:
        sync_network(connection, [station(NAME)], clock="simulated")
        store_readings(connection, list(rows()), series_ids(connection))
    return database


def thinned(connection: Connection, end: datetime, quantity: str = "water_level") -> Thinned:
    return thinned_series(connection, NAME, quantity, start=T0, end=end, width=60 * MINUTE, gap=timedelta(minutes=4))


def test_thinning_keeps_every_peak_and_every_gap(stored: Database) -> None:
    end = T0 + COUNT * MINUTE
    with stored.transaction() as connection:
        found = thinned(connection, end)
        nothing = thinned(connection, end, "rainfall")
    assert (nothing.at, nothing.breaks, nothing.doubts) == ((), (), {})
    assert len(found.at) <= 2 * COUNT / 60 + 2
    assert list(found.at) == sorted(found.at)
    assert dict(zip(found.at, found.value, strict=True))[T0 + PEAK * MINUTE] == 9.5
    assert max(found.value) == 9.5  # the failed spike is none
    assert min(found.value) == 1.0
    assert found.breaks == (T0 + GAP.stop * MINUTE,)
    known = {r.observed_at: r.value for r in rows()}
    assert all(known[at] == v for at, v in zip(found.at, found.value, strict=True))  # nothing is made up


def test_a_long_span_keeps_what_was_doubted(stored: Database) -> None:
    end, spike, odd = T0 + COUNT * MINUTE, T0 + SPIKE * MINUTE, T0 + 305 * MINUTE
    suspect = Reading(
        station=NAME, quantity="water_level", observed_at=odd, received_at=odd, value=7.5, flag=QualityFlag.SUSPECT
    )
    with stored.transaction() as connection:
        store_readings(connection, [suspect], series_ids(connection))
        found = thinned(connection, end).doubts
        (trace,) = read_long_traces(connection, station(NAME), T0, end)
    assert found == {spike: (99.0, QualityFlag.FAIL), odd: (7.5, QualityFlag.SUSPECT)}
    assert list(trace.at) == sorted(trace.at)
    doubts = {at: (v, f) for at, v, f in zip(trace.at, trace.value, trace.flag, strict=True) if f != QualityFlag.PASS}
    assert doubts == found
    assert T0 + PEAK * MINUTE in trace.at


def test_sums_belong_to_the_bucket_that_ends_with_them(stored: Database) -> None:
    with stored.transaction() as connection:
        found = bucket_sums(connection, [NAME], "water_level", start=T0, end=T0 + 120 * MINUTE, width=60 * MINUTE)[NAME]
    assert found == pytest.approx(
        {T0: sum(map(value, range(1, 61))), T0 + 60 * MINUTE: sum(map(value, range(61, 121)))}
    )


def test_the_file_holds_every_reading_and_what_was_received_first(stored: Database) -> None:
    at = T0 + 10 * MINUTE
    later = datetime.now(UTC)
    again = Reading(station=NAME, quantity="water_level", observed_at=at, received_at=later, value=1.5)
    with stored.transaction() as connection:
        store_readings(connection, [again], series_ids(connection))
        revised = revisions_of(connection, NAME, T0, T0 + COUNT * MINUTE)
        flags = station_flags(connection, NAME, T0, T0 + COUNT * MINUTE)["water_level"]
    assert [(r.observed_at, r.value, r.now) for r in revised] == [(at, 1.1, 1.5)]
    assert flags[QualityFlag.FAIL] == 1
    assert sum(flags.values()) == COUNT - len(GAP)
    files = StationFiles(stored)
    assert list(files._pieces("nobody", 5)) == []
    found = list(csv.DictReader(io.StringIO("".join(files._pieces(NAME, 5)))))
    assert len(found) == COUNT - len(GAP)
    first = next(r for r in found if r["first_value"])
    assert (first["observed_at"], first["value"], first["first_value"]) == ("2025-10-27T07:10:00+07:00", "1.5", "1.1")
