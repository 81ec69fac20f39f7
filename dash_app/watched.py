"""What the pages' pulse reads of scheduler and ingest: late jobs, and what the watcher has open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from storage.database import Connection
from storage.jobs import JobRun, jobs
from storage.watch_alarms import WatchAlarm, watch_alarms


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """As last read."""

    runs: tuple[JobRun, ...] = ()
    alarms: tuple[WatchAlarm, ...] = ()

    def late(self, now: datetime) -> list[dict[str, str]]:
        """Jobs that have not succeeded for too long, with since when."""
        found = [(run.job, run.late_since(now)) for run in self.runs]
        return [{"job": job, "since": since.isoformat()} for job, since in found if since is not None]

    @property
    def broker_away(self) -> bool:
        """Whether the watcher could not reach the broker when it last looked."""
        return any(alarm.subject == "broker" and alarm.until is None for alarm in self.alarms)


def read_watched(connection: Connection) -> Watched:
    """Read it."""
    return Watched(runs=tuple(jobs(connection)), alarms=tuple(watch_alarms(connection)))


class WatchedMetrics(Collector):
    """The same for Prometheus, without asking the database: it may be what hangs."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ages of the last successes, and one line for each open alarm."""
        now = datetime.now(UTC)
        ages = GaugeMetricFamily("ews_job_last_success_age_seconds", "Since a job last succeeded", labels=["job"])
        for run in self._watched.runs:
            if run.last_success_at is not None:
                ages.add_metric([run.job], (now - run.last_success_at).total_seconds())
        yield ages
        open_ones = GaugeMetricFamily("ews_watch_troubles", "What is late or away", labels=["subject"])
        for alarm in self._watched.alarms:
            open_ones.add_metric([alarm.subject], 1.0)
        yield open_ones
