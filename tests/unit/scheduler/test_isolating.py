"""One of many that fails is found by halving; what is nobody's fault is not looked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.errors import DatabaseUnavailableError
from scheduler.isolating import isolated


def test_the_one_that_fails_costs_no_other_and_is_named() -> None:
    done: list[int] = []

    def work(items: Sequence[int]) -> int:
        if 5 in items:
            raise ValueError("five")
        done.extend(items)
        return len(items)

    failed: list[Exception] = []
    assert sum(isolated(range(9), work, failed, lambda item: f"number {item}")) == 8
    assert sorted(done) == [0, 1, 2, 3, 4, 6, 7, 8]
    assert [each.__notes__ for each in failed] == [["number 5"]]
    assert isolated([], work, failed, str) == [0], "nothing is no failure"


def test_what_is_nobodys_fault_is_raised_and_not_tried_for_each() -> None:
    tried: list[Sequence[int]] = []

    def away(items: Sequence[int]) -> None:
        tried.append(items)
        raise DatabaseUnavailableError("away")

    with pytest.raises(DatabaseUnavailableError):
        isolated([1, 2, 3], away, [], str)
    assert tried == [[1, 2, 3]]
