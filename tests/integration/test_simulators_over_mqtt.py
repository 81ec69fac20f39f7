"""Simulated devices and replays against a real broker: what arrives, in which order, and what a restart adds."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from domain.errors import BrokerUnavailableError, ConfigurationError
from domain.recording import Recording, load_recording
from domain.stations import Series, Station, StationKind
from simulators import fleet, replay
from simulators.link import Link
from simulators.progress import load_progress
from tests.ports import free_port

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2025, 10, 27, 12, tzinfo=UTC)
SEED = 5


@dataclass
class Listener:
    """Everything that was published under ews/, in order of arrival."""

    messages: list[MQTTMessage] = field(default_factory=list)

    def readings(self) -> list[tuple[str, dict[str, Any]]]:
        """(topic, reading) of every reading in order."""
        found = []
        for message in list(self.messages):
            if not message.topic.endswith("/status"):
                content = json.loads(message.payload)
                found += [(message.topic, r) for r in (content if isinstance(content, list) else [content])]
        return found

    def payloads(self, topic: str) -> list[bytes]:
        return [m.payload for m in list(self.messages) if m.topic == topic]

    def wait(self, ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        until = time.monotonic() + timeout_s
        while not ready():
            assert time.monotonic() < until, f"{len(self.messages)} messages arrived, not what was waited for"
            time.sleep(0.02)


@contextmanager
def listening(broker_url: str) -> Iterator[Listener]:
    listener, subscribed = Listener(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_connect = lambda c, *_: c.subscribe("ews/#", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _c, _u, message: listener.messages.append(message)
    address = urlsplit(broker_url)
    client.connect(str(address.hostname), address.port or 1883)
    client.loop_start()
    try:
        assert subscribed.wait(60)
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def listener(broker_url: str) -> Iterator[Listener]:
    with listening(broker_url) as heard:
        yield heard


@pytest.fixture(scope="module")
def recording() -> Recording:
    return load_recording(DATA / "synthetic_river.toml")


def at(day: int, hour: int = 0) -> datetime:
    """A moment of October 2024 on a clock in Huế."""
    return datetime(2024, 10, day, hour, tzinfo=UTC) - timedelta(hours=7)


def observed(reading: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(reading["observed_at"])


def test_replay_sends_history_in_packs_then_every_reading_in_order(
    broker_url: str, listener: Listener, recording: Recording
) -> None:
    told: list[replay.Progress] = []
    done = replay.run(
        recording,
        replay.stations_of(recording),
        broker_url,
        start=at(3),
        end=at(4, 23),
        stop=threading.Event(),
        on_progress=told.append,
    )
    # Four hourly series: 48 h before the start, 48 h from it to the end, both ends included.
    assert (done.history, done.played, done.finished) == (4 * 48, 4 * 48, True)
    assert done.newest == at(4, 23)
    assert told
    assert told[-1].total == 4 * 96
    listener.wait(lambda: len(listener.readings()) == 4 * 96)
    packs = [m for m in listener.messages if m.payload.startswith(b"[")]
    assert [len(json.loads(m.payload)) for m in packs] == [48, 48, 48, 48]
    assert listener.messages.index(packs[-1]) < min(
        i for i, m in enumerate(listener.messages) if m.payload.startswith(b"{")
    )
    played = [observed(r) for _, r in listener.readings()][4 * 48 :]
    assert played == sorted(played)
    assert (played[0], played[-1]) == (at(3), at(4, 23))


def test_replay_sends_the_values_of_the_record_with_counting_seq(
    broker_url: str, listener: Listener, recording: Recording
) -> None:
    stations = replay.stations_of(recording)
    replay.run(recording, stations, broker_url, start=at(3), end=at(3, 23), stop=threading.Event())
    listener.wait(lambda: len(listener.readings()) == 4 * 72)
    table = recording.readings
    level = table[(table["series"] == recording.target) & (table["observed_at"] <= at(3, 23))]
    sent = [r for topic, r in listener.readings() if topic == "ews/v1/ha_luu/water_level"]
    assert [(observed(r), r["value"]) for r in sent] == list(zip(level["observed_at"], level["value"], strict=True))
    assert [r["seq"] for r in sent] == list(range(1, 73))
    assert {r["unit"] for r in sent} == {"m"}
    listener.wait(lambda: listener.payloads("ews/v1/ha_luu/status")[-1:] == [b"offline"])
    assert listener.payloads("ews/v1/ha_luu/status") == [b"online", b"offline"]


@pytest.mark.alone
def test_replay_without_history_sends_nothing_before_the_start(
    broker_url: str, listener: Listener, recording: Recording
) -> None:
    stations = replay.stations_of(recording)[:1]
    done = replay.run(recording, stations, broker_url, start=at(3), end=at(3, 5), history=False, stop=threading.Event())
    assert (done.history, done.played) == (0, 6)
    listener.wait(lambda: len(listener.readings()) == 6)
    assert {topic for topic, _ in listener.readings()} == {"ews/v1/ha_luu/water_level"}


def test_replay_is_paced_by_speed_and_stops_when_told(broker_url: str, recording: Recording) -> None:
    stations = replay.stations_of(recording)[:1]
    began = time.monotonic()
    done = replay.run(
        recording, stations, broker_url, speed=7200, start=at(3), end=at(3, 4), history=False, stop=threading.Event()
    )
    assert done.played == 5
    assert 2.0 <= time.monotonic() - began < 6.0  # four hours at 7200 times are two seconds
    stop = threading.Event()
    began: list[float] = []

    def first_sent(*_: object) -> None:
        began.append(time.monotonic())
        stop.set()

    done = replay.run(
        recording, stations, broker_url, speed=1, start=at(3), history=False, stop=stop, on_progress=first_sent
    )
    assert time.monotonic() - began[0] < 4.0
    assert (done.played, done.finished) == (1, False)


def test_a_wrong_span_or_speed_is_refused(recording: Recording) -> None:
    with pytest.raises(ValueError, match="speed"):
        replay.run(recording, [], "mqtt://127.0.0.1:1", speed=-1, stop=threading.Event())
    with pytest.raises(ValueError, match="after end"):
        replay.run(recording, [], "mqtt://127.0.0.1:1", start=at(4), end=at(3), stop=threading.Event())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1883", "mqtt://", "mqtt://127.0.0.1:port"])
def test_a_wrong_broker_address_is_refused(recording: Recording, url: str) -> None:
    with pytest.raises(ConfigurationError, match="mqtt://user:password@host:1883"):
        replay.run(recording, [], url, stop=threading.Event())


def test_an_absent_broker_is_named(recording: Recording) -> None:
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        replay.run(recording, [], "mqtt://127.0.0.1:1", stop=threading.Event())


class KillableBroker:
    """An embedded broker in a process of its own, on a port that stays the same."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._config = folder / "rumqttd.toml"
        self._config.write_text(_BROKER.format(port=self.port))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        code = "import iotcore, sys; iotcore.Broker(config_path=sys.argv[1]).run_forever()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)


