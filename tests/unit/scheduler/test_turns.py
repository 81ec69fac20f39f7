"""Whose turn it is: the urgent first, then who has waited longest; nobody is left out and nobody again and again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.alerts import Event
from domain.readings import QualityFlag
from domain.settings import load_settings
from domain.stations import Series, StageThresholds, Station, StationKind
from rules.configuration import load_rules
from scheduler.in_turn import Sign, Signs
from scheduler.turns import LEAST, MOST_ALIKE, MOST_FIRST, REST_S, TURN_S, Turns
from storage.history import LatestReading

NAMES = [f"g{number:04d}" for number in range(2 * MOST_FIRST)]


def test_the_urgent_come_before_all_who_waited_longer() -> None:
    turns = Turns()
    turns.join(NAMES, {})
    turns.join(["g0150", "late"], {"late": 1, "g0150": 1})
    assert turns.hurried
    assert turns.next(0.0) == {"g0150", "late"}
    assert not turns.hurried
    assert [turns.next(0.0) for _ in range(2)] == [frozenset(NAMES[:LEAST]), frozenset(NAMES[LEAST : 2 * LEAST])]


def test_a_turn_is_as_large_as_fits_into_its_time() -> None:
    turns = Turns()
    turns.join(NAMES, {})
    sizes = []
    for each_s in (TURN_S / 1000, TURN_S / 1000, TURN_S / 20, TURN_S / 20, TURN_S, 0.0):
        sizes.append(len(turns.next(0.0)))
        turns.took(sizes[-1], sizes[-1] * each_s)
    assert sizes == [LEAST, 2 * LEAST, 4 * LEAST, 20, 20, LEAST]
    turns.took(1, TURN_S)
    assert len(turns.next(0.0)) == 2 * LEAST, "one alone says nothing about many"


def test_a_storm_is_judged_in_large_parts() -> None:
    turns, storm = Turns(), [f"s{number:05d}" for number in range(MOST_FIRST + 1)]
    turns.join(storm, dict.fromkeys(storm, 1))
    turns.join(storm[-2:], dict.fromkeys(storm[-2:], 3))
    first = turns.next(0.0)
    assert set(storm[-2:]) <= first, "the gravest first, whenever they asked"
    assert [len(first)] + [len(turns.next(0.0)) for _ in range(2)] == [MOST_FIRST, 1, 0]


def test_equally_grave_ones_are_taken_in_still_larger_parts() -> None:
    turns, storm = Turns(), [f"s{number:05d}" for number in range(MOST_ALIKE + MOST_FIRST + 2)]
    turns.join(storm, dict.fromkeys(storm, 2))
    turns.join(["grave"], {"grave": 4})
    assert "grave" in turns.next(0.0)
    assert [len(turns.next(0.0)) for _ in range(3)] == [MOST_ALIKE, 3, 0]


def test_who_speaks_many_times_a_second_rests_unless_it_is_urgent() -> None:
    turns = Turns()
    turns.join(["g"], {})
    assert turns.pause_s(10.0) == 0.0
    assert turns.next(10.0) == {"g"}
    assert turns.pause_s(10.0) is None
    turns.join(["g"], {})
    assert turns.next(10.1) == frozenset()
    assert turns.pause_s(10.0 + REST_S / 2) == REST_S / 2
    turns.join(["g"], {"g": 2})
    assert turns.next(10.1) == {"g"}
    turns.join(["g"], {})
    assert turns.next(10.1 + REST_S) == {"g"}
    turns.join(["g"], {}, restless={"g"})
    assert turns.next(10.1 + REST_S) == {"g"}, "where time is played faster nobody rests"


@given(
    st.lists(st.tuples(st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")), st.booleans())),
)
def test_everybody_who_asked_is_judged_after_asking(asked: list[tuple[set[str], set[str], bool]]) -> None:
    turns, owed, now_s = Turns(), set[str](), 0.0
    for names, urgent, takes in asked:
        turns.join(sorted(names), dict.fromkeys(urgent & names, 1))
        owed |= names
        now_s += REST_S / 3
        if takes:
            owed -= turns.next(now_s)
    while owed:
        pause_s = turns.pause_s(now_s)
        assert pause_s is not None, f"{owed} wait for ever"
        now_s += pause_s + 1e-6
        chosen = turns.next(now_s)
        assert chosen, "whoever is due gets a turn"
        owed -= chosen


def test_a_station_is_urgent_when_its_newest_reading_looks_graver_than_the_one_before() -> None:
    signs, rules = Signs(), load_rules(load_settings({}).config_dir / "rules.toml")

    def graver(value: float, *, quantity: str = "water_level") -> int:
        newest = LatestReading(
            station="kim_long",
            quantity=quantity,
            observed_at=datetime(2025, 10, 27, tzinfo=UTC),
            received_at=datetime(2025, 10, 27, tzinfo=UTC),
            value=value,
            flag=QualityFlag.PASS,
            battery_v=None,
        )
        sign = signs.graver([newest], {"kim_long": _gauge()}, rules).get("kim_long")
        return 0 if sign is None else sign.rank

    # Ranks of severities: 1 Minor to 4 Extreme. No BĐ2, so BĐ3 follows BĐ1.
    said = [(-0.1, 0), (0.0, 1), (0.4, 0), (2.0, 3), (1.9, 0), (2.1, 3), (9.0, 4), (9.0, 0)]
    assert [graver(level_m) for level_m, _ in said] == [rank for _, rank in said]
    assert [graver(mm, quantity="rainfall") for mm in (4.9, 5.0, 9.9, 10.0)] == [0, 1, 0, 2], (
        "30 and 60 mm/h in ten minutes"
    )
    assert [graver(speed, quantity="wind_speed") for speed in (10.7, 10.8, 24.5)] == [0, 1, 3]
    assert [graver(speed, quantity="wind_gust") for speed in (17.1, 17.2)] == [0, 1], "two forces above the mean"
    assert not graver(1e9, quantity="pressure")


def test_what_several_readings_are_signs_of_is_one_sign() -> None:
    flood, rain = Sign(rank=3, events=frozenset({Event.FLOOD})), Sign(rank=1, events=frozenset({Event.HEAVY_RAIN}))
    assert flood | rain == rain | flood == Sign(rank=3, events=frozenset({Event.FLOOD, Event.HEAVY_RAIN}))


def _gauge() -> Station:
    """BĐ1 at zero, no BĐ2."""
    levels = StageThresholds(
        valid_from=date(2020, 1, 1),
        datum="x",
        bd1_m=0.0,
        bd2_m=None,
        bd3_m=2.0,
        record_m=5.0,
        source="t",
        verified=True,
    )
    return Station(
        id="kim_long",
        name_vi="Kim Long",
        name_en="Kim Long",
        kind=StationKind.RIVER,
        lat=16.45,
        lon=107.56,
        series=tuple(Series(quantity=name, cadence=timedelta(minutes=10)) for name in ("water_level", "rainfall")),
        thresholds=(levels,),
        simulated=False,
        verified=True,
        source="test",
    )
