"""What became of the largest flood of a record, forecast by models that had never seen one as large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecasting.backtest import at_valid_times
from forecasting.hindcast import OPERATIONAL, Backtested
from forecasting.inputs import instant


def largest_flood(tested: Backtested, leads: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, object]:
    """Ready for JSON: the peak, the highest level of the calibration, and by lead what was forecast for the peak.

    `leads` are the scores of `forecasting.backtest.scores`. low_m and high_m bound the 5-95 % band; null where no forecast was
    issued so long before the peak.
    """
    gauge = tested.gauge
    shown = gauge.grid.level[gauge.test_from : gauge.test_until]
    peak = gauge.test_from + int(np.nanargmax(shown))
    rest = np.concatenate([gauge.grid.level[: gauge.test_from], gauge.grid.level[gauge.test_until :]])
    found: dict[str, object] = {}
    for run in tested.runs:
        point, quantiles = run.models[OPERATIONAL]
        said, low, high = (
            at_valid_times(gauge.grid, run, part)[peak] for part in (point, quantiles[:, 0], quantiles[:, -1])
        )
        known = bool(np.isfinite(said))
        found[f"{run.lead_h:g}"] = {
            "pi_high": leads[f"{run.lead_h:g}"][OPERATIONAL]["pi_high"],
            "forecast_m": float(said),
            "low_m": float(low),
            "high_m": float(high),
            "inside": bool(low <= gauge.grid.level[peak] <= high) if known else None,
        }
    return {
        "peak_at": instant(int(gauge.grid.times_ns[peak])).isoformat(),
        "peak_m": float(gauge.grid.level[peak]),
        "highest_known_m": float(np.nanmax(rest)),
        "leads": found,
    }


def largest_lines(found: Mapping[str, Any]) -> list[str]:
    """The same as lines of text under the table of scores."""
    lines = [f"largest flood {found['peak_m']:.2f} m; the calibration knows {found['highest_known_m']:.2f} m"]
    for lead, one in found["leads"].items():
        high = "-" if one["pi_high"] is None else f"{one['pi_high']:.2f}"
        words = {True: "inside", False: "outside", None: "no forecast of the peak,"}[one["inside"]]
        band = "" if one["inside"] is None else f" {one['low_m']:.2f} to {one['high_m']:.2f} m,"
        lines.append(
            f"{lead:>4}h peak {words}{band} expected {one['forecast_m']:.2f} m, PI above the first level {high}"
        )
    return lines
