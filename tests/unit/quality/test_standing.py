"""Standing still: a frozen sensor is told from calm by what the gauge itself did before, and by whether the others stand too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.stations import QualityLimits
from quality.hours import Hourly
from quality.later import Name
from quality.standing import standing
from quality.stretch import Floats
from tests.unit.quality.test_drift import HOURS, JUDGED_H, LIMITS, NAMES, STATIONS

TESTED = {
    name: replace(one, series=(replace(one.series[0], limits=replace(LIMITS, flat_tolerance=0.001)),))
    for name, one in STATIONS.items()
}


def streams(*, longest_h: int = 1) -> dict[Name, Hourly]:
    """Levels that move by a centimetre or two, each standing for so many hours now and then."""
    made: dict[Name, Hourly] = {}
    for number, name in enumerate(NAMES):
        levels = 1.0 + 0.01 * np.random.default_rng(number).integers(1, 3, HOURS).cumsum() % 0.4
        for begins in range(20, HOURS - JUDGED_H - 24, 60):
            levels[begins : begins + longest_h] = levels[begins]
        made[name, "water_level"] = Hourly(levels, levels)
    return made


def frozen(hourly: dict[Name, Hourly], name: str, *, hours: int = 30) -> dict[Name, Hourly]:
    levels: Floats = hourly[name, "water_level"].seen.copy()
    levels[-hours:] = levels[-hours]
    return hourly | {(name, "water_level"): Hourly(levels, levels)}


def doubted(hourly: dict[Name, Hourly], name: str = "up") -> np.ndarray:
    found = standing((name, "water_level"), TESTED, hourly, JUDGED_H)
    assert found is not None
    return found


def test_a_gauge_that_stands_as_it_never_did_is_doubted_from_half_a_day_on() -> None:
    assert not any(doubted(streams(), name).any() for name in NAMES)
    hours = doubted(frozen(streams(), "up"))
    assert np.flatnonzero(hours).tolist() == [*range(JUDGED_H - 30 + 11, JUDGED_H)]
    assert not doubted(frozen(streams(), "up"), "down").any()


@pytest.mark.parametrize(("longest_h", "hours"), [(10, 19), (10, 21), (40, 48)])
def test_what_stood_for_long_before_must_stand_for_twice_as_long(longest_h: int, hours: int) -> None:
    found = doubted(frozen(streams(longest_h=longest_h), "up", hours=hours))
    assert found.any() == (hours >= 2 * longest_h)


def test_while_the_rivers_are_calm_nothing_is_said() -> None:
    calm = frozen(frozen(frozen(streams(), "up"), "middle"), "down")
    assert not any(doubted(calm, name).any() for name in NAMES)


def test_what_it_knows_too_little_of_it_does_not_judge() -> None:
    bad = frozen(streams(), "up")
    lonely = {name: one for name, one in bad.items() if name[0] in ("up", "down")}
    assert not doubted(lonely).any()
    short = np.where(np.arange(HOURS) < HOURS - 24 * 8, np.nan, bad["up", "water_level"].seen)
    assert not doubted(bad | {("up", "water_level"): Hourly(short, short)}).any()
    off = replace(TESTED["up"], series=(replace(TESTED["up"].series[0], limits=QualityLimits()),))
    assert standing(("up", "water_level"), TESTED | {"up": off}, bad, JUDGED_H) is None
