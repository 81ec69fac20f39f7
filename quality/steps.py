"""A step between two calms: the level before stands still, the level after too, and one reading lies between them.

Not among QARTOD's tests; it says of a change what no rate can at any cadence. A flood rises through readings between; a
gauge that was set to another zero, or a sensor that slipped, does not. Across a hole of up to three hours (a gauge that was
switched off for maintenance) the water goes on as it went before and goes afterwards, within four times the faster of the two.
"""

from __future__ import annotations

import numpy as np

from quality.flags import NOT_EVALUATED, PASS, SUSPECT
from quality.limits import NEIGHBOUR_CADENCES
from quality.stretch import Flags, Stretch

#: Readings of each calm, and how many times its span the step must be.
_CALM = 3
_TIMES_CALM = 8.0
_LONGEST_HOLE_S = 3 * 3600.0
#: How many times as far as the faster rate beside it the water may have gone in a hole.
_TIMES_RATE = 4.0
_Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]
_Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


def step_flags(stretch: Stretch) -> Flags:
    """SUSPECT on the first reading after a step of at least `step_suspect`; NOT_EVALUATED where the calms are not whole."""
    flags = np.full(len(stretch), int(NOT_EVALUATED), dtype=np.int8)
    least = stretch.series.limits.step_suspect
    if least is None or len(stretch) < 2 * _CALM:
        return flags
    hole_s, neighbours, whole = _holes(stretch)
    stepped = np.where(neighbours, _between_calms(stretch, least), _across_holes(stretch, hole_s, least))
    flags[_CALM : len(stretch) - _CALM + 1] = np.where(whole, np.where(stepped, int(SUSPECT), int(PASS)), flags[0])
    return flags


def _holes(stretch: Stretch) -> tuple[_Numbers, _Truths, _Truths]:
    """Seconds from the calm before each place to the one after, whether no reading is missing there, and in either calm."""
    reach_s = NEIGHBOUR_CADENCES * stretch.series.cadence.total_seconds()
    gaps = np.lib.stride_tricks.sliding_window_view(np.diff(stretch.at_s), 2 * _CALM - 1)
    middle = gaps[:, _CALM - 1]
    calms = np.delete(gaps, _CALM - 1, axis=1).max(axis=1) <= reach_s
    return middle, middle <= reach_s, calms & (middle <= max(reach_s, _LONGEST_HOLE_S))


def _between_calms(stretch: Stretch, least: float) -> _Truths:
    windows = np.lib.stride_tricks.sliding_window_view(stretch.value, _CALM)
    spans = windows.max(axis=1) - windows.min(axis=1)
    steps = np.abs(_steps(stretch))
    stepped: _Truths = (steps >= least) & (np.maximum(spans[:-_CALM], spans[_CALM:]) * _TIMES_CALM < steps)
    return stepped


def _across_holes(stretch: Stretch, hole_s: _Numbers, least: float) -> _Truths:
    rates = (stretch.value[_CALM - 1 :] - stretch.value[: 1 - _CALM]) / (
        stretch.at_s[_CALM - 1 :] - stretch.at_s[: 1 - _CALM]
    )
    before, after = rates[:-_CALM], rates[_CALM:]
    surprise = np.abs(_steps(stretch) - hole_s * (before + after) / 2)
    stepped: _Truths = (surprise >= least) & (
        surprise > _TIMES_RATE * hole_s * np.maximum(np.abs(before), np.abs(after))
    )
    return stepped


def _steps(stretch: Stretch) -> _Numbers:
    """From the last reading of each calm to the first of the next."""
    steps: _Numbers = np.diff(stretch.value)[_CALM - 1 : len(stretch) - _CALM]
    return steps
