"""A fleet that misbehaves, through a real broker and a real worker: every reading accounted for, the faults found."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.field_scores import score_run
from domain.exercise import FaultKind
from domain.network import load_network
from domain.stations import Station, StationKind
from scheduler.evidence import add_later_evidence
from simulators.field.faults import DRAWN, draw_faults
from simulators.field.fleet import FleetPlan
from simulators.field.network import LinkDown, Network
from simulators.field.player import PlayProgress, play_fleet
from simulators.field.truth import Truth, load_truth
from simulators.scenario import Scenario
from storage.database import Database
from storage.stations import sync_network
from tests.integration.test_rejected_retention import house_on
from tests.integration.workbench import Book, working

CONFIG = Path(__file__).resolve().parents[2] / "config"
STARTS = datetime(2025, 10, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLOCK = "field"
#: Drift needs weeks of past: tests/unit/quality/test_drift.py.
KINDS = [kind for kind in DRAWN if kind is not FaultKind.DRIFT]


def gauges() -> list[Station]:
    """The river gauges of Huế and a few rain gauges, on a clock of their own."""
    known = load_network(CONFIG).stations.values()
    rivers = [station for station in known if station.kind is StationKind.RIVER]
    rain = [station for station in known if station.kind is StationKind.RAIN][:4]
    return [replace(station, clock=CLOCK) for station in (*rivers, *rain)]


def plan(stations: list[Station], hours: int) -> FleetPlan:
    ends = STARTS + hours * HOUR
    down = LinkDown(starts_s=(STARTS + 3 * HOUR).timestamp(), ends_s=(STARTS + 5 * HOUR).timestamp(), storm_s=20.0)
    return FleetPlan(
        stations=stations,
        nature=Scenario(stations, 5, round((STARTS - 24 * HOUR).timestamp())),
        starts=STARTS,
        ends=ends,
        seed=2,
        faults=draw_faults(stations, STARTS, ends, 2, kinds=KINDS),
        network=Network(down=(down,)),
    )


@pytest.mark.parametrize("database_kind", ["timescaledb"], indirect=True)
@pytest.mark.parametrize("broker_kind", ["mosquitto"], indirect=True)
def test_what_a_fleet_did_is_found_and_nothing_is_missing(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    """Over a connection a device; the exercise plays over shared ones."""
    stations, since, told = gauges(), datetime.now(UTC), list[PlayProgress]()
    with database.transaction() as connection:
        sync_network(connection, stations)
    with working(database_url, broker_url):
        of = plan(stations, 72)
        truth = play_fleet(
            of,
            broker_url,
            speed=20_000,  # 13 s; all at once would have one time of arrival
            stop=threading.Event(),
            own_connections=True,
            truth_file=tmp_path / "truth.jsonl",
            on_progress=told.append,
        )
        sent = sum(one.readings for one in truth.sources) - _unread(truth)
        Book(database).wait_for_received(sent, 300)
    assert load_truth(tmp_path / "truth.jsonl") == truth
    assert truth.run.finished
    assert told
    house = house_on(database)
    house.reload_stations()
    house.judged.until[CLOCK] = STARTS + 24 * HOUR
    add_later_evidence(house, None, datetime.now(UTC))
    found = score_run(database, truth, since)
    assert found.missing == {}
    # A small shift of a mountain stream that rises needs the drift test, and a clock is told by when its readings came.
    assert {one.fault.kind for one in found.verdicts if not one.found} <= {FaultKind.SHIFT, FaultKind.CLOCK_SKEW}
    assert {verdict.fault.kind for verdict in found.verdicts} >= set(KINDS)
    assert found.failed_good == 0
    assert found.suspect_good <= 0.01 * found.good


@pytest.mark.parametrize("broker_kind", ["mosquitto"], indirect=True)
def test_a_fleet_that_was_stopped_is_judged_by_how_far_it_came(broker_url: str) -> None:
    """Its faults were judged as if it had gone on to the end: what had just begun when it was stopped was called missed."""
    stop, left_at = threading.Event(), STARTS + 6 * HOUR

    def look(progress: PlayProgress) -> None:
        if progress.at >= left_at:
            stop.set()

    truth = play_fleet(plan(gauges(), 72), broker_url, speed=0, stop=stop, on_progress=look)
    assert not truth.run.finished
    assert left_at - HOUR < truth.run.ends <= left_at
    assert 0 < sum(series.sent for series in truth.series) <= sum(series.measured for series in truth.series)


def _unread(truth: Truth) -> int:
    """Readings that do not arrive as readings: a garbled message counts as one."""
    return sum(fault.readings - fault.messages for fault in truth.faults if fault.kind is FaultKind.MALFORMED)
