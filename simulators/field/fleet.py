"""A fleet of devices over a piece of nature: what leaves them, in order of time. Content is a pure function of the plan."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

import numpy as np

from domain.exercise import FaultKind
from domain.stations import Station
from simulators.field.faults import Fault
from simulators.field.ledger import Ledger
from simulators.field.network import LinkDown, Network
from simulators.field.reading import Departure, Reading, Written
from simulators.field.sensing import Sensed, Sensing
from simulators.field.sources_file import speakers_of
from simulators.field.speaker import Speaker
from simulators.field.traits import Traits, draw_traits
from simulators.nature import Nature
from simulators.noise import key_of, uniform

#: Devices are asked block by block of so many seconds; what travels longer waits for its turn.
BLOCK_S = 600
#: A device is asked for so much of nature at once: many small questions cost more than a few large ones.
_AHEAD_S = 6 * 3600
_GARBLED = (FaultKind.MALFORMED, FaultKind.WRONG_STATION)
_DICE = 12


@dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """Everything that decides what a fleet says between two times (aware)."""

    stations: Sequence[Station]
    nature: Nature
    starts: datetime
    ends: datetime
    seed: int = 1
    faults: Sequence[Fault] = ()
    network: Network = field(default_factory=Network)
    sources: Path | None = None  # a sources.toml whose devices speak their own dialects
    traits: Sequence[Traits] | None = None  # one a station; None: drawn from the seed


class FieldFleet:
    """The devices of a plan. `ledger` holds what became of every reading that was measured so far."""

    def __init__(self, plan: FleetPlan) -> None:
        self.plan = plan = replace(plan, network=_delaying(plan.network, plan.faults))
        drawn = draw_traits(plan.stations, plan.seed, plan.starts) if plan.traits is None else plan.traits
        batteries = [fault for traits in drawn for fault in traits.flat_batteries(plan.starts, plan.ends)]
        self.faults = (*plan.faults, *batteries)
        self.ledger = Ledger(self.faults)
        traits = {one.station: one for one in drawn}
        sensing = Sensing(plan.nature, self.faults, traits, seed=plan.seed, span=(plan.starts, plan.ends))
        speakers = speakers_of(plan.stations, plan.sources, plan.seed)
        world = _World(plan, sensing, self.ledger)
        self._devices = [_Device(one, traits[one.id], speakers[one.id], world) for one in plan.stations]

    def departures(self) -> Iterator[Departure]:
        """Every message, in order of leaving."""
        waiting: list[Departure] = []
        played_s = self.plan.starts.timestamp()
        block_s, ends_s = round(played_s), round(self.plan.ends.timestamp()) + 1
        while block_s < ends_s:
            before_s = min(block_s // BLOCK_S * BLOCK_S + BLOCK_S, ends_s)
            for device in self._devices:
                waiting += device.block(block_s, before_s)
            waiting.sort(key=_leaves_at)
            while_before = next((n for n, one in enumerate(waiting) if one.at_s >= before_s), len(waiting))
            for departure in waiting[:while_before]:
                yield departure
                played_s = departure.at_s
            self.ledger.count_until(played_s)
            waiting, block_s = waiting[while_before:], before_s
        waiting += (departure for device in self._devices for departure in device.rest())
        yield from sorted(waiting, key=_leaves_at)


def _delaying(network: Network, faults: Sequence[Fault]) -> Network:
    """The network, and the links that are down by a fault."""
    down = [
        LinkDown(starts_s=fault.span_s[0], ends_s=fault.span_s[1], stations=frozenset({fault.station}))
        for fault in faults
        if fault.kind is FaultKind.DELAYED
    ]
    return replace(network, down=(*network.down, *down))


def _leaves_at(departure: Departure) -> float:
    return departure.at_s


@dataclass(frozen=True, slots=True)
class _World:
    """What all devices of a fleet share."""

    plan: FleetPlan
    sensing: Sensing
    ledger: Ledger


class _Device:
    """One device: what it measured and has not sent yet, and its numbers."""

    def __init__(self, station: Station, traits: Traits, speakers: Sequence[Speaker], world: _World) -> None:
        self._station, self._traits = station, traits
        self._plan, self._sensing, self._ledger = world.plan, world.sensing, world.ledger
        self._garbled = {f.id: f.kind for f in world.plan.faults if f.station == station.id and f.kind in _GARBLED}
        self._speakers = {s.quantity: next(one for one in speakers if one.speaks(s.quantity)) for s in station.series}
        self._seq = dict.fromkeys(self._speakers, 0)
        self._sensed: deque[tuple[int, list[Sensed]]] = deque()
        self._sensed_before_s = -(2**62)
        self._stored: deque[Reading] = deque()
        self._packing: list[Reading] = []
        self._down: LinkDown | None = None
        self._number = 0  # of its messages, for the dice

    def block(self, from_s: int, before_s: int) -> list[Departure]:
        """What leaves because of this span of time; some of it later."""
        found: list[Departure] = []
        if self._down is not None and self._down.ends_s <= from_s:
            found += self._reconnect(self._down)
        for mark_s, readings in self._measured(from_s, before_s):
            self._ledger.measured(self._station.id, mark_s, readings)
            down = self._plan.network.down_until(self._station.id, mark_s)
            if down is not None:
                self._keep(mark_s, readings, down)
                continue
            if self._down is not None:
                found += self._reconnect(self._down)
            found += self._offer(float(mark_s), readings)
        return found

    def rest(self) -> list[Departure]:
        """What is still kept when the plan ends: sent then, or lost with a connection that never came back."""
        found = self._send(self._plan.ends.timestamp(), self._packing)
        self._packing = []
        if self._down is not None and self._down.ends_s <= self._plan.ends.timestamp():
            return found + self._reconnect(self._down)
        self._ledger.lost(self._station.id, self._plan.ends.timestamp(), self._stored)
        self._stored.clear()
        return found

    def _measured(self, from_s: int, before_s: int) -> list[tuple[int, list[Reading]]]:
        """By mark, the readings of all quantities."""
        if from_s >= self._sensed_before_s:
            self._sensed_before_s = min(from_s + _AHEAD_S, round(self._plan.ends.timestamp()) + 1)
            self._sense(from_s)
        found: list[tuple[int, list[Reading]]] = []
        while self._sensed and self._sensed[0][0] < before_s:
            mark_s, raw = self._sensed.popleft()
            readings = [self._reading(one) for one in raw if one.spoken]
            for one in raw:
                if not one.spoken:
                    self._ledger.withheld(mark_s, one.faults, one.at_s)
            found += [(mark_s, readings)] if readings else []
        return found

    def _sense(self, from_s: int) -> None:
        """Measure what comes next, all quantities of one mark together."""
        by_mark: dict[int, list[Sensed]] = {}
        for series in self._station.series:
            for mark_s, one in self._sensing.sensed(self._station, series, from_s, self._sensed_before_s):
                by_mark.setdefault(mark_s, []).append(one)
        self._sensed.extend(sorted(by_mark.items()))

    def _reading(self, one: Sensed) -> Reading:
        self._seq[one.quantity] += 1
        return Reading(one.quantity, one.at_s, one.value, self._seq[one.quantity], one.battery_v, one.faults)

    def _keep(self, mark_s: int, readings: list[Reading], down: LinkDown) -> None:
        self._down = down
        for one in readings:
            if self._speakers[one.quantity].keeps_time and self._speakers[one.quantity].acknowledged:
                self._stored.append(one)
            else:
                self._ledger.lost(self._station.id, mark_s, (one,))
        while len(self._stored) > self._traits.buffer:
            self._ledger.lost(self._station.id, mark_s, (self._stored.popleft(),))

    def _reconnect(self, down: LinkDown) -> list[Departure]:
        """Everybody comes back within the storm, each with all it kept."""
        kept, self._down = list(self._stored), None
        self._stored.clear()
        at_s = down.ends_s + down.storm_s * self._dice()[11]
        return self._send(at_s, kept, promptly=True)

    def _offer(self, mark_s: float, readings: list[Reading]) -> list[Departure]:
        """Send now, or when there is a pack of them."""
        now = [one for one in readings if self._traits.pack == 1 or not self._speakers[one.quantity].keeps_time]
        self._packing += (one for one in readings if one not in now)
        if len(self._packing) >= self._traits.pack * len(self._seq):
            now, self._packing = [*self._packing, *now], []
        return self._send(mark_s, now)

    def _send(self, at_s: float, readings: Sequence[Reading], *, promptly: bool = False) -> list[Departure]:
        found: list[Departure] = []
        for (source, fault), together in groupby(sorted(readings, key=self._way), key=self._way):
            speaker, part = next(s for s in self._speakers.values() if (s.source, s.device) == source), list(together)
            found += (
                departure
                for written in speaker.write(part, device=self._called(speaker, fault))
                for departure in self._journey(at_s, speaker, written, fault or None, promptly=promptly)
            )
        return found

    def _way(self, one: Reading) -> tuple[tuple[str, str], str]:
        """Which device says a reading, and what garbles it: these go together."""
        speaker = self._speakers[one.quantity]
        fault = next((name for name in one.faults if name in self._garbled), "")
        return (speaker.source, speaker.device), fault

    def _called(self, speaker: Speaker, fault: str) -> str | None:
        return f"{speaker.device}_x" if self._garbled.get(fault) is FaultKind.WRONG_STATION else None

    def _journey(
        self, at_s: float, speaker: Speaker, written: Written, fault: str | None, *, promptly: bool
    ) -> Iterator[Departure]:
        dice = self._dice()
        late = [0.0] if promptly else self._plan.network.journey(dice, acknowledged=speaker.acknowledged)
        if not speaker.keeps_time:
            late = late[:1]  # nobody could tell a repetition from the next reading
        if not late:
            self._ledger.lost(self._station.id, at_s, written.readings)
        if fault is not None and self._garbled[fault] is FaultKind.MALFORMED:
            written = _cut_off(written, 0.2 + 0.7 * dice[11])
        for copy, after_s in enumerate(late):
            yield Departure(
                at_s=at_s + after_s,
                station=self._station.id,
                source=speaker.source,
                written=written,
                unreadable=fault,
                again=copy > 0,
            )

    def _dice(self) -> list[float]:
        self._number += 1
        key = key_of(self._plan.seed, self._station.id, "message")
        dice: list[float] = uniform(key, np.arange(_DICE, dtype=np.int64) + self._number * _DICE).tolist()
        return dice


def _cut_off(written: Written, share: float) -> Written:
    """What is left of a message of which only the beginning came through: no JSON, and where that could still be read, no text."""
    payload = written.payload[: max(1, int(len(written.payload) * share))]
    if not payload.startswith((b"{", b"[")):
        payload += b"\xff"
    return Written(topic=written.topic, payload=payload, readings=written.readings)
