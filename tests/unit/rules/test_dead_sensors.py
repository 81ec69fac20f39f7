"""Rules over several sensors: what a dead one showed last begins nothing, and ends nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.alerts import Event
from rules.judge import History, judge_together, plain_findings, with_compounds

HOUR = timedelta(hours=1)


@pytest.fixture
def told(make, shipped):
    """(hours after the start, level) of one compound rule at Kim Long, by series of values per hour of several stations."""

    def find(rule: str, stations, series, now_h: float):
        now = make.start + HOUR * now_h
        known = {
            name: History(since=make.start, readings={quantity: make.frame(values, every_min=20)})
            for name, (quantity, values) in series.items()
        }
        here = {name: station for name, station in stations.items() if name in known}
        found = judge_together(here, known, shipped, now)["kim_long"]
        (finding,) = [each for each in found if each.rule == rule]
        return [((step.at - make.start) / HOUR, step.level) for step in finding.steps]

    return find


@pytest.fixture
def gauges(make):
    levels = make.thresholds([1.0, 2.0, 3.5])
    kim_long, phu_oc = make.gauge(levels), make.gauge(levels, station="phu_oc")
    rain = make.gauge(quantities=["rainfall"], station="bach_ma")
    return {"kim_long": replace(kim_long, rain_gauges=("bach_ma",)), "phu_oc": phu_oc, "bach_ma": rain}


#: 20-minutely: calm for so many hours, then 1.5 m within the hour.
def _rising(calm_h: int) -> list[float]:
    return [0.2] * (3 * calm_h) + [0.7, 1.2, 1.7, 1.7]


def test_rain_of_a_gauge_that_died_two_days_ago_makes_no_flash_flood(told, gauges) -> None:
    rain = [0.0, 25.0, 25.0]  # very heavy within the hour, and then silence
    late = {"kim_long": ("water_level", _rising(47)), "bach_ma": ("rainfall", rain)}
    assert told("rain_and_level", gauges, late, 49) == [(0, 0)]
    soon = {"kim_long": ("water_level", _rising(5)), "bach_ma": ("rainfall", rain)}
    assert [level for _, level in told("rain_and_level", gauges, soon, 6)] == [0, 1]


def test_a_gauge_that_comes_back_to_no_rain_has_not_rained_meanwhile(gauges, make, shipped) -> None:
    rain = [(0, 25.0), (20, 25.0), *((46 * 60 + 20 * n, 0.0) for n in range(8))]
    known = {
        "kim_long": History(since=make.start, readings={"water_level": make.frame(_rising(47), every_min=20)}),
        "bach_ma": History(
            since=make.start,
            readings={"rainfall": make.readings([(make.start + timedelta(minutes=m), mm, 1) for m, mm in rain])},
        ),
    }
    here = {name: gauges[name] for name in known}
    found = judge_together(here, known, shipped, make.start + 49 * HOUR)
    (finding,) = [each for each in found["kim_long"] if each.rule == "rain_and_level"]
    assert [step.level for step in finding.steps] == [0]


def test_a_dead_gauge_agrees_with_nobody(told, gauges) -> None:
    series = {"kim_long": ("water_level", [3.0] * 30 + [3.6]), "phu_oc": ("water_level", [3.6, 3.7])}
    assert told("gauges_agree", gauges, series, 10.1) == [(0, 0)]


def test_what_two_gauges_began_goes_on_when_one_falls_silent(told, gauges) -> None:
    series = {"kim_long": ("water_level", [3.6] * 30 + [3.0] * 6), "phu_oc": ("water_level", [3.6, 3.7])}
    assert told("gauges_agree", gauges, series, 12) == [(0, 1), (10, 0)]


@pytest.mark.parametrize(
    ("stored", "steps"),
    [((-70, None), [(2, 1), (9, 0)]), ((-70, 8), [(2, 1), (9, 0)]), ((-70, 1), [(2, 0)]), ((3, None), [(2, 0)])],
    ids=["in_force", "ended_since", "over_before", "raised_later"],
)
def test_what_two_gauges_began_before_the_span_goes_on_though_one_of_them_died(
    make, shipped, gauges, stored: tuple[int, int | None], steps: list[tuple[int, int]]
) -> None:
    """Only the stored alert tells that it had begun: Kim Long was dead when Phú Ốc's span begins."""
    died, stood = make.frame([3.6] * 2, every_min=20), make.frame([3.6] * 7 + [3.0] * 5, start=make.start + 2 * HOUR)
    known = {
        "kim_long": History(since=make.start, readings={"water_level": died}),
        "phu_oc": History(since=make.start + 2 * HOUR, readings={"water_level": stood}),
    }
    here = {name: gauges[name] for name in known}
    now = make.start + 12 * HOUR
    found = {name: plain_findings(here[name], known[name], shipped, now) for name in known}
    raised, ended = (None if hour is None else make.start + hour * HOUR for hour in stored)
    in_force = {("kim_long", Event.BASIN_FLOOD): [(raised, ended)]}
    told = with_compounds(here, known, found, shipped, now, in_force=in_force)["kim_long"]
    (finding,) = [each for each in told if each.rule == "gauges_agree"]
    assert [((step.at - make.start) / HOUR, step.level) for step in finding.steps] == steps
