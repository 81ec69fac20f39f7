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

#: By the names of our events. CAP 1.2 §3.2.2: Met includes floods, Env is pollution, Infra is utility and telecommunication,
#: of which gauges are part.
_CODES: dict[str, tuple[Category, str | None]] = {
    "flood": (Category.MET, "OET-081"),
    "basin_flood": (Category.MET, "OET-081"),
    "rapid_rise": (Category.MET, "OET-079"),  # flash flood
    "flash_flood": (Category.MET, "OET-079"),
    "heavy_rain": (Category.MET, "OET-159"),
    "strong_wind": (Category.MET, "OET-218"),
    "pressure_fall": (Category.MET, "OET-187"),  # storm
    "air_quality": (Category.ENV, "OET-004"),
    "air_quality_day": (Category.ENV, "OET-004"),
    "air_standard": (Category.ENV, "OET-004"),
    "no_signal": (Category.INFRA, None),
    "sensor_stuck": (Category.INFRA, None),
    "doubtful_reading": (Category.INFRA, None),
}


def category(event: Event) -> Category:
    """The CAP category; Other for an event that has none here."""
    return _CODES.get(event.value, (Category.OTHER, None))[0]


def event_codes(event: Event) -> tuple[Named, ...]:
    """The event codes: that of the Event Terms List, where there is one, then our own."""
    term = _CODES.get(event.value, (Category.OTHER, None))[1]
    own = Named(OWN, event.value)
    return (own,) if term is None else (Named(OET, term), own)
