"""Storms like those of 1999, 2023 and 2025 give the peaks and the travel times that are known (docs/exercise_basin.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from domain.times import HUE_TIME
from simulators.catchments import CATCHMENTS, DAMS, NODES
from simulators.episode import Episode
from simulators.flood_2025 import flood_2025
from simulators.hazards import HAZARDS, hazard_episode
from simulators.reservoirs import Lakes, ReleaseOrder
from tests.judged_nature import CONFIG

#: Catchments whose water passes Kim Long.
ABOVE = ("thuong_nhat", "ta_trach", "huu_trach", "huong_lower")


def stage(episode: Episode, gauge: str) -> np.ndarray:
    return episode.node(gauge, episode.run.node_stage_m)


def peak(episode: Episode, gauge: str, until_h: float = np.inf) -> tuple[float, float]:
    """Hour and level of the highest water."""
    within = np.flatnonzero(episode.hours <= until_h)
    place = int(np.argmax(stage(episode, gauge)[within]))
    return float(episode.hours[place]), float(stage(episode, gauge)[place])


def wettest_6h(episode: Episode) -> float:
    """Middle of the wettest six hours above Kim Long."""
    area = np.array([c.area_km2 if c.name in ABOVE else 0.0 for c in CATCHMENTS])
    return float(episode.hours[np.argmax(np.convolve(episode.run.rain_mm @ area, np.ones(36), "same"))])


@pytest.mark.parametrize(
    ("name", "kim_long_m", "phu_oc_m", "at"),
    [("storm-1999", 5.81, 5.18, None), ("storm-2023", 4.19, 4.99, datetime(2026, 11, 15, 20, tzinfo=HUE_TIME))],
)
def test_a_storm_like_one_on_record_has_its_peaks(
    name: str, kim_long_m: float, phu_oc_m: float, at: datetime | None
) -> None:
    episode, _ = hazard_episode(HAZARDS[name], CONFIG)
    hour, level = peak(episode, "kim_long")
    assert level == pytest.approx(kim_long_m, abs=0.12)
    assert peak(episode, "phu_oc")[1] == pytest.approx(phu_oc_m, abs=0.15)
    assert at is None or abs(episode.begins_at + timedelta(hours=hour) - at) <= timedelta(hours=2)
    assert 8 < hour - wettest_6h(episode) < 20
    assert peak(episode, "thuong_nhat")[0] < peak(episode, "duong_hoa")[0] < hour
    assert stage(episode, "kim_long")[-1] < 1.0


def test_the_flood_of_2025_is_nearly_the_models_own() -> None:
    episode, reported = flood_2025(CONFIG)
    hour, level = peak(episode, "kim_long", until_h=96)
    assert (level, hour) == (pytest.approx(5.05, abs=0.02), pytest.approx(68, abs=1.5))
    assert 10 < hour - wettest_6h(episode) < 20
    rising = np.diff(stage(episode, "thuong_nhat")[::6])
    assert rising.max() < 2.35  # the fastest rise in an hour on record in these mountains
    largest = dict(zip([dam.name for dam in DAMS], episode.run.dam_inflow_m3s.max(axis=0), strict=True))
    told = {event.place: event.value for event in reported.events if event.what.startswith("inflow")}
    # They were told of the morning of 27 October alone, Tả Trạch's as more than that.
    assert all(told[dam] <= largest[dam] < 1.4 * told[dam] for dam in largest)


def test_while_kim_long_stands_above_bd2_no_dam_lets_out_more_than_comes_in() -> None:
    """1606/QĐ-TTg, 2019. The orders of 2025 were obeyed beyond it: up to 3.7 times the inflow, twenty hours at the peak."""
    episode, _ = flood_2025(CONFIG)
    flooded = (episode.hours >= 48) & (episode.hours <= 126)  # 27 October 0h to 30 October 6h
    assert stage(episode, "kim_long")[flooded].min() > 3.0
    more = (episode.run.dam_outflow_m3s / episode.run.dam_inflow_m3s)[flooded]
    assert more.max() < 1.02


def test_an_order_that_stands_above_bd2_lets_out_what_comes_in_at_most() -> None:
    inflow = np.full(len(DAMS), 400.0)
    released = {}
    for kim_long_m in (1.0, 2.5):
        lakes = Lakes(DAMS, [ReleaseOrder(dam=dam.name, from_h=0, until_h=99, release_m3s=1500) for dam in DAMS])
        for step in range(30):
            released[kim_long_m] = lakes.step(inflow, kim_long_m=kim_long_m, step_h=1 / 6, at_h=step / 6)
    assert released[1.0] == pytest.approx(1500)
    assert (released[2.5] <= 400).all()


def test_a_release_is_felt_at_kim_long_after_three_to_five_hours() -> None:
    episode, _ = hazard_episode(HAZARDS["dam-release"], CONFIG)
    level, hours = stage(episode, "kim_long"), episode.hours
    before = np.interp(21, hours, level)
    assert 2 < hours[(hours > 21) & (level > before + 0.05)][0] - 21 < 5
    assert 3 < hours[1:][np.argmax(np.diff(level))] - 21 < 5
    kept = episode.dam("ta_trach", episode.run.dam_outflow_m3s)
    assert kept[(hours > 24) & (hours < 27)] == pytest.approx(1500)


def test_every_river_of_the_city_has_its_gauge_and_every_big_dam_its_catchment() -> None:
    assert {c.name for c in CATCHMENTS} >= {"ta_trach", "huu_trach", "bo", "o_lau", "truoi"}
    assert {n.name for n in NODES} >= {"kim_long", "phu_oc", "phong_binh", "cau_truoi"}
    assert {d.name for d in DAMS} == {"ta_trach", "binh_dien", "huong_dien"}
    with pytest.raises(ValueError, match="release orders for unknown dams: truoi"):
        Lakes(DAMS, [ReleaseOrder(dam="truoi", from_h=0, until_h=1, release_m3s=10)])
