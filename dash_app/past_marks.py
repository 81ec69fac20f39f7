"""What a chart of a level says of the past: floods as thin lines, revised readings as marks, gaps as breaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dash_app.chart import GREY, Figure, line
from dash_app.snapshot import StationView
from domain.past_floods import PastFlood
from domain.words import Language, number, say

#: A flood that stands at most so far above the water and the forecast is worth the room its line takes.
_NEAR_M = 1.0
#: Labels are so far apart, as a part of the axis.
_APART = 0.07


def at_breaks(
    points: Sequence[tuple[datetime, float]], breaks: Sequence[datetime]
) -> tuple[list[datetime], list[float | None]]:
    """The points with an empty value before each that follows a gap."""
    at: list[datetime] = []
    values: list[float | None] = []
    waiting = list(breaks)
    for moment, value in points:
        if waiting and waiting[0] <= moment:
            at.append(waiting[0])
            values.append(None)
            while waiting and waiting[0] <= moment:
                waiting.pop(0)
        at.append(moment)
        values.append(value)
    return at, values


def near_flood(view: StationView, high: float) -> float:
    """The top of the axis, raised to the next past flood where that is near."""
    above = [f.peak_m for f in _floods(view) if high <= f.peak_m <= high + _NEAR_M]
    return min(above, default=high)


def flood_lines(view: StationView, low: float, high: float) -> list[Figure]:
    """A thin line at each past peak within the axis."""
    return [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": flood.peak_m,
            "y1": flood.peak_m,
            "layer": "below",
            "line": {"color": GREY, "width": 0.9, "dash": "dot"},
        }
        for flood in _within(view, low, high)
    ]


def flood_labels(view: StationView, low: float, high: float, language: Language) -> list[Figure]:
    """Year and height at the left edge; who says so on hover."""
    return [
        {
            "text": f"{flood.on:%m/%Y}: {number(flood.peak_m, 2, language)} m{_doubt(flood, language)}",
            "xref": "paper",
            "x": 0.004,
            "xanchor": "left",
            "yref": "y",
            "y": flood.peak_m,
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 10.5},
            "hovertext": flood.source,
        }
        for flood in _apart(_within(view, low, high), _APART * (high - low))
    ]


def _apart(floods: list[PastFlood], room_m: float) -> list[PastFlood]:
    """Those whose labels do not lie on each other; of two that would, the higher flood keeps its label."""
    kept: list[PastFlood] = []
    for flood in sorted(floods, key=lambda f: -f.peak_m):
        if not kept or kept[-1].peak_m - flood.peak_m >= room_m:
            kept.append(flood)
    return kept


def revised(view: StationView, language: Language) -> list[Figure]:
    """The values that were shown before a device sent others for the same times."""
    found = [] if view.depth is None else [r for r in view.depth.revisions if r.quantity == "water_level"]
    if not found:
        return []
    name = say("ui.chart.revised", language)
    shown = line(name, [r.observed_at for r in found], [r.value for r in found], GREY, f"{name} %{{y:.2f}} m")
    return [shown | {"mode": "markers", "marker": {"symbol": "circle-open", "size": 7, "color": GREY}}]


def _floods(view: StationView) -> tuple[PastFlood, ...]:
    return () if view.depth is None else view.depth.floods


def _within(view: StationView, low: float, high: float) -> list[PastFlood]:
    return [flood for flood in _floods(view) if low <= flood.peak_m <= high]


def _doubt(flood: PastFlood, language: Language) -> str:
    return "" if flood.verified else f" ({say('doubt.unverified', language)})"
