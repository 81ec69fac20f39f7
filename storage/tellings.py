"""Why versions were told or were not, silences, and what officers did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from domain.alerts import Event, Severity
from domain.deeds import Action, Deed, Silence, Telling, TellingReason
from storage.database import Connection
from storage.queries import query
from storage.rows import as_rows


def add_tellings(connection: Connection, tellings: Sequence[Telling]) -> None:
    """Store them; a version is judged once, what is stored stays."""
    if tellings:
        connection.execute(query("tellings_add"), {"rows": as_rows(tellings)})


def tellings_of(connection: Connection, alerts: Sequence[str]) -> dict[str, list[Telling]]:
    """The tellings of these alerts, by alert, in the order of versions."""
    found: dict[str, list[Telling]] = {}
    for alert, version, told, reason, detail in connection.execute(
        query("tellings_of"), (as_rows(list(alerts)),)
    ).fetchall():
        telling = Telling(alert=alert, version=version, told=told, reason=TellingReason(reason), detail=detail)
        found.setdefault(alert, []).append(telling)
    return found


def withhold(
    connection: Connection,
    name: str,
    now: datetime,
    *,
    speaking: Sequence[str],
    basins: Sequence[str],
    events: Sequence[Event],
    severities: Sequence[Severity],
    urgent: Sequence[bool],
) -> list[tuple[str, int]]:
    """Take back, as inhibited by `name`, versions of which every message still waits for its first attempt: (alert, version) of each.

    Those of these basins, events and severities, but for the alerts `speaking`; `urgent`: how their messages are marked.
    """
    parameters = {
        "name": name,
        "now": now,
        "speaking": list(speaking),
        "basins": list(basins),
        "events": [event.value for event in events],
        "severities": [severity.value for severity in severities],
        "urgent": list(urgent),
    }
    return connection.execute(query("tellings_withhold"), parameters).fetchall()


def add_deed(connection: Connection, deed: Deed) -> None:
    """Write down what an officer did."""
    row = (deed.alert, deed.version, deed.at, deed.person, deed.action.value, Jsonb(deed.detail))
    connection.execute(query("deed_add"), row)


def deeds_of(connection: Connection, alerts: Sequence[str]) -> dict[str, list[Deed]]:
    """What officers did with these alerts, by alert, in order."""
    found: dict[str, list[Deed]] = {}
    for alert, version, at, person, action, detail in connection.execute(query("deeds_of"), (list(alerts),)).fetchall():
        deed = Deed(alert=alert, version=version, at=at, person=person, action=Action(action), detail=detail)
        found.setdefault(alert, []).append(deed)
    return found


def add_silence(connection: Connection, silence: Silence) -> Silence:
    """Store a silence; the same with its number."""
    row = connection.execute(
        query("silence_add"),
        {
            "made_by": silence.made_by,
            "reason": silence.reason,
            "station": silence.station,
            "basin": silence.basin,
            "event": None if silence.event is None else silence.event.value,
            "severity": silence.severity.value,
            "starts_at": silence.starts_at,
            "ends_at": silence.ends_at,
        },
    ).fetchone()
    assert row is not None
    return _silence(row)


def silences(connection: Connection, now: datetime) -> list[Silence]:
    """Those that are in force at `now` or will be."""
    return [_silence(row) for row in connection.execute(query("silences"), (now,)).fetchall()]


def lift_silence(connection: Connection, number: int, person: str, now: datetime) -> bool:
    """End a silence before its time; whether there was one to end."""
    return connection.execute(query("silence_lift"), {"id": number, "by": person, "at": now}).rowcount > 0


def _silence(row: tuple[object, ...]) -> Silence:
    number, made_by, reason, station, basin, event, severity, starts_at, ends_at = row
    assert isinstance(number, int)
    assert isinstance(starts_at, datetime)
    assert isinstance(ends_at, datetime)
    return Silence(
        id=number,
        made_by=str(made_by),
        reason=str(reason),
        station=None if station is None else str(station),
        basin=None if basin is None else str(basin),
        event=None if event is None else Event(str(event)),
        severity=Severity(str(severity)),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def exercise_channels(connection: Connection) -> frozenset[str]:
    """The channels an exercise may use."""
    return frozenset(name for (name,) in connection.execute(query("exercise_channels")).fetchall())


def set_exercise_channels(connection: Connection, names: Sequence[str]) -> None:
    """The channels that an exercise may use from now on."""
    connection.execute(query("exercise_channels_set"), (list(names),))
