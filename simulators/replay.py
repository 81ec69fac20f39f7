"""Publishing a recorded flood as its gauges would have sent it: in order of time, with the original time stamps."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

import numpy as np
import pandas as pd

from domain.broker_address import TlsFiles
from domain.recording import Recording, slug
from domain.stations import Series, StageThresholds, Station, StationKind, Upstream
from simulators.devices import Counters, Message, Sample, message, packed
from simulators.link import Link

#: Stations whose place is not known stand in rows in the sea off Huế, where nobody takes them for a real gauge.
_SEA_LAT, _SEA_LON, _SEA_ROW = 16.70, 107.78, 10
_TICK_S = 0.1
#: Progress is told at most this often.
_TELL_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """What a replay has sent, all of it acknowledged unless it was stopped."""

    history: int  # readings before `start`, sent as packs
    played: int  # readings from `start` on, sent one by one
    finished: bool  # False: stopped before the end
    newest: datetime | None  # observed_at of the last reading sent


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a replay is."""

    observed_at: datetime  # of the newest reading sent
    sent: int
    total: int


def stations_of(recording: Recording) -> list[Station]:
    """The stations of a recording, one a series, ids from the series' names; its clock is replay:<slug>.

    Alarm levels stand on the target, unverified, in force since 1900 so that any recorded day has them.
    """
    return [_station(recording, number, name) for number, name in enumerate(recording.series)]


def _station(recording: Recording, number: int, name: str) -> Station:
    is_rain, is_target = name in recording.rain, name == recording.target
    known = recording.positions.get(name)
    lat, lon = known or _place_in_the_sea(number)
    return Station(
        id=slug(name),
        name_vi=name,
        name_en=name,
        kind=StationKind.RAIN if is_rain else StationKind.RIVER,
        lat=lat,
        lon=lon,
        upstream=tuple(Upstream(station=slug(u), lag=timedelta(0)) for u in recording.upstream) if is_target else (),
        rain_gauges=tuple(slug(r) for r in recording.rain) if is_target else (),
        series=(Series(quantity=_quantity(recording, name), cadence=recording.step),),
        thresholds=(_thresholds(recording),) if is_target and recording.thresholds else (),
        simulated=known is None,
        verified=False,
        source=recording.name,
        clock=f"replay:{recording.slug}",
    )


def _place_in_the_sea(number: int) -> tuple[float, float]:
    row, along = divmod(number, _SEA_ROW)
    return round(_SEA_LAT - 0.018 * along + 0.05 * row, 4), round(_SEA_LON + 0.025 * along + 0.02 * row, 4)


def _quantity(recording: Recording, name: str) -> str:
    return "rainfall" if name in recording.rain else "water_level"


def _thresholds(recording: Recording) -> StageThresholds:
    levels = (*recording.thresholds, None, None, None)
    return StageThresholds(
        valid_from=date(1900, 1, 1),
        datum="gauge zero of the record",
        bd1_m=levels[0],
        bd2_m=levels[1],
        bd3_m=levels[2],
        source=recording.name,
        verified=False,
    )


def run(
    recording: Recording,
    stations: Sequence[Station],
    mqtt_url: str,
    *,
    speed: float = 0.0,
    start: datetime | None = None,
    end: datetime | None = None,
    history: bool = True,
    stop: threading.Event,
    on_progress: Callable[[Progress], None] | None = None,
    tls: TlsFiles | None = None,
) -> Replayed:
    """Publish the readings in [start, end] in order of observation, `speed` times as fast as they were made.

    `speed` 0 (or infinite) is as fast as the broker acknowledges. Without `start` the record plays from its first
    reading; with it, `history` sends all earlier readings first, as store-and-forward packs. Every time stamp is the
    original one. Returns when everything is acknowledged or `stop` is set. Raises ValueError for a negative speed or
    when start is after end, BrokerUnavailableError when the broker cannot be reached or refuses.
    """
    if speed < 0 or math.isnan(speed):
        raise ValueError(f"speed {speed}: must be 0 (as fast as acknowledged) or more")
    if start is not None and end is not None and start > end:
        raise ValueError(f"start {start.isoformat()} lies after end {end.isoformat()}")
    past, present = _split(recording, stations, start, end)
    past = past if history else {}
    player = _Replay(stop, on_progress, total=sum(map(len, past.values())) + len(present))
    with Link(mqtt_url, f"replay-{recording.slug}", [s.id for s in stations], stop, tls=tls) as link:
        sent_history = player.send_packs(link, past)
        played = player.play(link, present, 0.0 if math.isinf(speed) else speed)
        finished = link.drain() and not stop.is_set()
    return Replayed(history=sent_history, played=played, finished=finished, newest=player.newest)


