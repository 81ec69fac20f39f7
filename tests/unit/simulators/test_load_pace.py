"""The pace of a load, and what its table says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from cli.load_run import Measured
from cli.load_table import load_table
from simulators.latencies import Latencies
from simulators.load import LoadSent, Pace

BEGAN = datetime(2025, 10, 27, tzinfo=UTC)
DAY_S = 86_400


@pytest.mark.parametrize("rate", [0.5, 665.0, 3_191.0])
def test_after_a_day_the_times_of_a_load_are_those_of_the_clock(rate: float) -> None:
    """Steps of whole microseconds would be 14 s ahead at 665 a second and 105 s behind at 3,191."""
    pace, last = Pace(rate=rate, began=BEGAN, began_s=7.0), int(rate * DAY_S)
    assert pace.observed_at(last) - BEGAN == timedelta(days=1)
    assert pace.due_s(last, now_s=0.0) == pytest.approx(7.0 + DAY_S)


def test_as_fast_as_they_are_taken_a_message_is_due_at_once_and_has_a_time_of_its_own() -> None:
    pace = Pace(rate=0.0, began=BEGAN, began_s=7.0)
    assert pace.due_s(1_000, now_s=9.5) == 9.5
    assert pace.observed_at(1) - pace.observed_at(0) == timedelta(microseconds=50)


def measured(*, acknowledged: int, stored: int, unacknowledged: int) -> Measured:
    sent = LoadSent(began=BEGAN, ends=BEGAN, sent=10, acknowledged=acknowledged, seconds=2.0, behind_s=0.256)
    times = Latencies()
    return Measured(
        sent=sent, stored=stored, stored_unacknowledged=unacknowledged, stored_after_s=2.5, until_stored=times
    )


def test_a_row_that_nobody_acknowledged_makes_up_for_no_lost_one() -> None:
    found = measured(acknowledged=8, stored=9, unacknowledged=2)
    assert found.lost == 1
    said = load_table(found, 5.0)
    assert re.search(r"^stored +9, 4/s, 2 of them not acknowledged$", said, re.MULTILINE), said
    assert re.search(r"^lost +1$", said, re.MULTILINE), said


def test_a_load_says_how_far_it_fell_behind() -> None:
    found = measured(acknowledged=10, stored=10, unacknowledged=0)
    assert re.search(r"^fell behind by at most +0\.26 s$", load_table(found, 5.0), re.MULTILINE)
    assert "fell behind" not in load_table(found, 0.0), "as fast as they are taken, nothing is late"
    assert "not acknowledged" not in load_table(found, 5.0)
