"""What is wrong with one station's data costs no other station its warnings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.alerts import Alert, Event, Finding
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from rules.judge import with_compounds
from scheduler import beginnings, looking
from scheduler.house import House
from scheduler.judging import judge_stations
from storage import alerts as alert_store
from storage.database import Database
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from tests.standing_house import standing_house

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

NOW = datetime(2025, 10, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = tuple(f"g{number}" for number in range(7))


@pytest.fixture
def house(database: Database) -> House:
    """Seven gauges above BĐ3 for an hour."""
    kim_long = replace(load_network(load_settings({}).config_dir).stations["kim_long"], clock="live")
    with database.transaction() as c:
        sync_network(c, [replace(kim_long, id=name) for name in NAMES])
        rows = [_reading(name, ago, 3.8 if ago <= 1 else 0.5) for name in NAMES for ago in range(90, -1, -1)]
        store_readings(c, rows, series_ids(c))
    house = standing_house(database)
    house.reload_stations()
    return house


def _reading(name: str, ago: int, value: float) -> Reading:
    at = NOW - ago * HOUR
    return Reading(
        station=name, quantity="water_level", observed_at=at, received_at=at, value=value, flag=QualityFlag.PASS
    )


def _flooded(database: Database) -> list[str]:
    with database.transaction() as c:
        return sorted(alert.station for alert in alert_store.list_alerts(c) if alert.event is Event.FLOOD)


def _failures(house: House) -> list[list[str]]:
    with pytest.raises(ExceptionGroup, match="stations that could not be judged") as failed:
        judge_stations(house, None, NOW)
    return [each.__notes__ for each in failed.value.exceptions]


def test_a_station_that_cannot_be_stored_costs_no_other_of_its_transaction(database: Database, house: House) -> None:
    with database.transaction() as c:
        c.execute("delete from reading where series_id in (select id from series where station = 'g3')")
        c.execute("alter table alert add constraint no_g3 check (station <> 'g3') not valid")
        store_readings(c, [_reading("g3", ago, 3.8 if ago <= 1 else 0.5) for ago in range(90, -1, -1)], series_ids(c))
    notes = _failures(house)
    assert {note for each in notes for note in each} == {"station g3"}
    assert _flooded(database) == [name for name in NAMES if name != "g3"]


def test_a_compound_rule_that_fails_at_one_station_costs_nobody_a_warning(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_at_g3(
        stations: Any, *others: Any, names: Collection[str] | None = None, **known: Any
    ) -> Mapping[str, list[Finding]]:
        if "g3" in (stations if names is None else names):
            raise ZeroDivisionError("a rule")
        return with_compounds(stations, *others, names=names, **known)

    monkeypatch.setattr(looking, "with_compounds", fails_at_g3)
    assert _failures(house) == [["station g3"]]
    assert _flooded(database) == list(NAMES), "what the other rules found there stands"


def test_a_beginning_that_cannot_be_looked_for_costs_nobody_a_warning(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_before = beginnings.begun_before

    def fails_at_g3(findings: Sequence[Finding], stored: Sequence[Alert]) -> dict[Event, datetime]:
        if findings[0].station == "g3":
            raise ZeroDivisionError("a finding")
        return begun_before(findings, stored)

    monkeypatch.setattr(beginnings, "begun_before", fails_at_g3)
    assert _failures(house) == [["station g3"]]
    assert _flooded(database) == list(NAMES)
