"""A clock that is wrong is told by what everybody else says at the time; late and stored readings are not a wrong clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from domain.stations import Series, Station, StationKind
from quality.clocks import clock_evidence

START = datetime(2025, 10, 27, tzinfo=UTC)
TEN = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def gauge(name: str) -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        series=(Series(quantity="water_level", cadence=TEN),),
        simulated=True,
        verified=False,
        source="test",
    )


STATIONS = {name: gauge(name) for name in "abcdefg"}


def frames(count: int = 30, *, speed: float = 1.0) -> dict[str, dict[str, pd.DataFrame]]:
    """Everybody every ten minutes, half a minute after measuring; `speed`: times as fast as life."""
    return {
        name: {
            "water_level": pd.DataFrame(
                {
                    "observed_at": [START + n * TEN for n in range(count)],
                    "value": 1.0,
                    "received_at": [START + (n * TEN + (place + 30) * MINUTE / 60) / speed for n in range(count)],
                }
            )
        }
        for place, name in enumerate(STATIONS)
    }


def doubted(of: dict[str, dict[str, pd.DataFrame]], since: datetime = START - 99 * TEN) -> set[str]:
    return {one.name[0] for one in clock_evidence(STATIONS, of, since)}


@pytest.mark.parametrize("speed", [1.0, 60.0])
@pytest.mark.parametrize("ahead_s", [3000, -3000])
def test_a_wrong_clock_is_told_at_any_speed(speed: float, ahead_s: int) -> None:
    good = frames(speed=speed)
    assert doubted(good) == set()
    good["c"]["water_level"].loc[12:, "observed_at"] += timedelta(seconds=ahead_s)
    found = clock_evidence(STATIONS, good, START)
    assert {one.name for one in found} == {("c", "water_level")}
    assert {one.flagged.test for one in found} == {"clock"}
    assert len(found) == 18 - 5
    assert doubted(good, START + 999 * TEN) == set()


def test_an_hourly_clock_is_ahead_by_less_than_it_may_be_late() -> None:
    """Nobody measures what is still to come; who sends an hour and a half late may do so every time."""
    for ahead_min, doubted_ones in ((90, {"c"}), (-90, set())):
        hourly = frames(120)
        table = hourly["c"]["water_level"].iloc[::6].reset_index(drop=True)
        table["observed_at"] += ahead_min * MINUTE
        hourly["c"]["water_level"] = table
        stations = STATIONS | {"c": replace(STATIONS["c"], series=(Series(quantity="water_level", cadence=6 * TEN),))}
        assert {one.name[0] for one in clock_evidence(stations, hourly, START)} == doubted_ones


def test_what_came_late_has_a_right_time() -> None:
    """A pack after an outage, stored readings one by one, and a station that sends the hour in one."""
    late = frames()
    table = late["a"]["water_level"]
    table.loc[5:20, "received_at"] = START + 21 * TEN
    table = late["b"]["water_level"]
    table.loc[5:20, "received_at"] = [START + 21 * TEN + n * timedelta(seconds=2) for n in range(16)]
    table = late["d"]["water_level"]
    table["received_at"] = [START + (n // 6 * 6 + 5) * TEN + MINUTE for n in range(30)]
    assert doubted(late) == set()


def test_hours_that_come_in_one_piece_are_nobody_s_fault() -> None:
    """Played so fast, or read so late, that twelve rounds of everybody have one time of arrival."""
    pieces = frames(120)
    for place, of_station in enumerate(pieces.values()):
        table = of_station["water_level"]
        table["observed_at"] += place * timedelta(seconds=3)
        table["received_at"] = [START + (n // 12) * MINUTE for n in range(120)]
    assert doubted(pieces) == set()


def test_few_stations_say_nothing() -> None:
    few = {name: frame for name, frame in frames().items() if name in "abcd"}
    few["a"]["water_level"]["observed_at"] += timedelta(hours=1)
    assert doubted(few) == set()
    assert clock_evidence(STATIONS, {}, START) == []
