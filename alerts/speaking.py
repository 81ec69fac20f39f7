"""What is graver speaks also for what was decided before it and still waits to be sent: nobody is woken for that any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from alerts.escalation import is_urgent
from alerts.telling_policy import Inhibition
from domain.alerts import Alert
from domain.deeds import SEVERITY_RANK
from domain.stations import Station
from storage import audit
from storage.alerts import burning
from storage.database import Connection
from storage.tellings import withhold


def speak(
    connection: Connection, news: Iterable[tuple[Station, Alert]], inhibitions: Iterable[Inhibition], now: datetime
) -> None:
    """Take back what the alerts of `news` speak for and nobody has been sent yet; it is told when they end (`alerts.telling.repeat`).

    Where another has spoken before, nothing is left to take back.
    """
    told = list(news)
    own = sorted(alert.identifier for _, alert in told)
    for rule in inhibitions:
        basins = {station.basin for station, alert in told if station.basin is not None and rule.speaks(alert)}
        before = burning(connection, basins, [rule.source], rule.severities, besides=own)
        if basins - before.keys():
            _withhold(connection, rule, sorted(basins - before.keys()), own, now)


def _withhold(
    connection: Connection, rule: Inhibition, basins: Sequence[str], speaking: Sequence[str], now: datetime
) -> None:
    lesser = [severity for severity, rank in SEVERITY_RANK.items() if rank <= SEVERITY_RANK[rule.up_to_severity]]
    urgent = sorted({is_urgent(severity) for severity in lesser})
    audit.hold(connection)
    withheld = withhold(
        connection,
        rule.name,
        now,
        speaking=speaking,
        basins=basins,
        events=rule.events,
        severities=lesser,
        urgent=urgent,
    )
    noted = [("scheduler", "inhibited", name, {"version": number, "by": rule.name}) for name, number in withheld]
    audit.add_all(connection, noted)
