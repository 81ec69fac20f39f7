"""Under the hydrograph: gauges upstream, each moved by its travel time, as rise above their lowest of the span.

Their zeros differ by tens of metres, so that only the rises can stand on one axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash_app import wording
from dash_app.chart import LINE_BLUE, SERIES, Figure, line
from dash_app.snapshot import StationView
from dash_app.station_depth import UpstreamTrace
from domain.readings import QualityFlag
from domain.words import Language, number, say

#: The panels of a figure with gauges upstream: rain, level, upstream, from the top down.
RAIN_DOMAIN, LEVEL_DOMAIN, UPSTREAM_DOMAIN = [0.86, 1], [0.32, 0.83], [0, 0.24]


def upstream_of(view: StationView) -> tuple[UpstreamTrace, ...]:
    """The gauges upstream that the chart shows."""
    return () if view.depth is None else view.depth.upstream


def upstream_traces(view: StationView, language: Language) -> list[Figure]:
    """Own rise in the blue of the level, and each gauge upstream in a colour of its own."""
    gauges = upstream_of(view)
    if not gauges:
        return []
    found = [_rise(g.at, g.value, g.lag, _name(g, language), SERIES[1 + i % 5]) for i, g in enumerate(gauges)]
    own = next((t for t in view.traces if t.quantity == "water_level"), None)
    if own is not None:
        name = wording.name(view.now.station, language)
        good = [(a, v) for a, v, f in zip(own.at, own.value, own.flag, strict=True) if f is not QualityFlag.FAIL]
        found.append(_rise([a for a, _ in good], [v for _, v in good], timedelta(0), name, LINE_BLUE))
    return found


def upstream_axis(language: Language) -> Figure:
    """The axis of rises."""
    return {"domain": UPSTREAM_DOMAIN, "title": {"text": say("ui.chart.rise", language)}, "rangemode": "tozero"}


def _name(gauge: UpstreamTrace, language: Language) -> str:
    hours = number(gauge.lag / timedelta(hours=1), 1, language)
    return say("ui.chart.upstream", language, station=wording.name(gauge.station, language), hours=hours)


def _rise(at: Sequence[datetime], value: Sequence[float], lag: timedelta, name: str, colour: str) -> Figure:
    lowest = min(value, default=0.0)
    moved = [t + lag for t in at]
    found = line(name, moved, [v - lowest for v in value], colour, f"{name} +%{{y:.2f}} m", yaxis="y3")
    found["line"]["width"] = 1.5
    return found
