"""A step between two calms: the level before stands still, the level after too, and one reading lies between them.

Not among QARTOD's tests; it says of a change what no rate can at any cadence. A flood rises through readings between; a
gauge that was set to another zero, or a sensor that slipped, does not.
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


def step_flags(stretch: Stretch) -> Flags:
    """SUSPECT on the first reading after a step of at least `step_suspect`; NOT_EVALUATED where a reading is missing.

    Between the two calms readings may be missing for up to three hours: a gauge that was switched off for maintenance. The
    longer that is, the calmer both must be, because water had the time to move.
    """
    flags = np.full(len(stretch), int(NOT_EVALUATED), dtype=np.int8)
    least = stretch.series.limits.step_suspect
    if least is None or len(stretch) < 2 * _CALM:
        return flags
    windows = np.lib.stride_tricks.sliding_window_view(stretch.value, _CALM)
    spans = windows.max(axis=1) - windows.min(axis=1)
    before, after = spans[:-_CALM], spans[_CALM:]
    steps = np.abs(np.diff(stretch.value))[_CALM - 1 : len(stretch) - _CALM]
    whole, longer = _holes(stretch)
    stepped = (steps >= least) & (np.maximum(before, after) * _TIMES_CALM * longer < steps)
    flags[_CALM : len(stretch) - _CALM + 1] = np.where(whole, np.where(stepped, int(SUSPECT), int(PASS)), flags[0])
    return flags


def _holes(stretch: Stretch) -> tuple[np.ndarray, np.ndarray]:
    """Whether no reading is missing in the calms around each place, and how many calms long the step may have taken; 1 or more."""
    cadence_s = stretch.series.cadence.total_seconds()
    reach_s = NEIGHBOUR_CADENCES * cadence_s
    gaps = np.lib.stride_tricks.sliding_window_view(np.diff(stretch.at_s), 2 * _CALM - 1)
    middle = gaps[:, _CALM - 1]
    calms = np.delete(gaps, _CALM - 1, axis=1).max(axis=1) <= reach_s
    whole: np.ndarray = calms & (middle <= max(reach_s, _LONGEST_HOLE_S))
    return whole, np.maximum(middle / ((_CALM - 1) * cadence_s), 1.0)
