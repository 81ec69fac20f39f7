"""Each reading once, whatever comes again, late or changed."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from domain.readings import QualityFlag, Reading
from domain.stations import Series, Station, StationKind
from storage.database import Connection, Database
from storage.history import Newest, recent_values_of, values_between
from storage.readings import (
    Evidence,
    StoreCounts,
    add_evidence,
    latest,
    readings_between,
    recent_values,
    store_readings,
    sums,
)
from storage.stations import series_ids, sync_network

T0 = datetime(2025, 10, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _station(name: str = "kim_long", quantities: Sequence[str] = ("water_level", "rainfall")) -> Station:
    return Station(
        id=name,
        name_vi="Kim Long",
        name_en="Kim Long",
        kind=StationKind.RIVER,
        lat=16.45,
        lon=107.56,
        series=tuple(Series(quantity=q, cadence=HOUR) for q in quantities),
        simulated=False,
        verified=True,
        source="test",
    )


def _reading(hour: float, value: float, *, quantity: str = "water_level", received_h: float | None = None) -> Reading:
    at = T0 + hour * HOUR
    received = at if received_h is None else T0 + received_h * HOUR
    return Reading(station="kim_long", quantity=quantity, observed_at=at, received_at=received, value=value)


@pytest.fixture
def network(database: Database) -> Database:
    with database.transaction() as c:
        sync_network(c, [_station()])
    return database


def _store(database: Database, rows: Sequence[Reading]) -> StoreCounts:
    with database.transaction() as c:
        return store_readings(c, rows, series_ids(c))


def _shown(c: Connection) -> list[tuple[float, float]]:
    frame = readings_between(c, "kim_long", "water_level", T0, T0 + 1000 * HOUR)
    hours = (frame["observed_at"] - T0).dt.total_seconds() / 3600
    return list(zip(hours, frame["value"], strict=True))


def _older(c: Connection) -> list[float]:
    return [v for (v,) in c.execute("select value from reading_revision order by observed_at, replaced_at, ctid")]


def test_new_readings_are_stored_and_the_newest_is_latest(network: Database) -> None:
    assert _store(network, [_reading(1, 1.5), _reading(2, 2.0), _reading(0, 1.0)]) == StoreCounts(
        stored=3, duplicates=0, revisions=0
    )
    with network.transaction() as c:
        assert _shown(c) == [(0, 1.0), (1, 1.5), (2, 2.0)]
        (newest,) = latest(c)
    assert (newest.station, newest.quantity, newest.observed_at, newest.value) == (
        "kim_long",
        "water_level",
        T0 + 2 * HOUR,
        2.0,
    )


def test_nothing_to_store(network: Database) -> None:
    assert _store(network, []) == StoreCounts(stored=0, duplicates=0, revisions=0)


def test_a_redelivered_batch_changes_nothing(network: Database) -> None:
    rows = [_reading(h, h / 10) for h in range(50)]
    _store(network, rows)
    again = _store(network, rows)
    assert (again.stored, again.duplicates, again.revisions) == (0, 50, 0)
    assert again.repeated == frozenset(range(50))
    with network.transaction() as c:
        assert len(_shown(c)) == 50
        assert _older(c) == []


def test_a_revision_is_shown_and_the_older_value_kept(network: Database) -> None:
    _store(network, [_reading(1, 1.0, received_h=1)])
    counts = _store(network, [_reading(1, 1.2, received_h=2)])
    assert (counts.stored, counts.duplicates, counts.revisions) == (0, 0, 1)
    with network.transaction() as c:
        assert _shown(c) == [(1, 1.2)]
        assert _older(c) == [1.0]
        assert latest(c)[0].value == 1.2


def test_the_earlier_value_of_a_revision_delivered_again_is_a_duplicate(network: Database) -> None:
    _store(network, [_reading(1, 1.0)])
    _store(network, [_reading(1, 1.2)])
    counts = _store(network, [_reading(1, 1.0), _reading(1, 1.2)])
    assert (counts.stored, counts.duplicates, counts.revisions) == (0, 2, 0)
    with network.transaction() as c:
        assert _shown(c) == [(1, 1.2)]
        assert _older(c) == [1.0]


def test_several_values_of_one_key_in_a_batch_are_taken_in_order(network: Database) -> None:
    rows = [_reading(1, 1.0), _reading(1, 1.1), _reading(2, 5.0), _reading(1, 1.1), _reading(1, 1.3), _reading(1, 1.0)]
    counts = _store(network, rows)
    assert (counts.stored, counts.duplicates, counts.revisions) == (2, 2, 2)
    assert counts.repeated == {3, 5}
    with network.transaction() as c:
        assert _shown(c) == [(1, 1.3), (2, 5.0)]
        assert sorted(_older(c)) == [1.0, 1.1]


def test_a_late_reading_does_not_become_latest_but_a_revision_of_the_latest_does(network: Database) -> None:
    _store(network, [_reading(5, 2.0)])
    _store(network, [_reading(4, 9.0)])
    with network.transaction() as c:
        assert latest(c)[0].value == 2.0
    _store(network, [_reading(5, 2.5), _reading(4, 9.5)])
    with network.transaction() as c:
        assert latest(c)[0].value == 2.5


def test_a_duplicate_of_an_earlier_value_does_not_become_latest(network: Database) -> None:
    _store(network, [_reading(5, 2.0)])
    _store(network, [_reading(5, 2.5)])
    _store(network, [_reading(5, 2.0)])
    with network.transaction() as c:
        assert latest(c)[0].value == 2.5


def test_two_calls_in_one_transaction(network: Database) -> None:
    with network.transaction() as c:
        ids = series_ids(c)
        assert store_readings(c, [_reading(1, 1.0)], ids).stored == 1
        second = store_readings(c, [_reading(1, 1.0), _reading(2, 2.0)], ids)
        assert (second.stored, second.duplicates) == (1, 1)


def test_a_row_that_the_latest_readings_do_not_tell_of_is_still_found(network: Database) -> None:
    """Another worker may have stored it a moment ago: the copy into the table fails, and everything is compared."""
    _store(network, [_reading(5, 2.0)])
    with network.transaction() as c:
        c.execute("delete from series_latest")
    again = _store(network, [_reading(4, 1.0), _reading(5, 2.0), _reading(6, 3.0), _reading(5, 2.5)])
    assert (again.stored, again.duplicates, again.revisions) == (2, 1, 1)
    assert again.repeated == {1}
    with network.transaction() as c:
        assert _shown(c) == [(4, 1.0), (5, 2.5), (6, 3.0)]
        assert [(one.observed_at, one.value) for one in latest(c)] == [(T0 + 6 * HOUR, 3.0)]


def test_counts_and_rows_agree_for_any_mixture(network: Database) -> None:
    """Against a model in plain Python: the last new value of a key is shown, every value ever is known."""
    rng = random.Random(7)
    shown: dict[int, float] = {}
    ever: dict[int, list[float]] = {}
    expected = [0, 0, 0]
    got = [0, 0, 0]
    for _ in range(30):
        batch = []
        for _ in range(rng.randrange(1, 40)):
            hour, value = rng.randrange(60), float(rng.randrange(4))
            batch.append(_reading(hour, value))
            if hour not in shown:
                expected[0] += 1
            elif value in ever[hour]:
                expected[1] += 1
                continue
            else:
                expected[2] += 1
            shown[hour] = value
            ever.setdefault(hour, []).append(value)
        counts = _store(network, batch)
        got = [got[0] + counts.stored, got[1] + counts.duplicates, got[2] + counts.revisions]
    assert got == expected
    with network.transaction() as c:
        assert _shown(c) == sorted(shown.items())
        assert len(_older(c)) == expected[2]
        assert latest(c)[0].value == shown[max(shown)]


def test_times_come_back_as_they_went_to_the_microsecond(network: Database) -> None:
    at = datetime(2025, 10, 27, 1, 2, 3, 123457, tzinfo=UTC)
    rows = [Reading(station="kim_long", quantity="water_level", observed_at=at, received_at=at, value=0.1)]
    _store(network, rows)
    with network.transaction() as c:
        frame = readings_between(c, "kim_long", "water_level", at, at)
    assert frame["observed_at"].iloc[0].to_pydatetime() == at
    assert str(frame["observed_at"].dtype) == str(frame["received_at"].dtype) == "datetime64[us, UTC]"


def test_an_empty_history_has_the_same_columns(network: Database) -> None:
    with network.transaction() as c:
        frame = readings_between(c, "kim_long", "water_level", T0, T0 + HOUR)
        nowhere = readings_between(c, "nowhere", "water_level", T0, T0 + HOUR)
    assert frame.empty
    assert nowhere.empty
    assert list(frame.columns) == ["observed_at", "value", "flag", "received_at"]
    assert str(frame["observed_at"].dtype) == "datetime64[us, UTC]"


def test_what_was_known_at_a_time(network: Database) -> None:
    _store(network, [_reading(1, 1.0, received_h=1), _reading(2, 2.0, received_h=9)])
    _store(network, [_reading(1, 1.2, received_h=5)])
    with network.transaction() as c:
        known = {
            h: list(readings_between(c, "kim_long", "water_level", T0, T0 + 9 * HOUR, known_at=T0 + h * HOUR)["value"])
            for h in (0, 2, 6, 10)
        }
    assert known == {0: [], 2: [1.0], 6: [1.2], 10: [1.2, 2.0]}


def test_evidence_worsens_the_flag_once_and_never_improves_it(network: Database) -> None:
    _store(network, [_reading(1, 1.0), _reading(2, 1.0)])
    with network.transaction() as c:
        number = series_ids(c)["kim_long", "water_level"]
        spike = Evidence(series_id=number, observed_at=T0 + 2 * HOUR, test="spike", flag=QualityFlag.FAIL, value=1.0)
        rate = Evidence(series_id=number, observed_at=T0 + 2 * HOUR, test="rate", flag=QualityFlag.SUSPECT, value=1.0)
        assert add_evidence(c, [spike]) == 1
        assert add_evidence(c, [spike, rate]) == 1
        frame = readings_between(c, "kim_long", "water_level", T0, T0 + 9 * HOUR)
        assert list(frame["flag"]) == [QualityFlag.NOT_EVALUATED, QualityFlag.FAIL]
        assert latest(c)[0].flag is QualityFlag.FAIL


def test_rain_totals_are_half_open_and_leave_out_failed_and_missing(network: Database) -> None:
    rows = [_reading(h, 10.0, quantity="rainfall") for h in range(5)]
    _store(network, rows)
    with network.transaction() as c:
        number = series_ids(c)["kim_long", "rainfall"]
        add_evidence(
            c, [Evidence(series_id=number, observed_at=T0 + HOUR, test="x", flag=QualityFlag.FAIL, value=10.0)]
        )
        assert sums(c, "rainfall", after=T0, until=T0 + 3 * HOUR) == {"kim_long": 20.0}
        assert sums(c, "rainfall", after=T0 + 9 * HOUR, until=T0 + 12 * HOUR) == {}


def test_recent_values_are_the_newest_oldest_first(network: Database) -> None:
    _store(network, [_reading(h, float(h)) for h in (3, 1, 2, 0)])
    with network.transaction() as c:
        ids = series_ids(c)
        level, rain = ids["kim_long", "water_level"], ids["kim_long", "rainfall"]
        assert recent_values(c, level, 2) == [(T0 + 2 * HOUR, 2.0), (T0 + 3 * HOUR, 3.0)]
        assert recent_values(c, rain, 2) == []
        assert recent_values_of(c, {level: Newest(1), rain: Newest(5)}) == {level: [(T0 + 3 * HOUR, 3.0)]}
        assert values_between(c, level, T0 + HOUR, T0 + 2 * HOUR) == [(T0 + HOUR, 1.0), (T0 + 2 * HOUR, 2.0)]


def test_recent_values_reach_back_over_impossible_ones_and_not_for_ever(network: Database) -> None:
    _store(network, [_reading(h, 20.0 if h in (2, 3, 5) or h > 6 else float(h)) for h in range(32)])
    with network.transaction() as c:
        level = series_ids(c)["kim_long", "water_level"]

        def hours(wanted: Newest) -> list[int]:
            return [round((at - T0) / HOUR) for at, _ in recent_values_of(c, {level: wanted}).get(level, [])]

        assert hours(Newest(3, 0.0, 10.0)) == list(range(2, 32)), "as far as ten times three values"
        assert hours(Newest(4, 0.0, 10.0)) == list(range(32)), "to the fourth possible one: hours 6, 4, 1, 0"
        assert hours(Newest(2, 50.0, 60.0)) == list(range(12, 32)), "none is possible: the newest all the same"


def test_readings_of_many_weeks(network: Database) -> None:
    """On TimescaleDB these lie in many chunks; revisions and totals find them all."""
    rows = [_reading(h, 1.0, quantity="rainfall") for h in range(0, 24 * 100, 24)]
    _store(network, rows)
    counts = _store(network, [_reading(h, 2.0, quantity="rainfall") for h in range(0, 24 * 100, 24)])
    assert counts.revisions == 100
    with network.transaction() as c:
        assert sums(c, "rainfall", after=T0 - HOUR, until=T0 + 2400 * HOUR) == {"kim_long": 200.0}


def test_views_for_sql_tools(network: Database) -> None:
    _store(network, [_reading(1, 1.0)])
    with network.transaction() as c:
        assert c.execute("select station, quantity, observed_at, value, unit, flag from v_reading").fetchall() == [
            ("kim_long", "water_level", T0 + HOUR, 1.0, "m", 2)
        ]


def test_the_reading_table_is_a_hypertable_where_there_are_some(network: Database, database_kind: str) -> None:
    with network.transaction() as c:
        there = c.execute("select to_regclass('timescaledb_information.hypertables') is not null").fetchone()
        assert there == (database_kind == "timescaledb",)
        if there[0]:
            names = c.execute("select hypertable_name from timescaledb_information.hypertables").fetchall()
            assert names == [("reading",)]
