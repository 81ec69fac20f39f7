from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.latch import Condition, Patience, level_steps

MINUTE = 60_000_000


def _steps(values: list[float], *, raise_min: float = 0, clear_min: float = 0, counts: tuple[int, int] = (1, 1)):
    """Levels 1 at 1.0 and 2 at 2.0, held down to 0.2 below, on values ten minutes apart."""
    array = np.array(values, dtype=float)
    conditions = {level: Condition(reached=array >= level, held=array >= level - 0.2) for level in (1, 2)}
    patience = Patience(
        raise_after=timedelta(minutes=raise_min),
        clear_after=timedelta(minutes=clear_min),
        raise_count=counts[0],
        clear_count=counts[1],
    )
    return level_steps(np.arange(len(values), dtype=np.int64) * 10 * MINUTE, conditions, patience)


@pytest.mark.parametrize(
    ("values", "patience", "expected"),
    [
        ([], {}, []),
        ([0.5], {}, [(0, 0)]),
        ([1.0], {}, [(0, 1)]),
        ([0.99, 1.0], {}, [(0, 0), (1, 1)]),
        ([0.5, 2.5, 0.5], {}, [(0, 0), (1, 2), (2, 0)]),
        ([1.0, 0.8, 1.0], {}, [(0, 1)]),  # held by hysteresis
        ([1.0, 0.79, 1.0], {}, [(0, 1), (1, 0), (2, 1)]),
        ([0, 1, 0, 0], {"raise_min": 10}, [(0, 0)]),  # a blip
        ([0, 1, 1, 0], {"raise_min": 10}, [(0, 0), (1, 1), (3, 0)]),  # dated at the first
        ([1, 0, 0, 1], {"clear_min": 20}, [(0, 1)]),  # back before it counted
        ([1, 0, 0, 0], {"clear_min": 20}, [(0, 1), (1, 0)]),
        ([1, 2, 2.2, 1.5, 1.5, 1.5], {"clear_min": 20}, [(0, 1), (1, 2), (3, 1)]),
        ([0, 1, 0, 1, 1, 0, 1, 0, 0], {"counts": (2, 2)}, [(0, 0), (3, 1), (7, 0)]),
    ],
)
def test_levels_begin_and_end(values: list[float], patience: dict, expected: list[tuple[int, int]]) -> None:
    assert _steps(values, **patience) == expected


@given(
    st.lists(st.floats(0, 3), max_size=30),
    st.lists(st.floats(0, 3), max_size=10),
    st.sampled_from([0, 10, 30]),
    st.sampled_from([0, 10, 60]),
)
def test_a_longer_record_never_takes_back_a_step(
    first: list[float], more: list[float], raise_min: float, clear_min: float
) -> None:
    patience = {"raise_min": raise_min, "clear_min": clear_min}
    shorter, longer = _steps(first, **patience), _steps(first + more, **patience)
    # Only the leading step may be filled in later: whether the first value counts is for patience to learn.
    assert longer[: len(shorter)] == shorter or (shorter == [(0, 0)] and longer[0][0] == 0)
