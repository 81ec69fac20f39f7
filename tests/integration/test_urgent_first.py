"""Who looks graver is judged for that at once, and for everything else in the next turn: the end is as if all were judged together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.alerts import Event
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from scheduler import jobs
from scheduler.house import House
from scheduler.in_turn import InTurn
from scheduler.judging import judge_stations
from scheduler.turns import REST_S
from storage import alerts as alert_store
from storage import stations
from storage.database import Database
from storage.readings import store_readings
from tests.standing_house import standing_house

STEP = timedelta(minutes=10)
CALM_M = 0.4
#: Within half an hour over BĐ2: a level is crossed, and the water rises fast.
RISE_M = (0.9, 1.5, 2.2)
GAUGES = ("kim_long", "other")
JUDGE = next(replace(job, wakes=(), always_wakes=()) for job in jobs.JOBS if job.name == "judge")


def _house(database: Database) -> House:
    kim_long = replace(load_network(load_settings({}).config_dir).stations["kim_long"], clock="live")
    with database.transaction() as c:
        stations.sync_network(c, [replace(kim_long, id=name) for name in GAUGES])
    house = standing_house(database)
    house.reload_stations()
    return house


def _store(database: Database, levels: Sequence[float], until: datetime) -> None:
    """These levels at every gauge, every ten minutes."""
    rows = [
        Reading(
            station=name, quantity="water_level", observed_at=until - ago * STEP, received_at=until,
            value=level, flag=QualityFlag.PASS,
        )
        for name in GAUGES
        for ago, level in enumerate(reversed(levels))
    ]  # fmt: skip
    with database.transaction() as c:
        store_readings(c, rows, stations.series_ids(c))


def _told(database: Database) -> list[tuple[str, Event, int]]:
    with database.transaction() as c:
        found = alert_store.list_alerts(c)
    return sorted((each.station, each.event, each.level) for each in found if each.event is not Event.NO_SIGNAL)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_flood_is_told_first_and_the_rapid_rise_in_the_next_turn(database: Database) -> None:
    house, now = _house(database), datetime.now(UTC)
    turns = InTurn(JUDGE, house)
    _store(database, [CALM_M] * 30, now - 3 * STEP)
    turns._run(frozenset(GAUGES))
    assert _told(database) == []
    _store(database, RISE_M, now)
    turns._run(frozenset(GAUGES))
    flood = [(name, Event.FLOOD, 2) for name in GAUGES]
    assert _told(database) == flood
    time.sleep(REST_S)
    turns._run(frozenset())
    whole = _told(database)
    assert whole == sorted([*flood, *((name, Event.RAPID_RISE, 3) for name in GAUGES)])
    assert judge_stations(house, None, datetime.now(UTC)) == 0, "judged together they are the same"
