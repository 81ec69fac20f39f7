"""What runs when. Each job is idempotent: running it twice, or late, does no harm; its last success is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler import (
    area_states,
    checkpointing,
    delivering,
    drafting,
    evidence,
    issuing,
    judging,
    repeating,
    retention,
    sounding,
    verifying,
)
from scheduler.house import House
from storage.jobs import JobRun

#: Stations by name; None: all.
Names = frozenset[str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One thing that is done again and again: for some stations when woken, for all every `every`.

    `run` gets the house, the stations and the wall time, and says how much it did. `rest`: so long it is not run again, however
    often it is asked, so that what nobody waits for leaves the processor to what somebody does. `in_turn`: some stations a run, the
    urgent first (scheduler/in_turn.py). `wakes` are the jobs that have something to do when this one did something; `always_wakes` those
    that have in any case.
    """

    name: str
    every: timedelta
    run: Callable[[House, Names, datetime], int]
    rest: timedelta = timedelta(0)
    in_turn: bool = False
    wakes: tuple[str, ...] = ()
    always_wakes: tuple[str, ...] = ()


#: Stored readings and forecasts wake `judge` at once (scheduler/service.py); the intervals are the safety net.
JOBS: tuple[Job, ...] = (
    Job(
        name="judge",
        every=timedelta(seconds=60),
        run=judging.judge_stations,
        in_turn=True,
        wakes=("deliver", "draft"),
        always_wakes=("forecast",),
    ),
    Job(name="deliver", every=timedelta(seconds=2), run=delivering.deliver),
    Job(name="draft", every=timedelta(seconds=10), run=drafting.draft),
    Job(name="sirens", every=timedelta(seconds=2), run=sounding.sound),
    Job(name="areas", every=timedelta(seconds=10), run=area_states.renew_areas),
    Job(name="forecast", every=timedelta(minutes=10), run=issuing.issue, rest=timedelta(seconds=2)),
    Job(name="repeat", every=timedelta(seconds=60), run=repeating.repeat_alerts, wakes=("deliver",)),
    Job(name="quality", every=timedelta(seconds=60), run=evidence.add_later_evidence, wakes=("judge",)),
    # Daily would do; on a simulated clock that runs sixty times as fast, a day is 24 minutes.
    Job(name="verify", every=timedelta(minutes=15), run=verifying.verify),
    Job(name="checkpoint", every=timedelta(minutes=10), run=checkpointing.checkpoint),
    Job(name="retention", every=timedelta(minutes=10), run=retention.retain),
)


def overdue(runs: list[JobRun], now: datetime) -> list[JobRun]:
    """The jobs that have not succeeded for too long."""
    return [run for run in runs if run.late_since(now) is not None]
