"""A scheduler that comes to a history late tells the beginnings that it would have told, had it been there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import actions
from domain.alerts import Alert, Reason
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from rules.configuration import RuleSet
from scheduler.beginnings import FARTHEST
from scheduler.house import House
from scheduler.judging import judge_stations
from storage import alerts as alert_store
from storage import stations
from storage.database import Database
from storage.readings import store_readings
from tests.standing_house import standing_house

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

NOW = datetime(2025, 10, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALM_M, MINOR_M, GRAVE_M = 0.5, 1.5, 2.5


def _level(hours: float) -> float:
    """The course of one flood, by hours before NOW: BĐ1 100 h ago, BĐ2 40 h ago, and still so."""
    return CALM_M if hours > 100 else MINOR_M if hours > 40 else GRAVE_M


#: Level by hours before NOW, and how many hours there are readings of.
HISTORIES: dict[str, tuple[Callable[[float], float], int]] = {
    "whole": (_level, 300),
    "cut": (_level, 90),  # the first reading known is above BĐ1 already
    "cut_in_the_span": (_level, 30),
    "long": (lambda hours: MINOR_M if hours <= 500 else CALM_M, 520),
    "over": (lambda hours: MINOR_M if 20 < hours <= 100 else CALM_M, 300),
    "calm": (lambda _: CALM_M, 300),
}


def _house(database: Database) -> House:
    kim_long = replace(load_network(load_settings({}).config_dir).stations["kim_long"], clock="live")
    with database.transaction() as c:
        stations.sync_network(c, [replace(kim_long, id=name) for name in (*HISTORIES, "attended", "dismissed")])
    house = standing_house(database)
    house.rules = RuleSet.model_construct(rules=tuple(rule for rule in house.rules.rules if rule.name == "stage"))
    house.reload_stations()
    return house


def _store(database: Database, name: str, level: Callable[[float], float], hours: range) -> None:
    rows = [
        Reading(
            station=name, quantity="water_level", observed_at=NOW - ago * HOUR, received_at=NOW - ago * HOUR,
            value=level(ago), flag=QualityFlag.PASS,
        )
        for ago in hours
    ]  # fmt: skip
    with database.transaction() as c:
        store_readings(c, rows, stations.series_ids(c))


def _told(database: Database) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = {}
    with database.transaction() as c:
        for alert in alert_store.list_alerts(c, newest_first=False):
            found.setdefault(alert.station, []).append(alert)
    return found


def _course(alert: Alert) -> list[tuple[float, Reason, int]]:
    """Versions as (hours before NOW, reason, level)."""
    return [((NOW - v.at) / HOUR, v.reason, v.level) for v in alert.versions]


def test_a_history_found_is_told_from_its_beginnings(database: Database) -> None:
    house = _house(database)
    for name, (level, hours) in HISTORIES.items():
        _store(database, name, level, range(hours, -1, -1))
    for last in (250, 100, 90, 45, 30, 0):  # the same flood, looked at while it went on
        _store(database, "attended", _level, range(300, last - 1, -1))
        judge_stations(house, frozenset({"attended"}), NOW - last * HOUR)
    judge_stations(house, None, NOW)
    told = _told(database)
    assert told.keys() == {*HISTORIES, "attended"} - {"calm"}
    courses = {name: _course(alert) for name, (alert,) in told.items()}
    assert courses["whole"] == courses["attended"] == [(100, Reason.RAISED, 1), (40, Reason.UPGRADED, 2)]
    assert courses["cut"] == [(90, Reason.UNDER_WAY, 1), (40, Reason.UPGRADED, 2)]
    assert courses["cut_in_the_span"] == [(30, Reason.UNDER_WAY, 2)]
    assert courses["long"] == [(FARTHEST / HOUR, Reason.UNDER_WAY, 1)]
    assert courses["over"] == [(100, Reason.RAISED, 1), (20, Reason.ENDED, 0)]
    for later in (1, 30):  # the span moves on, and nothing is corrected
        judge_stations(house, None, NOW + later * HOUR)
    assert {name: _course(alert) for name, (alert,) in _told(database).items()} == courses


def test_a_standing_level_that_a_person_ended_is_raised_anew_from_there(database: Database) -> None:
    house = _house(database)
    _store(database, "dismissed", lambda hours: CALM_M if hours > 100 else MINOR_M, range(300, -1, -1))
    now = NOW - 90 * HOUR
    judge_stations(house, frozenset({"dismissed"}), now)
    (alert,) = _told(database)["dismissed"]
    with database.transaction() as c:
        actions.end(
            c, actions.Desk(person="truong_ca", now=now, rules=house.rulebook), alert.identifier, "a lifted gauge"
        )
    judge_stations(house, None, now + 60 * HOUR)
    assert len(_told(database)["dismissed"]) == 1, "within the judged span it stays ended"
    for later in (0, 1):
        judge_stations(house, None, NOW + later * HOUR)
        ended, anew = _told(database)["dismissed"]
        assert _course(ended) == [(100, Reason.RAISED, 1), (90, Reason.ENDED_BY_PERSON, 0)]
        assert _course(anew) == [(90, Reason.RAISED, 1)]
