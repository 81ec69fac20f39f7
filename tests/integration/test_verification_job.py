"""The verification job on a real database: scores, releases, the watch, proposals, and forecasts that are never lost."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.forecasts import PROBABILITIES, LevelForecast
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Station
from forecasting.configuration import ModelSettings
from forecasting.verification import added
from forecasting.verification_figures import LeadFigures, lead_figures
from scheduler import issuing, verifying
from scheduler.calibrating import CalibrationStoppedError, Calibrators
from scheduler.house import House
from scheduler.models import Models
from storage import audit, forecast_scores, releases
from storage.database import Database
from storage.forecasts import forecasts_between, store_forecasts
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from tests.standing_house import standing_house

HOUR = timedelta(hours=1)
#: Midnight in Huế.
BEGIN = datetime(2025, 10, 19, 17, tzinfo=UTC)
HOURS = 24 * 6


def level_m(hour: float) -> float:
    """A flood over BĐ1 and BĐ2 of Kim Long on the third day, and a tide."""
    return 0.5 + 2.5 * math.exp(-(((hour - 60) / 9) ** 2)) + 0.05 * math.sin(hour / 2)


@pytest.fixture
def network() -> list[Station]:
    stations = load_network(load_settings({}).config_dir).stations
    found = [stations["kim_long"], *(stations[u.station] for u in stations["kim_long"].upstream)]
    return [replace(station, clock="test") for station in found]


@pytest.fixture
def house(database_url: str, network: list[Station]) -> Iterator[House]:
    with Database(database_url) as database:
        with database.transaction() as connection:
            sync_network(connection, network)
            rows = [reading("kim_long", "water_level", hour, level_m(hour)) for hour in range(HOURS)]
            store_readings(connection, rows, series_ids(connection))
        stop = threading.Event()
        models = Models(ModelSettings(leads_h=(1.0, 6.0), boosted_trees=10), Calibrators(stop))
        house = standing_house(database, models=models, stop=stop)
        house.reload_stations()
        yield house
        models.close()


def reading(station: str, quantity: str, hour: float, value: float) -> Reading:
    at = BEGIN + hour * HOUR
    return Reading(
        station=station, quantity=quantity, observed_at=at, received_at=at, value=value, flag=QualityFlag.PASS
    )


def forecast(hour: int, lead_h: int, low_m: float = 0.0) -> LevelForecast:
    expected = level_m(hour + lead_h) - low_m
    return LevelForecast(
        station="kim_long",
        issued_at=BEGIN + hour * HOUR,
        valid_at=BEGIN + (hour + lead_h) * HOUR,
        quantiles_m=tuple(expected + 0.3 * (p - 0.5) for p in PROBABILITIES),
        model="test",
        version=f"v{low_m}",
        inputs="",
    )


def issue(house: House, hours: range, low_m: float = 0.0) -> None:
    with house.database.transaction() as connection:
        store_forecasts(connection, [forecast(h, lead, low_m) for h in hours for lead in (1, 6)], datetime.now(UTC))


def verify(house: House) -> int:
    return verifying.verify(house, None, datetime.now(UTC))


def figures(house: House, lead_h: float = 6.0) -> LeadFigures:
    with house.database.transaction() as connection:
        rows = forecast_scores.scores_between(connection, date(2025, 10, 1), date(2025, 11, 1))
    return lead_figures(lead_h, added(tally for _, _, lead, tally in rows if lead == lead_h))


def actions(house: House) -> list[str]:
    with house.database.transaction() as connection:
        return [entry.action for entry in audit.entries(connection)]


def test_what_came_due_is_scored_by_day_once_however_often_the_job_runs(house: House) -> None:
    issue(house, range(HOURS))
    assert verify(house) == 6
    found = figures(house)
    assert found.n == HOURS - 6
    assert found.rmse_m == pytest.approx(0.0, abs=1e-9)
    assert found.completeness == 1.0
    assert found.timeliness is None  # a clock that is not the wall's has no lateness
    verify(house)
    assert figures(house) == found
    with house.database.transaction() as connection:
        floods = forecast_scores.floods_between(connection, BEGIN, BEGIN + HOURS * HOUR)
    assert {flood.level for flood in floods} == {0, 1, 2}
    assert all(flood.figures["won_h"] >= 5 for flood in floods if flood.level)


def test_a_gauge_that_was_silent_for_months_is_scored_again(house: House) -> None:
    issue(house, range(20))
    verify(house)
    later = 24 * 60
    with house.database.transaction() as connection:
        rows = [reading("kim_long", "water_level", hour, level_m(hour)) for hour in range(later - 3, later + 24)]
        store_readings(connection, rows, series_ids(connection))
    issue(house, range(later, later + 18))
    assert verify(house) == 3  # the two days that had been scored, and the new one
    with house.database.transaction() as connection:
        found = forecast_scores.scores_between(connection, date(2025, 10, 1), date(2026, 1, 31))
    assert {day: tally["n"] for _, day, lead_h, tally in found if lead_h == 6.0} == {
        date(2025, 10, 20): 19,
        date(2025, 10, 21): 1,
        date(2025, 12, 19): 18,
    }


def test_more_days_than_one_run_scores_are_scored_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_MOST_DAYS", 4)
    issue(house, range(HOURS))
    assert [verify(house), verify(house), verify(house)] == [4, 4, 4]
    assert figures(house).n == HOURS - 6


def test_late_readings_change_the_scores_of_their_day(house: House) -> None:
    issue(house, range(HOURS))
    with house.database.transaction() as connection:
        connection.execute("delete from reading where observed_at = %s", (BEGIN + (HOURS - 3) * HOUR,))
    verify(house)
    before = figures(house, 1.0)
    with house.database.transaction() as connection:
        late = reading("kim_long", "water_level", HOURS - 3, level_m(HOURS - 3))
        store_readings(connection, [late], series_ids(connection))
    verify(house)
    assert figures(house, 1.0).n == before.n + 2
    assert figures(house, 1.0).unread == before.unread - 1


def test_forecasts_are_not_scored_where_releases_differ_from_plan_by_more_than_a_fifth(
    house: House, network: list[Station]
) -> None:
    reservoir = next(station.id for station in network if station.series_of("outflow") is not None)
    issue(house, range(HOURS))

    def plan(planned: float, actual: float | None) -> int:
        with house.database.transaction() as connection:
            row = releases.Release(
                reservoir=reservoir,
                starts_at=BEGIN + 100 * HOUR,
                ends_at=BEGIN + 110 * HOUR,
                planned_m3s=planned,
                actual_m3s=actual,
            )
            releases.save_releases(connection, [row])
        verify(house)
        return figures(house).excluded

    assert plan(1000.0, 1190.0) == 0
    assert plan(1000.0, None) == 0  # nobody knows
    assert plan(1000.0, 1210.0) > 10
    with house.database.transaction() as connection:
        rows = [reading(reservoir, "outflow", hour, 300.0) for hour in range(101, 110)]
        store_readings(connection, rows, series_ids(connection))
    assert plan(1000.0, None) > 10  # the reservoir's own readings say 300


def test_a_lead_that_is_worse_than_persistence_is_told_once_and_when_it_is_good_again(house: House) -> None:
    issue(house, range(HOURS), low_m=3.0)
    verify(house)
    verify(house)
    assert actions(house).count("forecast_skill_changed") == 2  # one a lead
    with house.database.transaction() as connection:
        states = {watch.lead_h: watch.state for watch in forecast_scores.watches(connection)}
    assert states == {1.0: "no_better", 6.0: "no_better"}


def test_a_forecast_that_is_made_again_keeps_the_first(house: House) -> None:
    issue(house, range(1))
    issue(house, range(1))
    issue(house, range(1), low_m=0.5)
    with house.database.transaction() as connection:
        kept = connection.execute("select forecast->>'version' from forecast_superseded order by id").fetchall()
        now = forecasts_between(connection, "kim_long", BEGIN, BEGIN)
    assert [row[0] for row in kept] == ["v0.0", "v0.0"]
    assert {each.version for each in now} == {"v0.5"}


def test_an_aged_model_is_compared_and_the_decision_written_down(house: House) -> None:
    station = house.stations["kim_long"]
    first = house.models.model_for(house.database, station, BEGIN + 80 * HOUR)
    house.models.model_for(house.database, station, BEGIN + 140 * HOUR)
    verify(house)
    with house.database.transaction() as connection:
        found = forecast_scores.comparisons(connection)
    assert len(found) == 1
    assert found[0].incumbent == first.version != found[0].challenger
    assert found[0].reason
    assert actions(house).count("model_adopted" if found[0].adopted else "model_kept") == 1
    at_work = house.models.model_for(house.database, station, BEGIN + 140 * HOUR).version
    assert at_work == (found[0].challenger if found[0].adopted else first.version)
    verify(house)
    assert len(actions(house)) >= 1
    with house.database.transaction() as connection:
        assert len(forecast_scores.comparisons(connection)) == 1


def test_a_stop_in_the_middle_of_issuing_is_no_error(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise CalibrationStoppedError("asked to stop")

    monkeypatch.setattr(house.models, "issue", stopped)
    assert issuing.issue(house, frozenset({"kim_long"}), datetime.now(UTC)) == 0


def ews(database_url: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "cli", *map(str, arguments)],
        env={**os.environ, "EWS_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# The command alone: its queries are tried on both kinds above.
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_command_tells_the_scores_and_takes_in_releases(
    house: House, database_url: str, network: list[Station], tmp_path: Path
) -> None:
    reservoir = next(station.id for station in network if station.series_of("outflow") is not None)
    nothing = ews(database_url, "score")
    assert (nothing.returncode, nothing.stdout.count("\n")) == (1, 1)
    issue(house, range(HOURS))
    verify(house)
    shown = ews(database_url, "score")
    assert shown.returncode == 0, shown.stderr
    assert "kim_long" in shown.stdout
    assert "BĐ2" in shown.stdout
    plan = tmp_path / "plan.csv"
    start, end = BEGIN + 100 * HOUR, BEGIN + 110 * HOUR
    plan.write_text(
        f"reservoir,start,end,planned_m3s,actual_m3s\n{reservoir},{start.isoformat()},{end.isoformat()},1000,2000\n"
    )
    told = ews(database_url, "score", "--csv", "--releases", plan)
    assert told.returncode == 0, told.stderr
    rows = {row["lead_h"]: row for row in csv.DictReader(io.StringIO(told.stdout))}
    assert int(rows["6.0"]["excluded"]) > 10
    assert int(rows["6.0"]["n"]) == HOURS - 6 - int(rows["6.0"]["excluded"])
    whole = json.loads(ews(database_url, "score", "--json", "--station", "kim_long").stdout)
    assert [each["station"] for each in whole["stations"]] == ["kim_long"]
    wrong = ews(database_url, "score", "--until", "yesterday")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
