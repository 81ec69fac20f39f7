"""What the clock of a fast exercise waits for, on a real database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.exercise_folder import ExerciseFolder
from cli.exercise_services import Services
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.readings import QualityFlag, Reading
from storage.database import Database
from storage.forecasts import store_forecasts
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from tests.integration.test_office import _station

AT = datetime(2025, 10, 31, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _forecast(station: str, at: datetime) -> LevelForecast:
    return LevelForecast(
        station=station,
        issued_at=at,
        valid_at=at + HOUR,
        quantiles_m=(1.0,) * len(PROBABILITIES),
        model="persistence",
        version="x",
        inputs="own level",
    )


def test_a_gauge_whose_readings_fail_is_not_waited_for(database: Database, tmp_path: Path) -> None:
    """Its forecasts are withheld: one gauge in centimetres stopped the clock for two minutes, and then nobody was waited for."""
    read = {"kim_long": QualityFlag.PASS, "co_bi": QualityFlag.FAIL}
    with database.transaction() as connection:
        sync_network(connection, [_station(name) for name in read])
        store_forecasts(connection, [_forecast(name, AT - HOUR) for name in read], AT)
        rows = [
            Reading(station=name, quantity="water_level", observed_at=AT, received_at=AT, value=1.0, flag=flag)
            for name, flag in read.items()
        ]
        store_readings(connection, rows, series_ids(connection))
    services = Services(
        ExerciseFolder(tmp_path),
        database,
        "mqtt://127.0.0.1:1",
        watched=["kim_long"],
        gauges=list(read),
        stop=threading.Event(),
    )
    assert not services.forecast(AT.timestamp())
    with database.transaction() as connection:
        store_forecasts(connection, [_forecast("kim_long", AT)], AT)
    assert services.forecast(AT.timestamp())
