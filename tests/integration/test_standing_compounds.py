"""What several gauges began is stored as an alert, and goes on by it when nothing else remembers the beginning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import actions
from domain.alerts import Alert, Event, Reason
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from rules.configuration import RuleSet
from scheduler.house import House
from scheduler.judging import judge_stations
from storage import alerts as alert_store
from storage import stations
from storage.database import Database
from storage.readings import store_readings
from tests.standing_house import standing_house

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

T0 = datetime(2025, 10, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: Above BĐ3 of both, and below every level.
GRAVE_M, CALM_M = 5.0, 0.2


@pytest.fixture
def house(database: Database) -> House:
    shipped = load_network(load_settings({}).config_dir).stations
    with database.transaction() as c:
        stations.sync_network(c, [replace(shipped[name], clock="live") for name in ("kim_long", "phu_oc")])
    house = standing_house(database)
    named = ("stage", "gauges_agree", "overdue")
    house.rules = RuleSet.model_construct(rules=tuple(rule for rule in house.rules.rules if rule.name in named))
    house.reload_stations()
    return house


def _store(house: House, station: str, hours: range, level_m: float) -> None:
    rows = [
        Reading(
            station=station, quantity="water_level", observed_at=T0 + hour * HOUR, received_at=T0 + hour * HOUR,
            value=level_m, flag=QualityFlag.PASS,
        )
        for hour in hours
    ]  # fmt: skip
    with house.database.transaction() as c:
        store_readings(c, rows, stations.series_ids(c))


def _alerts(house: House, station: str, event: Event) -> list[Alert]:
    with house.database.transaction() as c:
        found = alert_store.list_alerts(c, newest_first=False, stations=[station])
    return [alert for alert in found if alert.event is event]


def test_a_flood_of_the_basin_goes_on_for_days_though_one_of_its_gauges_is_dead(house: House) -> None:
    for name in ("kim_long", "phu_oc"):
        _store(house, name, range(-5, 0), CALM_M)
        _store(house, name, range(3), GRAVE_M)
    judge_stations(house, None, T0 + 2 * HOUR)
    (flood,) = _alerts(house, "phu_oc", Event.FLOOD)
    _store(house, "phu_oc", range(3, 7), GRAVE_M)
    judge_stations(house, None, T0 + 6 * HOUR)
    with house.database.transaction() as c:
        desk = actions.Desk(person="truong_ca", now=T0 + 6 * HOUR, rules=house.rulebook)
        actions.end(c, desk, flood.identifier, "told by telephone")
    for hour in range(7, 100, 12):
        _store(house, "phu_oc", range(hour, hour + 12), GRAVE_M)
        judge_stations(house, None, T0 + (hour + 11) * HOUR)
    (basin,) = _alerts(house, "kim_long", Event.BASIN_FLOOD)
    assert [version.reason for version in basin.versions] == [Reason.RAISED]
    _store(house, "phu_oc", range(103, 110), CALM_M)
    judge_stations(house, None, T0 + 109 * HOUR)
    (basin,) = _alerts(house, "kim_long", Event.BASIN_FLOOD)
    assert [version.reason for version in basin.versions] == [Reason.RAISED, Reason.ENDED]
