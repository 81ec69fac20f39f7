"""Drift against other gauges: what is found, whom a bad neighbour puts in doubt, and what is not said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from domain.stations import QualityLimits, Series, Station, StationKind, Upstream
from quality.drift import drifting
from quality.hours import Hourly, hour_means, hours_wanted
from quality.later import Name
from quality.stretch import Floats

JUDGED_H = 48
HOURS = hours_wanted(JUDGED_H)
FIRST_H = 489_000
LIMITS = QualityLimits(drift_window=timedelta(hours=12), drift_least=0.25)
NAMES = ("up", "middle", "down", "mouth")


def gauge(number: int, name: str) -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=16.3 + 0.05 * number,
        lon=107.5,
        upstream=(Upstream(station=NAMES[number - 1], lag=timedelta(hours=3)),) if number else (),
        series=(Series(quantity="water_level", cadence=timedelta(hours=1), limits=LIMITS),),
        simulated=False,
        verified=True,
        source="test",
    )


STATIONS = {name: gauge(number, name) for number, name in enumerate(NAMES)}


def river(*, newest_flood_m: float = 2.0, peak_h: int = 60) -> dict[Name, Hourly]:
    """Three floods that run down a river to a mouth with a tide; the last of them is under way when it is judged."""
    hours = np.arange(HOURS)
    chance = np.random.default_rng(4)
    peaks = ((120, 2.0), (330, 2.5), (HOURS - peak_h, newest_flood_m))

    def level(lag: float, gain: float, tide_m: float) -> Floats:
        flood = sum(size * np.exp(-(((hours - lag - peak) / 14) ** 2)) for peak, size in peaks)
        tide = tide_m * np.cos(2 * np.pi * (FIRST_H + hours) / 12.4206)
        return gain * flood + tide + 0.01 * chance.standard_normal(HOURS)

    made = zip(NAMES, ((0, 1.5, 0.0), (3, 1.2, 0.0), (6, 1.0, 0.1), (9, 0.7, 0.3)), strict=True)
    return {(name, "water_level"): Hourly(*[level(*shape)] * 2) for name, shape in made}


def with_change(hourly: dict[Name, Hourly], name: str, change: Floats) -> dict[Name, Hourly]:
    seen = hourly[name, "water_level"].seen + change
    return hourly | {(name, "water_level"): Hourly(seen, seen)}


def doubted(hourly: dict[Name, Hourly], name: str) -> np.ndarray:
    found = drifting((name, "water_level"), STATIONS, hourly, FIRST_H, JUDGED_H)
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_drift_in_a_flood_is_found_and_its_neighbours_are_not_doubted(name: str) -> None:
    good = river()
    assert not any(doubted(good, one).any() for one in NAMES)
    drift = np.zeros(HOURS)
    drift[-60:-6] = np.linspace(0.0, 0.8, 54)
    bad = with_change(good, name, drift)
    hours = doubted(bad, name)
    assert hours[24:-6].any()
    assert not hours[-5:].any(), "it was mended: the hours after are good"
    assert not any(doubted(bad, other).any() for other in NAMES if other != name)


def test_what_it_knows_too_little_of_it_does_not_judge() -> None:
    drift = np.zeros(HOURS)
    drift[-60:] = np.linspace(0.0, 0.8, 60)
    crest = np.zeros(HOURS)
    crest[-34:-14] = 0.8
    assert doubted(with_change(river(peak_h=24), "mouth", crest), "mouth").any()
    greater = with_change(river(newest_flood_m=4.5, peak_h=24), "mouth", crest)
    assert not doubted(greater, "mouth").any(), "of a flood that was never seen before nothing is said"
    short = {
        name: Hourly(*(np.where(np.arange(HOURS) < 420, np.nan, hours) for hours in one))
        for name, one in river().items()
    }
    assert not doubted(with_change(short, "mouth", drift), "mouth").any()
    alone = {name: one for name, one in with_change(river(), "mouth", drift).items() if name[0] == "mouth"}
    assert not doubted(alone, "mouth").any()
    off = replace(STATIONS["mouth"], series=(replace(STATIONS["mouth"].series[0], limits=QualityLimits()),))
    assert drifting(("mouth", "water_level"), STATIONS | {"mouth": off}, river(), FIRST_H, JUDGED_H) is None


def test_a_neighbour_that_is_at_fault_itself_does_not_hide_a_drift() -> None:
    drift, hourly = np.zeros(HOURS), river()
    drift[-60:] = np.linspace(0.0, 0.8, 60)
    centimetres = np.zeros(HOURS)
    centimetres[-70:] = 99 * hourly["mouth", "water_level"].seen[-70:]
    assert doubted(with_change(with_change(hourly, "down", drift), "mouth", centimetres), "down")[-12:].any()
    assert not doubted(with_change(hourly, "mouth", centimetres), "down").any()


def test_two_gauges_that_are_higher_than_ever_are_a_flood() -> None:
    flood, hourly = np.zeros(HOURS), river()
    flood[-40:] = 4.0
    one = with_change(hourly, "up", flood)
    assert doubted(with_change(one, "down", -flood / 4), "down").any(), "lower than it was: no flood does that"
    assert not doubted(with_change(one, "down", flood), "down").any()
    assert not doubted(with_change(with_change(one, "middle", flood), "mouth", flood / 10), "mouth").any()


def below_a_dam() -> dict[Name, Hourly]:
    """`down` follows the releases at `up` alone; the others know of them by a tenth, and hardly in a flood."""
    hours, chance = np.arange(HOURS), np.random.default_rng(9)
    released = np.zeros(HOURS)
    for begins in range(20, HOURS, 45):
        released[begins : begins + 20] += chance.uniform(0.2, 0.6)
    released[240:300] += 2.0 * np.sin(np.linspace(0, np.pi, 60))  # the one flood, that rain elsewhere made too
    rain = np.zeros(HOURS)
    rain[230:310] = 1.5 * np.sin(np.linspace(0, np.pi, 80))

    def noise() -> Floats:
        return 0.01 * chance.standard_normal(HOURS)

    made = {
        "up": released + noise(),
        "middle": 0.03 * released + rain + noise(),
        "down": released + noise(),
        "mouth": 0.03 * released + 0.5 * rain + 0.05 * np.cos(2 * np.pi * (FIRST_H + hours) / 12.4206) + noise(),
    }
    return {(name, "water_level"): Hourly(*[values] * 2) for name, values in made.items()}


def test_a_drift_below_the_only_one_that_tells_of_it_is_found_when_the_others_vouch_for_that_one() -> None:
    drift, hourly = np.zeros(HOURS), below_a_dam()
    drift[-40:] = np.linspace(0.0, 0.5, 40)
    assert not any(doubted(hourly, name).any() for name in NAMES)
    assert doubted(with_change(hourly, "down", drift), "down")[-6:].any()
    # When the one above is at fault instead, nobody knows of the two which: the one below is not doubted for it.
    above = with_change(hourly, "up", 3 * drift)
    assert not doubted(above, "down").any()


def test_what_is_held_against_a_neighbour_is_not_learnt_from() -> None:
    drift, hourly = np.zeros(HOURS), river()
    drift[-60:] = np.linspace(0.0, 0.8, 60)
    centimetres = hourly["mouth", "water_level"].seen.copy()
    centimetres[200:230] *= 100
    trusted = centimetres.copy()
    trusted[200:230] = np.nan
    bad = with_change(hourly, "down", drift) | {("mouth", "water_level"): Hourly(centimetres, trusted)}
    found = doubted(bad, "down")
    assert found[-12:].any()
    assert np.array_equal(found, doubted(bad | {("mouth", "water_level"): Hourly(trusted, trusted)}, "down"))


def test_gaps_and_what_was_doubted_before_do_not_spoil_what_is_learnt() -> None:
    drift = np.zeros(HOURS)
    drift[-60:] = np.linspace(0.0, 0.8, 60)
    hourly = with_change(river(), "down", drift)
    old = hourly["down", "water_level"].seen.copy()
    old[100:130] += 5.0
    trusted = old.copy()
    trusted[100:130] = np.nan
    hourly["down", "water_level"] = Hourly(old, trusted)
    silent = hourly["mouth", "water_level"].seen.copy()
    silent[-40:] = np.nan
    silent[200:204] = np.nan
    hourly["mouth", "water_level"] = Hourly(silent, silent)
    assert doubted(hourly, "down")[-12:].any()


def test_means_by_the_hour() -> None:
    import pandas as pd

    at = pd.to_datetime(["2025-10-27T00:00Z", "2025-10-27T00:50Z", "2025-10-27T02:10Z", "2025-10-27T09:00Z"])
    first_h = int(at[0].timestamp()) // 3600
    means = hour_means(pd.DataFrame({"observed_at": at, "value": [1.0, 2.0, 5.0, 9.0]}), first_h, 4)
    assert np.array_equal(means, [1.5, np.nan, 5.0, np.nan], equal_nan=True)
