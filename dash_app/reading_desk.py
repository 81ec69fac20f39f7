"""Reading the warnings desk from the database: the board in a fixed number of queries, and one alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from dash_app.desk_snapshot import AlertView, Card, DeskBook, DeskView
from dash_app.snapshot import AlertNow, DeliveryNow, Overview
from domain.alerts import Alert
from domain.deeds import Silence
from domain.stations import Station
from domain.warnings import PublicWarning
from storage import audit
from storage.acknowledgements import acknowledgements_of
from storage.alerts import alert, alerts_named, list_alerts
from storage.database import Connection
from storage.deliveries import deliveries_of
from storage.desk import delivery_counts, told
from storage.public_warnings import alerts_with_issued, warnings
from storage.stations import load_stations
from storage.tellings import deeds_of, silences, tellings_of

_ENDED_SHOWN = 20
_AUDIT_SHOWN = 40
#: Every message that was sent stands in the audit too; the page shows those in its table of who was told.
_DELIVERER = "delivery"
_AUDIT_READ = 400


def read_desk(connection: Connection, overview: Overview, book: DeskBook) -> DeskView:
    """Every alert in force, the newest that ended, and all of which the public is still warned, with what was done about each."""
    stations = load_stations(connection)
    active = list_alerts(connection, active_only=True)
    ended = [a for a in list_alerts(connection, limit=len(active) + _ENDED_SHOWN) if a.ended_at is not None]
    known = {a.identifier: a for a in (*active, *ended[:_ENDED_SHOWN])}
    still = alerts_named(connection, [name for name in alerts_with_issued(connection) if name not in known])
    chosen = [a for a in (known | still).values() if a.station in stations]
    in_force = tuple(silences(connection, overview.read_at))
    cards = _cards(connection, chosen, stations, overview, in_force)
    return DeskView(read_at=overview.read_at, cards=cards, silences=in_force, book=book)


def read_alert(connection: Connection, identifier: str, overview: Overview, book: DeskBook) -> AlertView | None:
    """One alert; None when there is none of this identifier."""
    stations, found = load_stations(connection), alert(connection, identifier)
    if found is None or found.station not in stations:
        return None
    in_force = tuple(silences(connection, overview.read_at))
    card = _cards(connection, [found], stations, overview, in_force, deliveries=True)[0]
    issued = warnings(connection, alerts=[identifier])
    subjects = [identifier, *(w.identifier for w in issued)]
    entries = [e for s in subjects for e in audit.entries(connection, subject=s, limit=_AUDIT_READ)]
    return AlertView(
        read_at=overview.read_at,
        card=card,
        warnings=tuple(issued),
        audit=tuple(sorted((e for e in entries if e.actor != _DELIVERER), key=lambda e: -e.number)[:_AUDIT_SHOWN]),
        book=book,
    )


def _cards(
    connection: Connection,
    alerts: Sequence[Alert],
    stations: Mapping[str, Station],
    overview: Overview,
    in_force: Sequence[Silence],
    *,
    deliveries: bool = False,
) -> tuple[Card, ...]:
    names = [a.identifier for a in alerts]
    counts, sent, deeds = delivery_counts(connection, names), told(connection, names), deeds_of(connection, names)
    answers, judged = acknowledgements_of(connection, names), tellings_of(connection, names)
    issued: dict[str, PublicWarning] = {w.alert: w for w in warnings(connection, alerts=names)}
    return tuple(
        Card(
            found=AlertNow(
                alert=a, station=stations[a.station], deliveries=_deliveries(connection, a) if deliveries else ()
            ),
            now=overview.station(a.station),
            counts=counts.get(a.identifier, {}),
            told=tuple(sent.get(a.identifier, ())),
            answers=tuple(each for each in answers if each.alert == a.identifier),
            deeds=tuple(deeds.get(a.identifier, ())),
            warning=issued.get(a.identifier),
            silence=_silencing(a, stations[a.station], in_force, overview.read_at),
            tellings={t.version: t for t in judged.get(a.identifier, ())},
        )
        for a in alerts
    )


def _silencing(found: Alert, station: Station, in_force: Sequence[Silence], now: datetime) -> Silence | None:
    return next((s for s in in_force if s.covers(found, station, found.severity, now)), None)


def _deliveries(connection: Connection, found: Alert) -> tuple[DeliveryNow, ...]:
    return tuple(
        DeliveryNow(
            version=d.version,
            recipient=d.recipient,
            channel=d.channel,
            state=d.state,
            at=d.at,
            attempts=d.attempts,
            error=d.error,
        )
        for d in deliveries_of(connection, found.identifier)
    )


def late_after(book: DeskBook) -> timedelta:
    """How long an answer may take before it is late."""
    return book.recipients.escalation.after
