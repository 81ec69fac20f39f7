"""Intake of readings against the plainest decoding, in one run: `python benchmarks/bench_intake.py`.

Floor: msgspec reads observed_at, value and seq into a struct, nothing is checked. Ours: topic, station, series, unit, times, seq,
status and refusals as in the worker, up to the database. Both in one process on the same payloads, best of many rounds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from domain.stations import Series, Station, StationKind
from ingest.intake import Envelope, take_in
from ingest.network import Network

_RECEIVED_AT = datetime(2025, 11, 1, tzinfo=UTC)
_STARTED_AT = datetime(2025, 10, 27, tzinfo=UTC)
_READINGS = 1000
_ROUNDS = 200


class _Plain(msgspec.Struct):
    observed_at: datetime
    value: float
    seq: int


def _network() -> Network:
    level = Series(quantity="water_level", cadence=timedelta(minutes=1))
    station = Station(
        id="bench",
        name_vi="Bench",
        name_en="Bench",
        kind=StationKind.RIVER,
        lat=16.46,
        lon=107.57,
        series=(level,),
        simulated=True,
        verified=False,
        source="benchmark",
    )
    key = ("bench", "water_level")
    return Network({"bench": station}, {key: level}, {key: 1})


def _reading(number: int) -> dict[str, object]:
    at = _STARTED_AT + timedelta(seconds=number)
    return {"observed_at": at.isoformat(), "value": 1.0 + number % 7, "seq": number}


def _best_s(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    """Print microseconds of processor time a reading and the ratio to the floor, single and packed in tens."""
    network, topic = _network(), "ews/v1/bench/water_level"
    one, many = msgspec.json.Decoder(_Plain), msgspec.json.Decoder(list[_Plain])
    singles = [json.dumps(_reading(n)).encode() for n in range(_READINGS)]
    packs = [json.dumps([_reading(n * 10 + k) for k in range(10)]).encode() for n in range(_READINGS // 10)]
    for name, payloads, decode in (("single", singles, one.decode), ("packed tens", packs, many.decode)):
        envelopes = [Envelope(topic, payload, _RECEIVED_AT) for payload in payloads]
        floor_s = _best_s(lambda: [decode(payload) for payload in payloads])  # noqa: B023 - called at once
        ours_s = _best_s(lambda: take_in(envelopes, network, adopt=False))  # noqa: B023 - called at once
        floor_us, ours_us = floor_s / _READINGS * 1e6, ours_s / _READINGS * 1e6
        print(f"{name:12} floor {floor_us:5.2f} us, intake {ours_us:5.2f} us a reading, ratio {ours_us / floor_us:.1f}")


if __name__ == "__main__":
    main()
