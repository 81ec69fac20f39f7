"""What everybody may know: the rivers near a ward and the public warnings in force; nothing of findings, recipients, exercises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.cap.bulletin import LANGUAGE_TAGS
from alerts.cap.codes import WARD
from alerts.cap.elements import children, named, text, time
from alerts.cap.reading import read_alerts
from dash_app.sentence import gauges
from dash_app.snapshot import Overview, StationNow
from domain.alerts import Severity
from domain.deeds import SEVERITY_RANK
from domain.wards import Ward
from domain.words import Language
from storage.cap_messages import StoredCapMessage

MOST_GAUGES = 6
_EARTH_KM = 6371.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicText:
    """One public warning in one language, as it was issued."""

    identifier: str
    headline: str
    description: str
    instruction: str
    places: str
    wards: frozenset[str]  # GSO codes
    severity: Severity
    sent: datetime
    expires: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicView:
    """All that the page shows. `ward`: the one that gauges are near to; None: the whole city, worst first."""

    overview: Overview
    warnings: tuple[PublicText, ...]  # gravest first
    ward: Ward | None
    gauges: tuple[StationNow, ...]

    @property
    def severities(self) -> Mapping[str, Severity]:
        """The gravest public warning of each warned ward."""
        return {code: found.severity for found in reversed(self.warnings) for code in found.wards}


def public_view(
    overview: Overview, messages: Sequence[StoredCapMessage], ward: Ward | None, language: Language
) -> PublicView:
    """Put together. `messages`: of status Actual and scope Public, in force."""
    warnings = sorted((_text(m, language) for m in messages), key=lambda w: SEVERITY_RANK[w.severity], reverse=True)
    rivers = gauges(overview)
    if ward is not None:
        rivers = tuple(sorted(rivers, key=lambda s: _distance_km((s.station.lat, s.station.lon), ward.centroid)))
    return PublicView(overview=overview, warnings=tuple(warnings), ward=ward, gauges=rivers[:MOST_GAUGES])


def _text(message: StoredCapMessage, language: Language) -> PublicText:
    info = _info(message, language)
    areas = children(info, "area")
    codes = (value for area in areas for name, value in named(area, "geocode") if name == WARD)
    return PublicText(
        identifier=message.identifier,
        headline=text(info, "headline") or text(info, "event"),
        description=text(info, "description"),
        instruction=text(info, "instruction"),
        places="; ".join(text(area, "areaDesc") for area in areas),
        wards=frozenset(codes),
        severity=Severity(text(info, "severity")),
        sent=message.sent,
        expires=time(info, "expires"),
    )


def _info(message: StoredCapMessage, language: Language) -> Any:
    infos = children(read_alerts(message.xml)[0], "info")
    return next((info for info in infos if text(info, "language") == LANGUAGE_TAGS[language]), infos[0])


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the great circle, by the haversine formula; latitudes and longitudes in degrees."""
    lat, lon, to_lat, to_lon = map(math.radians, (*one, *other))
    half = math.sin((to_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))
