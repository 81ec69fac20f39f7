"""Attenuated signal and gaps: what a series does not show over hours (QARTOD, Water Level v2.1, tests 10 and 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quality.flags import FAIL, NOT_EVALUATED, PASS, SUSPECT
from quality.limits import NEIGHBOUR_CADENCES
from quality.stretch import Flags, Floats, Stretch

#: A window with fewer than this share of its readings says nothing: the movement may lie in what is missing.
_FULL = 0.8


def attenuated(
    at_s: Floats, value: Floats, *, window_s: float, cadence_s: float, suspect: float | None, fail: float | None = None
) -> Flags:
    """For each reading, whether the values of the `window_s` up to it span less than `suspect`, or `fail`.

    `at_s`: seconds since 1970, ascending. NOT_EVALUATED where the window is not full. As ioos_qc's attenuated_signal_test
    with check_type "range": the window is open at its beginning, and a span equal to a limit passes.
    """
    fewest = max(2, int(_FULL * window_s / cadence_s))
    windows = pd.Series(value, index=pd.to_datetime(np.round(at_s * 1e6).astype("M8[us]"))).rolling(
        pd.Timedelta(seconds=window_s), min_periods=fewest
    )
    span = (windows.max() - windows.min()).to_numpy()
    flags = np.full(len(value), int(PASS), dtype=np.int8)
    flags[np.isnan(span)] = NOT_EVALUATED
    for limit, flag in ((suspect, SUSPECT), (fail, FAIL)):
        if limit is not None:
            flags[span < limit] = flag
    return flags


def attenuated_flags(stretch: Stretch) -> Flags:
    """The test with the limits of the series; NOT_EVALUATED throughout when it is switched off."""
    limits = stretch.series.limits
    if limits.attenuated_window is None or len(stretch) == 0:
        return np.full(len(stretch), int(NOT_EVALUATED), dtype=np.int8)
    return attenuated(
        stretch.at_s,
        stretch.value,
        window_s=limits.attenuated_window.total_seconds(),
        cadence_s=stretch.series.cadence.total_seconds(),
        suspect=limits.attenuated_suspect,
        fail=limits.attenuated_fail,
    )


def gaps(at_s: Floats, cadence_s: float) -> list[tuple[float, int]]:
    """Where readings are missing between others: when the first of them was due, and how many are missing.

    Readings up to one and a half cadences apart leave none out.
    """
    steps = np.diff(at_s)
    places = np.flatnonzero(steps > NEIGHBOUR_CADENCES * cadence_s)
    return [(float(at_s[i]) + cadence_s, max(1, round(float(steps[i]) / cadence_s) - 1)) for i in places]
