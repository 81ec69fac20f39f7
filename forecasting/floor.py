"""The simple models every forecast here must beat: persistence and two plain ridges on lags, fitted and banded naively."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.forecasts import PROBABILITIES
from forecasting.inputs import Booleans, Floats, Integers, StepGrid

_P = np.array(PROBABILITIES)
_HOLD_H = 3
_LAGS_H = (1, 2, 3, 6)
_RAIN_WINDOWS_H = ((0, 1), (1, 3), (3, 6), (6, 12), (12, 24))
_FEWEST_TRAIN, _FEWEST_TEST = 200, 30


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FloorForecasts:
    """Forecasts of one lead by the floor models at the rows of the test part at which a forecast is issued."""

    rows: Integers  # (m,) steps of issue in the test part
    observed: Floats  # (m,) level at the valid time; NaN where it was not read, and the forecast is not scored
    models: dict[str, tuple[Floats, Floats]]  # name → point (m,), quantiles (m, 19)
    trained_on: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Floor:
    """Lagged features of one grid and the steps at which a forecast is issued."""

    features: pd.DataFrame  # one row a step
    issued: Booleans  # the target was read, at least one rain gauge reported, every feature is known

    def forecast(
        self, grid: StepGrid, lead: int, test_from: int, test_until: int, *, around: bool = False
    ) -> FloorForecasts | None:
        """Train on outcomes before row `test_from`, forecast rows test_from..test_until-1; None when pairs are too few.

        `around`: train on what comes after those rows too.
        """
        change = np.full(len(grid.level), np.nan)
        change[:-lead] = grid.level[lead:] - grid.level[:-lead]
        known = np.flatnonzero(self.issued & np.isfinite(change))
        train = known[(known + lead < test_from) | (around & (known >= test_until))]
        test = np.flatnonzero(self.issued)
        test = test[(test >= test_from) & (test < test_until)]
        if len(train) < _FEWEST_TRAIN or np.isfinite(change[test]).sum() < _FEWEST_TEST:
            return None
        return FloorForecasts(
            rows=test,
            observed=grid.level[test] + change[test],
            models=self._models(grid.level[test], change, train, test),
            trained_on=len(train),
        )

    def _models(self, now: Floats, change: Floats, train: Integers, test: Integers) -> dict[str, tuple[Floats, Floats]]:
        models = {"persistence": (now, now[:, None] + np.quantile(change[train], _P)[None, :])}
        own = [c for c in map(str, self.features) if c.startswith("own")]
        for name, columns in (("ridge_own", own), ("ridge_all", list(self.features))):
            x = self.features[columns].to_numpy()
            fitted, predicted = _ridge(x[train], change[train], x[test])
            point = now + predicted
            models[name] = (point, point[:, None] + np.quantile(change[train] - fitted, _P)[None, :])
        return models


def lay_floor(grid: StepGrid) -> Floor:
    """The floor's features: held levels (3 h), differences over 1, 2, 3, 6 h, rain sums with silence taken as no rain."""
    hour = grid.steps(1)
    columns: dict[str, pd.Series[float]] = {}
    for name, values in {"own": grid.level, **{f"up {k}": v for k, v in grid.upstream.items()}}.items():
        held = pd.Series(values).ffill(limit=_HOLD_H * hour)
        columns[name] = held
        columns |= {f"{name}-d{lag}": held - held.shift(lag * hour) for lag in _LAGS_H}
    for name, values in grid.rain.items():
        rain = pd.Series(values).fillna(0.0)
        for start, end in _RAIN_WINDOWS_H:
            columns[f"rain {name}-{start}-{end}"] = rain.rolling((end - start) * hour).sum().shift(start * hour)
    features = pd.DataFrame(columns)
    issued = np.isfinite(grid.level) & features.notna().all(axis=1).to_numpy()
    if grid.rain:
        issued &= np.isfinite(np.column_stack(list(grid.rain.values()))).any(axis=1)
    return Floor(features=features, issued=np.asarray(issued))


def _ridge(x: Floats, y: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Fitted and predicted values of a ridge with penalty 1 on standardised features."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    a = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    b = np.column_stack([(new - mean) / spread, np.ones(len(new))])
    penalty = np.diag(np.append(np.ones(x.shape[1]), 0.0))
    solution = np.linalg.solve(a.T @ a + penalty, a.T @ y)
    return a @ solution, b @ solution
