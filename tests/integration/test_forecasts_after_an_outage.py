"""A gauge that comes back and delivers what it had stored: what was forecast before is not taken back meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

import pytest

from domain.alerts import Alert, AlertState, Reason
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Station
from forecasting.configuration import ModelSettings
from rules.configuration import RuleSet
from scheduler.house import House
from scheduler.issuing import issue
from scheduler.judging import judge_stations
from scheduler.models import Models
from storage import alerts as alert_store
from storage import forecasts, stations
from storage.database import Database
from storage.readings import store_readings
from tests.standing_house import standing_house

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

T0 = datetime(2025, 10, 27, 0, 5, tzinfo=UTC)
HOUR, STEP = timedelta(hours=1), timedelta(minutes=10)


class Prophet(Models):
    """Says the level in six hours that a test tells by issue time; nothing where it is told None."""

    def __init__(self, said: Callable[[datetime], float | None]) -> None:
        super().__init__(ModelSettings())
        self._said = said

    def issue(self, database: Database, station: Station, moment: datetime) -> list[LevelForecast]:
        del database
        median_m = self._said(moment)
        return [] if median_m is None else [_said(station.id, moment, median_m)]


def _said(station: str, at: datetime, median_m: float) -> LevelForecast:
    return LevelForecast(
        station=station,
        issued_at=at,
        valid_at=at + 6 * HOUR,
        quantiles_m=tuple(median_m + (p - 0.5) * 0.4 for p in PROBABILITIES),
        model="test",
        version="1",
        inputs="test",
    )


@pytest.fixture
def house(database: Database) -> House:
    """At T0 BĐ3 is forecast at Kim Long, where the water is low."""
    kim_long = replace(load_network(load_settings({}).config_dir).stations["kim_long"], clock="live")
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
    house = standing_house(database, models=Prophet(lambda _: 4.0))
    house.rules = RuleSet.model_construct(rules=tuple(r for r in house.rules.rules if r.name in ("stage", "forecast")))
    house.reload_stations()
    _deliver(house, T0 - HOUR, T0)
    issue(house, None, T0)
    judge_stations(house, None, T0)
    assert _course(house) == [(0, Reason.RAISED_BY_FORECAST, 3)]
    return house


def _deliver(house: House, first: datetime, last: datetime) -> None:
    """Every ten minutes a reading, all of them received at the last."""
    rows = [
        Reading(
            station="kim_long", quantity="water_level", observed_at=first + n * STEP, received_at=last,
            value=0.5, flag=QualityFlag.PASS,
        )
        for n in range((last - first) // STEP + 1)
    ]  # fmt: skip
    with house.database.transaction() as c:
        store_readings(c, rows, stations.series_ids(c))


def _alert(house: House) -> Alert:
    with house.database.transaction() as c:
        (alert,) = alert_store.list_alerts(c)
    return alert


def _course(house: House) -> list[tuple[float, Reason, int]]:
    return [((v.at - T0) / HOUR, v.reason, v.level) for v in _alert(house).versions]


def _begin_anew(house: House) -> House:
    """As a process does that was away too."""
    anew = standing_house(house.database, models=house.models)
    anew.rules = house.rules
    anew.reload_stations()
    return anew


@pytest.mark.parametrize("away_h", [3, 5, 20])
@pytest.mark.parametrize("restarted", [False, True])
def test_stored_readings_that_are_judged_before_they_are_forecast_from_take_nothing_back(
    house: House, away_h: int, restarted: bool
) -> None:
    now = T0 + away_h * HOUR
    house = _begin_anew(house) if restarted else house
    _deliver(house, T0 + STEP, now)
    for _ in range(2):
        judge_stations(house, None, now)
        issue(house, None, now)
    judge_stations(house, None, now + HOUR)
    assert _course(house) == [(0, Reason.RAISED_BY_FORECAST, 3)]
    with house.database.transaction() as c:
        issued = sorted({f.issued_at for f in forecasts.forecasts_between(c, "kim_long", T0, now)})
    assert all(later - at <= HOUR for at, later in pairwise(issued)), "no hole is left by us"


def test_what_no_newer_forecast_could_be_made_for_is_withdrawn_once_that_was_tried(house: House) -> None:
    now = T0 + 3 * HOUR
    cast("Prophet", house.models)._said = lambda _: None
    _deliver(house, T0 + STEP, now)
    judge_stations(house, None, now)
    assert _alert(house).state is AlertState.ACTIVE
    issue(house, None, now)
    judge_stations(house, None, now)
    assert _course(house)[1:] == [(2, Reason.FORECAST_WITHDRAWN, 0)]
    anew = _begin_anew(house)  # which knows of no try
    for _ in range(2):
        judge_stations(anew, None, now)
        issue(anew, None, now)
    assert _course(anew)[1:] == [(2, Reason.FORECAST_WITHDRAWN, 0)], (
        "told once, and not raised and ended by each restart"
    )


def test_of_a_gauge_without_an_alert_hours_long_past_are_not_made_up(house: House) -> None:
    cast("Prophet", house.models)._said = lambda _: 0.5
    for hours in (1, 2, 3):
        _deliver(house, T0 + (hours - 1) * HOUR + STEP, T0 + hours * HOUR)
        issue(house, None, T0 + hours * HOUR)
        judge_stations(house, None, T0 + hours * HOUR)
    assert _alert(house).state is AlertState.ENDED
    _deliver(house, T0 + 3 * HOUR + STEP, T0 + 13 * HOUR)
    assert issue(house, None, T0 + 13 * HOUR) == 4, "three hours, and now"
