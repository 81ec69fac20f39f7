from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.issue_times import SHORTEST_INTERVAL, issue_times, nothing_due

START = datetime(2025, 10, 26, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def minutes(*values: int) -> list[datetime]:
    return [START + v * MINUTE for v in values]


def test_a_gauge_without_a_forecast_starts_with_its_newest_reading() -> None:
    assert issue_times(minutes(0, 10, 20), None) == minutes(20)


def test_nothing_is_due_without_a_new_reading() -> None:
    assert issue_times(minutes(0, 10), START + 10 * MINUTE) == []
    assert issue_times([], None) == []


def test_readings_closer_than_ten_minutes_wait() -> None:
    assert issue_times(minutes(0, 9), START) == []
    assert issue_times(minutes(0, 10), START) == minutes(10)


def test_a_missed_stretch_is_filled_hour_by_hour() -> None:
    assert issue_times(minutes(0, 30, 50, 70, 110, 130), START) == minutes(50, 110, 130)


def test_a_long_backlog_is_worked_off_oldest_first() -> None:
    assert issue_times(minutes(*range(0, 600, 60)), START, most=3) == minutes(60, 120, 180)


@given(st.lists(st.integers(0, 5000), unique=True).map(sorted), st.integers(0, 5000))
def test_due_times_are_readings_after_the_last_issue_in_order(values: list[int], last: int) -> None:
    observed, last_issued = minutes(*values), START + last * MINUTE
    due = issue_times(observed, last_issued, most=10_000)
    assert due == sorted(set(due))
    assert all(at in observed and at > last_issued for at in due)
    if observed and observed[-1] - last_issued >= SHORTEST_INTERVAL:
        assert due[-1] == observed[-1]
    if observed and nothing_due(observed[-1], last_issued):
        assert due == [], "readings need not be read to know it"


def test_a_gauge_that_was_just_forecast_is_not_looked_at_until_ten_minutes_or_the_hour_are_over() -> None:
    assert [nothing_due(at, START) for at in minutes(-5, 0, 9, 10)] == [True, True, True, False]
    assert not nothing_due(START + 60 * MINUTE, START + 55 * MINUTE), "the last reading of the hour may be due"
    assert not nothing_due(START, None)
