"""The shipped rules and quality limits over every nature, in event time: what must be warned of is, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from domain.readings import QualityFlag
from domain.record_source import SENTINELS
from domain.stations import StationKind
from simulators.record import load_record
from tests.judged_nature import CONFIG, Judged, judged, utc

#: The beginnings of Beaufort forces 6, 8, 10 and 12 in m/s (18/2021/QĐ-TTg, Annex III), and of the gusts that count alike.
FORCES = {6: (10.8, 17.2), 8: (17.2, 24.5), 10: (24.5, 32.7), 12: (32.7, 41.5)}
#: PM2.5 in µg/m³ at each index (1459/QĐ-TCMT).
INDEX, DUST = (0, 50, 100, 150, 200, 300, 400, 500), (0, 25, 50, 80, 150, 250, 350, 500)
HOUR = timedelta(hours=1)
AIR, WIND = frozenset({StationKind.AIR}), frozenset({StationKind.WIND})
WATER = frozenset({StationKind.RIVER, StationKind.RESERVOIR})
WEATHER = frozenset({StationKind.WIND, StationKind.RAIN})


def over(found: Judged) -> set[tuple[str, str]]:
    """Rules and stations whose last step is still above level 0."""
    return {(f.rule, f.station) for f in found.findings if f.steps and f.steps[-1].level > 0}


def events(found: Judged) -> set[str]:
    return {finding.event for finding in found.findings for step in finding.steps if step.level > 0}


def forces_reached(found: Judged, station: str) -> dict[int, object]:
    """When mean wind or gusts first reach each force, from the readings alone."""
    mean, gust = (found.frames[station][quantity] for quantity in ("wind_speed", "wind_gust"))
    first = {}
    for force, (mean_ms, gust_ms) in FORCES.items():
        reached = (mean["value"] >= mean_ms) | (gust["value"] >= gust_ms)
        if reached.any():
            first[force] = mean["observed_at"][reached.idxmax()].to_pydatetime()
    return first


@pytest.mark.parametrize(("name", "kinds"), [("typhoon", WEATHER), ("typhoon-record", WIND)])
def test_a_typhoon_is_warned_of_by_its_force_when_it_blows(name: str, kinds: frozenset[StationKind]) -> None:
    found = judged(name, kinds)
    for station in (s.id for s in found.stations.values() if s.kind is StationKind.WIND):
        steps, reached = found.steps("wind", station), forces_reached(found, station)
        assert max(step.level for step in steps) == max(reached, default=0)
        for force, at in reached.items():
            assert next(step.at for step in steps if step.level >= force) == at, (station, force)
    assert max(level for _, level in ((s, step.level) for s, step in found.raised("strong_wind"))) == 12


def test_the_invented_typhoon_comes_with_its_wind_its_pressure_and_its_rain() -> None:
    found = judged("typhoon", WEATHER)
    passage = found.nature.begins + 40 * HOUR
    for station in ("wind_thuan_an", "wind_tu_hien", "wind_hue"):
        first = next(step.at for step in found.steps("wind", station) if step.level == 12)
        assert passage - 6 * HOUR <= first <= passage
        fall = next(step.at for step in found.steps("pressure_fall", station) if step.level == 2)
        assert passage - 6 * HOUR <= fall <= passage
        assert found.frames[station]["pressure"]["value"].min() < 985
    for station in (s for s in found.stations.values() if s.kind is StationKind.WIND):
        series, read = station.series_of("pressure"), found.frames[station.id]["pressure"]["value"].to_numpy()
        assert series is not None
        assert np.abs(np.diff(read)).max() * 6 < (series.limits.rate_suspect_per_h or 0.0)  # even where the eye passes
    wet = {station for station, _ in found.raised("heavy_rain")}
    assert {"rain_bach_ma", "rain_nam_dong", "rain_ta_luong", "rain_hue"} <= wet
    assert events(found) == {"strong_wind", "pressure_fall", "heavy_rain"}
    assert not over(found)


def test_the_recorded_passage_is_carried_here_as_it_was_read() -> None:
    found = judged("typhoon-record", WIND)
    record = load_record(CONFIG / "exercises" / "typhoon-record" / "weather.csv", (StationKind.WIND,))
    read = {
        s: found.frames[s.id]["wind_speed"]["value"][::6].to_numpy()
        for s in found.stations.values()
        if s.kind is StationKind.WIND
    }
    for values in read.values():
        assert any(np.allclose(values, record.values[place, "wind_speed"], atol=0.051) for place in record.stations)
    assert max(values.max() for values in read.values()) == 29.2
    assert [(s, step.level) for s, step in found.raised("pressure_fall")] == [
        ("wind_hue", 1)
    ]  # 4.7 hPa in 3 h, not a tide


def test_bad_air_climbs_through_the_bands_and_ends() -> None:
    found = judged("bad-air", AIR)
    assert events(found) == {"air_quality", "air_quality_day", "air_standard"}
    assert {step.level for _, step in found.raised("air_quality")} == {1, 2, 3, 4}
    for station in (s.id for s in found.stations.values() if s.kind is StationKind.AIR):
        assert found.steps("air_quality", station)[-1].level == 0
        assert utc("2026-02-01T12:00") < found.raised("air_quality", station)[0][1].at < utc("2026-02-02T00:00")
    dust = found.frames["air_hue"]["pm2_5"]
    day = (dust["observed_at"] > utc("2026-02-04T00:00")) & (dust["observed_at"] <= utc("2026-02-05T00:00"))
    index = round(float(np.interp(dust["value"][day].mean(), DUST, INDEX)))
    worst = max(found.steps("air_quality_day", "air_hue"), key=lambda step: step.value or 0.0)
    assert worst.level == 4
    assert worst.value == pytest.approx(index, abs=1)
    assert index > 300


def test_a_night_of_releases_raises_the_rivers_without_rain() -> None:
    found = judged("dam-release", WATER)
    orders = {"duong_hoa": 21, "binh_dien_tv": 21, "co_bi": 22}
    for station, hour in orders.items():
        first = next(step for step in found.steps("rate_of_rise", station) if step.level > 0)
        assert timedelta() < first.at - (found.nature.begins + hour * HOUR) <= 2 * HOUR
        assert max(step.level for step in found.steps("rate_of_rise", station)) == 2
    for station in ("kim_long", "phu_oc"):
        told = [step for step in found.steps("stage", station) if step.level > 0]
        assert [step.level for step in told] == [1]
        assert 3 * HOUR <= told[0].at - (found.nature.begins + 21 * HOUR) <= 9 * HOUR
    assert events(found) == {"flood", "rapid_rise"}
    assert not over(found)
    assert not found.evidence  # a gauge above a dam is not doubted because the one below it moves


def test_a_dry_month_raises_nothing_at_all() -> None:
    found = judged("dry-month")
    assert found.nature.ends - found.nature.begins == timedelta(days=30)
    assert sum(len(frame) for of_station in found.frames.values() for frame in of_station.values()) > 350_000
    assert {f.rule for f in found.findings} >= {"stage", "rate_of_rise", "rainfall", "wind", "pressure_fall", "overdue"}
    assert [(f.rule, f.station, s) for f in found.findings for s in f.steps if s.level > 0] == []
    assert found.evidence == []
    rain = [of_station["rainfall"]["value"].sum() for of_station in found.frames.values() if "rainfall" in of_station]
    assert min(rain) > 3  # it does rain, a little


def test_the_floods_of_2025_are_warned_of_and_no_reading_of_them_fails() -> None:
    found = judged("hue-2025", WATER)
    assert not [each for each in found.evidence if each.flagged.flag is QualityFlag.FAIL]
    bd3 = [step.at for step in found.steps("stage", "kim_long") if step.level == 3]
    assert utc("2025-10-27T05:00") < bd3[0] <= utc("2025-10-27T06:10")
    rises = [step.at for step in found.steps("re_rise", "kim_long") if step.level > 0]
    assert any(utc("2025-10-29T07:00") < at < utc("2025-10-29T15:00") for at in rises)
    assert any(utc("2025-11-02T13:00") < at < utc("2025-11-03T06:00") for at in rises)
    assert max(step.level for step in found.steps("stage", "phu_oc")) == 4  # above the record of 5.24 m
    assert min(frame["value"].min() for of in found.frames.values() for frame in of.values()) > max(SENTINELS)
