"""What is known of one series over some time, for the tests that look at more than a few values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.readings import QualityFlag
from domain.stations import Series

Floats = NDArray[np.float64]
Flags = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Readings of one series in order of time. `at_s`: seconds since 1970; `value`: in the quantity's unit."""

    station: str
    series: Series
    at_s: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.at_s)

    def at(self, place: int) -> datetime:
        """When one of the readings was measured."""
        return datetime.fromtimestamp(float(self.at_s[place]), UTC)


def stretch_of(station: str, series: Series, frame: pd.DataFrame) -> Stretch:
    """From a frame with columns observed_at (UTC), value and flag, without the readings that failed.

    A failed value must not make a standing sensor look as if it moved, nor a dry gauge as if it rained there.
    """
    usable = frame[frame["flag"] != QualityFlag.FAIL.value].sort_values("observed_at")
    at_s = usable["observed_at"].to_numpy(dtype="M8[us]").astype(np.int64) / 1e6
    return Stretch(station, series, at_s, usable["value"].to_numpy(dtype=np.float64))
