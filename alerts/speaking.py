"""What is graver speaks also for what was decided before it and still waits to be sent: nobody is woken for that any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alerts.escalation import is_urgent
from alerts.telling_policy import Inhibition
from domain.alerts import Alert
from domain.deeds import SEVERITY_RANK
from domain.stations import Station
from storage import audit
from storage.database import Connection
from storage.tellings import withhold


def speak(
    connection: Connection,
    news: Iterable[tuple[Station, Alert]],
    burning: Mapping[str, Sequence[Alert]],
    inhibitions: Iterable[Inhibition],
    now: datetime,
) -> None:
    """Take back what the alerts of `news` speak for and nobody has been sent yet; it is told when they end (`alerts.telling.repeat`).

    `burning`: by basin, the active alerts that may speak, `news` among them. Where another spoke before, nothing is left to take back.
    """
    told = list(news)
    own = {alert.identifier for _, alert in told}
    before = {basin: [alert for alert in alerts if alert.identifier not in own] for basin, alerts in burning.items()}
    for rule in inhibitions:
        basins = {station.basin for station, alert in told if station.basin is not None and rule.speaks(alert)}
        silent = sorted(basin for basin in basins if not any(map(rule.speaks, before.get(basin, ()))))
        if silent:
            _withhold(connection, rule, silent, sorted(own), now)


def _withhold(
    connection: Connection, rule: Inhibition, basins: Sequence[str], speaking: Sequence[str], now: datetime
) -> None:
    lesser = [severity for severity, rank in SEVERITY_RANK.items() if rank <= SEVERITY_RANK[rule.up_to_severity]]
    urgent = sorted({is_urgent(severity) for severity in lesser})
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
