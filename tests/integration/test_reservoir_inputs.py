"""A reservoir's water level (m) and its release (m³/s) are never given to a model one for the other."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dash_app.forecast_basis import forecast_basis
from domain.forecasts import LevelForecast
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Station
from forecasting.configuration import ModelSettings
from forecasting.registration import inputs_used
from forecasting.selection import GaugeModel
from scheduler.calibrating import Calibrators
from scheduler.models import Models
from storage.database import Database
from storage.readings import store_readings
from storage.stations import series_ids, sync_network

HOUR = timedelta(hours=1)
BEGIN = datetime(2025, 10, 1, tzinfo=UTC)
#: Few enough that a calibration runs here (scheduler/models.py), enough for a regression.
HOURS = 230
LAST = BEGIN + (HOURS - 1) * HOUR
SETTINGS = ModelSettings(leads_h=(1.0, 3.0), minimum_pairs=50, boosted_trees=5)


def wave(hour: float) -> float:
    return math.sin(hour / 9) + 0.5 * math.sin(hour / 4.3)


def reading(station: str, quantity: str, hour: float, value: float) -> Reading:
    at = BEGIN + hour * HOUR
    return Reading(
        station=station, quantity=quantity, observed_at=at, received_at=at, value=value, flag=QualityFlag.PASS
    )


def store(database: Database, rows: list[Reading]) -> None:
    with database.transaction() as connection:
        store_readings(connection, rows, series_ids(connection))


def reservoir_rows(quantity: str, middle: float, hours: range = range(HOURS)) -> list[Reading]:
    return [reading("binh_dien", quantity, hour, middle + middle / 10 * wave(hour + 3)) for hour in hours]


@pytest.fixture
def gauge(database: Database) -> Station:
    """A gauge that follows a reservoir upstream by three hours."""
    stations = load_network(load_settings({}).config_dir).stations
    above = stations["kim_long"].upstream[0]
    gauge = replace(stations["kim_long"], clock="test", upstream=(replace(above, station="binh_dien"),), rain_gauges=())
    with database.transaction() as connection:
        sync_network(connection, [gauge, replace(stations["binh_dien"], clock="test")])
    store(database, [reading("kim_long", "water_level", hour, 1.0 + 0.5 * wave(hour)) for hour in range(HOURS)])
    return gauge


@pytest.fixture
def models() -> Iterator[Models]:
    models = Models(SETTINGS, Calibrators(threading.Event()))
    yield models
    models.close()


def forecast(models: Models, database: Database, gauge: Station) -> list[LevelForecast]:
    made = models.issue(database, gauge, LAST)
    assert made
    return made


def calibrated(database: Database, gauge: Station) -> GaugeModel:
    return Models(SETTINGS, Calibrators(threading.Event())).model_for(database, gauge, LAST)


def test_one_release_does_not_take_the_place_of_a_record_of_levels(
    database: Database, gauge: Station, models: Models
) -> None:
    store(database, reservoir_rows("water_level", 80.0))
    before = forecast(models, database, gauge)
    assert inputs_used(models.model_for(database, gauge, LAST)) == "own level, binh_dien"
    assert "own level, 1 of 1 upstream gauges" in {each.inputs for each in before}
    store(database, [reading("binh_dien", "outflow", HOURS - 1.5, 300.0)])
    assert forecast(models, database, gauge) == before
    anew = calibrated(database, gauge)
    assert anew.upstream == ("binh_dien",)
    assert anew.forecast(models._around(database, gauge, LAST, anew.history_needed, anew), LAST) == before


def test_a_release_that_is_read_as_often_is_taken_and_one_level_changes_nothing(
    database: Database, gauge: Station, models: Models
) -> None:
    store(database, reservoir_rows("outflow", 300.0, range(5, HOURS)))
    before = forecast(models, database, gauge)
    store(database, reservoir_rows("water_level", 80.0))
    assert models.model_for(database, gauge, LAST).upstream == ("binh_dien:outflow",)
    assert forecast(models, database, gauge) == before
    assert calibrated(database, gauge).upstream == ("binh_dien:outflow",)


def test_a_release_that_is_silent_is_missing_by_the_name_of_its_station(
    database: Database, gauge: Station, models: Models
) -> None:
    store(database, reservoir_rows("outflow", 300.0, range(HOURS - 40)))
    learnt = calibrated(database, gauge)
    assert learnt.upstream == ("binh_dien:outflow",)
    store(database, reservoir_rows("water_level", 80.0))  # other numbers of the same reservoir, and now more of them
    known = models._around(database, gauge, LAST, learnt.history_needed, learnt)
    said = {each.inputs for each in learnt.forecast(known, LAST)}
    assert said == {"own level, missing: binh_dien"}
    assert forecast_basis(said.pop(), {"binh_dien": "Hồ Bình Điền"}, "vi").endswith("thiếu: Hồ Bình Điền")
    assert calibrated(database, gauge).upstream == ("binh_dien",)


def test_a_renewal_that_learns_from_another_quantity_does_not_feed_it_to_the_model_at_work(
    database: Database, gauge: Station, models: Models
) -> None:
    store(database, reservoir_rows("water_level", 80.0, range(150)))
    first = models.model_for(database, gauge, BEGIN + 150 * HOUR)
    assert first.upstream == ("binh_dien",)
    store(database, reservoir_rows("outflow", 300.0))
    past = models._past(database, gauge, LAST)
    assert tuple(past.upstream) == ("binh_dien:outflow",)
    without = replace(past, upstream={})
    assert first.forecast(past, LAST)[0].quantiles_m == first.forecast(without, LAST)[0].quantiles_m
