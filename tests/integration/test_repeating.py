"""What is said again, and what does not wait for the morning, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.decision import Judged, decide_together, tell
from domain.alerts import SILENT_SINCE, Alert, Event, Finding, Phase, Reason, Step
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Station
from scheduler import repeating
from scheduler.house import House
from storage import alerts as alert_store
from storage.database import Connection, Database
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from storage.tellings import tellings_of
from tests.standing_house import standing_house

NIGHT = datetime(2025, 10, 27, 16, tzinfo=UTC)  # 23:00 in Huế
HOUR = timedelta(hours=1)


@pytest.fixture
def gauges() -> dict[str, Station]:
    kim_long = load_network(load_settings({}).config_dir).stations["kim_long"]
    live = replace(kim_long, clock="live")
    return {name: replace(live, id=name) for name in ("drowned", "heard")} | {
        "alone": replace(live, id="alone", basin=None),
        "elsewhere": replace(live, id="elsewhere", basin="o_lau"),
    }


@pytest.fixture
def house(database: Database, gauges: dict[str, Station]) -> House:
    with database.transaction() as c:
        sync_network(c, list(gauges.values()))
    return standing_house(database, stations=gauges)


def _decided(
    c: Connection, house: House, name: str, level: int, *, event: Event = Event.FLOOD, phase: Phase = Phase.OBSERVED
) -> Alert:
    finding = Finding(
        station=name, event=event, phase=phase, rule="r", since=NIGHT - 20 * HOUR, steps=(Step(at=NIGHT, level=level),)
    )
    judged = Judged(station=house.stations[name], findings=[finding], stored=[])
    (alert,) = decide_together(c, [judged], house.rulebook, clock_now=NIGHT, wall_now=NIGHT)
    return alert


def _reading(name: str, at: datetime) -> Reading:
    return Reading(
        station=name, quantity="water_level", observed_at=at, received_at=at, value=3.6, flag=QualityFlag.PASS
    )


def _reasons(c: Connection, alert: Alert) -> list[str]:
    return [str(telling.reason) for telling in tellings_of(c, [alert.identifier])[alert.identifier]]


def test_a_repetition_of_a_gauge_that_is_silent_says_since_when(database: Database, house: House) -> None:
    """Ten hours after its last reading "BĐ3" was said with the time of now."""
    now = NIGHT + 10 * HOUR
    with database.transaction() as c:
        readings = [_reading("drowned", NIGHT), _reading("heard", now - HOUR / 6)]
        store_readings(c, readings, series_ids(c))
        names = {name: _decided(c, house, name, 3).identifier for name in ("drowned", "heard", "alone")}
    assert repeating.repeat_alerts(house, None, now) == 3
    with database.transaction() as c:
        said = {alert.station: alert.versions[-1] for alert in alert_store.list_alerts(c)}
    assert said.keys() == names.keys()
    assert {version.reason for version in said.values()} == {Reason.REPEATED}
    assert {name: version.detail.get(SILENT_SINCE) for name, version in said.items()} == {
        "drowned": NIGHT.isoformat(),
        "heard": None,
        "alone": None,  # it never had a reading: nothing says since when
    }


def test_one_alert_that_cannot_be_said_again_costs_no_other(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as c:
        for name in ("drowned", "heard", "alone"):
            _decided(c, house, name, 3)

    def no_words(connection: Connection, news: Any, *others: Any, **more: Any) -> object:
        if news[0][0].id == "drowned":
            raise KeyError("words")
        return tell(connection, news, *others, **more)

    monkeypatch.setattr(repeating, "tell", no_words)
    with pytest.raises(ExceptionGroup, match="could not be said again") as failed:
        repeating.repeat_alerts(house, None, NIGHT + 2 * HOUR)
    assert [str(each) for each in failed.value.exceptions] == ["'words'"]
    with database.transaction() as c:
        versions = {alert.station: len(alert.versions) for alert in alert_store.list_alerts(c)}
    assert versions == {"drowned": 1, "heard": 2, "alone": 2}


@pytest.mark.parametrize("phase", [Phase.OBSERVED, Phase.FORECAST])
def test_a_gauge_that_falls_silent_at_night_is_told_of_at_once_beside_a_flood(
    database: Database, house: House, phase: Phase
) -> None:
    with database.transaction() as c:
        for name in ("heard", "alone"):
            _decided(c, house, name, 1, phase=phase)
        silent = {name: _decided(c, house, name, 1, event=Event.NO_SIGNAL) for name in house.stations}
        assert {name: _reasons(c, alert) for name, alert in silent.items()} == {
            "drowned": ["told"],  # in the basin of the flood
            "heard": ["told"],
            "alone": ["told"],  # in no basin, and flooded itself
            "elsewhere": ["muted"],
        }


def test_a_silence_that_waits_for_the_morning_is_told_when_a_flood_begins_meanwhile(
    database: Database, house: House
) -> None:
    with database.transaction() as c:
        alert = _decided(c, house, "drowned", 1, event=Event.NO_SIGNAL)
    assert repeating.repeat_alerts(house, None, NIGHT + HOUR) == 0
    with database.transaction() as c:
        _decided(c, house, "heard", 3)
    assert repeating.repeat_alerts(house, None, NIGHT + HOUR / 2) == 1
    with database.transaction() as c:
        assert _reasons(c, alert) == ["muted", "told"]
