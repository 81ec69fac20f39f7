"""Debian's prometheus-alertmanager beside our own storm, on the same machine and with the same receiver.

    apt-get install prometheus-alertmanager
    python benchmarks/bench_alertmanager.py --alerts 5000

Each alert is a group of its own (group_wait 0), as in `bench_delivery.py storm`. Alertmanager keeps alerts in memory and signs
nothing; ours are claimed, signed and settled in PostgreSQL.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_delivery import free_port, received, receiver

_CONFIGURATION = """
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: hook
    webhook_configs:
      - url: {url}
        send_resolved: false
"""


def storm(executable: str, alerts: int) -> None:
    """Post all alerts at once and count what arrives."""
    with tempfile.TemporaryDirectory() as name, receiver(Path(name)) as (hook, log):
        folder, port = Path(name), free_port()
        (folder / "alertmanager.yml").write_text(_CONFIGURATION.format(url=hook))
        process = subprocess.Popen(
            [
                executable,
                f"--config.file={folder / 'alertmanager.yml'}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
                "--log.level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _ready(port)
            body = json.dumps([{"labels": {"alertname": "flood", "station": f"g{n:05d}"}} for n in range(alerts)])
            began = time.time()
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("POST", "/api/v2/alerts", body, {"Content-Type": "application/json"})
            print("posted:", connection.getresponse().status)
            connection.close()
            messages = _all_arrived(log, alerts)
            told = {alert["labels"]["station"] for _, message in messages for alert in message["alerts"]}
            most = max(len(message["alerts"]) for _, message in messages)
            last = max(at for at, _ in messages)
            print(f"told of {len(told)} alerts in {len(messages)} messages, at most {most} in one")
            print(f"alertmanager delivered {len(messages) / (last - began):.0f}/s")
        finally:
            process.terminate()
            process.wait(10)


def _ready(port: int) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/-/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("alertmanager does not answer")


def _all_arrived(log: Path, alerts: int) -> list[tuple[float, dict[str, Any]]]:
    """Every message up to the one that completes the alerts, each of which really came in as a POST of its own."""
    until, lines = time.monotonic() + 120, 0
    with log.open("rb") as arriving:
        while time.monotonic() < until:
            lines += arriving.read().count(b"\n")
            if lines >= alerts:
                return received(log)
            time.sleep(0.2)
    raise SystemExit("not everything arrived within 120 s")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executable", default="prometheus-alertmanager")
    parser.add_argument("--alerts", type=int, default=5000)
    chosen = parser.parse_args()
    storm(chosen.executable, chosen.alerts)


if __name__ == "__main__":
    main()
