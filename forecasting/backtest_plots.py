"""The charts of a backtest report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from forecasting.backtest import at_valid_times
from forecasting.flood_events import FloodEvent
from forecasting.hindcast import OPERATIONAL, Backtested, LeadRun
from forecasting.inputs import Floats, instant
from forecasting.svg_chart import COLOURS, Chart

#: Leads drawn over a flood: close to it, and as far ahead as people need to move.
_DRAWN_H = (3.0, 6.0, 12.0)
_STAGES = ("#e0ac00", "#f9842c", "#dd3a44")
Scores = Mapping[str, Any]


def hydrograph(tested: Backtested, event: FloodEvent, run: LeadRun, *, standalone: bool = False) -> str:
    """One flood as observed, and as forecast `run.lead_h` hours before each time: expected level and 10-90 % band."""
    grid = tested.gauge.grid
    room = grid.steps(36)
    rows = np.arange(max(0, event.first - room), min(len(grid.level), event.last + room + 1))
    point, quantiles = run.models[OPERATIONAL]
    said, low, high = (at_valid_times(grid, run, part)[rows] for part in (point, quantiles[:, 1], quantiles[:, -2]))
    seen = grid.level[rows]
    known = np.concatenate([part[np.isfinite(part)] for part in (seen, low, high)])
    chart = Chart(
        x=(0.0, float(len(rows) - 1)),
        y=_with_room(known),
        x_ticks=_days(tested, rows),
        y_label="m",
        title=f"{tested.recording.target}, {run.lead_h:g} h ahead",
    )
    x = np.arange(len(rows), dtype=np.float64)
    for number, level_m in enumerate(tested.recording.thresholds):
        chart.level(level_m, _STAGES[number], f"{number + 1}")
    chart.band(x, low, high, COLOURS[0], "10-90 %")
    chart.line(x, seen, "#1f2428", "observed")
    chart.line(x, said, COLOURS[1], f"forecast {run.lead_h:g} h before")
    return chart.svg(standalone=standalone)


def drawn_runs(tested: Backtested) -> list[LeadRun]:
    """The leads that are drawn over a flood; all when none of the usual ones was asked for."""
    return [run for run in tested.runs if run.lead_h in _DRAWN_H] or list(tested.runs[:3])


def by_lead(leads: Mapping[str, Scores], key: str, label: str) -> str:
    """One score of every model against the lead."""
    hours = np.array([float(h) for h in leads])
    names = list(next(iter(leads.values())))
    lines = {name: np.array([_number(models[name][key]) for models in leads.values()]) for name in names}
    known = np.concatenate(list(lines.values()))
    chart = Chart(
        x=(0.0, float(hours.max())), y=_with_room(known), x_label="lead, h", y_label=label, title=f"{label} by lead"
    )
    for number, (name, values) in enumerate(lines.items()):
        ours = name == OPERATIONAL
        colour = COLOURS[0] if ours else COLOURS[1 + number]
        chart.line(hours, values, colour, name, dashed=not ours, width=2.6 if ours else 1.6)
        chart.dots(hours, values, colour)
    return chart.svg()


def reliability_diagram(leads: Mapping[str, Scores], number: int, *, standalone: bool = False) -> str:
    """What came against what was said, of reaching one alarm level within the lead; larger dots are more forecasts."""
    chart = Chart(
        x=(0.0, 1.0), y=(0.0, 1.0), x_label="chance that was given", y_label="share that came", title="reliability"
    )
    chart.line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "#7a858f", "right", dashed=True)
    for colour, (lead, models) in zip(COLOURS, _some(leads), strict=False):
        bins = np.array(models[OPERATIONAL][f"within_{number}"]["bins"], dtype=np.float64).reshape(-1, 3)
        chart.line(bins[:, 0], bins[:, 1], colour, f"{lead} h")
        chart.dots(bins[:, 0], bins[:, 1], colour, np.clip(1.2 * np.log10(bins[:, 2] + 1) + 1, 1.5, 7))
    return chart.svg(standalone=standalone)


def spread_and_skill(leads: Mapping[str, Scores]) -> str:
    """Root mean square error against the spread that was given, in classes of spread."""
    found = [(lead, np.array(m[OPERATIONAL]["spread_skill"]).reshape(-1, 2)) for lead, m in _some(leads)]
    most = max((float(pairs.max()) for _, pairs in found if len(pairs)), default=1.0)
    span = (0.0, most * 1.05)
    chart = Chart(x=span, y=span, x_label="spread, m", y_label="error, m", title="spread and skill")
    chart.line(np.array(span), np.array(span), "#7a858f", "right", dashed=True)
    for colour, (lead, pairs) in zip(COLOURS, found, strict=False):
        chart.line(pairs[:, 0], pairs[:, 1], colour, f"{lead} h")
        chart.dots(pairs[:, 0], pairs[:, 1], colour)
    return chart.svg()


def _some(leads: Mapping[str, Scores]) -> list[tuple[str, Scores]]:
    chosen = [(lead, models) for lead, models in leads.items() if float(lead) in (*_DRAWN_H, 24.0)]
    return chosen or list(leads.items())[:4]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _with_room(values: Floats) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


def _days(tested: Backtested, rows: Sequence[int] | Any) -> list[tuple[float, str]]:
    """A tick at local midnight, at most ten of them."""
    grid, offset = tested.gauge.grid, tested.recording.utc_offset
    local = [instant(int(grid.times_ns[row])).astimezone(offset) for row in rows]
    step = tested.recording.step
    midnights = [
        (float(k), f"{at:%d/%m/%y}") for k, at in enumerate(local) if (at - at.replace(hour=0, minute=0)) < step
    ]
    every = max(1, -(-len(midnights) // 9))
    return (
        midnights[::every]
        if step < timedelta(days=1)
        else [(float(k), f"{at:%d/%m/%y}") for k, at in enumerate(local)][::every]
    )
