"""One gauge that fails costs no other gauge its forecasts or scores, is told, and is left alone for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.errors import DatabaseUnavailableError, EwsError
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Station
from forecasting.configuration import ModelSettings
from scheduler import issuing, verifying
from scheduler.calibrating import CalibrationLostError, Calibrators
from scheduler.house import House
from scheduler.models import Models
from scheduler.setbacks import Setbacks
from storage import forecasts
from storage.database import Database
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from tests.standing_house import standing_house

HOUR = timedelta(hours=1)
BEGIN = datetime(2025, 10, 19, 17, tzinfo=UTC)
GAUGES = ("kim_long", "phu_oc", "thuong_nhat")
HOURS = 30


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def reading(station: str, hour: int) -> Reading:
    at, value = BEGIN + hour * HOUR, 0.5 + 0.01 * (hour % 5)
    quantity = "water_level"
    return Reading(
        station=station, quantity=quantity, observed_at=at, received_at=at, value=value, flag=QualityFlag.PASS
    )


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    stations = load_network(load_settings({}).config_dir).stations
    network = [replace(stations[name], clock="test", upstream=(), rain_gauges=()) for name in GAUGES]
    with Database(database_url) as database:
        with database.transaction() as connection:
            sync_network(connection, network)
            rows = [reading(name, hour) for name in GAUGES for hour in range(HOURS)]
            store_readings(connection, rows, series_ids(connection))
        stop = threading.Event()
        models = Models(ModelSettings(leads_h=(1.0, 6.0), boosted_trees=10), Calibrators(stop))
        house = standing_house(database, models=models, stop=stop)
        house.reload_stations()
        yield house
        models.close()


@pytest.fixture
def clock(house: House) -> Clock:
    clock = Clock()
    house.models.unissued, house.models.unscored = Setbacks("forecasts", clock), Setbacks("verification", clock)
    return clock


def first_of(house: House) -> str:
    """The gauge that the jobs come to first."""
    return next(iter(house.stations))


def failing(asked: list[str], broken: str, error: Exception, real: Callable[..., Any]) -> Callable[..., Any]:
    """`real`, which one gauge fails; `asked` tells for whom it was called."""

    def call(self: Any, database: Any, station: Station, *rest: Any) -> Any:
        asked.append(station.id)
        if station.id == broken:
            raise error
        return real(self, database, station, *rest)

    return call


def issue(house: House) -> int:
    return issuing.issue(house, None, datetime.now(UTC))


def issued(house: House) -> set[str]:
    with house.database.transaction() as connection:
        return set(forecasts.last_issued(connection))


def test_the_others_are_forecast_the_error_names_the_gauge_and_it_rests(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, asked = first_of(house), list[str]()
    lost = CalibrationLostError("a calibration process was killed (out of memory?)")
    with monkeypatch.context() as patch:
        patch.setattr(Models, "_calibration", failing(asked, broken, lost, Models._calibration))
        with pytest.raises(EwsError, match=f"{house.stations[broken].name_vi}: a calibration process was killed"):
            issue(house)
        assert issued(house) == set(GAUGES) - {broken}
        asked.clear()
        clock.now_s = 60.0
        with pytest.raises(EwsError, match=house.stations[broken].name_vi):  # the job shows it as long as it lasts
            issue(house)
        assert asked == []
    clock.now_s = 601.0
    assert issue(house) > 0
    assert issued(house) == set(GAUGES)
    assert issue(house) == 0  # and nothing is told any more


def test_a_database_that_goes_away_ends_the_run_at_once_and_is_no_gauges_fault(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, asked = first_of(house), list[str]()
    with monkeypatch.context() as patch:
        away = DatabaseUnavailableError("away")
        patch.setattr(Models, "issue", failing(asked, broken, away, Models.issue))
        with pytest.raises(DatabaseUnavailableError):
            issue(house)
        assert asked == [broken]
    assert issue(house) > 0  # at once, not after a pause
    assert issued(house) == set(GAUGES)


def test_calibrations_that_died_with_anothers_are_done_again_alone(house: House) -> None:
    lost = CalibrationLostError("a calibration process was killed (out of memory?)")
    for name in GAUGES:  # all were begun at once, and one of them took the processes of all with it
        house.models._first[name] = Future()
        house.models._first[name].set_exception(lost)
    assert issue(house) > 0
    assert issued(house) == set(GAUGES)


def test_a_renewal_that_fails_is_told_and_the_model_at_work_forecasts_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(house)
    gauge = first_of(house)
    dead: Future[Any] = Future()
    dead.set_exception(CalibrationLostError("killed"))
    house.models._proposed[gauge] = (BEGIN, dead)
    with house.database.transaction() as connection:
        rows = [reading(name, HOURS) for name in GAUGES]
        store_readings(connection, rows, series_ids(connection))
    with pytest.raises(EwsError, match=f"renewal of the model failed at {house.stations[gauge].name_vi}: killed"):
        issue(house)
    with house.database.transaction() as connection:
        assert set(forecasts.last_issued(connection).values()) == {BEGIN + HOURS * HOUR}
    assert issue(house) == 0


def told(station: str, hour: int) -> LevelForecast:
    return LevelForecast(
        station=station,
        issued_at=BEGIN + hour * HOUR,
        valid_at=BEGIN + (hour + 1) * HOUR,
        quantiles_m=tuple(0.5 + 0.3 * (p - 0.5) for p in PROBABILITIES),
        model="test",
        version="v1",
        inputs="",
    )


def scored(house: House) -> set[str]:
    with house.database.transaction() as connection:
        return {row[0] for row in connection.execute("select distinct station from forecast_score").fetchall()}


def test_the_others_are_scored_and_a_gauge_that_cannot_be_rests(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.database.transaction() as connection:
        every = [told(name, hour) for name in GAUGES for hour in range(HOURS)]
        forecasts.store_forecasts(connection, every, datetime.now(UTC))
    broken, asked, real = first_of(house), list[str](), verifying.gauge_record

    def record(connection: Any, gauge: Station, *rest: Any) -> Any:
        asked.append(gauge.id)
        if gauge.id == broken:
            raise ValueError("no such reading")
        return real(connection, gauge, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(verifying, "gauge_record", record)
        name = house.stations[broken].name_vi
        with pytest.raises(EwsError, match=f"verification failed at {name}: ValueError: no such reading"):
            verifying.verify(house, None, datetime.now(UTC))
        assert scored(house) == set(GAUGES) - {broken}
        asked.clear()
        clock.now_s = 60.0
        with pytest.raises(EwsError, match=name):
            verifying.verify(house, None, datetime.now(UTC))
        assert asked == []
    clock.now_s = 601.0
    assert verifying.verify(house, None, datetime.now(UTC)) > 0
    assert scored(house) == set(GAUGES)


def test_a_database_that_goes_away_ends_the_scoring_at_once(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.database.transaction() as connection:
        every = [told(name, hour) for name in GAUGES for hour in range(HOURS)]
        forecasts.store_forecasts(connection, every, datetime.now(UTC))
    asked = list[str]()

    def away(connection: Any, gauge: Station, *_: Any) -> None:
        asked.append(gauge.id)
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(verifying, "gauge_record", away)
        with pytest.raises(DatabaseUnavailableError):
            verifying.verify(house, None, datetime.now(UTC))
    assert asked == [first_of(house)]
    assert verifying.verify(house, None, datetime.now(UTC)) > 0
