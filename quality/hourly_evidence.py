"""The tests that look at weeks of hours: drift and standing still."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from domain.stations import Station
from quality.drift import drifting
from quality.flags import SUSPECT
from quality.hours import Hourly, Truths
from quality.later import Found, Frames, Name
from quality.standing import standing
from quality.streaming import Flagged


def hourly_evidence(
    stations: Mapping[str, Station], hourly: Mapping[Name, Hourly], first_h: int, judged_h: int, frames: Frames
) -> list[Found]:
    """What the tests hold against readings of `frames` in the last `judged_h` hours of `hourly`.

    All arrays of `hourly` hold the same hours; the first of them is the `first_h`-th since 1970.
    """
    found: list[Found] = []
    for name in hourly:
        frame = frames.get(name[0], {}).get(name[1])
        if frame is not None:
            begins_h = first_h + len(hourly[name].seen) - judged_h
            hours = (frame["observed_at"].to_numpy(dtype="M8[s]").astype(np.int64) // 3600 - begins_h).clip(
                -1, judged_h
            )
            for test, doubted in _doubted(name, stations, hourly, first_h, judged_h):
                here = frame[np.concatenate([doubted, [False]])[hours]]  # -1 and judged_h: not judged
                for at, value in zip(here["observed_at"].dt.to_pydatetime(), here["value"], strict=True):
                    found.append(Found(name, Flagged(at, float(value), test, SUSPECT)))
    return found


def _doubted(
    name: Name, stations: Mapping[str, Station], hourly: Mapping[Name, Hourly], first_h: int, judged_h: int
) -> list[tuple[str, Truths]]:
    asked = (
        ("drift", drifting(name, stations, hourly, first_h, judged_h)),
        ("standing", standing(name, stations, hourly, judged_h)),
    )
    return [(test, doubted) for test, doubted in asked if doubted is not None and doubted.any()]
