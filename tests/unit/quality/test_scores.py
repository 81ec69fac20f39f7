"""The tests over a seeded storm with faults put into it: most are found, hardly anything good is doubted, nothing failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality_scores import Score, injected_scores, score, storm_gauges
from domain.network import load_network
from simulators.sensor_faults import LEVEL_FAULTS, SensorFault, inject

CONFIG = Path(__file__).resolve().parents[3] / "config"
BEGINS_S = 1_760_000_400


@pytest.fixture(scope="module")
def scores() -> tuple[Score, dict[SensorFault, Score]]:
    chance = np.random.default_rng(7)
    clean, faulty = [], dict[SensorFault, Score]()
    for gauge in storm_gauges(load_network(CONFIG).stations, 7, BEGINS_S):
        clean.append(score(gauge.flags(), np.zeros(len(gauge.values), dtype=bool)))
        alone = injected_scores(replace(gauge, others=None), chance, 1, without=[SensorFault.DRIFT])
        for kind, one in (alone | injected_scores(gauge, chance, 1, without=list(alone))).items():
            faulty[kind] = faulty[kind] + one if kind in faulty else one
    return sum(clean[1:], clean[0]), faulty


def test_the_storm_itself_is_not_doubted(scores: tuple[Score, dict[SensorFault, Score]]) -> None:
    good, _ = scores
    assert good.good > 10_000
    assert good.failed_good == 0
    assert good.suspect_good_per_10000 <= 1.0


def test_faults_are_found_and_no_good_reading_is_failed(scores: tuple[Score, dict[SensorFault, Score]]) -> None:
    """Drift is measured with all gauges around; the other kinds with those next upstream and downstream alone."""
    _, faulty = scores
    drift = faulty[SensorFault.DRIFT]
    assert drift.found >= 0.8 * drift.faults
    assert drift.right >= 0.8 * drift.flagged
    assert sum(one.failed_good for one in faulty.values()) == 0
    sudden = [one for kind, one in faulty.items() if kind is not SensorFault.DRIFT]
    assert sum(one.found for one in sudden) >= 0.95 * sum(one.faults for one in sudden)
    assert all(
        faulty[kind].found == faulty[kind].faults for kind in (SensorFault.SPIKE, SensorFault.UNIT, SensorFault.SHIFT)
    )
    assert sum(one.right for one in sudden) >= 0.9 * sum(one.flagged for one in sudden)


@pytest.mark.parametrize("kind", list(SensorFault))
def test_a_fault_is_where_it_says_and_nowhere_else(kind: SensorFault) -> None:
    good = np.linspace(1.0, 3.0, 2000).round(2)
    faulty, where = inject(good, kind, LEVEL_FAULTS[kind], 1 / 6, np.random.default_rng(3))
    outside = np.r_[0 : where.first, where.last + 1 : len(good)]
    assert (faulty[outside] == good[outside]).all()
    assert 0 < where.first <= where.last < len(good) - 1
    assert (faulty != good)[where.first : where.last + 1].any()
    again, _ = inject(good, kind, LEVEL_FAULTS[kind], 1 / 6, np.random.default_rng(3))
    assert (again == faulty).all()
