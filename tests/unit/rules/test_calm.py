"""What the quick look over many stations calls calm, the exact rules find calm; and on a calm day it says so of most."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forecasts import PROBABILITIES, LevelForecast
from rules.calm import loud_rules
from rules.configuration import RuleSet
from rules.judge import History, judge_together, plain_findings
from rules.trace import Trace, ordered, tick

MINUTE = timedelta(minutes=1)
COUNT = 260


def _trace(
    start: datetime, values: list[float], *, every_s: int = 600, gaps: dict[int, int] | None = None, flag: int = 1
):
    """Readings every so many seconds; `gaps`: seconds more before a reading."""
    between = np.full(len(values), every_s, dtype=np.int64)
    for index, seconds in (gaps or {}).items():
        between[index % len(values)] += seconds
    ticks = tick(start) + np.cumsum(between) * 1_000_000
    flags = np.ones(len(values), dtype=np.int64)
    flags[len(values) // 2] = flag
    return ordered(ticks, np.array(values), flags, ticks)


@pytest.fixture(scope="session")
def scene(make, shipped: RuleSet):
    """(ids called calm, ids at which the exact rules find a level) of gauges with these traces."""

    def look(
        traces: dict[str, Trace],
        *,
        silent_for: timedelta = timedelta(),
        rules: RuleSet = shipped,
        expected_m: tuple[float, ...] = (),
        **of_station,
    ):
        dated = of_station.pop("thresholds", make.thresholds([1.0, 2.0, 3.5], record=4.5))
        stations = {name: make.gauge(dated, station=name, **of_station) for name in traces}
        ends = {
            name: make.start + timedelta(microseconds=int(t.ticks[-1]) - tick(make.start)) for name, t in traces.items()
        }
        known = {
            name: History(
                since=make.start + 2 * 60 * MINUTE,
                readings={"water_level": each},
                last_observed={"water_level": ends[name]},
                forecasts=[_forecast(name, ends[name], hour, level) for hour, level in enumerate(expected_m, start=1)],
            )
            for name, each in traces.items()
        }
        now = max(ends.values()) + silent_for
        found = judge_together(stations, known, rules, now)
        loud = {name for name, all_ in found.items() if any(step.level for each in all_ for step in each.steps)}
        asked = loud_rules(stations.values(), known, rules, now, rules.companionship(stations).joined)
        for name, names in asked.items():  # what is found without the rules called calm is all there is above level 0
            only = plain_findings(stations[name], known[name], rules, now, names)
            assert [each for each in only if _above(each)] == [each for each in found[name] if _above(each)], name
        return frozenset(name for name, names in asked.items() if not names), loud

    return look


def _above(finding) -> bool:
    return any(step.level for step in finding.steps)


def _forecast(gauge: str, issued_at: datetime, hour: int, level_m: float) -> LevelForecast:
    """A forecast of `level_m` in so many hours, 0.3 m wide."""
    return LevelForecast(
        station=gauge,
        issued_at=issued_at,
        valid_at=issued_at + hour * 60 * MINUTE,
        quantiles_m=tuple(level_m + 0.3 * (chance - 0.5) for chance in PROBABILITIES),
        model="m",
        version="1",
        inputs="own level",
    )


def _tide(shift: float, *, high: float = 0.2) -> list[float]:
    return [round(0.5 + high * np.sin(i / 12 + shift), 2) for i in range(COUNT)]


_SHAPES = st.fixed_dictionaries(
    {
        "high": st.sampled_from([0.05, 0.2, 0.3, 0.35, 0.49, 0.5]),
        "jump": st.sampled_from([0.0, 0.0, 0.1, 0.12, 0.125, 0.2, 0.25, 0.3, -0.3]),
        "at": st.integers(0, COUNT - 1),
        "held_from": st.integers(0, COUNT - 1),
        "held_for": st.sampled_from([0, 0, 0, 100, 200, 216, 217, 218, 259]),
        "every_s": st.sampled_from([600, 600, 595, 620, 660, 900, 20, 15, 5]),
        "gaps": st.one_of(
            st.just({}),
            st.dictionaries(
                st.integers(0, COUNT - 1), st.one_of(st.integers(-300, 2000), st.integers(3000, 25_000)), max_size=2
            ),
        ),
        "flag": st.sampled_from([1, 1, 1, 1, 2, 3, 4, 9]),
    }
)


def _drawn(start: datetime, shape: dict, shift: float) -> Trace:
    values = _tide(shift, high=shape["high"])
    values[shape["at"] :] = [round(value + shape["jump"], 6) for value in values[shape["at"] :]]
    end = min(COUNT, shape["held_from"] + shape["held_for"])
    values[shape["held_from"] : end] = [values[shape["held_from"]]] * (end - shape["held_from"])
    return _trace(start, values, every_s=shape["every_s"], gaps=shape["gaps"], flag=shape["flag"])


@settings(max_examples=80, deadline=None)
@given(
    shapes=st.lists(_SHAPES, min_size=1, max_size=3),
    silent_h=st.sampled_from([0, 0, 0, 5]),
    expected_m=st.lists(st.floats(0.6, 1.2), max_size=3),
)
def test_whatever_is_called_calm_is_calm_for_every_rule(scene, make, shapes, silent_h, expected_m) -> None:
    traces = {f"g{n}": _drawn(make.start, shape, n / 3) for n, shape in enumerate(shapes)}
    calm, loud = scene(traces, silent_for=timedelta(hours=silent_h), expected_m=tuple(expected_m))
    assert not calm & loud


@pytest.mark.parametrize("every_s", [600, 15])
def test_a_calm_day_is_called_calm_and_so_is_a_calm_hour(scene, make, every_s: int) -> None:
    traces = {f"g{n}": _trace(make.start, _tide(n / 7, high=0.04), every_s=every_s) for n in range(40)}
    calm, loud = scene(traces)
    assert not loud
    assert len(calm) == 40


@pytest.mark.parametrize(
    ("what", "values", "trouble"),
    [
        ("a level reached", [1.0], {}),
        ("a fast rise", [0.99, 0.99], {}),
        ("a sensor that stands still", [0.4] * 230, {}),
        ("a failed reading", [0.5], {"flag": 4}),
    ],
)
def test_one_that_is_not_calm_is_asked_exactly(scene, make, what, values, trouble) -> None:
    levels = _tide(0.0)
    levels[20 : 20 + len(values)] = values
    calm, _ = scene({"odd": _trace(make.start, levels, **trouble), "even": _trace(make.start, _tide(0.0))})
    assert calm == {"even"}, what


def test_a_forecast_far_below_every_level_is_calm_and_one_that_reaches_a_level_is_not(scene, make) -> None:
    traces = {"g": _trace(make.start, _tide(0.0, high=0.04))}
    assert scene(traces, expected_m=(0.6, 0.7)) == ({"g"}, set())
    assert scene(traces, expected_m=(0.6, 1.05)) == (frozenset(), {"g"})


def test_a_jump_over_a_gap_is_not_calm(scene, make) -> None:
    levels = [round(0.04 * (i % 7) + (0.0 if i < 100 else 0.6), 2) for i in range(COUNT)]
    assert scene({"g": _trace(make.start, levels, gaps={100: 4200})}) == (frozenset(), {"g"})


def test_silence_is_not_calm(scene, make) -> None:
    calm, loud = scene({"g": _trace(make.start, _tide(0.0))}, silent_for=timedelta(hours=12))
    assert (calm, loud) == (frozenset(), {"g"})


def test_a_threshold_of_zero_is_a_threshold(scene, make) -> None:
    levels = make.thresholds([0.0, None, None])
    calm, loud = scene({"g": _trace(make.start, _tide(0.0))}, thresholds=levels)
    assert (calm, loud) == (frozenset(), {"g"})


def test_stations_that_compound_rules_join_are_judged_together(shipped, make) -> None:
    alone, rainy = make.gauge(station="alone"), replace(make.gauge(station="here"), rain_gauges=("rain",))
    stations = {"alone": alone, "here": rainy, "rain": make.gauge(station="rain")}
    assert {"here", "rain"} <= shipped.companionship(stations).joined
    assert "alone" not in shipped.companionship(stations).joined


def test_a_rule_without_a_quick_question_is_asked_exactly(scene, make, shipped) -> None:
    text = next(rule for rule in shipped.rules if rule.name == "pressure_fall").model_copy(
        update={"quantity": "water_level"}
    )
    rules = RuleSet.model_construct(rules=(*shipped.rules, text))
    calm, _ = scene({"g": _trace(make.start, _tide(0.0))}, rules=rules)
    assert calm == frozenset()


def test_a_station_that_measures_wind_alone_is_asked_of_the_wind(make, shipped) -> None:
    gale = _trace(make.start, [3.0 + 0.1 * (i % 7) for i in range(100)] + [26.0])
    station = make.gauge(station="w", quantities=("wind_speed",))
    known = {"w": History(since=make.start, readings={"wind_speed": gale}, last_observed={})}
    now = make.start + timedelta(hours=17)
    assert "wind" in loud_rules([station], known, shipped, now, frozenset())["w"]
