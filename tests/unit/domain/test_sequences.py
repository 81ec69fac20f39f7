"""What is missing is named, what only came late or was counted anew is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.sequences import DayNumbers, NumberRun, count_days

DAY = date(2025, 10, 27)
NEXT = DAY + timedelta(days=1)


def each(numbers: Iterable[int], day: date | None = DAY) -> list[NumberRun]:
    """Every number a run of its own."""
    return [NumberRun(day, number, number) for number in numbers]


def named(days: list[DayNumbers]) -> set[int]:
    return {number for one in days for first, last in one.missing for number in range(first, last + 1)}


def test_nothing_is_missing() -> None:
    assert count_days([NumberRun(DAY, 5, 148)]) == [DayNumbers(DAY, 144)]
    assert count_days([]) == []


def test_missing_numbers_are_named_and_counted() -> None:
    (one,) = count_days([NumberRun(DAY, 1, 3), NumberRun(DAY, 5, 9), NumberRun(DAY, 20, 20)])
    assert one.missing == ((4, 4), (10, 19))
    assert (one.stored, one.missing_count, one.sent, one.restarts) == (9, 11, 20, 0)


def test_a_gap_over_midnight_stands_on_the_day_that_goes_on() -> None:
    first, second = count_days([NumberRun(DAY, 1, 100), NumberRun(NEXT, 111, 200)])
    assert (first.missing, second.missing) == ((), ((101, 110),))


def test_the_last_number_before_the_time_asked_for_is_followed_on() -> None:
    (one,) = count_days([NumberRun(None, 40, 40), NumberRun(DAY, 43, 50)])
    assert (one.stored, one.missing) == (8, ((41, 42),))
    assert count_days([NumberRun(None, 40, 40)]) == []


def test_numbers_of_forwarded_readings_fill_their_gap_wherever_they_were_observed() -> None:
    observed = [*range(1, 61), *range(66, 81), *range(61, 66), *range(81, 90)]
    assert count_days(each(observed)) == [DayNumbers(DAY, 89)]
    assert count_days(each(range(60, 61), None) + each(observed[60:])) == [DayNumbers(DAY, 29)]
    assert count_days(each(observed[60:])) == [DayNumbers(DAY, 29)], "even where the question begins amid them"


def test_a_counter_that_begins_anew_loses_nothing() -> None:
    (one,) = count_days([NumberRun(DAY, 1000, 1010), NumberRun(DAY, 0, 5), NumberRun(DAY, 7, 2000)])
    assert (one.restarts, one.missing) == (1, ((6, 6),))
    (young,) = count_days([NumberRun(DAY, 0, 3), NumberRun(DAY, 0, 2), NumberRun(DAY, 0, 9)])
    assert (young.restarts, young.missing, young.stored) == (2, (), 17)
    first, second = count_days([NumberRun(DAY, 50, 90), NumberRun(NEXT, 1, 20)])
    assert (first.restarts, second.restarts) == (0, 1)


def test_one_damaged_number_is_no_loss_of_millions() -> None:
    (one,) = count_days(each([100, 101, 4_000_000_000, 102, 103]))
    assert one.missing == ()
    assert one.restarts == 2
    (far,) = count_days(each([1, 100_001]))
    assert far.missing_count == 99_999
    (too_far,) = count_days(each([1, 100_002]))
    assert (too_far.missing, too_far.restarts) == ((), 1)


def test_repeats_are_kept() -> None:
    (one,) = count_days([NumberRun(DAY, 7, 7, repeats=143)])
    assert (one.sent, one.repeats) == (1, 143)


@given(
    base=st.integers(1000, 2**40),
    lost=st.sets(st.integers(1, 298), max_size=60),
    outages=st.lists(st.tuples(st.integers(1, 280), st.integers(1, 20), st.integers(1, 20)), max_size=3),
    midnight=st.integers(0, 300),
)
def test_exactly_what_was_lost_is_named_however_late_it_came(
    base: int, lost: set[int], outages: list[tuple[int, int, int]], midnight: int
) -> None:
    """Readings of an outage are sent, and so numbered, after those that follow it."""
    by_observation = list(range(300))
    for at, length, later in outages:
        end, far = at + length, min(at + length + later, 300)
        by_observation[at:far] = by_observation[far - (end - at) : far] + by_observation[at : far - (end - at)]
    numbers = [base + number for number in by_observation if number not in lost]
    runs = each(numbers[:midnight], DAY) + each(numbers[midnight:], NEXT)
    days = count_days(runs)
    assert named(days) == {base + number for number in lost if min(numbers) < base + number < max(numbers)}
    assert sum(one.stored for one in days) == len(numbers)
    assert sum(one.restarts for one in days) == 0


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(3, 80), st.sets(st.integers(2, 78), max_size=30)), max_size=5))
def test_restarts_are_counted_and_hide_no_loss(counts: list[tuple[int, int, set[int]]]) -> None:
    sent = [[first + i for i in range(length) if i not in lost] for first, length, lost in counts]
    days = count_days(each(number for count in sent for number in count))
    stored = sum(len(count) for count in sent)
    assert sum(one.stored for one in days) == stored
    missing = [count[-1] - count[0] + 1 - len(count) for count in sent]
    assert sum(one.missing_count for one in days) == sum(missing)
    assert sum(one.restarts for one in days) == max(len(counts) - 1, 0)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_whatever_the_numbers_are_ranges_are_in_order_and_hold_nothing_that_is_there_twice(numbers: list[int]) -> None:
    days = count_days(each(numbers))
    assert sum(one.stored for one in days) == len(numbers)
    for one in days:
        assert all(first <= last for first, last in one.missing)
        assert one.sent >= one.stored
        assert sum(one.restarts for one in days) < max(len(numbers), 1)
