"""How long calibrations and forecasts take, against plain boosting in the same run: `python benchmarks/bench_forecast.py [years]`.

One made-up gauge with an upstream gauge and two rain gauges, hourly (five years unless told), leads as shipped. Calibration: all models of
all leads, one core. Floor: a plain scikit-learn boosting for each lead (300 trees, no cross-validation, no band, no choice).
A forecast: all leads at one moment from raw readings. Floor: the same boosting asked for one row whose features are there already.
A cycle: 100 gauges with readings of their own, one after the other, without the database. Times are processor time of this process.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from sklearn.ensemble import HistGradientBoostingRegressor

from forecasting.configuration import ModelSettings, load_models
from forecasting.features import feature_table
from forecasting.inputs import Floats, GaugeInputs, StepGrid, align
from forecasting.parallel import one_thread
from forecasting.selection import GaugeModel, calibrate

_GAUGES, _ASKED = 100, 20
_YEAR_H = 8766
_UNTIL = datetime(2025, 10, 26, tzinfo=UTC)
#: What is asked of the machine that all of it runs on.
_CALIBRATION_S, _FORECAST_MS, _CYCLE_S = 60.0, 50.0, 5.0


def _river(hours: int, number: int, until: datetime) -> GaugeInputs:
    """Showers over two gauges, an upstream gauge two hours above, some of the rain unseen; levels in centimetres."""
    chance = np.random.default_rng(number)

    def storms() -> Floats:
        return np.asarray(lfilter([1], [1, -0.9], (chance.random(hours) < 0.01) * chance.gamma(2.0, 1.5, hours)))

    seen, unseen = storms(), storms()
    rains = [seen * chance.gamma(2, 0.5, hours) for _ in range(2)]
    runoff = np.asarray(lfilter([0.1], [1, -0.9], sum(rains) / 4 + unseen / 2))
    level = 0.08 * lfilter([0.2], [1, -0.8], np.concatenate([[0, 0], runoff[:-2]]))
    index = pd.date_range(end=until, periods=hours, freq="h")
    series = [pd.Series(np.round(v, 2), index=index) for v in (level, 60 + 0.15 * runoff, *rains)]
    return GaugeInputs(
        station=f"g{number}", level=series[0], upstream={"up": series[1]}, rain={"a": series[2], "b": series[3]}
    )


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _plain(grid: StepGrid, settings: ModelSettings) -> list[HistGradientBoostingRegressor]:
    """One plain boosting for each lead on the same measured features."""
    x, fitted = feature_table(grid).values, []
    for lead in (grid.steps(hours) for hours in settings.leads_h):
        change = grid.level[lead:] - grid.level[:-lead]
        known = np.isfinite(change) & np.isfinite(x[:-lead]).all(axis=1)
        model = HistGradientBoostingRegressor(
            max_iter=300, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=40, random_state=0
        )
        fitted.append(model.fit(x[:-lead][known], change[known]))
    return fitted


def _say(what: str, ours: float, floor: float, asked: float, unit: str) -> None:
    print(f"{what:<28} {ours:8.1f} {unit:<2} (asked {asked:g})  floor {floor:8.1f} {unit:<2}  ratio {ours / floor:.2f}")


def _measure(river: GaugeInputs, settings: ModelSettings, until: datetime) -> None:
    models: list[GaugeModel] = []
    plain: list[HistGradientBoostingRegressor] = []
    ours = _took(lambda: models.append(calibrate(river, settings, until)))
    floor = _took(lambda: plain.extend(_plain(align(river, until), settings)))
    _say(f"calibration, {len(settings.leads_h)} leads", ours, floor, _CALIBRATION_S, "s")
    row = feature_table(align(river, until)).values[-1:]
    each = [_took(lambda: models[0].forecast(river, until)) for _ in range(_ASKED)]
    alone = [_took(lambda: [model.predict(row) for model in plain]) for _ in range(_ASKED)]
    _say("one forecast, best", 1000 * min(each), 1000 * min(alone), _FORECAST_MS, "ms")
    middle = 1000 * statistics.median(each), 1000 * statistics.median(alone)
    _say("one forecast, median", *middle, _FORECAST_MS, "ms")
    _cycle(models[0], until, _GAUGES * statistics.median(alone))


def _cycle(model: GaugeModel, until: datetime, floor_s: float) -> None:
    """The same models stand at all gauges; the readings differ."""
    hours = int(model.history_needed.total_seconds() // 3600) + 1
    gauges = [_river(hours, number, until) for number in range(_GAUGES)]
    issued: list[int] = []
    ours = _took(lambda: issued.extend(len(model.forecast(gauge, until)) for gauge in gauges))
    assert sum(issued) == _GAUGES * len(model.leads)
    _say(f"cycle of {_GAUGES} gauges", ours, floor_s, _CYCLE_S, "s")


def main() -> None:
    """Print the figures beside the floor's."""
    years = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    settings = load_models(Path(__file__).resolve().parent.parent / "config" / "models.toml")
    river = _river(round(years * _YEAR_H), 1, _UNTIL)
    print(f"{years:g} years, {len(river.level)} readings of each of four gauges")
    one_thread(lambda: _measure(river, settings, _UNTIL))


if __name__ == "__main__":
    main()
