"""Bringing what the database holds together with a fleet's truth, for the score."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from simulators.field.scoring import FaultScores, Held, Overdue, Stored, score
from simulators.field.truth import Truth
from storage.accounts import NOTHING, accounts
from storage.database import Database
from storage.field_evidence import field_evidence
from storage.station_clocks import station_clocks

#: A clock that is wrong stamps readings before the beginning and after the end.
_MARGIN = timedelta(hours=3)


def stored_of(database: Database, truth: Truth, since: datetime) -> Stored:
    """What the system has of a run that began at `since` (of the wall clock). Raises DatabaseUnavailableError."""
    stations = sorted({one.station for one in truth.series})
    with database.transaction() as connection:
        found = field_evidence(connection, stations, truth.run.starts - _MARGIN, truth.run.ends + _MARGIN, since)
        clocks = station_clocks(connection)
        counts = sum((account.counts for account in accounts(connection, since=since)), NOTHING)
    return Stored(
        readings=found.readings,
        flagged=found.flagged,
        evidence=[
            Held(station=station, quantity=quantity, at=at, test=test, flag=flag)
            for station, quantity, at, test, flag in found.evidence
        ],
        overdue=[Overdue(station=station, raised_at=at) for station, at in found.overdue],
        rejected=found.rejected,
        skews_s={name: clock.skew_s for name, clock in clocks.items() if name in stations},
        account=asdict(counts),
    )


def score_run(database: Database, truth: Truth, since: datetime) -> FaultScores:
    """The score of a run against its truth."""
    return score(truth, stored_of(database, truth, since))
