"""The child that plays an exercise: devices over MQTT, simulated recipients, and the broker taken away for a while."""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from cli.aftermath import Aftermath
from cli.broker import is_taken
from cli.exercise_config import CHANNEL
from cli.exercise_folder import ExerciseFolder, Moment, Run
from cli.exercise_following import Following
from cli.exercise_nature import official_issues
from cli.exercise_receiver import Recipients
from cli.exercising import chosen
from cli.stopping import stop_on_signals
from domain.broker_address import broker_address
from domain.exercise import FOLDER, SOURCES, Exercise
from domain.network import load_network
from domain.readings import QualityFlag
from domain.settings import Settings
from domain.stations import Station, StationKind
from domain.times import local
from simulators.field.fleet import FieldFleet
from simulators.field.ledger import Ledger
from simulators.field.lines import SharedLines
from simulators.field.truth import RunFacts, write_truth
from simulators.nature import Nature
from simulators.playing import ROUND_S, ExercisePlayer, Tally, archive_of, archived, fleet_of
from simulators.season import flood_season
from storage import forecasts, history
from storage.accounts import NOTHING, accounts
from storage.contacts import Contact, set_contact
from storage.database import Database

_LOOK_S = 0.1
_A_YEAR = timedelta(days=365)
#: Up to this speed forecasts follow by themselves.
_FOLLOWED = 600.0
_DAY_S = 24 * 3600


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
        self._told_at = datetime.min.replace(tzinfo=UTC)

    def run(self, database_url: str, mqtt_url: str, nature: Nature, recipients: Sequence[str]) -> Run:
        """Play it to its end, or until `stop`; what came of it is in the folder. Raises EwsError."""
        fleet = fleet_of(self.exercise, self.stations, nature, self._folder.config_dir / SOURCES)
        record = self._begun()
        with (
            Database(database_url, max_size=2) as database,
            Recipients(self.exercise, self._folder, self._speed, self._now) as people,
            SharedLines(self.stations, mqtt_url, self._stop) as lines,
        ):
            self._introduce(database, people, recipients)
            services = self._services(database, mqtt_url)
            player = ExercisePlayer(
                fleet,
                self.exercise,
                speed=self._speed,
                lines=lines,
                broker=services,
                stop=self._stop,
                tell=self._tell,
            )
            player.play(self._rests() if self._speed > _FOLLOWED else ())
            record = self._ended(record, fleet.ledger, player.tally)
            self._settle(database, people)
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
            services = self._services(database, mqtt_url)
            while services.taken() < season.ledger.sent and not self._stop.is_set():
                self._stop.wait(_LOOK_S)
        print(f"{season.ledger.sent} readings of the season before", flush=True)

    def _services(self, database: Database, mqtt_url: str) -> _Services:
        gauges = [s.id for s in self.stations if s.kind is StationKind.RIVER and s.series_of("water_level") is not None]
        return _Services(
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
        """Remember the pace, and say how far it is, at most once in two seconds."""
        self._at, wall = datetime.fromtimestamp(at_s, UTC), datetime.now(UTC)
        self._folder.add_moment(Moment(at=self._at, wall=wall, sent=tally.sent))
        if (wall - self._told_at).total_seconds() < 2.0:
            return
        self._told_at = wall
        begins, ends = self.exercise.begins, self.exercise.ends
        part = max((self._at - begins) / (ends - begins), 0.0)
        print(f"{self.exercise.name}  {local(self._at):%d/%m/%Y %H:%M}  {part:4.0%}  {tally.sent} sent", flush=True)

    def _now(self) -> datetime | None:
        """The exercise's clock, as its readings tell it."""
        return self._at

    def _ended(self, record: Run, ledger: Ledger, tally: Tally) -> Run:
        """Write down what was sent and what was injected, up to where it came."""
        facts = RunFacts(
            seed=self.exercise.seed,
            starts=record.warm_up_from,
            ends=self._at or record.begins,
            devices=len(self.stations),
            finished=not self._stop.is_set(),
        )
        truth = ledger.truth(facts)
        ended = Run(
            name=record.name,
            speed=record.speed,
            warm_up_from=record.warm_up_from,
            begins=record.begins,
            ends=facts.ends,
            started_at=record.started_at,
            ended_at=datetime.now(UTC),
            finished=facts.finished,
            measured=sum(series.measured for series in truth.series),
            experience=tally.experience,
            warm_up=tally.warm_up,
            played=tally.played,
            buffered=tally.buffered,
            again=tally.again,
            repeated=tally.repeated,
        )
        write_truth(self._folder.truth_file, truth)
        self._folder.write_run(ended)
        return ended

    def _settle(self, database: Database, people: Recipients) -> None:
        """Until everything is stored, judged, sent and answered; a look says where it is not.

        Where a minute is hours of the exercise, a silence and the gaps of its last day may not have been noticed yet.
        """
        aftermath = Aftermath(database, self.stations)
        looked_back = self._speed <= _FOLLOWED or aftermath.wait_until_looked_back(self._stop)
        settled = aftermath.wait_until_settled(self._stop) and looked_back
        while not people.still and not self._stop.is_set():
            self._stop.wait(_LOOK_S)
        if not settled and not self._stop.is_set():
            print("not everything was judged and delivered in good time: see `ews doctor`", file=sys.stderr)


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


class _Services:
    """The broker's switch, which is a file that the supervisor looks at; and what ingest has made of the messages."""

    def __init__(
        self,
        folder: ExerciseFolder,
        database: Database,
        mqtt_url: str,
        *,
        watched: Sequence[str],
        gauges: Sequence[str],
        stop: threading.Event,
    ) -> None:
        self._following, self._gauges = Following(watched), gauges
        self._folder, self._database, self._stop = folder, database, stop
        self._port = broker_address(mqtt_url).port

    def take_away(self) -> None:
        """Stop the broker, and return when it is gone."""
        self._folder.broker_away.touch()
        self._until(lambda: not is_taken(self._port))
        print("the broker is away", flush=True)

    def bring_back(self) -> None:
        """Start the broker, and return when it answers."""
        self._folder.broker_away.unlink(missing_ok=True)
        self._until(lambda: is_taken(self._port))
        print("the broker is back", flush=True)

    def taken(self) -> int:
        """How many readings ingest has taken, those left out that it refused."""
        with self._database.transaction() as connection:
            counts = sum((account.counts for account in accounts(connection)), NOTHING)
        return counts.received - counts.rejected

    def stored(self, station: str, quantity: str, at_s: float) -> bool:
        """Whether a reading of this time, or a later one of its series, lies in the database."""
        with self._database.transaction() as connection:
            newest = history.latest(connection, [station])
        return any(r.quantity == quantity and r.observed_at.timestamp() >= at_s for r in newest)

    def forecast(self, at_s: float) -> bool:
        """Whether forecasts have come for what was measured at `at_s`, or later (`exercise_following.Following`)."""
        return self._following.all_here(*self._issued_and_read(at_s), at_s)

    def leave_behind(self, at_s: float) -> None:
        """Wait for no gauge whose forecasts have stayed away, until they are back."""
        self._following.leave_behind(*self._issued_and_read(at_s), at_s)

    def calibrated(self, at_s: float) -> bool:
        """Whether every gauge that was read at `at_s` or later has a forecast of it."""
        issued, read = self._issued_and_read(at_s)
        return all(name in issued and issued[name].timestamp() >= at_s for name in read)

    def _issued_and_read(self, at_s: float) -> tuple[dict[str, datetime], set[str]]:
        """When each gauge's newest forecast was issued; the gauges that were read at `at_s` or later, and not wrongly: that gives none."""
        with self._database.transaction() as connection:
            issued = forecasts.last_issued(connection)
            newest = history.latest(connection, self._gauges)
        levels = (r for r in newest if r.quantity == "water_level" and r.flag is not QualityFlag.FAIL)
        return issued, {r.station for r in levels if r.observed_at.timestamp() >= at_s}

    def _until(self, done: Callable[[], bool]) -> None:
        while not done() and not self._stop.is_set():
            self._stop.wait(_LOOK_S)
