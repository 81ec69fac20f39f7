"""Playing an exercise over MQTT: its past at once, then every device in its own time, through an outage of the broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from domain.errors import EwsError
from domain.exercise import ROUND, Exercise
from domain.stations import Station, StationKind
from simulators.devices import PACK
from simulators.field.faults import scheduled
from simulators.field.fleet import FieldFleet, FleetPlan
from simulators.field.lines import Lines
from simulators.field.network import PERFECT, LinkDown, Network
from simulators.field.player import Player
from simulators.field.reading import Departure
from simulators.field.traits import Traits, draw_traits
from simulators.nature import Nature

#: Scenario time is told after so much of it.
ROUND_S = round(ROUND.total_seconds())
_TICK_S = 0.02
#: The longest it waits for ingest, which is at work all the while.
_TAKEN_S = 300.0
#: A first message after an outage that is not stored by then is sent again; when none is for so long, none will be.
_AGAIN_S, _HEARD_S = 3.0, 300.0
#: The longest the exercise's clock stands still for forecasts.
_REST_S = 20.0
#: A forecast without a newer one lapses after two hours, and hours that were missed for longer than three are not made up. So up to
#: this speed the clock goes on at a full hour when there is a forecast that is not older than this: at the next it has not lapsed …
_FOLLOWED, _AHEAD_S = 3600.0, 3000
#: … unless a gauge gets none at all: then it waits so long, once, and on for the others.
_FOLLOW_S = 120.0
_HOUR_S = 3600
#: The longest it waits, before it begins, until every gauge has learnt a season; forecasts are an hour apart.
_CALIBRATED_S, _CALIBRATED_BEFORE_S = 1800.0, 7200.0
#: Of a season of the past the archive keeps an hour: the level at its end, the rain that fell in it.
_ARCHIVED = timedelta(hours=1)
_ARCHIVES = (StationKind.RIVER, StationKind.RESERVOIR, StationKind.RAIN)


class Broker(Protocol):
    """What takes the broker away, and knows what has come of it."""

    def take_away(self) -> None:
        """Stop it, and return when it is gone."""

    def bring_back(self) -> None:
        """Start it, and return when it answers."""

    def taken(self) -> int:
        """How many readings ingest has taken so far, those left out that it refused."""

    def calibrated(self, at_s: float) -> bool:
        """Whether every gauge has a forecast of what was measured at `at_s`, or later."""

    def stored(self, station: str, quantity: str, at_s: float) -> bool:
        """Whether a reading of this time, or a later one of its series, lies in the database."""

    def forecast(self, at_s: float) -> bool:
        """Whether forecasts have been issued for what was measured at `at_s`."""

    def leave_behind(self, at_s: float) -> None:
        """Ask no more for the gauges whose forecasts have stayed away, until they are back."""


@dataclass(slots=True)
class Tally:
    """What was sent, in readings that can be read; `repeated` are those that had been sent before."""

    experience: int = 0  # of an earlier season, at once
    warm_up: int = 0  # of the past, at once
    played: int = 0  # in their time
    repeated: int = 0  # by devices that heard no acknowledgement
    again: int = 0  # after the outage, so that one is known to have arrived
    buffered: int = 0  # of those played: kept by the devices while the broker was away

    @property
    def sent(self) -> int:
        """All of them."""
        return self.experience + self.warm_up + self.played + self.repeated + self.again


def fleet_of(exercise: Exercise, stations: Sequence[Station], nature: Nature, sources: Path | None) -> FieldFleet:
    """The devices of an exercise. What fails is in its file: no battery runs empty by chance, and nobody waits for a pack.

    A gauge that sends three readings at once is silent for longer than its cadence lets the watch expect.
    """
    starts, outage = exercise.begins - timedelta(hours=exercise.warm_up_h), exercise.broker_outage
    down = () if outage is None else (LinkDown(starts_s=outage.begins.timestamp(), ends_s=outage.ends.timestamp()),)
    return FieldFleet(
        FleetPlan(
            stations=stations,
            nature=nature,
            starts=starts,
            ends=exercise.ends,
            seed=exercise.seed,
            faults=scheduled(exercise.fault, stations),
            network=Network(down=down),
            sources=sources,
            traits=[replace(one, pack=1) for one in draw_traits(stations, exercise.seed, starts, cells=0.0)],
        )
    )


def archived(stations: Sequence[Station]) -> list[Station]:
    """The rivers, reservoirs and rain gauges as an archive keeps them, once an hour."""
    return [
        replace(station, series=tuple(replace(series, cadence=_ARCHIVED) for series in station.series))
        for station in stations
        if station.kind in _ARCHIVES
    ]


def archive_of(stations: Sequence[Station], past: Nature, starts: datetime, ends: datetime, seed: int) -> FieldFleet:
    """What `archived` stations read in an earlier season, in large packs and without a fault."""
    traits = [Traits(station=station.id, pack=PACK) for station in stations]
    return FieldFleet(
        FleetPlan(stations=stations, nature=past, starts=starts, ends=ends, seed=seed, network=PERFECT, traits=traits)
    )


class ExercisePlayer:
    """Sends what the devices of an exercise say. `tell` hears of each moment that has been played, when ingest has what was sent."""

    def __init__(
        self,
        fleet: FieldFleet,
        exercise: Exercise,
        *,
        speed: float,
        lines: Lines,
        broker: Broker,
        stop: threading.Event,
        tell: Callable[[float, Tally], None],
    ) -> None:
        self._fleet, self._begins_s, self._outage = fleet, exercise.begins.timestamp(), exercise.broker_outage
        self._lines, self._broker, self._stop, self._tell = lines, broker, stop, tell
        self._player = Player(fleet, lines, speed=speed, begins_s=self._begins_s)
        self._learnt = exercise.experience_days > 0
        self.tally = Tally(experience=broker.taken())
        self._away = False
        self._unheard = False  # the broker is back, and nobody has been seen to listen
        self._missing = 0  # what was waited for and never came
        self._speed = speed
        self._held: list[Departure] = []  # under way when the broker went

    def play(self, rests: Collection[int] = ()) -> None:
        """Play what lies before the exercise at once, then all else in its time; returns when it is acknowledged or stopped.

        At `rests` the exercise's clock stands still until forecasts are issued, or for a while. Rounds are on the clock's tens of
        minutes, wherever it begins: forecasts are waited for at full hours. Raises EwsError when nobody listens after the outage.
        """
        plan = self._player.plan
        plan(self._begins_s, self._begin)
        if self._outage is not None:
            plan(self._outage.begins.timestamp(), self._lose)
            plan(self._outage.ends.timestamp(), self._come_back)
        starts_s, ends_s = (round(at.timestamp()) for at in (self._fleet.plan.starts, self._fleet.plan.ends))
        for at_s in (*range(starts_s // ROUND_S * ROUND_S + ROUND_S, ends_s, ROUND_S), ends_s):
            plan(at_s, self._round)
        for at_s in rests:
            plan(at_s, self._rest)
        self._player.play(self._say)

    # -- what is planned ----------------------------------------------------------------------------------------------

    def _round(self, at_s: float) -> None:
        """All stations advance together, however fast they are played: else some would seem silent, or their clocks wrong.

        The clock does not run away from a machine that cannot follow: `speed` is then what the machine can do.
        """
        if not self._away:
            self._until_taken()
        if at_s > self._begins_s:
            if at_s % _HOUR_S == 0 and self._speed <= _FOLLOWED:
                self._until_followed(at_s)
            if self._player.clock.left_s(at_s + ROUND_S) < 0:
                self._player.clock.set(at_s)
        if not self._stop.is_set():  # else it was not waited for to its end
            self._tell(at_s, self.tally)

    def _begin(self, at_s: float) -> None:
        self._until_taken()
        self.tally.warm_up, self.tally.played = self.tally.played, 0
        if self._learnt:
            self._until(lambda: self._broker.calibrated(at_s - _CALIBRATED_BEFORE_S), _CALIBRATED_S)
        self._player.clock.set(at_s)

    def _lose(self, at_s: float) -> None:
        """The embedded broker keeps nothing on its disk: what it has accepted is taken from it first."""
        self._until_taken()
        self._broker.take_away()
        self._away = True
        self._player.clock.set(at_s)

    def _come_back(self, at_s: float) -> None:
        self._broker.bring_back()
        self._away, self._unheard = False, True
        held, self._held = self._held, []
        for departure in held:
            self._say(departure)
        self._player.clock.set(at_s)

    def _rest(self, at_s: float) -> None:
        """Until forecasts are issued for what was measured a round ago."""
        if self._away:
            return
        self._lines.drain()
        self._until(lambda: self._broker.forecast(at_s - ROUND_S), _REST_S)
        self._player.clock.set(at_s)

    # -- sending ------------------------------------------------------------------------------------------------------

    def _say(self, departure: Departure) -> bool:
        if self._away:
            self._held.append(departure)
            return True
        if self._unheard and departure.unreadable is None:
            self._until_heard(departure)
        if not self._player.send(departure):
            return False
        self._count(departure)
        return True

    def _count(self, departure: Departure) -> None:
        if departure.unreadable is not None:
            return
        readings = departure.written.readings
        if departure.again:
            self.tally.repeated += len(readings)
            return
        self.tally.played += len(readings)
        if self._outage is not None and departure.at_s >= self._outage.ends.timestamp():
            self.tally.buffered += sum(self._outage.holds(datetime.fromtimestamp(one.at_s, UTC)) for one in readings)

    def _until_taken(self) -> None:
        """Until ingest has everything that was sent; what does not come is waited for once."""
        self._lines.drain()
        sent = (
            self.tally.sent - self.tally.again
        )  # of those repeated after an outage, some came before anybody listened
        if not self._until(lambda: self._broker.taken() + self._missing >= sent, _TAKEN_S):
            self._missing = max(sent - self._broker.taken(), 0)

    def _until_followed(self, at_s: float) -> None:
        """Until forecasts are not far behind; a gauge whose forecasts have stayed away is waited for once."""
        if not self._until(lambda: self._broker.forecast(at_s - _AHEAD_S), _FOLLOW_S):
            self._broker.leave_behind(at_s - _AHEAD_S)

    def _until_heard(self, departure: Departure) -> None:
        """Repeat one message until it is stored: before, nobody may have listened. Raises EwsError when it never is."""
        written, first = departure.written, departure.written.readings[0]
        until = time.monotonic() + _HEARD_S
        while not self._stop.is_set():
            if time.monotonic() > until:
                raise EwsError(
                    f"nothing was stored for {_HEARD_S:g} s after the broker was back (repeated: {written.topic}); "
                    "system.log of the run says what ingest did"
                )
            self._lines.publish(departure.station, written.topic, written.payload)
            self._lines.drain()
            self.tally.again += len(written.readings)
            if self._until(lambda: self._broker.stored(departure.station, first.quantity, first.at_s), _AGAIN_S):
                break
        self._unheard = False

    def _until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Wait for it so long at most; whether it came."""
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until or self._stop.wait(_TICK_S):
                return False
        return True
