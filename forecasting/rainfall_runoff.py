"""From rain and upstream levels to the stage: wetness decides what runs off, reservoirs delay it, rivers route it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from forecasting.inputs import Floats, Integers, StepGrid, last_read

#: Rain that goes on is measured by the mean of this many past hours.
_RECENT_H = 3.0
#: Added to the flow, mm/h, so that the stage has a slope at no flow.
_LOW_FLOW = 0.01


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Flow:
    """The catchment's stores at n steps."""

    wetness_mm: Floats  # (n,) antecedent precipitation
    quick_1: Floats  # (n,) outflow of the first quick reservoir, mm a step
    quick_2: Floats  # (n,) of the second
    slow: Floats  # (n,) of the slow one
    routed: Floats  # (n, upstream gauges) their levels in standard deviations, delayed

    def at(self, rows: Integers) -> Flow:
        """The stores at some of the steps."""
        return Flow(
            wetness_mm=self.wetness_mm[rows],
            quick_1=self.quick_1[rows],
            quick_2=self.quick_2[rows],
            slow=self.slow[rows],
            routed=self.routed[rows],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RainToCome:
    """Rain after each of some issue steps: known, forecast or supposed."""

    rows: Integers  # (r,) steps of issue
    leads: tuple[int, ...]  # steps ahead that are asked for, ascending
    rain_mm: Floats  # (r, steps) or (1, steps): mm in each step after the issue


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Catchment:
    """Parameters of one gauge's catchment, and where the present flow leads to.

    Runoff is u = r · w / (w + storage), w the antecedent precipitation index with its own half-life: the same rain runs off
    more from wet ground (the catchment wetness of IHACRES, Jakeman and Hornberger 1990, Water Resour. Res. 26, with the
    saturating shape of the SCS curve number method). Two linear reservoirs in series and a slow one beside them make the
    unit hydrograph (Nash 1957). Upstream levels pass a linear reservoir each (Muskingum without wedge storage).
    Stage = gain · ((q + q0)^exponent - q0^exponent) + sum of the upstream parts, up to a constant.
    """

    wetness_h: float  # half-life of the wetness
    storage_mm: float
    quick_h: float
    slow_h: float
    slow_share: float
    gain_m: float
    exponent: float
    upstream: tuple[str, ...]
    centre: Floats  # (u,) mean of each upstream level
    spread: Floats  # (u,) and standard deviation
    travel_h: Floats  # (u,)
    upstream_gain_m: Floats  # (u,) of one standard deviation
    standard_errors: Floats  # of the parameters in the order and scale of `runoff_calibration.parameters`
    goes_on: Floats  # (k,) rain expected 1 … k steps ahead as a share of the mean of the last 3 h

    def follow(self, grid: StepGrid, areal_mm: Floats) -> Flow:
        """The stores at every step under the rain and the levels that were measured."""
        wetness_kept = 2.0 ** (-1.0 / (self.wetness_h * grid.per_hour))
        wetness = np.asarray(lfilter([1.0], [1.0, -wetness_kept], areal_mm))
        runoff = areal_mm * wetness / (wetness + self.storage_mm)
        quick_1 = _reservoir(runoff, self.quick_h * grid.per_hour)
        levels = [_reservoir(v, k * grid.per_hour) for v, k in zip(self._levels(grid), self.travel_h, strict=True)]
        return Flow(
            wetness_mm=wetness,
            quick_1=quick_1,
            quick_2=_reservoir(quick_1, self.quick_h * grid.per_hour),
            slow=_reservoir(runoff, self.slow_h * grid.per_hour),
            routed=np.column_stack(levels) if levels else np.zeros((len(areal_mm), 0)),
        )

    def stage(self, flow: Flow, per_hour: float) -> Floats:
        """Stage (n,) in m above an unknown constant."""
        q = np.maximum((1 - self.slow_share) * flow.quick_2 + self.slow_share * flow.slow, 0.0) * per_hour
        own = self.gain_m * ((q + _LOW_FLOW) ** self.exponent - _LOW_FLOW**self.exponent)
        return np.asarray(own + flow.routed @ self.upstream_gain_m)

    def ahead(self, grid: StepGrid, areal_mm: Floats, coming: RainToCome) -> Floats:
        """Changes of stage (rows, leads) in m from each row of `coming` under its rain.

        The levels upstream stay as they were last read.
        """
        flow, per_hour = self.follow(grid, areal_mm).at(coming.rows), grid.per_hour
        now, out = self.stage(flow, per_hour), np.empty((len(coming.rows), len(coming.leads)))
        levels = self._levels(grid)
        held = np.column_stack(levels)[coming.rows] if levels else flow.routed
        for step in range(coming.leads[-1]):
            flow = self._advance(flow, coming.rain_mm[:, step], held, per_hour)
            if step + 1 in coming.leads:
                out[:, coming.leads.index(step + 1)] = self.stage(flow, per_hour) - now
        return out

    def expected_rain(self, recent_mm: Floats, steps: int) -> Floats:
        """Rain (n, steps) in mm a step that on average followed a mean rain of `recent_mm` (n,) a step over 3 h."""
        going_on = np.zeros(steps)
        going_on[: len(self.goes_on)] = self.goes_on[:steps]
        return np.outer(recent_mm, going_on)

    def _advance(self, flow: Flow, rain_mm: Floats, held: Floats, per_hour: float) -> Flow:
        wetness = flow.wetness_mm * 2.0 ** (-1.0 / (self.wetness_h * per_hour)) + rain_mm
        runoff = rain_mm * wetness / (wetness + self.storage_mm)
        quick, slow = _kept(self.quick_h * per_hour), _kept(self.slow_h * per_hour)
        routed = np.exp(-1.0 / (self.travel_h * per_hour))
        quick_1 = quick * flow.quick_1 + (1 - quick) * runoff
        return Flow(
            wetness_mm=wetness,
            quick_1=quick_1,
            quick_2=quick * flow.quick_2 + (1 - quick) * quick_1,
            slow=slow * flow.slow + (1 - slow) * runoff,
            routed=routed * flow.routed + (1 - routed) * held,
        )

    def _levels(self, grid: StepGrid) -> list[Floats]:
        return [
            (known_level(grid.upstream.get(name, np.full(len(grid.level), np.nan)), centre) - centre) / spread
            for name, centre, spread in zip(self.upstream, self.centre, self.spread, strict=True)
        ]


def areal_rain(grid: StepGrid) -> Floats:
    """Mean rain of the gauges that reported in each step (mm), 0.0 where none did."""
    if not grid.rain:
        return np.zeros(len(grid.level))
    table = np.column_stack(list(grid.rain.values()))
    return np.asarray(np.nansum(table, axis=1) / np.maximum((~np.isnan(table)).sum(axis=1), 1))


def recent_rain(areal_mm: Floats, grid: StepGrid) -> Floats:
    """Mean rain a step over the last 3 h, (n,)."""
    steps = grid.steps(_RECENT_H)
    return np.asarray(lfilter(np.full(steps, 1.0 / steps), [1.0], areal_mm))


def known_level(readings: Floats, otherwise: float) -> Floats:
    """The last reading at every step, `otherwise` before the first."""
    source = last_read(readings)
    return np.where(source >= 0, readings[np.maximum(source, 0)], otherwise)


def _reservoir(inflow: Floats, residence: float) -> Floats:
    """Outflow of a linear reservoir with a residence time in steps, in balance with its first inflow."""
    kept = _kept(residence)
    first = kept * inflow[:1]
    return np.asarray(lfilter([1.0 - kept], [1.0, -kept], inflow, zi=first)[0])


def _kept(residence: float) -> float:
    return float(np.exp(-1.0 / residence))
