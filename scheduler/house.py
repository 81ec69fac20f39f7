"""What every job needs: the database, the configuration, and the stations as they are now."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alerts.channels.configuration import Outlet
from alerts.channels.mqtt import Publisher
from alerts.decision import Rulebook
from alerts.delivery import Office
from alerts.recipients import Recipients
from alerts.sirens import SirenCode
from alerts.telling_policy import TellingPolicy
from domain.alerts import Event
from domain.stations import Station
from quality.later import Climates
from rules.companionship import Companionship
from rules.configuration import RuleSet, newest_readable
from scheduler.models import Models
from scheduler.readings_memory import ReadingsMemory
from storage import history, rule_sets
from storage import stations as station_store
from storage.database import Connection, Database
from storage.tellings import set_exercise_channels

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Judged:
    """How far each clock's readings have been judged by the later quality tests, and what earlier years had."""

    until: dict[str, datetime] = field(default_factory=dict)
    drift_h: dict[str, int] = field(default_factory=dict)  # the hour since 1970 in which drift was last asked for
    climates: Climates = field(default_factory=dict)
    climates_at: datetime | None = None


@dataclass(slots=True)
class AreasTold:
    """Up to which connection to the broker, and when, the state of every area was compared (scheduler/area_states.py)."""

    connections: int = 0
    at: datetime | None = None


@dataclass(slots=True)
class AuditEnd:
    """Where the audit's end is noted outside the database (None: nowhere), the newest line there, and what was wrong when last looked.

    `seen`: the file was there while this process lives; one that is gone since then was taken away.
    """

    path: Path | None = None
    noted: str = ""
    seen: bool = False
    broken: str | None = None


@dataclass(kw_only=True)
class House:
    """One scheduler process."""

    database: Database
    rules: RuleSet
    models: Models
    recipients: Recipients
    telling: TellingPolicy
    outlets: Mapping[str, Outlet]
    office: Office
    stations: dict[str, Station] = field(default_factory=dict)
    sirens: SirenCode | None = None
    publisher: Publisher | None = None  # to the broker: retained warnings, sirens
    rejected_kept_for: timedelta = timedelta(days=90)
    rejected_room: int = 1_000_000_000  # bytes
    judged: Judged = field(default_factory=Judged)
    #: Up to which reading of each gauge forecasts were made or tried, by this process (scheduler/issuing.py).
    forecast_until: dict[str, datetime] = field(default_factory=dict)
    areas_told: AreasTold = field(default_factory=AreasTold)
    audit_end: AuditEnd = field(default_factory=AuditEnd)
    #: Of which events alone some stations are judged now; of everything all others (scheduler/in_turn.py).
    about: Mapping[str, frozenset[Event]] = field(default_factory=dict)
    readings: ReadingsMemory = field(default_factory=ReadingsMemory)  # of the thread that judges
    stop: threading.Event = field(default_factory=threading.Event)  # long work looks at it between two steps
    storm: threading.Event = field(
        default_factory=threading.Event
    )  # set while urgent stations are judged (alerts/delivery.py)

    _companions: tuple[RuleSet, Mapping[str, Station], Companionship] | None = None
    adopted: int = 0  # number of the adopted rules in force; 0: those of the file
    rules_not_obeyed: str | None = None  # why the newest adopted rules are not in force: this version cannot read them

    @property
    def rulebook(self) -> Rulebook:
        """By what alerts are decided."""
        return Rulebook(severities=self.rules.severities(), recipients=self.recipients, telling=self.telling)

    @property
    def companionship(self) -> Companionship:
        """Which stations are judged together; worked out anew when rules or stations are others."""
        known = self._companions
        if known is None or known[0] is not self.rules or known[1] is not self.stations:
            known = self._companions = (self.rules, self.stations, self.rules.companionship(self.stations))
        return known[2]

    def take_adopted_rules(self, connection: Connection) -> bool:
        """Judge by the newest adopted rules that can be read, from this round on; whether they are others than before."""
        if rule_sets.newest_number(connection) <= self.adopted:
            return False
        adopted, before = rule_sets.rule_sets(connection), self.rules
        found, refused = newest_readable((each.content, each.place) for each in adopted)
        self.adopted, self.rules = adopted[0].number, before if found is None or found == before else found
        self.rules_not_obeyed = None if refused is None else str(refused)
        if refused is not None:  # checked when adopted, by another version of this program
            _log.error("adopted_rules_not_obeyed", number=adopted[0].number, error=str(refused))
        else:
            _log.info("rules_adopted", number=adopted[0].number, by=adopted[0].adopted_by)
        return self.rules is not before

    def announce_exercise_channels(self) -> None:
        """Tell the database which channels an exercise may use; it refuses all others."""
        with self.database.transaction() as connection:
            set_exercise_channels(connection, self.telling.exercise.channels)

    @property
    def longest_lead(self) -> timedelta:
        """The furthest any forecast looks ahead."""
        return timedelta(hours=max(self.models.settings.leads_h))

    def reload_stations(self) -> None:
        """Read the stations again, after the network changed."""
        with self.database.transaction() as connection:
            self.stations = station_store.load_stations(connection)
        self.office.begin_anew()

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
