"""What every job needs: the database, the configuration, and the stations as they are now."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.channels.configuration import Outlet
from alerts.channels.mqtt import Publisher
from alerts.delivery import Office
from alerts.life_cycle import SeverityPolicy
from alerts.recipients import Recipients
from alerts.sirens import SirenCode
from domain.stations import Station
from quality.later import Climates
from rules.configuration import RuleSet
from scheduler.models import Models
from storage import history
from storage import stations as station_store
from storage.database import Database


@dataclass(slots=True)
class Judged:
    """How far each clock's readings have been judged by the later quality tests, and what earlier years had."""

    until: dict[str, datetime] = field(default_factory=dict)
    climates: Climates = field(default_factory=dict)
    climates_at: datetime | None = None


@dataclass(kw_only=True)
class House:
    """One scheduler process."""

    database: Database
    rules: RuleSet
    models: Models
    recipients: Recipients
    outlets: Mapping[str, Outlet]
    office: Office
    stations: dict[str, Station] = field(default_factory=dict)
    sirens: SirenCode | None = None
    publisher: Publisher | None = None  # to the broker: retained warnings, sirens
    rejected_kept_for: timedelta = timedelta(days=90)
    rejected_room: int = 1_000_000_000  # bytes
    judged: Judged = field(default_factory=Judged)
    stop: threading.Event = field(default_factory=threading.Event)  # long work looks at it between two steps

    @property
    def severities(self) -> SeverityPolicy:
        """The CAP severity of each level of each event."""
        return self.rules.severities()

    @property
    def longest_lead(self) -> timedelta:
        """The furthest any forecast looks ahead."""
        return timedelta(hours=max(self.models.settings.leads_h))

    def reload_stations(self) -> None:
        """Read the stations again, after the network changed."""
        with self.database.transaction() as connection:
            self.stations = station_store.load_stations(connection)

    def named(self, names: frozenset[str] | None) -> Mapping[str, Station]:
        """The stations of these names that exist; all for None."""
        if names is None:
            return self.stations
        return {name: self.stations[name] for name in names if name in self.stations}

    def newest_levels(self) -> dict[str, datetime]:
        """When each gauge's newest level was observed."""
        with self.database.transaction() as connection:
            newest = history.latest(connection)
        return {reading.station: reading.observed_at for reading in newest if reading.quantity == "water_level"}
