"""A new model takes the place of the old one only when it did better on what neither had seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from forecasting.configuration import ModelSettings
from forecasting.inputs import GaugeInputs
from forecasting.recalibration import Comparison, compare, decide, propose
from forecasting.selection import GaugeModel, calibrate
from tests.unit.forecasting.conftest import BEGIN, FEW_TREES

SHORT = ModelSettings(leads_h=(1.0, 6.0), boosted_trees=FEW_TREES)


def comparison(old: float, new: float, pairs: int = 100) -> Comparison:
    end = BEGIN + timedelta(days=1)
    return Comparison(start=BEGIN, end=end, incumbent_crps_m={1.0: old}, challenger_crps_m={1.0: new}, pairs=pairs)


def test_better_is_adopted_worse_and_equal_are_not() -> None:
    assert decide(comparison(0.10, 0.08)) == (
        True,
        "CRPS 20.0 % lower over 100 outcomes that neither model was calibrated on",
    )
    assert not decide(comparison(0.10, 0.12))[0]
    assert not decide(comparison(0.10, 0.10))[0]


def test_without_outcomes_nothing_changes() -> None:
    nothing = Comparison(start=BEGIN, end=BEGIN, incumbent_crps_m={}, challenger_crps_m={}, pairs=0)
    assert decide(nothing) == (False, "too few outcomes since to compare on")


def test_a_gauge_in_its_first_days_takes_the_model_that_knows_more(river: GaugeInputs) -> None:
    first = calibrate(river, SHORT, BEGIN + timedelta(hours=20))
    proposal = propose(first, river, SHORT, BEGIN + timedelta(hours=30))
    assert proposal.adopted
    assert "young" in proposal.reason
    assert proposal.model.calibrated_until == BEGIN + timedelta(hours=30)


@pytest.fixture(scope="module")
def young(river: GaugeInputs) -> GaugeModel:
    """Calibrated on ten days: it knows little."""
    return calibrate(river, SHORT, BEGIN + timedelta(days=10))


def test_a_model_of_a_season_takes_the_place_of_one_of_ten_days(river: GaugeInputs, young: GaugeModel) -> None:
    proposal = propose(young, river, SHORT, BEGIN + timedelta(days=150))
    assert proposal.adopted, proposal.reason
    assert proposal.model.version == proposal.challenger != proposal.incumbent
    assert proposal.comparison.ratio is not None
    assert proposal.comparison.ratio < 1
    assert proposal.model.calibrated_until == BEGIN + timedelta(days=80)


def test_a_challenger_that_learnt_from_a_broken_gauge_is_kept_out(
    river: GaugeInputs, river_of: Callable[..., GaugeInputs]
) -> None:
    """For weeks the gauge repeats a wild square wave; then it is well again, and the old model is the better one."""
    good = calibrate(river, SHORT, BEGIN + timedelta(days=60))
    level = river.level.copy()
    broken = (level.index > BEGIN + timedelta(days=60)) & (level.index <= BEGIN + timedelta(days=90))
    level[broken] += np.where(np.arange(broken.sum()) % 5 < 2, 3.0, -3.0)
    spoilt = replace(river, level=level)
    proposal = propose(good, spoilt, SHORT, BEGIN + timedelta(days=120))
    assert not proposal.adopted, proposal.reason
    assert proposal.model is good
    assert "not better" in proposal.reason


def test_both_are_compared_on_the_same_outcomes_after_the_cut(river: GaugeInputs, young: GaugeModel) -> None:
    end = BEGIN + timedelta(days=40)
    found = compare(young, young, river.known_at(end), BEGIN + timedelta(days=30), end)
    assert found.incumbent_crps_m == found.challenger_crps_m
    assert found.ratio == 1.0
    assert 200 < found.pairs <= 240
