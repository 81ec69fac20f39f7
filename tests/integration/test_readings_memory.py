"""What the judge remembers of readings is what stands in the database, whatever came late, twice, revised or doubted."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from domain.readings import QualityFlag, Reading
from domain.stations import Series, Station, StationKind
from scheduler import readings_memory
from scheduler.readings_memory import ReadingsMemory
from storage import incoming, readings
from storage.database import Connection, Database
from storage.readings import Evidence, add_evidence, store_readings
from storage.stations import series_ids, sync_network

T0 = datetime(2025, 10, 27, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = ("a", "b", "c")
QUANTITIES = ("water_level", "rainfall")


@pytest.fixture
def network(database: Database) -> Database:
    stations = [
        Station(
            id=name,
            name_vi=name,
            name_en=name,
            kind=StationKind.RIVER,
            lat=16.45,
            lon=107.56,
            series=tuple(Series(quantity=each, cadence=10 * MINUTE) for each in QUANTITIES),
            simulated=False,
            verified=True,
            source="test",
        )
        for name in NAMES
    ]
    with database.transaction() as c:
        sync_network(c, stations)
    return database


def _reading(name: str, minute: int, value: float, quantity: str = "water_level") -> Reading:
    at = T0 + minute * MINUTE
    return Reading(station=name, quantity=quantity, observed_at=at, received_at=at, value=value)


def _store(database: Database, rows: Sequence[Reading]) -> None:
    with database.transaction() as c:
        store_readings(c, rows, series_ids(c))


def _seen(memory: ReadingsMemory, database: Database, starts: Mapping[str, datetime]) -> dict[tuple[str, str], object]:
    with database.transaction() as c:
        read = memory.read(c, starts)
    told: dict[tuple[str, str], object] = {}
    for name, station in read.items():
        told[name, "newest"] = station.newest
        for quantity, seen in station.traces.items():
            told[name, quantity] = (seen.ticks.tolist(), seen.values.tolist(), seen.flags.tolist())
    return told


def _doubt(database: Database, name: str, minute: int, value: float) -> None:
    with database.transaction() as c:
        number = series_ids(c)[name, "water_level"]
        found = Evidence(
            series_id=number, observed_at=T0 + minute * MINUTE, test="flat", flag=QualityFlag.SUSPECT, value=value
        )
        add_evidence(c, [found])


@pytest.mark.parametrize("seed", range(6))
def test_what_is_remembered_is_what_stands_in_the_database(network: Database, seed: int) -> None:
    drawn, values = random.Random(seed), dict[tuple[str, int], float]()
    memory = ReadingsMemory(most=drawn.choice([60, 4000]))
    newest = dict.fromkeys(NAMES, 0)
    for _ in range(60):
        name = drawn.choice(NAMES)
        match drawn.choice(["newer", "newer", "newer", "late", "revised", "batch", "doubt", "rain"]):
            case "newer":
                newest[name] += drawn.choice([1, 10])
                values[name, newest[name]] = value = drawn.random()
                _store(network, [_reading(name, newest[name], value)])
            case "late":
                minute = drawn.randint(0, newest[name])
                values[name, minute] = value = drawn.random()
                _store(network, [_reading(name, minute, value)])
            case "revised" if values:
                name, minute = drawn.choice(sorted(values))
                values[name, minute] = value = drawn.random()
                _store(network, [_reading(name, minute, value)])
            case "batch":  # newer and older in one transaction, and one time twice
                first = max(0, newest[name] - 3)
                newest[name] += 4
                rows = [_reading(name, minute, drawn.random()) for minute in range(first, newest[name] + 1)]
                drawn.shuffle(rows)
                _store(network, [*rows, _reading(name, newest[name], drawn.random())])
            case "doubt" if values:
                name, minute = drawn.choice(sorted(values))
                _doubt(network, name, minute, values[name, minute])
            case _:
                _store(network, [_reading(name, drawn.randint(0, 400), drawn.random(), "rainfall")])
        asked = drawn.sample(NAMES, drawn.randint(1, 3))
        starts = {each: T0 + drawn.choice([0, 0, 30, 60]) * MINUTE for each in asked}
        assert _seen(memory, network, starts) == _seen(ReadingsMemory(), network, starts)


def test_newer_readings_alone_are_read_and_the_past_is_when_it_is_touched(
    network: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    plain = readings_memory.readings_after

    def counting(*arguments):
        rows = plain(*arguments)
        counted.append(sum(0 if row.observed is None else len(row.observed) for row in rows))
        return rows

    monkeypatch.setattr(readings_memory, "readings_after", counting)
    memory, starts = ReadingsMemory(), {"a": T0}
    _store(network, [_reading("a", minute, 1.0) for minute in range(100)])
    _seen(memory, network, starts)
    _store(network, [_reading("a", 100, 1.0)])
    _seen(memory, network, starts)
    assert counted == [100, 1]
    _store(network, [_reading("a", 100, 2.0)])  # a revision of the newest
    _seen(memory, network, starts)
    assert counted[2:] == [0, 101]


def test_a_reading_that_another_overtook_on_its_way_is_not_missed(
    network: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers store one series: the older reading was judged new, and is committed after the newer one was read."""
    memory, starts = ReadingsMemory(), {"a": T0}
    _store(network, [_reading("a", 0, 1.0)])
    _seen(memory, network, starts)
    plain, newer = incoming.keep_latest, _reading("a", 2, 3.0)

    def overtaken(connection: Connection, changed: Iterable[incoming.Numbered]) -> None:
        monkeypatch.setattr(readings, "keep_latest", plain)
        _store(network, [newer])  # by another, committed between the copying and the counting of the first
        assert len(_seen(memory, network, starts)["a", "water_level"][0]) == 2  # type: ignore[index]
        plain(connection, changed)

    monkeypatch.setattr(readings, "keep_latest", overtaken)
    _store(network, [_reading("a", 1, 9.0)])
    told = _seen(memory, network, starts)
    assert told == _seen(ReadingsMemory(), network, starts)
    assert told["a", "water_level"][1] == [1.0, 9.0, 3.0]  # type: ignore[index]


def test_a_database_that_was_away_is_read_anew(network: Database) -> None:
    memory, starts = ReadingsMemory(), {"a": T0}
    _store(network, [_reading("a", 0, 1.0)])
    _seen(memory, network, starts)
    with network.transaction() as c:  # another server, where the same reading says something else
        c.execute("update reading set value = 7")
    assert _seen(memory, network, starts)["a", "water_level"][1] == [1.0]  # type: ignore[index]
    memory.forget()
    assert _seen(memory, network, starts)["a", "water_level"][1] == [7.0]  # type: ignore[index]
