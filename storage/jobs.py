"""When each job last ran and succeeded, and which process leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Connection
from storage.queries import query

#: Any number that nothing else in this database locks.
_LEADER_LOCK = 0x6577735F6C656164


#: A job that has not succeeded for so many of its intervals, and at least so long, is late. Successes are written down every
#: five seconds at most.
LATE_INTERVALS = 3
LATE_AT_LEAST = timedelta(seconds=30)
#: A success further ahead than this says nothing: the clock was set back since.
_AHEAD = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRun:
    """The record of one job. `last_error` is None once it succeeds again."""

    job: str
    every: timedelta
    last_started_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None

    @property
    def begun_and_done(self) -> datetime | None:
        """When the newest run began, if it has succeeded."""
        begun, done = self.last_started_at, self.last_success_at
        return begun if begun is not None and done is not None and done >= begun else None

    def late_since(self, now: datetime, *, watched_since: datetime | None = None) -> datetime | None:
        """Since when it has not succeeded, when that is longer than three of its intervals (at least LATE_AT_LEAST).

        `watched_since`: nobody could expect it before. None: it is on time. A success that lies in the future tells nothing,
        so the job is late since now, unless it was watched too shortly to succeed anew.
        """
        since, longest = self.last_success_at or self.last_started_at, max(LATE_INTERVALS * self.every, LATE_AT_LEAST)
        if since is None:
            return None
        if since - now > _AHEAD:
            is_given_time = watched_since is not None and -_AHEAD <= now - watched_since <= longest
            return None if is_given_time else now
        counted = since if watched_since is None else max(since, watched_since)
        return since if now - counted > longest else None


def record_start(connection: Connection, job: str, at: datetime, *, every: timedelta) -> None:
    """The job begins; `every` is how often it should."""
    connection.execute(query("job_start"), (job, at, every))


def record_success(connection: Connection, job: str, at: datetime) -> None:
    """The job did all it had to."""
    connection.execute(query("job_success"), (at, job))


def record_error(connection: Connection, job: str, error: str) -> None:
    """The job failed; its last success stays on record."""
    connection.execute(query("job_error"), (error, job))


def jobs(connection: Connection) -> list[JobRun]:
    """Every job that ever started, by name."""
    return [
        JobRun(job=job, every=every, last_started_at=started, last_success_at=success, last_error=error)
        for job, every, started, success, error in connection.execute(query("jobs")).fetchall()
    ]


def try_lead(connection: Connection) -> bool:
    """Become the one active scheduler of this database, or learn that another one is.

    The lock belongs to the session: call it on a connection of its own (`storage.database.connect`) and keep that open.
    It falls with the connection, so a killed process frees it. Asking again on the same connection is allowed.
    """
    row = connection.execute(query("leader_lock"), {"lock": _LEADER_LOCK}).fetchone()
    return row is not None and bool(row[0])
