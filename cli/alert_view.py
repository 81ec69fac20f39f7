"""One alert in text: its versions, why each was told or not, and what officers did."""

from __future__ import annotations

from collections.abc import Sequence

from cli.tables import measured, table, when
from domain.alerts import Alert
from domain.deeds import Deed, Telling


def alert_view(alert: Alert, told: Sequence[Telling], deeds: Sequence[Deed]) -> str:
    """Identifier and state, then one line a version and a deed."""
    mark = " EXERCISE" if alert.exercise else ""
    head = f"{alert.identifier}{mark}  {alert.event} at {alert.station}: {alert.state}, {alert.severity}, {alert.phase}"
    why = {telling.version: telling for telling in told}
    rows = []
    for version in alert.versions:
        telling = why.get(version.number)
        said = "" if telling is None else f"{telling.reason} {telling.detail}".strip()
        numbers = (measured(version.value), measured(version.threshold))
        place = (version.number, when(version.at), version.reason.value, version.level, version.phase.value)
        rows.append((*place, *numbers, when(version.decided_at), said))
    headings = ("version", "at", "reason", "level", "phase", "value", "threshold", "known since", "told")
    parts = [head, table(headings, rows)]
    if deeds:
        did = [(when(d.at), d.person, d.action.value, d.version, ", ".join(d.detail.values())) for d in deeds]
        parts.append(table(("when", "who", "did", "version", "note"), did))
    return "\n".join(parts) + "\n"
