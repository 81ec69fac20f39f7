from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.forecasts import PROBABILITIES, LevelForecast, chance_within

ISSUED = datetime(2025, 10, 26, 23, tzinfo=UTC)
_levels = st.floats(-5, 250, allow_subnormal=False)
_quantiles = st.lists(_levels, min_size=19, max_size=19).map(lambda levels: tuple(sorted(levels)))


def forecast(quantiles: tuple[float, ...], lead: timedelta = timedelta(hours=6)) -> LevelForecast:
    return LevelForecast(
        station="kim_long",
        issued_at=ISSUED,
        valid_at=ISSUED + lead,
        quantiles_m=quantiles,
        model="persistence",
        version="1",
        inputs="own level",
    )


def test_the_probabilities_are_nineteen_even_steps() -> None:
    assert len(PROBABILITIES) == 19
    assert np.allclose(np.diff(PROBABILITIES), 0.05)
    assert (PROBABILITIES[0], PROBABILITIES[9], PROBABILITIES[-1]) == (0.05, 0.5, 0.95)


@given(st.lists(_levels, max_size=40).filter(lambda levels: len(levels) != 19))
def test_any_other_number_of_quantiles_is_refused(levels: list[float]) -> None:
    with pytest.raises(ValueError, match="19 are needed"):
        forecast(tuple(sorted(levels)))


@given(_quantiles, st.integers(0, 17))
def test_quantiles_that_cross_are_refused(quantiles: tuple[float, ...], at: int) -> None:
    crossed = list(quantiles)
    crossed[at] = quantiles[at + 1] + 0.5
    with pytest.raises(ValueError, match="quantiles cross"):
        forecast(tuple(crossed))


@given(_quantiles)
def test_the_median_is_the_tenth_and_as_likely_exceeded_as_not(quantiles: tuple[float, ...]) -> None:
    assert forecast(quantiles).median_m == quantiles[9]


def test_half_above_the_median() -> None:
    even = forecast(tuple(float(k) for k in range(19)))
    assert even.probability_at_or_above(even.median_m) == pytest.approx(0.5)


@given(_quantiles, _levels, _levels)
def test_a_higher_level_is_never_more_likely(quantiles: tuple[float, ...], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert forecast(quantiles).probability_at_or_above(low) >= forecast(quantiles).probability_at_or_above(high)


@given(_quantiles, st.floats(-1e6, 1e6))
def test_nothing_is_certain(quantiles: tuple[float, ...], level: float) -> None:
    assert 0.001 <= forecast(quantiles).probability_at_or_above(level) <= 0.99


def test_beyond_the_outermost_quantiles_the_chance_falls_as_it_fell_before_them() -> None:
    even = forecast(tuple(float(k) for k in range(19)))
    above = [even.probability_at_or_above(level) for level in (16.0, 18.0, 20.0, 22.0)]
    assert above == pytest.approx([0.15, 0.05, 0.05 / 3, 0.05 / 9])
    assert even.probability_at_or_above(-2.0) == pytest.approx(1 - 0.05 / 3)
    flat = forecast((1.0,) * 19)
    assert (flat.probability_at_or_above(1.01), flat.probability_at_or_above(0.99)) == (0.001, 0.99)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 1))
def test_the_chance_at_any_time_lies_between_its_bounds_and_grows_with_the_time(
    chances: list[float], another: float
) -> None:
    within = chance_within(chances)
    assert max(chances) - 1e-12 <= within <= 1 - np.prod([1 - c for c in chances]) + 1e-12
    assert chance_within([*chances, another]) >= within - 1e-12
    assert chance_within(chances[:1]) == pytest.approx(chances[0])
    assert chance_within([]) == 0.0


@given(st.lists(_levels, min_size=19, max_size=19, unique_by=lambda level: round(level, 3)), st.integers(0, 17))
def test_at_a_quantile_it_is_one_minus_its_probability(levels: list[float], at: int) -> None:
    quantiles = tuple(sorted(levels))
    assert forecast(quantiles).probability_at_or_above(quantiles[at]) == pytest.approx(1 - PROBABILITIES[at])


def test_how_far_one_flood_may_go_does_not_make_every_hour_of_it_likelier() -> None:
    usual = forecast(tuple(float(k) for k in range(19)))
    wide = forecast((*usual.quantiles_m[:-1], 60.0))
    assert usual.probability_at_or_above(18.0) == pytest.approx(0.05)
    assert wide.probability_at_or_above(20.0) == pytest.approx(0.05)  # three times 17 - 16 above 17
    assert wide.probability_at_or_above(50.0) < 0.001 + 1e-9
    level = forecast((*(0.0,) * 18, 1.0))
    assert level.probability_at_or_above(0.5) == pytest.approx(0.075)


def test_a_level_of_zero_is_a_level() -> None:
    around_zero = forecast(tuple(float(k - 9) for k in range(19)))
    assert around_zero.probability_at_or_above(0.0) == pytest.approx(0.5)


@given(st.timedeltas(timedelta(0), timedelta(days=2)))
def test_the_lead_time_is_from_issue_to_validity(lead: timedelta) -> None:
    assert forecast((1.0,) * 19, lead).lead_time == lead
