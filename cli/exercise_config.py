"""The configuration of an exercise: that of the installation, but nothing in it can reach anybody outside this machine.

Channels that lead outside do not exist in it: there is the console, files, and a webhook to the simulated recipients. Hours
of the wall clock (quiet hours, rosters, mute times) are left out, for an exercise has a clock of its own, and the minutes of
the ladder are the exercise's minutes.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import tomli_w

from domain.configuration_file import read_toml
from domain.exercise import FOLDER, SOURCES

CHANNEL = "webhook"
_CHANNELS: dict[str, Any] = {
    "console": {"kind": "console"},
    "file": {"kind": "file"},
    CHANNEL: {"kind": "webhook", "concurrency": 16, "timeout_s": 5.0},
}
_OF_THE_WALL = ("roster", "quiet")
#: Up to here a machine calibrates every day of the exercise anew; beyond, as often by the wall clock.
_USUAL_SPEED = 60.0
#: A message needs seconds to be sent and read, however fast the exercise runs.
_LEAST_MIN = 0.2


def write_config(source: Path, target: Path, speed: float) -> None:
    """Copy the folder `source` to `target` and make it an exercise's at `speed`. Raises ConfigurationError."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    shutil.copy(target / FOLDER / SOURCES, target / SOURCES)
    _write(target / "channels.toml", {"channel": _CHANNELS})
    recipients = read_toml(target / "recipients.toml")
    recipients.pop("roster", None)
    recipients["recipient"] = [_reached(each) for each in recipients.get("recipient", [])]
    ladder = recipients.get("escalation", {})
    ladder["after_min"] = _faster(ladder.get("after_min", 10.0), speed)
    recipients["escalation"] = ladder
    _write(target / "recipients.toml", recipients)
    telling = read_toml(target / "alerts.toml")
    telling.pop("mute", None)
    telling["exercise"] = {"channels": list(_CHANNELS)}
    telling["repeat_min"] = {name: _faster(each, speed) for name, each in telling.get("repeat_min", {}).items()}
    _write(target / "alerts.toml", telling)
    models = read_toml(target / "models.toml")
    models["calibrate_every_h"] = models["calibrate_every_h"] * max(speed / _USUAL_SPEED, 1.0)
    _write(target / "models.toml", models)


def _reached(recipient: dict[str, Any]) -> dict[str, Any]:
    """The same recipient, over the simulated channel alone."""
    kept = {key: value for key, value in recipient.items() if key not in _OF_THE_WALL}
    return {**kept, "channels": [CHANNEL], "copies": ["file"]}


def _faster(minutes: float, speed: float) -> float:
    return max(minutes / max(speed, 1.0), _LEAST_MIN)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_bytes(tomli_w.dumps(content).encode())
