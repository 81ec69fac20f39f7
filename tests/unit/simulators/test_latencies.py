"""Times that are counted in buckets: what all of them were, and those since somebody asked last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli.load_table import progress_line
from simulators.latencies import Latencies
from simulators.load import LoadSent


def test_what_came_since_it_was_asked_last() -> None:
    times = Latencies()
    for seconds in (0.010, 0.020, 0.9):
        times.add(seconds)
    first = times.since_asked()
    assert (first.count, first.longest_s) == (3, 0.9)
    assert first.quantile_s(0.5) == pytest.approx(0.021)
    times.add(0.005)
    second = times.since_asked()
    assert (second.count, second.longest_s) == (1, 0.005)
    assert (times.count, times.longest_s) == (4, 0.9)
    assert times.since_asked().count == 0


def test_a_load_that_lasts_says_how_it_is() -> None:
    began = datetime(2025, 10, 27, tzinfo=UTC)
    sent, rows = LoadSent(began=began, ends=began, sent=120, acknowledged=118, seconds=60.2), Latencies()
    sent.until_acknowledged.add(0.0104)
    rows.add(0.3)
    line = "after 60 s: sent 120, acknowledged 118; median / p99 / longest: "
    assert progress_line(sent, rows) == f"{line}acknowledged 10 / 10 / 10 ms, row committed 300 / 300 / 300 ms"
    assert progress_line(sent, Latencies()).startswith(f"{line}acknowledged nan"), "nothing came since"
