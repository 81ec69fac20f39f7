"""A recorded flood through the whole system: warnings at the crossings that the record itself shows."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil
import pytest

from tests.acceptance.running import Ews, wait_for

pytestmark = pytest.mark.timeout(500)
DATASET = Path(__file__).resolve().parents[1] / "data" / "synthetic_river.toml"
HUE = timezone(timedelta(hours=7))
#: A day before the flood, until it is above the highest level.
START, UNTIL = "2024-10-09T12:00", "2024-10-10T22:00"
LEVELS_M = (1.0, 2.0, 3.5)


def crossings() -> dict[int, datetime]:
    """When the record first reaches each alarm level, read from the file alone."""
    start, until = (datetime.fromisoformat(text).replace(tzinfo=HUE) for text in (START, UNTIL))
    found: dict[int, datetime] = {}
    with DATASET.with_suffix(".csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["time"]).replace(tzinfo=HUE)
            for level, threshold in enumerate(LEVELS_M, start=1):
                if start <= at <= until and row["Hạ lưu"] and float(row["Hạ lưu"]) >= threshold:
                    found.setdefault(level, at)
    return found


def observed(alerts: list[dict[str, object]]) -> dict[int, datetime]:
    """When the warnings say that readings first reached each level."""
    found: dict[int, datetime] = {}
    start = datetime.fromisoformat(START).replace(tzinfo=HUE)
    for alert in alerts:
        if (alert["station"], alert["event"]) != ("ha_luu", "flood"):
            continue
        for version in alert["versions"]:  # type: ignore[attr-defined]
            at = datetime.fromisoformat(version["at"])
            if (
                version["phase"] == "observed"
                and version["reason"] in {"raised", "upgraded", "confirmed"}
                and at >= start
            ):
                for level in range(1, version["level"] + 1):
                    found[level] = min(found.get(level, at), at)
    return found


def test_a_replay_on_its_own_raises_the_warnings_of_the_record(ews: Ews) -> None:
    expected = crossings()
    assert sorted(expected) == [1, 2, 3]
    result = ews.run("replay", str(DATASET), "--speed", "3600", "--from", START, "--until", UNTIL, timeout=400)
    assert result.returncode == 0, result.stderr[-3000:]
    assert "the list may be incomplete" not in result.stderr
    # Nothing is left running, and the warnings can still be listed: the database starts for the question.
    assert not any(str(ews.data) in line for line in running())
    alerts = json.loads(ews.run("alerts", "--json").stdout)
    assert observed(alerts) == expected
    rows = [line for line in result.stdout.splitlines() if line.startswith("ha_luu") and "flood" in line]
    for level, at in expected.items():
        (row,) = [r for r in rows if at.isoformat(sep=" ", timespec="minutes") in r and f"  {level}  " in r]
        assert not row.endswith("none"), row  # forecasts were issued before the crossing
        assert "issued" in row or "% for" in row, row
    # Once more: everything is stored already, so nothing new is decided.
    versions = sum(len(alert["versions"]) for alert in alerts)
    again = ews.run("replay", str(DATASET), "--speed", "0", "--from", START, "--until", UNTIL, timeout=400)
    assert again.returncode == 0, again.stderr[-3000:]
    repeated = json.loads(ews.run("alerts", "--json").stdout)
    assert observed(repeated) == expected
    assert sum(len(alert["versions"]) for alert in repeated) == versions


def running() -> list[str]:
    return [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]


def test_a_replay_joins_what_runs(ews: Ews) -> None:
    process = ews.start("up")
    wait_for(
        "the services",
        lambda: (ews.data / "services.json").exists() and '"running": true' in (ews.data / "services.json").read_text(),
        90,
    )
    result = ews.run(
        "replay", str(DATASET), "--speed", "0", "--from", "2024-10-01", "--until", "2024-10-04", timeout=300
    )
    assert result.returncode == 0, result.stderr
    assert "ha_luu" in result.stdout
    assert process.process.poll() is None
    stations = {station["id"]: station for station in json.loads(ews.run("stations", "--json").stdout)}
    assert stations["ha_luu"]["clock"] == "replay:synthetic_river"
    assert stations["kim_long"]["clock"] == "live"
    process.stop()
