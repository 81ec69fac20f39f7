"""What a replayed flood left behind: are its readings stored, judged and delivered, and which warnings came when."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.tables import measured, table, when
from domain.alerts import Alert, AlertVersion, Event, Phase, Reason
from domain.forecasts import LevelForecast
from domain.recording import slug
from domain.stations import Station
from storage import alerts, deliveries, forecasts, history, jobs
from storage.database import Connection, Database
from storage.jobs import JobRun

#: Without any progress for so long, we no longer wait.
_PATIENCE_S = 90.0
#: … and no longer than this with it: something that goes on for ever would be waited for as long.
_LONGEST_S = 900.0
#: Nothing new for so long means that all is done, when the forecasts have come as far as the readings …
_QUIET_S = 12.0
#: … and for so long, with a scheduled round of judgement since, also when they have not: a model may withhold.
_LONG_QUIET_S = 60.0
#: The jobs that go over everything once a minute, though nothing is new; longer than two rounds of that nobody waits.
_ROUNDS = ("judge", "quality")
_LOOK_BACK_S = 150.0
#: Forecasts are issued at most this often.
_ISSUE_STEP = timedelta(hours=1)
_LOOK_S = 0.5
#: Forecasts of a crossing are looked for this far before it.
_BEFORE = timedelta(hours=24)
_LIKELY = 0.5
#: Changes by which readings reach a level.
_CROSSINGS = frozenset({Reason.RAISED, Reason.UNDER_WAY, Reason.UPGRADED, Reason.CONFIRMED})


@dataclass(frozen=True, kw_only=True)
class _State:
    """What changes while the scheduler is at work."""

    issued: Mapping[str, datetime]
    versions: int
    waiting: int
    judged_at: datetime | None  # when the last scheduled round that succeeded began
    newest: Mapping[str, datetime]

    def at_rest(self, changed_at: datetime, now: datetime) -> bool:
        """Whether nothing more is to come, as far as can be seen; the last change was at `changed_at`."""
        quiet_s = (now - changed_at).total_seconds()
        caught_up = all(at + _ISSUE_STEP > self.newest[name] for name, at in self.issued.items())
        judged = self.judged_at is not None and self.judged_at > changed_at
        return quiet_s > _QUIET_S and (caught_up or (judged and quiet_s > _LONG_QUIET_S))


class Aftermath:
    """What is stored about some stations."""

    def __init__(self, database: Database, stations: Sequence[Station]) -> None:
        self._database, self._stations = database, {station.id: station for station in stations}

    def wait_until_stored(self, newest: Mapping[str, datetime], stop: threading.Event) -> bool:
        """Until the newest reading of each series (by its name in the record) is in the database. False: it did not come."""
        wanted = {slug(name): at for name, at in newest.items()}
        stored: dict[str, datetime] = {}
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and not stop.is_set():
            with self._database.transaction() as connection:
                now = {r.station: r.observed_at for r in history.latest(connection) if r.station in wanted}
            if all(now.get(name, datetime.min.replace(tzinfo=UTC)) >= at for name, at in wanted.items()):
                return True
            if now != stored:
                stored, until = now, time.monotonic() + _PATIENCE_S
            stop.wait(_LOOK_S)
        return False

    def wait_until_settled(self, stop: threading.Event) -> bool:
        """Until forecasts and judgement have come to rest and no delivery waits. False: they do not."""
        before, changed_at = self._look(), datetime.now(UTC)
        until, longest = time.monotonic() + _PATIENCE_S, time.monotonic() + _LONGEST_S
        while time.monotonic() < min(until, longest) and not stop.is_set():
            stop.wait(_LOOK_S)
            state, now = self._look(), datetime.now(UTC)
            if (state.issued, state.versions, state.waiting) != (before.issued, before.versions, before.waiting):
                before, changed_at, until = state, now, time.monotonic() + _PATIENCE_S
            if not state.waiting and state.at_rest(changed_at, now):
                return True
        return False

    def wait_until_looked_back(self, stop: threading.Event) -> bool:
        """Until a round over everything has been made once more: silence and gaps show by what does not come. False: none was made."""
        since, until = datetime.now(UTC), time.monotonic() + _LOOK_BACK_S
        while time.monotonic() < until and not stop.is_set():
            with self._database.transaction() as connection:
                rounds = [run for run in jobs.jobs(connection) if run.job in _ROUNDS]
            if len(rounds) == len(_ROUNDS) and all(_made(run, since, datetime.now(UTC)) for run in rounds):
                return True
            stop.wait(_LOOK_S)
        return False

    def _look(self) -> _State:
        with self._database.transaction() as connection:
            ours = self._alerts(connection)
            newest = {r.station: r.observed_at for r in history.latest(connection) if r.station in self._stations}
            issued = {name: at for name, at in forecasts.last_issued(connection).items() if name in self._stations}
            rounds = [run for run in jobs.jobs(connection) if run.job == "judge"]
            sent = [d for alert in ours for d in deliveries.deliveries_of(connection, alert.identifier)]
        again = _said_again(ours)
        return _State(
            issued=issued,
            versions=sum(len(alert.versions) for alert in ours) - len(again),
            waiting=sum(d.state == "waiting" and (d.alert, d.version) not in again for d in sent),
            judged_at=rounds[0].begun_and_done if rounds else None,
            newest=newest,
        )

    def _alerts(self, connection: Connection) -> list[Alert]:
        """The warnings of these stations, in the order of their beginnings."""
        found = alerts.list_alerts(connection, newest_first=False)
        return [alert for alert in found if alert.station in self._stations]

    def report(self) -> str:
        """The warnings with every change, and for each alarm level reached the forecasts issued before."""
        with self._database.transaction() as connection:
            found = self._alerts(connection)
            rows = [row for alert in found for row in self._rows(connection, alert)]
        if not rows:
            return "no warnings"
        headings = ("station", "event", "at", "level", "reason", "value", "threshold", "forecast before")
        return table(headings, rows)

    def _rows(self, connection: Connection, alert: Alert) -> Iterator[tuple[object, ...]]:
        looked_from = alert.raised_at - _BEFORE
        for version in alert.versions:
            crossed = alert.event is Event.FLOOD and version.phase is Phase.OBSERVED and version.reason in _CROSSINGS
            yield (
                alert.station,
                alert.event.value,
                when(version.at),
                version.level,
                version.reason.value,
                measured(version.value),
                measured(version.threshold),
                self._forecast_before(connection, alert.station, version, looked_from) if crossed else "",
            )
            if version.reason is Reason.DOWNGRADED:
                looked_from = version.at  # what was forecast of an earlier rise says nothing of the next

    @staticmethod
    def _forecast_before(connection: Connection, station: str, version: AlertVersion, since: datetime) -> str:
        """When it was first more likely than not that this level would be reached."""
        if version.threshold is None:
            return ""
        start = max(since, version.at - _BEFORE)
        issued = [
            f for f in forecasts.forecasts_between(connection, station, start, version.at) if f.issued_at < version.at
        ]
        if not issued:
            return "none"
        likely = first_likely(issued, version.threshold)
        if likely is None:
            return f"{len({f.issued_at for f in issued})} issued, none gave it {_LIKELY:.0%}"
        chance = likely.probability_at_or_above(version.threshold)
        return f"{when(likely.issued_at)}: {chance:.0%} for {when(likely.valid_at)}"


def _said_again(found: Sequence[Alert]) -> set[tuple[str, int]]:
    """Versions that say what was said before. While an alert stands they come by the wall clock, minute after minute, and nothing is new."""
    return {(alert.identifier, v.number) for alert in found for v in alert.versions if v.reason is Reason.REPEATED}


def _made(run: JobRun, since: datetime, now: datetime) -> bool:
    """Whether a round was made since then: after its interval, for before that the job may have run for a few stations alone."""
    return now - since > run.every and run.begun_and_done is not None and run.begun_and_done > since


def first_likely(issued: Sequence[LevelForecast], level_m: float) -> LevelForecast | None:
    """The first forecast that gives the level a chance of one half or more."""
    return next((f for f in issued if f.probability_at_or_above(level_m) >= _LIKELY), None)
