"""An exercise is played once, in its time, through an outage of the broker; the truth adds up with what was sent."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import pytest

from domain.errors import EwsError
from domain.exercise import Answers, Exercise, Fault, FaultKind, Gap
from domain.network import load_network
from domain.stations import Station
from simulators.field.truth import RunFacts
from simulators.playing import ROUND_S, ExercisePlayer, Tally, archive_of, archived, fleet_of
from simulators.season import flood_season
from tests.unit.simulators.field.given_fleet import HOUR, START, Waves, network_of

CONFIG = Path(__file__).resolve().parents[3] / "config"


class House:
    """A broker that forgets, an ingest that listens a little after it is back, and the lines to them."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.readings: Counter[tuple[str, int]] = Counter()
        self.away, self.deaf = False, 0
        self.ingested = 0
        self.followed: list[float] = []
        self.late: set[float] = set()  # no forecast comes for these

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def publish(self, station: str, topic: str, payload: bytes) -> bool:
        assert not self.away
        if self.deaf:
            self.deaf -= 1
            return True
        said = msgspec.json.decode(payload)
        for one in said if isinstance(said, list) else [said]:
            at = one["observed_at"]
            at_s = datetime.fromisoformat(at).timestamp() if isinstance(at, str) else at / (1000 if at > 1e11 else 1)
            self.readings[station, round(at_s)] += 1
        return True

    def wait(self, seconds: float) -> bool:
        del seconds
        return False

    def drain(self) -> bool:
        return True

    def take_away(self) -> None:
        self.log.append("away")
        self.away = True

    def bring_back(self) -> None:
        self.log.append("back")
        self.away, self.deaf = False, 2

    def taken(self) -> int:
        """Ingest is slow: it takes a few each time it is looked at."""
        self.ingested = min(self.ingested + 5, sum(self.readings.values()))
        return self.ingested

    def calibrated(self, at_s: float) -> bool:
        self.log.append(f"calibrated {round((at_s - START.timestamp()) / 3600)}")
        return True

    def stored(self, station: str, quantity: str, at_s: float) -> bool:
        assert quantity == "water_level"
        return bool(self.readings[station, round(at_s)])

    def forecast(self, at_s: float) -> bool:
        if at_s % 3600 == 3600 - ROUND_S:  # at a rest, not at every hour
            self.log.append(f"forecast {round((at_s + ROUND_S - START.timestamp()) / 3600)}")
        self.followed.append(at_s)
        return at_s not in self.late

    def leave_behind(self, at_s: float) -> None:
        self.log.append(f"left behind {round((at_s + 3000 - START.timestamp()) / 3600)}")


def test_a_broker_that_went_away_costs_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.playing._AGAIN_S", 0.0)
    monkeypatch.setattr("simulators.playing._FOLLOWED", 1e9)
    monkeypatch.setattr("simulators.playing._FOLLOW_S", 0.0)
    stations = gauges()
    exercise = Exercise(
        name="test", title_vi="thử", title_en="test", nature="waves", seed=1, begins=START + 2 * HOUR,
        ends=START + 10 * HOUR, warm_up_h=2.0, experience_days=1.0, watched=("s0",),
        answers=Answers(least_min=1.0, most_min=2.0, never_share=0.0),
        broker_outage=Gap(begins=START + 5 * HOUR, minutes=60.0),
        fault=(
            Fault(station="s1", kind=FaultKind.SILENT, begins=START + 3 * HOUR, ends=START + 4 * HOUR),
            Fault(station="s2", kind=FaultKind.DELAYED, begins=START + 7 * HOUR, ends=START + 9 * HOUR),
            Fault(station="s3", kind=FaultKind.UNIT, begins=START + 7 * HOUR, ends=START + 8 * HOUR),
        ),
    )  # fmt: skip
    house, told = House(), list[float]()
    house.late = {START.timestamp() + 9 * 3600 - 3000}

    def tell(at_s: float, tally: Tally) -> None:
        assert tally.sent <= sum(house.readings.values()) + tally.again
        assert house.ingested >= tally.sent - tally.again  # nobody runs ahead of those who are not yet taken
        told.append(at_s)

    fleet = fleet_of(exercise, stations, Waves(), None)
    player = ExercisePlayer(
        fleet, exercise, speed=1e9, lines=house, broker=house, stop=threading.Event(), tell=tell
    )  # fmt: skip
    player.play(rests=[round((START + 8 * HOUR).timestamp())])
    assert house.log == ["calibrated 0", "away", "back", "forecast 8", "left behind 9"]
    assert (
        house.followed[0] == START.timestamp() + 3 * 3600 - 3000
    )  # at the third hour, of what was measured not an hour before
    assert len(house.followed) == 8 + 1
    assert told == [round(START.timestamp()) + n * ROUND_S for n in range(1, 61)]
    tally, truth = player.tally, fleet.ledger.truth(RunFacts(seed=1, starts=START, ends=exercise.ends, devices=4))
    sent = sum(series.sent for series in truth.series)
    assert sent == len(house.readings) == tally.warm_up + tally.played == sum(s.measured for s in truth.series)
    assert tally.warm_up == pytest.approx(4 * 12, abs=4)  # what was on its way came after
    assert tally.buffered >= 4 * 6 - 4
    assert tally.again >= 2
    assert {(f.station, f.kind, f.readings) for f in truth.faults} == {
        ("s1", FaultKind.SILENT, 6), ("s2", FaultKind.DELAYED, 12), ("s3", FaultKind.UNIT, 6)
    }  # fmt: skip


