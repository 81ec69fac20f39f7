"""What the rainfall-runoff model expects of each lead, as columns beside the measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.features import FeatureTable
from forecasting.inputs import Booleans, Floats, StepGrid
from forecasting.rainfall_runoff import Catchment, RainToCome, areal_rain, recent_rain
from forecasting.runoff_calibration import fit_catchment

_BLOCKS = 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RunoffSetting:
    """The fitted catchment (None: too little history, or neither rain nor upstream gauges) and the leads asked for."""

    catchment: Catchment | None
    leads: tuple[int, ...]  # steps, ascending

    def add_to(self, features: FeatureTable, grid: StepGrid) -> FeatureTable:
        """`features`, of the last steps of `grid`, with the changes of stage expected at each of them."""
        if self.catchment is None:
            return features
        return features.with_runoff(_columns(self.catchment, grid, self.leads, len(features.level)))


def expected_column(lead: int) -> str:
    """The name of the change over `lead` steps when it goes on raining as it did on average after such rain."""
    return f"runoff change over {lead} steps, rain as on average"


def dry_column(lead: int) -> str:
    """The name of the change over `lead` steps without further rain."""
    return f"runoff change over {lead} steps, no more rain"


def effect_of_known_rain(setting: RunoffSetting, grid: StepGrid) -> dict[int, Floats]:
    """By lead in steps: how much higher (n,) the stage is expected when the rain that then fell is known, m.

    Looks ahead, so it is for calibration alone, at steps whose outcome belongs to the past.
    """
    if setting.catchment is None:
        return {}
    areal, rows, steps = areal_rain(grid), np.arange(len(grid.level)), setting.leads[-1]
    padded = np.append(areal, np.zeros(steps))
    fell = np.lib.stride_tricks.sliding_window_view(padded[1:], steps)
    known = setting.catchment.ahead(grid, areal, RainToCome(rows=rows, leads=setting.leads, rain_mm=fell))
    average = setting.catchment.expected_rain(recent_rain(areal, grid), steps)
    known -= setting.catchment.ahead(grid, areal, RainToCome(rows=rows, leads=setting.leads, rain_mm=average))
    return {lead: known[:, k] for k, lead in enumerate(setting.leads)}


def fit_runoff(
    features: FeatureTable, grid: StepGrid, leads: Sequence[int], before: int
) -> tuple[RunoffSetting, FeatureTable]:
    """The catchment fitted to rows before `before`, and `features` with columns no row of which was fitted to itself.

    For the columns, each of four blocks of time is simulated with parameters fitted to the others, so that models built
    upon them see errors of the size they will meet.
    """
    taught = np.arange(len(grid.level)) < before
    catchment = fit_catchment(grid, taught)
    setting = RunoffSetting(catchment=catchment, leads=tuple(sorted(set(leads))))
    if catchment is None:
        return setting, features
    columns = _columns(catchment, grid, setting.leads, len(grid.level))
    for block in np.array_split(np.arange(before), _BLOCKS):
        other = fit_catchment(grid, _without(taught, block), start=catchment) or catchment
        for name, values in _columns(other, grid, setting.leads, len(grid.level)).items():
            columns[name][block] = values[block]
    return setting, features.with_runoff(columns)


def _without(taught: Booleans, block: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Booleans:
    out = taught.copy()
    out[block] = False
    return out


def _columns(catchment: Catchment, grid: StepGrid, leads: tuple[int, ...], last: int) -> dict[str, Floats]:
    """The changes expected at the last so many steps, with and without further rain: both followed at once."""
    areal, rows = areal_rain(grid), np.arange(len(grid.level) - last, len(grid.level))
    expected = catchment.expected_rain(recent_rain(areal, grid)[rows], leads[-1])
    coming = RainToCome(
        rows=np.concatenate([rows, rows]), leads=leads, rain_mm=np.concatenate([expected, np.zeros_like(expected)])
    )
    changes = catchment.ahead(grid, areal, coming)
    columns = {expected_column(lead): changes[:last, k] for k, lead in enumerate(leads)}
    return columns | {dry_column(lead): changes[last:, k] for k, lead in enumerate(leads)}
