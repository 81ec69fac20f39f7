"""Ingest against the plain floor: `python benchmarks/bench_ingest.py [case …] [--count N] [--runs N]`.

Same run, same broker (EWS_TEST_MOSQUITTO: Mosquitto 2.0.21 or newer), same server (EWS_TEST_TIMESCALE_URL). Ours is `ews ingest`
as it is started in production, with 2,000 configured stations: look-up, validation, quality flags, revisions, accounts, announcement.
A rate is messages (packed: readings) from the first that is published to the commit of the last. Medians, and ratios to the floor.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from burst import Burst, payloads
from servers import Server, broker

#: The plain floor speaks MQTT 3.1.1 and waits 20 ms for more: with Mosquitto's default of 20 it would be 40 times slower.
_NO_WINDOW = "max_inflight_messages 0"
_Load = list[tuple[str, bytes]]
_HERE = Path(__file__).resolve().parent
_PATIENCE_S = 300.0


@contextmanager
def _worker(port: int, url: str) -> Iterator[None]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("EWS_")}
    environment = {**clean, "EWS_DATABASE_URL": url, "EWS_MQTT_URL": f"mqtt://127.0.0.1:{port}"}
    profiler = os.environ.get("EWS_TEST_PROFILER", "").split()
    command = [*profiler, sys.executable, "-m", "cli", "ingest"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "ingest_ready" in line:
                break
        else:
            raise RuntimeError("ews ingest did not start")
        yield
    finally:
        process.terminate()
        process.communicate()


def _floor(port: int, url: str, messages: list[tuple[str, bytes]]) -> float:
    """Messages a second; `url` `-`: received only."""
    command = [sys.executable, str(_HERE / "floor.py"), str(port), url, str(len(messages))]
    burst = Burst(port, messages)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        burst.start()
        ended, rows = process.stdout.readline().split()
        if int(rows) != len(messages):
            raise RuntimeError(f"the floor has {rows} of {len(messages)}")
    burst.close()
    return len(messages) / (float(ended) - burst.began)


def _stored_times(url: str, expected: int) -> list[tuple[float, int]]:
    """(time, readings taken in by then) at every look, until all are."""
    looks, until = [], time.perf_counter() + _PATIENCE_S
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            row = connection.execute("select coalesce(sum(received), 0) from ingest_account").fetchone()
            assert row is not None
            looks.append((time.perf_counter(), int(row[0])))
            if row[0] >= expected:
                return looks
            if looks[-1][0] > until:
                raise TimeoutError(f"{row[0]} of {expected}")
            time.sleep(0.01)


def _check(url: str, good: int) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from reading").fetchone()
    if row is None or row[0] != good:
        raise RuntimeError(f"stored {row} of {good}")


def _ours(port: int, url: str, messages: list[tuple[str, bytes]], *, good: int, bad: int = 0) -> float:
    """Readings a second, all of them checked to be there."""
    with _worker(port, url):
        burst = Burst(port, messages)
        burst.start()
        ended = _stored_times(url, good + bad)[-1][0]
        burst.close()
    _check(url, good)
    return (good + bad) / (ended - burst.began)


@dataclass(frozen=True)
class _Case:
    name: str
    measure: Callable[[str, int], float]  # of database URL and broker port
    broker: tuple[str, ...]  # lines of its configuration


class _Bench:
    def __init__(self, server: Server, count: int, runs: int) -> None:
        self._server, self._count, self._runs = server, count, runs

    def _medians(self, *cases: _Case) -> list[float]:
        """The median rate of each; their runs take turns, so that whatever else the machine does meets all of them."""
        found: list[list[float]] = [[] for _ in cases]
        for _ in range(self._runs):
            for case, rates in zip(cases, found, strict=True):
                with broker(*case.broker) as port, self._server.database() as url:
                    rates.append(case.measure(url, port))
        for case, rates in zip(cases, found, strict=True):
            each = ", ".join(f"{rate:.0f}" for rate in rates)
            print(f"{case.name:34} {statistics.median(rates):9.0f}/s   ({each})", flush=True)
        return [statistics.median(rates) for rates in found]

    def _stores(
        self, name: str, load: _Load, *, good: int, bad: int = 0, broker: tuple[str, ...] = (_NO_WINDOW,)
    ) -> _Case:
        return _Case(name, lambda url, port: _ours(port, url, load, good=good, bad=bad), broker)

    def single(self) -> None:
        """100,000 single readings."""
        load = payloads(self._count)
        ceiling, floor, ours = self._medians(
            _Case("paho, received only", lambda _, port: _floor(port, "-", load), (_NO_WINDOW,)),
            _Case("plain floor", lambda url, port: _floor(port, url, load), (_NO_WINDOW,)),
            self._stores("ews ingest", load, good=self._count),
        )
        print(
            f"  ratio to the floor {ours / floor:.2f} (aim 0.8, better 1.0), to paho receiving only {ours / ceiling:.2f}"
        )

    def packed(self) -> None:
        """Ten readings a message."""
        plain, load = payloads(self._count), payloads(self._count // 10, packed=10)
        floor, ours = self._medians(
            _Case("plain floor, single", lambda url, port: _floor(port, url, plain), (_NO_WINDOW,)),
            self._stores("ews ingest, packed tens", load, good=self._count),
        )
        print(f"  readings against the floor's: {ours / floor:.2f} (aim 3)")

    def latency(self) -> None:
        """1,000 messages a second for twenty seconds: publish until row committed."""
        load, found = payloads(20_000), []
        for _ in range(self._runs):
            with broker() as port, self._server.database() as url, _worker(port, url):
                burst = Burst(port, load, rate=1000)
                burst.start()
                looks = _stored_times(url, len(load))
                burst.close()
            found.append(_delays_ms(burst.sent_at, looks))
        p50, p99, longest = (statistics.median(each) for each in zip(*found, strict=True))
        print(
            f"{'1,000/s, publish to commit':34} median {p50:.0f} ms, p99 {p99:.0f} ms (aim 200), longest {longest:.0f} ms"
        )

    def window(self) -> None:
        """Mosquitto's default window against none."""
        load = payloads(self._count)
        free, narrow = self._medians(
            self._stores("window unlimited", load, good=self._count),
            self._stores("window 20, the default", load, good=self._count, broker=()),
        )
        print(f"  ratio {narrow / free:.2f} (aim 0.9)")

    def malformed(self) -> None:
        """One message in ten that cannot be read."""
        bad = self._count // 10
        clean, mixed = payloads(self._count), payloads(self._count, bad=0.1)
        good, rate = self._medians(
            self._stores("all good", clean, good=self._count),
            self._stores("10 % malformed", mixed, good=self._count - bad, bad=bad),
        )
        print(f"  all good readings stored in each run; rate {rate / good:.2f} of all good (aim 0.9)")


def _delays_ms(sent_at: list[float], looks: list[tuple[float, int]]) -> tuple[float, float, float]:
    """(median, p99, longest). One worker keeps the order, so the n-th message is there once n are."""
    delays, place = [], 0
    for n, at in enumerate(sent_at, 1):
        while looks[place][1] < n:
            place += 1
        delays.append(1000 * (looks[place][0] - at))
    delays.sort()
    return delays[len(delays) // 2], delays[int(len(delays) * 0.99)], delays[-1]


_CASES = ("single", "packed", "latency", "window", "malformed")


def main() -> None:
    """Run the cases named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(_CASES), metavar="case", help=", ".join(_CASES))
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if missing := [v for v in ("EWS_TEST_TIMESCALE_URL", "EWS_TEST_MOSQUITTO") if v not in os.environ]:
        print(f"bench_ingest: skipped, {' and '.join(missing)} not set (see .ci/services.sh)")
        return
    server = Server(os.environ["EWS_TEST_TIMESCALE_URL"])
    try:
        bench = _Bench(server, arguments.count, arguments.runs)
        for case in arguments.cases or _CASES:
            getattr(bench, case)()
    finally:
        server.close()


if __name__ == "__main__":
    main()
