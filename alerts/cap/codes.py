"""Which CAP category and event codes each event has."""

from __future__ import annotations

from alerts.cap.message import Category, Named
from domain.alerts import Event

#: The OASIS Event Terms List, which receivers of all countries share.
OET = "OET:v1.2"
#: Our own events (domain/alerts.py): finer, and there for those that the list does not know.
OWN = "hue-ews:event"
#: Wards and communes by the code of the General Statistics Office, as valid since 1 July 2025.
WARD = "VN-GSO"

#: CAP 1.2 §3.2.2: Met includes floods, Env is pollution, Infra is utility and telecommunication, of which gauges are part.
_CODES: dict[Event, tuple[Category, str | None]] = {
    Event.FLOOD: (Category.MET, "OET-081"),
    Event.RAPID_RISE: (Category.MET, "OET-079"),  # flash flood
    Event.HEAVY_RAIN: (Category.MET, "OET-159"),
    Event.AIR_QUALITY: (Category.ENV, "OET-004"),
    Event.STRONG_WIND: (Category.MET, "OET-218"),
    Event.NO_SIGNAL: (Category.INFRA, None),
    Event.DOUBTFUL_READING: (Category.INFRA, None),
}


def category(event: Event) -> Category:
    """The CAP category; Other for an event that has none here."""
    return _CODES.get(event, (Category.OTHER, None))[0]


def event_codes(event: Event) -> tuple[Named, ...]:
    """The event codes: that of the Event Terms List, where there is one, then our own."""
    term = _CODES.get(event, (Category.OTHER, None))[1]
    own = Named(OWN, event.value)
    return (own,) if term is None else (Named(OET, term), own)
