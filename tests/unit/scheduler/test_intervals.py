"""A wall clock that is set back stops nobody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from scheduler import runner as running
from scheduler.intervals import LEEWAY_S, Intervals
from scheduler.jobs import Job
from scheduler.runner import Runner

EVERY_S = {"deliver": 2.0, "judge": 60.0, "forecast": 600.0}
TURN_S = 0.5
T0 = datetime(2025, 10, 27, 6, tzinfo=UTC)


def asked_at(step_at_s: float, step_s: float, until_s: float) -> Iterator[tuple[float, str, str]]:
    """(steady time, job, who asked) of a lead's loop beside a scheduler that goes by the wall, which is set once."""
    intervals, next_s = Intervals(EVERY_S, 0.0), dict(EVERY_S)
    for turn in range(int(until_s / TURN_S)):
        now_s = turn * TURN_S
        wall_s = now_s + (step_s if now_s >= step_at_s else 0.0)
        for name in [name for name, due_s in next_s.items() if due_s <= wall_s]:
            next_s[name] = wall_s + EVERY_S[name]
            intervals.asked(name, now_s)
            yield now_s, name, "wall"
        for name in intervals.due(now_s):
            yield now_s, name, "steady"


def test_a_wall_clock_set_back_by_seven_hours_stops_no_job() -> None:
    found = list(asked_at(step_at_s=1000.0, step_s=-7 * 3600.0, until_s=4000.0))
    assert not [name for at_s, name, who in found if who == "wall" and at_s > 1000]
    for job, every_s in EVERY_S.items():
        times = [0.0, *(at_s for at_s, name, _ in found if name == job), 4000.0]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert max(gaps) <= every_s + LEEWAY_S + TURN_S, job


@pytest.mark.parametrize("step_s", [0.0, 7 * 3600.0])
def test_while_the_wall_clock_goes_on_nobody_else_asks(step_s: float) -> None:
    assert {who for _, _, who in asked_at(step_at_s=1000.0, step_s=step_s, until_s=4000.0)} == {"wall"}


def test_a_job_leaves_its_record_though_the_wall_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady, recorded = [T0], [100.0], []
    monkeypatch.setattr(running, "datetime", SimpleNamespace(now=lambda _: wall[0]))
    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=lambda: steady[0]))
    monkeypatch.setattr(running.job_records, "record_start", lambda *_, **__: None)
    monkeypatch.setattr(running.job_records, "record_success", lambda _, __, at: recorded.append(at))
    job = Job(name="x", every=timedelta(seconds=2), run=lambda *_: 0)
    one = Runner(job, SimpleNamespace(database=SimpleNamespace(transaction=nullcontext)))  # type: ignore[arg-type]
    assert one._run(None)
    wall[0], steady[0] = T0 - timedelta(hours=7), 101.0
    assert one._run(None)
    assert recorded == [T0], "not each run is written down"
    steady[0] = 105.0
    assert one._run(None)
    assert recorded == [T0, T0 - timedelta(hours=7)]