_BROKER = """
id = 0
[router]
id = 0
max_connections = 20
max_outgoing_packet_count = 200
max_segment_size = 10485760
max_segment_count = 10
[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 262144
max_inflight_count = 100
dynamic_filters = true
"""


def test_a_replay_outlives_its_broker_and_loses_nothing(tmp_path: Path, recording: Recording) -> None:
    broker = KillableBroker(tmp_path)
    broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    done: list[replay.Replayed] = []
    player = threading.Thread(
        target=lambda: done.append(
            replay.run(
                recording,
                replay.stations_of(recording),
                url,
                speed=36_000,  # ten hours a second
                start=at(3),
                end=at(5),
                history=False,
                stop=threading.Event(),
            )
        )
    )
    try:
        with listening(url) as before:
            player.start()
            before.wait(lambda: len(before.readings()) >= 40)
            broker.kill()
        time.sleep(1.0)  # devices go on measuring
        broker.start()
        with listening(url) as after:
            player.join(120)
            assert not player.is_alive()
            assert done[0].finished
            assert done[0].played == 4 * 49
            after.wait(lambda: any(observed(r) == at(5) for _, r in after.readings()))
            # What a broker had acknowledged but not passed on dies with it; the rest arrived, also of the outage.
            arrived = {(topic, r["observed_at"]) for topic, r in before.readings() + after.readings()}
            assert len(arrived) > 4 * 49 / 2
    finally:
        broker.kill()


# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SmallNetwork:
    stations: dict[str, Station]


def station(name: str, kind: StationKind, quantity: str) -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=kind,
        lat=16.2,
        lon=107.7,
        series=(Series(quantity=quantity, cadence=timedelta(minutes=10)),),
        simulated=True,
        verified=False,
        source="test",
    )


NETWORK = SmallNetwork(
    {
        "kim_long": station("kim_long", StationKind.RIVER, "water_level"),
        "phong_binh": station("phong_binh", StationKind.RIVER, "water_level"),
        "rain_a": station("rain_a", StationKind.RAIN, "rainfall"),
        "rain_b": station("rain_b", StationKind.RAIN, "rainfall"),
        "rain_c": station("rain_c", StationKind.RAIN, "rainfall"),
    }
)