def _split(
    recording: Recording, stations: Sequence[Station], start: datetime | None, end: datetime | None
) -> tuple[dict[str, list[Sample]], list[Sample]]:
    """The samples before `start` by series, and those from `start` until `end` in order of time."""
    ids = {slug(name): name for name in recording.series}
    wanted = {ids[station.id] for station in stations if station.id in ids}
    table = recording.readings[recording.readings["series"].isin(wanted)]
    if end is not None:
        table = table[table["observed_at"] <= pd.Timestamp(end)]
    earlier = table["observed_at"] < pd.Timestamp(start) if start is not None else np.zeros(len(table), dtype=bool)
    past = {str(name): _samples(recording, rows) for name, rows in table[earlier].groupby("series")}
    return past, _samples(recording, table[~earlier])


def _samples(recording: Recording, table: pd.DataFrame) -> list[Sample]:
    seconds = (table["observed_at"] - pd.Timestamp(0, tz=UTC)).dt.total_seconds()
    return [
        Sample(station=slug(str(name)), quantity=_quantity(recording, str(name)), at_s=float(at), value=float(value))
        for name, at, value in zip(table["series"], seconds, table["value"], strict=True)
    ]


class _Replay:
    """Sends messages, counts them and tells how far it is."""

    def __init__(self, stop: threading.Event, on_progress: Callable[[Progress], None] | None, total: int) -> None:
        self._stop, self._on_progress, self._total = stop, on_progress, total
        self._counters = Counters()
        self._sent, self._told_at = 0, -math.inf
        self.newest: datetime | None = None

    def send_packs(self, link: Link, past: dict[str, list[Sample]]) -> int:
        """Send the history, the pack that begins first going first, so that all series advance together."""
        packs = sorted((part for samples in past.values() for part in packed(samples)), key=lambda part: part[0].at_s)
        for part in packs:
            self._send(link, part)
        link.drain()
        return self._sent

    def play(self, link: Link, samples: Sequence[Sample], speed: float) -> int:
        """Send sample by sample, each when its time has come."""
        before = self._sent
        for due_s, together in _paced(samples, speed):
            if not self._wait_until(due_s):
                break
            for sample in together:
                self._send(link, (sample,))
        return self._sent - before

    def _wait_until(self, due_s: float) -> bool:
        while (left_s := due_s - time.monotonic()) > 0:
            if self._stop.wait(min(left_s, _TICK_S)):
                return False
        return not self._stop.is_set()

    def _send(self, link: Link, samples: Sequence[Sample]) -> None:
        content: Message = message(samples, self._counters, battery_seed=None)
        if not link.publish(content):
            return
        self._sent += content.readings
        newest = datetime.fromtimestamp(content.newest_s, UTC)
        self.newest = newest if self.newest is None else max(self.newest, newest)
        if self._on_progress is not None and time.monotonic() >= self._told_at + _TELL_S:
            self._told_at = time.monotonic()
            self._on_progress(Progress(observed_at=self.newest, sent=self._sent, total=self._total))


def _paced(samples: Sequence[Sample], speed: float) -> Iterator[tuple[float, list[Sample]]]:
    """Samples of the same observation time, with the monotonic time when they are due."""
    if not samples:
        return
    began_s, first_s = time.monotonic(), samples[0].at_s
    for at_s, together in groupby(samples, key=attrgetter("at_s")):
        yield (began_s + (at_s - first_s) / speed if speed else began_s), list(together)
