"""From the publish of a crossing to the webhook, through real processes: broker, ingest, scheduler, delivery.

    python benchmarks/bench_alert_latency.py --rate 1000 --gauges 200 --seconds 20

Everything runs on this machine with embedded services. When every gauge has its first forecast, each reports in turn so that `rate` messages a second are
published; four times a second one of them crosses BĐ1. The latency is the receiver's clock minus the publisher's, the same
machine's. The share of the way that is ours is what is left of it after the same publish is heard by a plain subscriber.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_delivery import free_port, received, receiver

_ROOT = Path(__file__).resolve().parents[1]
_CROSSINGS_PER_S = 4
_FIRST = "g00000"  # crosses before the clock starts
_STATIONS = """
[region]
name_vi = "Huế"
name_en = "Hue"
south = 15.95
west = 107.0
north = 16.80
east = 108.25
"""
_GAUGE = """
[[station]]
id = "g{n:05d}"
name_vi = "Trạm {n}"
name_en = "Gauge {n}"
kind = "river"
lat = 16.4
lon = 107.5
river = "Hương"
basin = "huong"
simulated = true
verified = false
source = "benchmark"
[[station.series]]
quantity = "water_level"
cadence_min = 10
[[station.thresholds]]
valid_from = 2020-01-01
datum = "gauge"
bd1_m = 1.0
bd2_m = 2.0
bd3_m = 3.5
source = "benchmark"
verified = false
"""
_RECIPIENT = """
[[recipient]]
id = "program"
name_vi = "Chương trình"
name_en = "Program"
role = "committee"
area = "city"
language = "vi"
channels = ["webhook"]
severity_floor = "Minor"
"""


def configuration(folder: Path, gauges: int) -> None:
    """The shipped configuration with other gauges and one recipient."""
    shutil.copytree(_ROOT / "config", folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = _STATIONS + "".join(_GAUGE.format(n=n) for n in range(gauges + 1))
    (folder / "stations.toml").write_text(text, encoding="utf-8")
    (folder / "depths.toml").unlink()  # of gauges that are not here: the pages would not start
    (folder / "recipients.toml").write_text(_RECIPIENT, encoding="utf-8")
    rules = (folder / "rules.toml").read_text(encoding="utf-8")
    named = ["thuong_nhat", "duong_hoa", "ta_luong", "binh_dien_tv", "co_bi"]
    listed = ", ".join(f'"{name}"' for name in named)
    (folder / "rules.toml").write_text(rules.replace(f"stations = [{listed}]", "stations = []"), encoding="utf-8")


@contextmanager
def system(folder: Path, gauges: int, hook: str) -> Iterator[tuple[int, str]]:
    """`ews up` at work with one webhook; the port of its MQTT 5 broker, and its database."""
    configuration(folder / "config", gauges)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EWS_")} | {
        "EWS_CONFIG_DIR": str(folder / "config"),
        "EWS_DATA_DIR": str(folder / "data"),
        "EWS_HTTP_PORT": str(free_port()),
        "EWS_LOG_LEVEL": "ERROR",
    }
    ews = [sys.executable, "-m", "cli"]
    log = (folder / "log").open("wb")
    process = subprocess.Popen([*ews, "up"], env=environment, cwd=_ROOT, stdout=log, stderr=log)
    try:
        services = folder / "data" / "services.json"
        until = time.monotonic() + 120
        while not (services.exists() and json.loads(services.read_text())["running"]):
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit((folder / "log").read_text()[-2000:])
            time.sleep(0.2)
        subprocess.run(
            [*ews, "contact", "set", "program", "webhook", "--address", hook, "--by", "bench"],
            env=environment,
            cwd=_ROOT,
            check=True,
            capture_output=True,
        )
        running = json.loads(services.read_text())
        yield int(running["mqtt5_port"]), str(running["database_url"])
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def warm_up(client: Client, database_url: str, gauges: int, log: Path) -> None:
    """Until every gauge has its first forecast, and a crossing of a gauge of its own has reached the webhook.

    A new gauge is calibrated once, which takes some 40 ms of a processor each: what is measured is a network at work.
    """
    for number in range(1, gauges + 1):
        _say(client, f"g{number:05d}", 0.5)
    until, forecast = time.monotonic() + 300, 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        while forecast <= gauges or not log.stat().st_size:
            if time.monotonic() > until:
                raise SystemExit(f"{forecast} of {gauges + 1} gauges were forecast within 300 s")
            _say(client, _FIRST, 1.2)
            time.sleep(1.0)
            (forecast,) = connection.execute("select count(distinct station) from forecast").fetchone() or (0,)


def _say(client: Client, gauge: str, level_m: float) -> None:
    body = {"observed_at": datetime.now(UTC).isoformat(), "value": level_m}
    client.publish(f"ews/v1/{gauge}/water_level", json.dumps(body), qos=1)


def publish(  # noqa: PLR0917 - what is published, where, and what waits for it
    port: int, database_url: str, rate: int, gauges: int, seconds: float, log: Path
) -> dict[str, float]:
    """Publish at the rate; when each gauge crossed (epoch seconds)."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    warm_up(client, database_url, gauges, log)
    crossed: dict[str, float] = {}
    began, warm_s = time.time(), 5.0
    for number in range(int(rate * (seconds + warm_s))):
        at = began + number / rate
        pause = at - time.time()
        if pause > 0:
            time.sleep(pause)
        gauge = f"g{number % gauges + 1:05d}"
        due = int((time.time() - began - warm_s) * _CROSSINGS_PER_S)
        if gauge not in crossed and len(crossed) < due:
            crossed[gauge] = time.time()
        _say(client, gauge, 1.2 if gauge in crossed else 0.5)
    time.sleep(5)
    client.disconnect()
    client.loop_stop()
    return crossed


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--gauges", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, receiver(Path(name)) as (hook, log):
        folder = Path(name)
        with system(folder, chosen.gauges, hook) as (port, database_url):
            crossed = publish(port, database_url, chosen.rate, chosen.gauges, chosen.seconds, log)
            arrived: dict[str, float] = {}
            after_decision_ms: list[float] = []
            for at, document in received(log):
                for alert in document["alerts"]:
                    if alert["event"] == "flood" and alert["station"] != _FIRST:
                        arrived.setdefault(alert["station"], at)
                        decided_at = datetime.fromisoformat(alert["decided_at"]).timestamp()
                        after_decision_ms.append((at - decided_at) * 1000)
        delays_ms = sorted((arrived[gauge] - at) * 1000 for gauge, at in crossed.items() if gauge in arrived)
        print(
            f"{len(crossed)} crossings at {chosen.rate} messages/s over {chosen.gauges} gauges, {len(delays_ms)} told of"
        )
        print(f"load of the machine: {Path('/proc/loadavg').read_text(encoding='ascii').strip()}")
        if len(delays_ms) > 1:
            middle_ms = statistics.median(after_decision_ms)
            print(f"from the beginning of its judging to the webhook: p50 {middle_ms:.0f} ms")
            percentiles = statistics.quantiles(delays_ms, n=100, method="inclusive")
            print(
                f"publish → webhook: p50 {percentiles[49]:.0f} ms, p99 {percentiles[98]:.0f} ms, most {delays_ms[-1]:.0f} ms"
            )


if __name__ == "__main__":
    main()