class Clock:
    """A wall clock that starts at a chosen time and runs `rate` times as fast as the real one."""

    def __init__(self, starts: datetime, rate: float = 1.0) -> None:
        self._starts, self._rate, self._began = starts, rate, time.monotonic()

    def __call__(self) -> datetime:
        return self._starts + timedelta(seconds=(time.monotonic() - self._began) * self._rate)


@contextmanager
def running(broker_url: str, state_file: Path, now: Callable[[], datetime], speed: float) -> Iterator[None]:
    stop, errors = threading.Event(), list[Exception]()

    def work() -> None:
        try:
            fleet.run(
                NETWORK,
                broker_url,
                speed=speed,
                history=timedelta(hours=6),
                seed=SEED,
                state_file=state_file,
                stop=stop,
                now=now,
            )
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
        assert not errors, errors


def series(listener: Listener, station_id: str = "kim_long", quantity: str = "water_level") -> list[dict[str, Any]]:
    return [r for topic, r in listener.readings() if topic == f"ews/v1/{station_id}/{quantity}"]


def newest(listener: Listener) -> datetime:
    return max((observed(r) for r in series(listener)), default=datetime.min.replace(tzinfo=UTC))


def test_the_fleet_sends_its_history_then_plays_towards_the_wall_clock(
    broker_url: str, listener: Listener, tmp_path: Path
) -> None:
    with running(broker_url, tmp_path / "state.json", Clock(NOW), speed=3600):
        listener.wait(lambda: newest(listener) >= NOW - timedelta(hours=8))
        assert listener.payloads("ews/v1/kim_long/status") == [b"online"]
    listener.wait(lambda: listener.payloads("ews/v1/kim_long/status")[-1:] == [b"offline"])
    times = [observed(r) for r in series(listener)]
    assert times[0] == NOW - timedelta(hours=18) + timedelta(minutes=10)
    assert times == [times[0] + n * timedelta(minutes=10) for n in range(len(times))]
    assert [r["seq"] for r in series(listener)] == list(range(1, len(times) + 1))
    packs = [m for m in listener.messages if m.payload.startswith(b"[")]
    assert len(json.loads(packs[0].payload)) == 2  # twenty minutes: the stations advance together
    assert listener.payloads("ews/gateways/v1/gateway-river/status")[0] == b"online"


def test_no_reading_lies_in_the_future_and_simulated_time_joins_the_wall_clock(
    broker_url: str, listener: Listener, tmp_path: Path
) -> None:
    clock = Clock(NOW, rate=600.0)  # a wall clock that makes ten minutes a second
    with running(broker_url, tmp_path / "state.json", clock, speed=40):  # 12 h at 24,000 times real time
        wanted = NOW + timedelta(minutes=40)
        late: list[str] = []
        until = time.monotonic() + 60
        while newest(listener) < wanted:
            assert time.monotonic() < until
            heard = listener.readings()
            wall = clock()
            late += [r["observed_at"] for _, r in heard if observed(r) > wall]
            time.sleep(0.05)
    assert late == []
    assert newest(listener) >= wanted


def test_a_restart_continues_without_gap_contradiction_or_repeated_seq(
    broker_url: str, listener: Listener, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    with running(broker_url, state, Clock(NOW), speed=3600):
        listener.wait(lambda: newest(listener) >= NOW - timedelta(hours=9))
    first = load_progress(state)
    assert first is not None
    # The machine was off for two days; the gap arrives as history.
    with running(broker_url, state, Clock(NOW + timedelta(days=2)), speed=3600):
        listener.wait(lambda: newest(listener) >= NOW + timedelta(days=1, hours=13))
    second = load_progress(state)
    assert second is not None
    assert (second.seed, second.epoch_s) == (first.seed, first.epoch_s)
    assert second.sent_until_s > first.sent_until_s
    by_time: dict[datetime, dict[str, Any]] = {}
    for reading in series(listener):
        known = by_time.setdefault(observed(reading), reading)
        assert known == reading  # sent twice at most around the stop, and then with the same value and seq
    times = sorted(by_time)
    assert times == [times[0] + n * timedelta(minutes=10) for n in range(len(times))]
    assert [by_time[t]["seq"] for t in times] == list(range(1, len(times) + 1))


def test_a_gateway_of_more_stations_than_its_queue_holds_says_all_of_them(listener: Listener, broker_url: str) -> None:
    names = [f"s{number}" for number in range(1000)]
    with Link(broker_url, "gateway-large", names, threading.Event()) as link:
        assert link.drain()

    def online() -> set[str]:
        return {m.topic.split("/")[2] for m in list(listener.messages) if m.payload == b"online"}

    listener.wait(lambda: online() >= set(names), 60.0)
