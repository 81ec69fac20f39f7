"""The child that plays an exercise: devices over MQTT, simulated recipients, and the broker taken away for a while."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec.structs import replace as changed

from cli.aftermath import Aftermath
from cli.exercise_config import CHANNEL
from cli.exercise_folder import ExerciseFolder, Moment, Run
from cli.exercise_nature import official_issues
from cli.exercise_receiver import Recipients
from cli.exercise_services import Services
from cli.exercising import chosen
from cli.stopping import stop_on_signals
from domain.errors import EwsError
from domain.exercise import FOLDER, SOURCES, Exercise
from domain.network import load_network
from domain.settings import Settings
from domain.stations import Station, StationKind
from domain.times import local
from simulators.field.fleet import FieldFleet
from simulators.field.ledger import Ledger
from simulators.field.lines import Lines, SharedLines
from simulators.field.truth import RunFacts, Truth
from simulators.nature import Nature
from simulators.playing import ROUND_S, Broker, ExercisePlayer, Tally, archive_of, archived, fleet_of
from simulators.season import flood_season
from storage.contacts import Contact, set_contact
from storage.database import Database

_LOOK_S = 0.1
_A_YEAR = timedelta(days=365)
#: Up to this speed forecasts follow by themselves.
_FOLLOWED = 600.0
_DAY_S = 24 * 3600
#: The season before is waited for as long as some of it comes, and no longer than this after the last that came.
_LEARNING_S = 300.0


class Learner(Protocol):
    """Who takes the season before."""

    def taken(self) -> int:
        """How many readings it has taken so far."""


class Playing:
    """One run of an exercise in its folder, against services that are at work."""

    def __init__(
        self,
        exercise: Exercise,
        speed: float,
        stations: Sequence[Station],
        folder: ExerciseFolder,
        stop: threading.Event,
        *,
        issued: Sequence[datetime] = (),
    ) -> None:
        """`issued`: when official forecasts were, which ours will be held against."""
        self._issued = issued
        self.exercise = exercise
        self.stations = list(stations)
        self._speed = speed
        self._folder, self._stop = folder, stop
        self._at: datetime | None = None  # the exercise's clock
        self._ledger = Ledger(())
        self._counted: tuple[Truth, Tally] | None = None  # when ingest had last taken everything
        self._told_at = datetime.min.replace(tzinfo=UTC)

    def run(self, database_url: str, mqtt_url: str, nature: Nature, recipients: Sequence[str]) -> Run:
        """Play it to its end, or until `stop`; what came of it is in the folder. Raises EwsError."""
        fleet = fleet_of(self.exercise, self.stations, nature, self._folder.config_dir / SOURCES)
        with (
            self._folder.playing(),
            Database(database_url, max_size=2) as database,
            Recipients(self.exercise, self._folder, self._speed, self._now) as people,
            SharedLines(self.stations, mqtt_url, self._stop) as lines,
        ):
            self._introduce(database, people, recipients)
            record = self.played(fleet, lines, self._services(database, mqtt_url))
            record = changed(record, settled=self._settle(database, people))
            self._folder.write_run(record)
        return record

    def played(self, fleet: FieldFleet, lines: Lines, broker: Broker) -> Run:
        """Send it all, or until `stop`; whatever ends it, what came of it until then is in the folder. Raises EwsError."""
        record, self._ledger, finished = self._begun(), fleet.ledger, False
        player = ExercisePlayer(
            fleet, self.exercise, speed=self._speed, lines=lines, broker=broker, stop=self._stop, tell=self._tell
        )
        try:
            player.play(self._rests() if self._speed > _FOLLOWED else ())
            finished = not self._stop.is_set()
        finally:
            record = self._ended(record, player.tally, finished=finished)
        return record

    def learn(self, database_url: str, mqtt_url: str) -> None:
        """Send the season before, and return when it is stored. Raises EwsError."""
        season = self._season()
        with (
            Database(database_url, max_size=1) as database,
            SharedLines(season.plan.stations, mqtt_url, self._stop) as lines,
        ):
            for departure in season.departures():
                if not lines.publish(departure.station, departure.written.topic, departure.written.payload):
                    return
                season.ledger.left(departure)
            lines.drain()
            self.until_learnt(self._services(database, mqtt_url), season.ledger.sent)
        print(f"{season.ledger.sent} readings of the season before", flush=True)

    def until_learnt(self, services: Learner, sent: int) -> None:
        """Until ingest has so many. Raises EwsError when no more of them come."""
        taken, until = 0, time.monotonic() + _LEARNING_S
        while (now := services.taken()) < sent and not self._stop.wait(_LOOK_S):
            if now > taken:
                taken, until = now, time.monotonic() + _LEARNING_S
            if time.monotonic() > until:
                raise EwsError(
                    f"of {sent} readings of the season before {now} were taken, and no more came for {_LEARNING_S:g} s; "
                    "system.log of the run says what ingest did, `ews rejected` what it refused"
                )

    def _services(self, database: Database, mqtt_url: str) -> Services:
        gauges = [s.id for s in self.stations if s.kind is StationKind.RIVER and s.series_of("water_level") is not None]
        return Services(
            self._folder,
            database,
            mqtt_url,
            watched=[name for name in self.exercise.watched if name in gauges],
            gauges=gauges,
            stop=self._stop,
        )

    def _season(self) -> FieldFleet:
        """An invented flood season that ends a year before the exercise begins."""
        exercise, stations = self.exercise, archived(self.stations)
        ends, days = exercise.begins - _A_YEAR, exercise.experience_days
        begins = ends - timedelta(days=days)
        past = flood_season(stations, exercise.seed, begins, days, self._folder.config_dir / FOLDER)
        return archive_of(stations, past, begins, ends, exercise.seed)

    def _begun(self) -> Run:
        exercise = self.exercise
        record = Run(
            name=exercise.name,
            speed=self._speed,
            warm_up_from=exercise.begins - timedelta(hours=exercise.warm_up_h),
            begins=exercise.begins,
            ends=exercise.ends,
            started_at=datetime.now(UTC),
        )
        self._folder.write_run(record)
        return record

    def _introduce(self, database: Database, people: Recipients, recipients: Sequence[str]) -> None:
        """Where each simulated recipient takes its messages; nobody else has an address in this database."""
        with database.transaction() as connection:
            for name in recipients:
                secret = secrets.token_urlsafe(24)
                contact = Contact(
                    recipient=name, person="", channel=CHANNEL, address=people.address(name), secret=secret
                )
                set_contact(connection, contact, by="exercise")

    def _rests(self) -> Collection[int]:
        """Once a day, and when official forecasts were issued: so that a fast run is judged by what a slow one forecasts."""
        begins_s, ends_s, *issued_s = (
            round(at.timestamp()) for at in (self.exercise.begins, self.exercise.ends, *self._issued)
        )
        asked = range(-(-begins_s // _DAY_S) * _DAY_S, ends_s, _DAY_S)
        return frozenset(at_s + ROUND_S for at_s in (*asked, *issued_s) if begins_s < at_s < ends_s - ROUND_S)

    def _tell(self, at_s: float, tally: Tally) -> None:
        """Remember the pace and what was counted, on the disk once a day of the exercise; say how far it is, at most once in two seconds."""
        self._at, wall = datetime.fromtimestamp(at_s, UTC), datetime.now(UTC)
        self._folder.add_moment(Moment(at=self._at, wall=wall, sent=tally.sent))
        self._counted = self._truth(finished=False), replace(tally)
        if at_s % _DAY_S == 0 and self._at > self.exercise.begins:
            self._write(self._folder.run(), *self._counted)  # all that is left of it when we are killed
        if (wall - self._told_at).total_seconds() < 2.0:
            return
        self._told_at = wall
        begins, ends = self.exercise.begins, self.exercise.ends
        part = max((self._at - begins) / (ends - begins), 0.0)
        print(f"{self.exercise.name}  {local(self._at):%d/%m/%Y %H:%M}  {part:4.0%}  {tally.sent} sent", flush=True)

    def _now(self) -> datetime | None:
        """The exercise's clock, as its readings tell it."""
        return self._at

    def _ended(self, record: Run, tally: Tally, *, finished: bool) -> Run:
        """Write down what was sent and injected; of a run that was left, what was so when ingest had last taken everything.

        What was sent after that may be lost with the processes that are ended, and the system did not lose it.
        """
        left = self._counted or (self._truth(finished=False), tally)
        return self._write(record, *((self._truth(finished=True), tally) if finished else left))

    def _truth(self, *, finished: bool) -> Truth:
        """Up to where the exercise's clock came."""
        starts = self.exercise.begins - timedelta(hours=self.exercise.warm_up_h)
        ends, devices = self._at or starts, len(self.stations)
        return self._ledger.truth(
            RunFacts(seed=self.exercise.seed, starts=starts, ends=ends, devices=devices, finished=finished)
        )

    def _write(self, record: Run, truth: Truth, tally: Tally) -> Run:
        ended = changed(
            record,
            ends=truth.run.ends,
            ended_at=datetime.now(UTC),
            finished=truth.run.finished,
            settled=False,
            measured=sum(series.measured for series in truth.series),
            experience=tally.experience,
            warm_up=tally.warm_up,
            played=tally.played,
            buffered=tally.buffered,
            again=tally.again,
            repeated=tally.repeated,
        )
        self._folder.write_truth(truth)
        self._folder.write_run(ended)
        return ended

    def _settle(self, database: Database, people: Recipients) -> bool:
        """Until everything is stored, judged, sent and answered: whether it is; a look says where it is not.

        Where a minute is hours of the exercise, a silence and the gaps of its last day may not have been noticed yet.
        """
        aftermath = Aftermath(database, self.stations)
        looked_back = self._speed <= _FOLLOWED or aftermath.wait_until_looked_back(self._stop)
        settled = aftermath.wait_until_settled(self._stop) and looked_back
        asked = people.asked
        while not people.have_answered(asked) and not self._stop.is_set():
            self._stop.wait(_LOOK_S)
        if not settled and not self._stop.is_set():
            print("not everything was judged and delivered in good time: see `ews doctor`", file=sys.stderr)
        return settled and not self._stop.is_set()


def playing_of(settings: Settings, name: str, speed: float | None, start: str | None, until: str | None) -> Playing:
    """What a command names, on the data folder of `settings`; it stops on signals. Raises ConfigurationError."""
    found = chosen(settings.config_dir, name, start, until)
    return Playing(
        found,
        found.speed if speed is None else speed,
        list(load_network(settings.config_dir).stations.values()),
        ExerciseFolder(settings.data_dir),
        stop_on_signals(),
        issued=official_issues(found, settings.config_dir),
    )