def gauges() -> list[Station]:
    """Four gauges of the water level."""
    return [replace(s, series=network_of(1)[0].series) for s in network_of(4)]


def short(begins: datetime, ends: datetime, outage: Gap | None = None) -> Exercise:
    return Exercise(
        name="test", title_vi="thử", title_en="test", nature="waves", seed=1, begins=begins, ends=ends, warm_up_h=2.0,
        watched=("s0",), answers=Answers(least_min=1.0, most_min=2.0, never_share=0.0), broker_outage=outage,
    )  # fmt: skip


def test_the_clock_waits_at_full_hours_wherever_the_exercise_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 02:05 on no round was at a full hour, so no forecast was waited for; the end was not told either."""
    monkeypatch.setattr("simulators.playing._FOLLOWED", 1e9)
    begins = START + 2 * HOUR + timedelta(minutes=5)
    exercise, house, told = short(begins, begins + 3 * HOUR), House(), list[float]()
    player = ExercisePlayer(
        fleet_of(exercise, gauges(), Waves(), None), exercise, speed=1e9, lines=house, broker=house,
        stop=threading.Event(), tell=lambda at_s, _: told.append(at_s),
    )  # fmt: skip
    player.play()
    assert [(at_s + 3000 - START.timestamp()) / 3600 for at_s in house.followed] == [3, 4, 5]
    assert all(at_s % ROUND_S == 0 for at_s in told[:-1])
    assert told[-1] == exercise.ends.timestamp()


def test_a_broker_behind_which_nobody_listens_ends_the_exercise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.playing._AGAIN_S", 0.0)
    monkeypatch.setattr("simulators.playing._HEARD_S", 0.1)
    exercise, house = short(START, START + 6 * HOUR, Gap(begins=START + 2 * HOUR, minutes=60.0)), House()
    monkeypatch.setattr(house, "stored", lambda *_: False)
    player = ExercisePlayer(
        fleet_of(exercise, gauges(), Waves(), None), exercise, speed=1e9, lines=house, broker=house,
        stop=threading.Event(), tell=lambda *_: None,
    )  # fmt: skip
    with pytest.raises(EwsError, match=r"nothing was stored for 0\.1 s after the broker was back.*system.log"):
        player.play()


def test_an_archive_of_a_season_holds_hours_and_all_the_rain() -> None:
    known = load_network(CONFIG).stations
    names = ("kim_long", "ta_trach", "rain_bach_ma", "wind_hue")
    begins, days = datetime(2024, 9, 1, tzinfo=UTC), 30.0
    stations = archived([known[name] for name in names])
    assert [station.id for station in stations] == list(names[:3])
    season = flood_season(stations, 3, begins, days, CONFIG / "exercises")
    marks = np.arange(begins.timestamp() + 3600, season.ends.timestamp(), 3600, dtype=np.int64)
    fine = flood_season([known["rain_bach_ma"]], 3, begins, days, CONFIG / "exercises")
    every = np.arange(begins.timestamp() + 600, marks[-1] + 1, 600, dtype=np.int64)
    rain = season.values("rain_bach_ma", "rainfall", marks).sum()
    assert rain == pytest.approx(fine.values("rain_bach_ma", "rainfall", every).sum(), abs=0.1)
    assert rain > 300
    level = season.values("kim_long", "water_level", marks)
    assert level.max() - level.min() > 1.0
    assert level[-24:].max() < 1.0  # BĐ1
    other = flood_season(stations, 4, begins, days, CONFIG / "exercises")
    assert not np.array_equal(other.values("kim_long", "water_level", marks), level)
    sent = list(archive_of(stations, season, begins, begins + timedelta(days=days), 3).departures())
    readings = [one for departure in sent for one in departure.written.readings]
    assert len(readings) == sum(len(station.series) for station in stations) * (24 * 30 + 1)
    assert max(len(departure.written.readings) for departure in sent) > 100
