"""The quality job: evidence is added later, flags are never taken back, once is as good as twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from domain.readings import QualityFlag, Reading
from domain.stations import QualityLimits, Series, Station, StationKind, Upstream
from scheduler import evidence
from scheduler.evidence import add_later_evidence
from scheduler.house import House
from scheduler.jobs import JOBS
from storage.database import Database
from storage.history import readings_between
from storage.network_report import newest_findings
from storage.readings import Evidence, add_evidence, store_readings
from storage.stations import series_ids, sync_network
from tests.integration.test_rejected_retention import house_on

NOW = datetime(2025, 10, 27, tzinfo=UTC)
TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
PASS, SUSPECT, FAIL = QualityFlag.PASS, QualityFlag.SUSPECT, QualityFlag.FAIL
LEVEL = QualityLimits(flat_tolerance=0.001, flat_suspect=96 * HOUR, spike_suspect=0.2, step_suspect=0.25, neighbour_window=3 * HOUR, neighbour_least=0.5)  # fmt: skip


def river(name: str, *, limits: QualityLimits = LEVEL, upstream: str | None = None, clock: str = "live") -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        upstream=() if upstream is None else (Upstream(station=upstream, lag=HOUR),),
        series=(Series(quantity="water_level", cadence=TEN, limits=limits),),
        simulated=False,
        verified=True,
        source="test",
        clock=clock,
    )


def store(
    database: Database, station: str, values: Sequence[float], end: datetime = NOW, step: timedelta = TEN
) -> None:
    with database.transaction() as c:
        rows = [
            Reading(station=station, quantity="water_level", observed_at=at, received_at=at, value=value, flag=PASS)
            for n, value in enumerate(values)
            for at in [end - (len(values) - 1 - n) * step]
        ]
        store_readings(c, rows, series_ids(c))


def flags(database: Database, station: str) -> list[int]:
    with database.transaction() as c:
        return readings_between(c, station, "water_level", NOW - 99 * HOUR, NOW + HOUR)["flag"].tolist()


def house(database: Database, stations: Sequence[Station]) -> House:
    with database.transaction() as c:
        sync_network(c, stations)
    built = house_on(database)
    built.reload_stations()
    return built


def test_a_gauge_that_froze_in_a_rising_flood_is_doubted_and_the_flag_stays(database: Database) -> None:
    own = house(database, [river("up"), river("down", upstream="up")])
    rising = [round(1.0 + 0.06 * n, 2) for n in range(48)]
    store(database, "up", rising)
    store(database, "down", [2.0] * 48)
    added = add_later_evidence(own, None, NOW)
    assert added > 10
    assert set(flags(database, "up")) == {PASS}
    doubted = flags(database, "down")
    assert doubted[-1] == SUSPECT
    assert doubted[0] == PASS
    assert add_later_evidence(own, None, NOW) == 0
    with database.transaction() as c:
        newest = newest_findings(c, 1)[0]
    assert (newest.station, newest.test, newest.flag, newest.value) == ("down", "neighbour", SUSPECT, 2.0)
    store(database, "down", [2.5, 3.0], NOW + 2 * TEN)
    add_later_evidence(own, None, NOW + 2 * TEN)
    assert flags(database, "down")[: len(doubted)] == doubted


def test_what_ingest_could_not_see_is_found_over_what_all_workers_stored(database: Database) -> None:
    """A spike whose neighbours went to other workers, a step between two calms, and the gap before."""
    own = house(database, [river("a")])
    store(database, "a", [1.0] * 6, NOW - 5 * HOUR)
    store(database, "a", [1.0, 1.0, 1.6, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 1.5])
    add_later_evidence(own, None, NOW)
    with database.transaction() as c:
        found = {(f.test, round((NOW - f.observed_at) / TEN), f.value) for f in newest_findings(c, 99)}
    assert found == {("spike", 8, 1.6), ("step", 3, 1.5)}
    rows = database_rows(database, "select test, flag, observed_at from quality_evidence where test = 'gap'")
    assert rows == [("gap", 9, NOW - 5 * HOUR + TEN)]


def database_rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.transaction() as c:
        return c.execute(statement.encode()).fetchall()


def test_evidence_against_a_value_says_nothing_of_its_revision(database: Database) -> None:
    own = house(database, [river("a")])
    store(database, "a", [1.0, 1.0, 1.6, 1.0, 1.0])
    add_later_evidence(own, None, NOW)
    assert flags(database, "a") == [1, 1, 3, 1, 1]
    store(database, "a", [1.01], NOW - 2 * TEN)
    assert flags(database, "a") == [1] * 5
    with database.transaction() as c:
        number = series_ids(c)["a", "water_level"]
        late = Evidence(series_id=number, observed_at=NOW - 2 * TEN, test="neighbour", flag=FAIL, value=1.6)
        assert add_evidence(c, [late]) == 1
    assert flags(database, "a") == [1] * 5
    assert add_later_evidence(own, None, NOW) == 0
    assert flags(database, "a") == [1] * 5


def test_a_clock_that_ran_ahead_is_caught_up_with(database: Database) -> None:
    """A replayed flood passes in minutes: what lies between two runs of the job is judged too."""
    stations = [river("a", clock="replay:2010")]
    own = house(database, stations)
    store(database, "a", [1.0, 1.0, 1.6, 1.0, 1.0], NOW - 70 * HOUR)
    add_later_evidence(own, None, NOW + 999 * HOUR)
    store(database, "a", [1.0, 1.0, 1.7, 1.0, 1.0], NOW - 40 * HOUR)
    store(database, "a", [1.0, 1.0], NOW)
    add_later_evidence(own, None, NOW + 999 * HOUR)
    assert flags(database, "a") == [1, 1, 3, 1, 1, 1, 1, 3, 1, 1, 1, 1]


def test_a_value_that_no_year_had_is_doubted_when_years_are_known(database: Database) -> None:
    limits = QualityLimits(climatology_years=3, climatology_margin=0.5)
    own = house(database, [river("a", limits=limits)])
    for years in (1, 2, 3):
        store(database, "a", [1.0, 2.0, 1.5], NOW - timedelta(days=365 * years))
    store(database, "a", [2.4, 2.6])
    add_later_evidence(own, None, NOW)
    assert flags(database, "a") == [1, 3]
    store(database, "a", [0.4], NOW + TEN)
    add_later_evidence(own, None, NOW + TEN)
    assert flags(database, "a") == [1, 3, 3]


def test_nothing_is_judged_of_a_network_without_readings(database: Database) -> None:
    assert add_later_evidence(house(database, [river("a"), river("b", clock="replay:x")]), None, NOW) == 0


def test_the_job_is_one_of_the_schedulers_and_has_the_rules_judge_again() -> None:
    job = next(job for job in JOBS if job.name == "quality")
    assert (job.run, job.wakes) == (evidence.add_later_evidence, ("judge",))
    assert job.every <= evidence.LOOKBACK / 10


@pytest.mark.parametrize("stopped", [True, False])
def test_a_stop_ends_the_work_between_two_clocks(database: Database, stopped: bool) -> None:
    own = house(database, [river("a")])
    store(database, "a", [1.0, 1.0, 1.6, 1.0, 1.0])
    if stopped:
        own.stop.set()
    assert (add_later_evidence(own, None, NOW) == 0) == stopped


def test_a_drift_against_the_other_gauges_is_doubted_once_an_hour(database: Database) -> None:
    """Four gauges along a river, four weeks; the last one leaves the others in its last two days."""
    limits = QualityLimits(drift_window=12 * HOUR, drift_least=0.25)
    names = ["a", "b", "c", "d"]
    stations = [river(name, limits=limits, upstream=names[n - 1] if n else None) for n, name in enumerate(names)]
    own = house(database, [replace(s, series=(replace(s.series[0], cadence=HOUR),)) for s in stations])
    hours = np.arange(28 * 24)
    flood = sum(2.0 * np.exp(-(((hours - peak) / 14) ** 2)) for peak in (150, 400, 640))
    bell = np.random.default_rng(4).normal(0.0, 0.01, (4, len(hours)))
    levels = np.array([1.5, 1.2, 1.0, 0.7])[:, None] * flood + bell
    levels[3, -48:] += np.linspace(0.0, 0.8, 48)
    for name, values in zip(names, levels.round(3).tolist(), strict=True):
        store(database, name, values, step=HOUR)
    add_later_evidence(own, None, NOW)
    drifts = database_rows(database, "select distinct s.station from quality_evidence e join series s on s.id = e.series_id where test = 'drift'")  # fmt: skip
    assert drifts == [("d",)]
    assert flags(database, "d")[-3:-1] == [SUSPECT, SUSPECT]
    store(
        database, "d", [5.0], NOW - HOUR / 2
    )  # within an hour that was judged: asked again when the clock is in the next
    assert add_later_evidence(own, None, NOW) == 0
