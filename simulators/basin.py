"""The basin from rain to gauges: runoff, dams, rivers, ratings, and the tide of the lagoon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulators.catchments import CATCHMENTS, DAMS, NODES, Inflow
from simulators.reservoirs import Lakes, ReleaseOrder
from simulators.runoff import Runoff, simulate_runoff
from simulators.storm import Storm, rain_intensity_mm_h
from simulators.terrain import Floats

STEP_H = 1 / 6
_CATCHMENT = {c.name: number for number, c in enumerate(CATCHMENTS)}
_DAM = {d.name: number for number, d in enumerate(DAMS)}
_FROM_DAM = "dam:"
_NODE = {n.name: number for number, n in enumerate(NODES)}
#: Amplitude m, period h, phase h of the tide at Huế's lagoon: M2, S2, K1, O1 periods; amplitudes and phases are chosen
#: (the tide on this coast is small, about half a metre).
_TIDE = ((0.15, 12.4206, 2.0), (0.04, 12.0, 3.0), (0.05, 23.9345, 5.0), (0.04, 25.8193, 1.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class BasinRun:
    """What the basin did; every array has one row for each time in `hours`."""

    hours: Floats
    rain_mm: Floats  # (steps, catchments), in the step that ends at the time
    runoff: Runoff
    dam_inflow_m3s: Floats  # (steps, dams)
    dam_outflow_m3s: Floats
    dam_storage_m3: Floats
    dam_level_m: Floats
    node_discharge_m3s: Floats  # (steps, nodes)
    node_stage_m: Floats

    def since(self, first: int) -> BasinRun:
        """The same from one step on, without the spin-up before it. The runoff is left whole."""
        tables = {
            name: getattr(self, name)[first:]
            for name in (
                "hours",
                "rain_mm",
                "dam_inflow_m3s",
                "dam_outflow_m3s",
                "dam_storage_m3",
                "dam_level_m",
                "node_discharge_m3s",
                "node_stage_m",
            )
        }
        return replace(self, **tables)


def areal_rain_mm(storms: list[tuple[Storm, float]], hours: Floats) -> Floats:
    """Mean rain of every catchment, mm in the step that ends at each time; storms with the hour they begin."""
    points = np.array([point for c in CATCHMENTS for point in c.points])
    owner = np.repeat(np.arange(len(CATCHMENTS)), [len(c.points) for c in CATCHMENTS])
    at_points = point_rain_mm(storms, points[:, 0], points[:, 1], hours, STEP_H)
    return np.stack([at_points[:, owner == number].mean(axis=1) for number in range(len(CATCHMENTS))], axis=1)


def point_rain_mm(storms: list[tuple[Storm, float]], lat: Floats, lon: Floats, hours: Floats, step_h: float) -> Floats:
    """Rain at places, mm in the step that ends at each time (the intensity at the step's middle), shape (times, places)."""
    total = np.zeros((len(hours), len(lat)))
    for storm, begins_h in storms:
        total += rain_intensity_mm_h(storm, lat, lon, hours - step_h / 2 - begins_h) * step_h
    return total


def tide_m(hours_since_1970: Floats) -> Floats:
    """The tide at the lagoon's mouth, m about the mean level."""
    total = np.zeros_like(hours_since_1970)
    for amplitude, period_h, phase_h in _TIDE:
        total += amplitude * np.cos(2 * np.pi * (hours_since_1970 - phase_h) / period_h)
    return total


def simulate_basin(rain_mm: Floats, hours: Floats, tide: Floats, orders: Sequence[ReleaseOrder] = ()) -> BasinRun:
    """Run the basin on areal rain of shape (steps, catchments); `tide` in m for each step. Starts with half-wet soil.

    `orders` count their hours as `hours` does.
    """
    runoff = simulate_runoff(CATCHMENTS, rain_mm, STEP_H)
    steps = len(hours)
    lakes = Lakes(DAMS, orders)
    inflow = np.stack(
        [runoff.discharge_m3s[:, [_CATCHMENT[c] for c in d.catchments]].sum(axis=1) for d in DAMS], axis=1
    )
    outflow, storage = np.empty((steps, len(DAMS))), np.empty((steps, len(DAMS)))
    river = _Rivers(runoff.discharge_m3s, outflow)
    discharge, stage = np.empty((steps, len(NODES))), np.empty((steps, len(NODES)))
    kim_long_m = 0.0
    for step in range(steps):
        outflow[step] = lakes.step(inflow[step], kim_long_m=kim_long_m, step_h=STEP_H, at_h=float(hours[step]))
        storage[step] = lakes.storage_m3
        discharge[step] = river.step(step)
        stage[step] = stage_m(discharge[step], float(tide[step]))
        kim_long_m = stage[step, _NODE["kim_long"]]
    return BasinRun(
        hours=hours,
        rain_mm=rain_mm,
        runoff=runoff,
        dam_inflow_m3s=inflow,
        dam_outflow_m3s=outflow,
        dam_storage_m3=storage,
        dam_level_m=lakes.level_m(storage),
        node_discharge_m3s=discharge,
        node_stage_m=stage,
    )


class _Rivers:
    """Carries releases and runoff to the nodes: a pure delay, then one linear reservoir for the reach and its plain."""

    def __init__(self, runoff_m3s: Floats, release_m3s: Floats) -> None:
        self._release = release_m3s
        self._keep = np.exp(-STEP_H / np.array([n.storage_h for n in NODES]))
        self._flow: Floats | None = None
        self._from_land = _runoff_arriving(runoff_m3s)
        dams = [(row, i) for row, node in enumerate(NODES) for i in node.inflows if i.source.startswith(_FROM_DAM)]
        self._node = np.array([row for row, _ in dams])
        self._dam = np.array([_DAM[i.source.removeprefix(_FROM_DAM)] for _, i in dams])
        self._late = np.array([_steps(i) for _, i in dams])
        self._share = np.array([i.share for _, i in dams])

    def step(self, step: int) -> Floats:
        """Discharge at every node in this step, m³/s."""
        released = self._share * self._release[np.maximum(step - self._late, 0), self._dam]
        arriving: Floats = self._from_land[step] + np.bincount(self._node, released, len(NODES))
        self._flow = arriving if self._flow is None else arriving + (self._flow - arriving) * self._keep
        return self._flow


def _runoff_arriving(runoff_m3s: Floats) -> Floats:
    """Runoff that reaches every node without a dam between, m³/s, shape (steps, nodes)."""
    arriving = np.zeros((len(runoff_m3s), len(NODES)))
    for row, node in enumerate(NODES):
        for inflow in node.inflows:
            if not inflow.source.startswith(_FROM_DAM):
                then = np.maximum(np.arange(len(runoff_m3s)) - _steps(inflow), 0)
                arriving[:, row] += inflow.share * runoff_m3s[then, _CATCHMENT[inflow.source]]
    return arriving


def _steps(inflow: Inflow) -> int:
    return round(inflow.lag_h / STEP_H)


#: Depth of flood over which the tide fades.
_DROWNED_M = 0.8
_ZERO = np.array([n.zero_m for n in NODES])
_RATING_A = np.array([n.rating_a for n in NODES])
_RATING_B = np.array([n.rating_b for n in NODES])
_TIDE_SHARE = np.array([n.tide for n in NODES])


def stage_m(discharge_m3s: Floats, tide: float) -> Floats:
    """Stage of every node, m above its gauge datum: zero + a·Q^b, plus the tide as far as the flood does not drown it.

    A power rating (ISO 18320:2020, stage-discharge relation) turned round; the tide fades as exp(-flood depth / 0.8 m).
    """
    above_zero = _RATING_A * np.maximum(discharge_m3s, 0.0) ** _RATING_B
    stage: Floats = _ZERO + above_zero + _TIDE_SHARE * tide * np.exp(-above_zero / _DROWNED_M)
    return stage


def stages_m(discharge: Floats, tide: Floats, node: int) -> Floats:
    """Stage of one node over time, m; `stage_m` for all nodes at one time, this for one node at all times."""
    above_zero = _RATING_A[node] * np.maximum(discharge, 0.0) ** _RATING_B[node]
    stage: Floats = _ZERO[node] + above_zero + _TIDE_SHARE[node] * tide * np.exp(-above_zero / _DROWNED_M)
    return stage


def discharge_m3s(stage: Floats, tide: Floats, node: int) -> Floats:
    """The discharge of one node that belongs to its stage over time: `stages_m` turned round.

    The tide makes it implicit; twenty rounds of putting in the last answer settle it to less than a millimetre.
    """
    above_zero = np.maximum(stage - _ZERO[node], 0.0)
    for _ in range(20):
        above_zero = np.maximum(stage - _ZERO[node] - _TIDE_SHARE[node] * tide * np.exp(-above_zero / _DROWNED_M), 0.0)
    flow: Floats = (above_zero / _RATING_A[node]) ** (1 / _RATING_B[node])
    return flow
