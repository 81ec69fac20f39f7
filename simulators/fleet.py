"""The simulated field hardware of a network: publishes a past at once, plays the present fast, then goes on in real time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from domain.broker_address import TlsFiles
from domain.stations import Station, StationKind
from simulators.devices import Counters, Sample, delay_s, message, packed
from simulators.link import Link
from simulators.progress import Progress, load_progress, save_progress
from simulators.scenario import Scenario, epoch_for_flood
from simulators.transmissions import Fleet

#: How much of the past is played visibly instead of being sent at once.
PLAYED = timedelta(hours=12)
#: Kim Long passes BĐ3 for the first time this long before the play begins. The play opens where the water has fallen
#: below BĐ3 and begins to rise again: what surprised people at Huế on 29 October 2025. It passes BĐ3 for the second time
#: about four hours later, four minutes at 60 times.
FLOOD_BEFORE = timedelta(hours=27, minutes=30)
#: What is sent at once before that: a calm day and the first flood, so that forecasts have seen a river rise and fall.
HISTORY = timedelta(hours=60)
ROUND_S = 600
#: Its first storm passes from BĐ2 to BĐ3 in 4.7 h, peaks at about 4.7 m and passes BĐ3 once more 32 h later.
DEFAULT_SEED = 5
#: The past is sent in blocks of this length, so that all stations advance together: shorter than the silence after which
#: a gauge counts as overdue, or the first gauges of a block would make the others look silent.
_BLOCK_S = 2 * ROUND_S
_TICK_S = 0.1


class HasStations(Protocol):
    """A network, as far as the simulator needs it."""

    @property
    def stations(self) -> dict[str, Station]:
        """Stations by id."""


def run(
    network: HasStations,
    mqtt_url: str,
    *,
    speed: float = 60.0,
    history: timedelta = HISTORY,
    seed: int = DEFAULT_SEED,
    state_file: Path,
    stop: threading.Event,
    now: Callable[[], datetime],
    tls: TlsFiles | None = None,
) -> None:
    """Publish until `stop` is set.

    Simulated time begins 12 h before the wall clock (`now`), runs `speed` times as fast until it meets the wall clock, then
    with it; no reading ever lies in the future. The `history` before it is sent at once as packed arrays. What was sent and
    acknowledged is kept in `state_file`: the next run goes on there with the same storms (the seed in the file wins), and
    the gap is sent like history. Raises BrokerUnavailableError when the broker cannot be reached at the start or refuses,
    ConfigurationError when the file cannot be read.
    """
    progress = load_progress(state_file) or _fresh(seed, history, now())
    stations = list(network.stations.values())
    fleet = Fleet(stations, Scenario(stations, progress.seed, progress.epoch_s), progress.seed)
    with ExitStack() as links:
        player = _Player(fleet, progress, _connect(links, stations, mqtt_url, stop, tls), state_file, stop)
        player.catch_up(round((now() - PLAYED).timestamp()) // ROUND_S * ROUND_S)
        player.play(speed, now)


def _fresh(seed: int, history: timedelta, wall: datetime) -> Progress:
    play_from = wall - PLAYED
    epoch_s = epoch_for_flood(seed, play_from - FLOOD_BEFORE)
    sent_until_s = round((play_from - history).timestamp()) // ROUND_S * ROUND_S
    return Progress(seed=seed, epoch_s=epoch_s, sent_until_s=sent_until_s, seq={})


def _connect(
    links: ExitStack, stations: list[Station], mqtt_url: str, stop: threading.Event, tls: TlsFiles | None
) -> dict[StationKind, Link]:
    """One gateway for each kind of station, as each network of gauges has its own operator."""
    kinds = dict.fromkeys(station.kind for station in stations)
    return {
        kind: links.enter_context(
            Link(mqtt_url, f"gateway-{kind.value}", [s.id for s in stations if s.kind is kind], stop, tls=tls)
        )
        for kind in kinds
    }


class _Player:
    """Sends what the fleet has to say and remembers how far it got."""

    def __init__(
        self, fleet: Fleet, progress: Progress, links: dict[StationKind, Link], state_file: Path, stop: threading.Event
    ) -> None:
        self._fleet, self._progress, self._state_file, self._stop = fleet, progress, state_file, stop
        self._links = links
        self._link_of = {station.id: links[station.kind] for station, _ in fleet.series()}
        self._counters = Counters(progress.seq)

    def catch_up(self, until_s: int) -> None:
        """Send everything before `until_s` as store-and-forward packs, block by block."""
        while self._progress.sent_until_s < until_s and not self._stop.is_set():
            after_s = self._progress.sent_until_s
            block_end_s = min(after_s + _BLOCK_S, until_s)
            for transmission in self._fleet.history(after_s, block_end_s):
                for part in packed(transmission.samples):
                    self._send(part)
            self._remember(block_end_s)

    def play(self, speed: float, now: Callable[[], datetime]) -> None:
        """Send round after round as simulated time passes; each device a little after its own measurement."""
        began_s, play_from_s = now().timestamp(), float(self._progress.sent_until_s)
        while not self._stop.is_set():
            after_s = self._progress.sent_until_s
            round_end_s = (after_s // ROUND_S + 1) * ROUND_S
            for due_s, samples in self._round(after_s, round_end_s):
                while (wall_s := now().timestamp()) < due_s or play_from_s + (wall_s - began_s) * speed < due_s:
                    if self._stop.wait(_TICK_S):
                        return
                for part in packed(samples):
                    self._send(part)
            self._remember(round_end_s)

    def _round(self, after_s: int, round_end_s: int) -> list[tuple[float, tuple[Sample, ...]]]:
        """What is sent in a round, with the time each is due."""
        seed = self._progress.seed
        due = [
            (t.at_s + delay_s(seed, t.samples[0].station, t.at_s), t.samples)
            for t in self._fleet.live(after_s, round_end_s)
        ]
        return sorted(due, key=lambda entry: entry[0]) or [(float(round_end_s), ())]

    def _send(self, samples: Sequence[Sample]) -> None:
        if samples and not self._stop.is_set():
            link = self._link_of[samples[0].station]
            link.publish(message(samples, self._counters, battery_seed=self._progress.seed))

    def _remember(self, sent_until_s: int) -> None:
        """Keep the progress once the broker has everything; an unfinished round is sent again with the same numbers."""
        if all(link.drain() for link in self._links.values()) and not self._stop.is_set():
            self._progress = Progress(
                seed=self._progress.seed,
                epoch_s=self._progress.epoch_s,
                sent_until_s=sent_until_s,
                seq=dict(self._counters.last),
            )
            save_progress(self._state_file, self._progress)
