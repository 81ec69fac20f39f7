"""What stands beside alerts in their basins: what speaks for them, and what makes news of them that must not wait for the morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.telling_policy import TellingPolicy
from domain.alerts import Alert, Severity
from domain.stations import Station
from storage.alerts import burning
from storage.database import Connection

_Beside = Mapping[str, Sequence[Alert]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Active alerts, some of each sort, by basin; for a station that lies in none by its id."""

    speaking: _Beside
    waking: _Beside

    def speaking_at(self, station: Station) -> Sequence[Alert]:
        """Those that may speak for lesser ones of the station's basin."""
        return self.speaking.get(station.basin or "", ())

    def waking_at(self, station: Station) -> Sequence[Alert]:
        """Those beside which a silence of the station is told at any hour."""
        return self.waking.get(_place(station), ())


def beside(connection: Connection, policy: TellingPolicy, told: Iterable[tuple[Station, Alert]]) -> Beside:
    """What stands beside the alerts `told`. What wakes is asked for only where one of them may be muted: a storm has none of these."""
    known = list(told)
    muted, waking = policy.waking
    places = {_place(station) for station, alert in known if alert.event in muted}
    basins = {station.basin for station, _ in known if station.basin is not None}
    return Beside(
        speaking=burning(connection, basins, *policy.speaking),
        waking=burning(connection, places, waking, tuple(Severity)),
    )


def _place(station: Station) -> str:
    return station.basin or station.id
