"""What runs when. Each job is idempotent: running it twice, or late, does no harm; its last success is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from domain.errors import EwsError
from scheduler import delivering, issuing, judging
from scheduler.house import House
from storage import jobs as job_records

_log = structlog.get_logger(__name__)

#: A job that has not succeeded for this many of its intervals is overdue.
OVERDUE_INTERVALS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One thing that is done again and again. `run` gets the house and the wall time."""

    name: str
    every: timedelta
    run: Callable[[House, datetime], object]


#: Readings also wake `judge` and `forecast` at once (scheduler/service.py); the intervals here are the safety net.
JOBS: tuple[Job, ...] = (
    Job(name="deliver", every=timedelta(seconds=5), run=delivering.deliver),
    Job(name="judge", every=timedelta(seconds=60), run=judging.judge_all),
    Job(name="forecast", every=timedelta(minutes=10), run=issuing.issue_all),
)


def perform(job: Job, house: House) -> bool:
    """Run one job and record how it went. False: it failed with an error of ours, which is on record and in the log."""
    now = datetime.now(UTC)
    try:
        with house.database.transaction() as connection:
            job_records.record_start(connection, job.name, now, every=job.every)
        job.run(house, now)
        with house.database.transaction() as connection:
            job_records.record_success(connection, job.name, datetime.now(UTC))
    except EwsError as error:
        _log.error("job_failed", job=job.name, error=str(error))
        _record_error(job, house, str(error))
        return False
    return True


def _record_error(job: Job, house: House, error: str) -> None:
    try:
        with house.database.transaction() as connection:
            job_records.record_error(connection, job.name, error)
    except EwsError as second:
        _log.warning("job_failure_not_recorded", job=job.name, error=str(second))


def overdue(runs: list[job_records.JobRun], now: datetime) -> list[job_records.JobRun]:
    """The jobs whose last success is older than three of their intervals, or that started long ago and never succeeded."""
    late = []
    for run in runs:
        since = run.last_success_at or run.last_started_at
        if since is not None and now - since > OVERDUE_INTERVALS * run.every:
            late.append(run)
    return late
