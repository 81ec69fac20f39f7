"""Charts of rain, air, wind and reservoirs."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate

from dash_app import formats
from dash_app.chart import LINE_BLUE, SERIES, Figure, corners, layout, line, now_line, time_axis, times
from dash_app.past_marks import at_breaks
from dash_app.snapshot import StationView, Trace
from domain.readings import QualityFlag
from domain.words import Language, say

_ROOM = timedelta(hours=2)
_FLOW = ("inflow", "outflow", "discharge")
_POLLUTANTS = ("pm2_5", "pm10", "o3", "no2", "so2", "co")


def rain_chart(view: StationView, language: Language) -> Figure:
    """Hourly rain as bars and the sum since the start of the chart as a line."""
    frame = _frame(view, language)
    frame["margin"]["r"] = 52
    frame["yaxis"] = {"title": {"text": say("ui.chart.rain_hourly", language)}, "rangemode": "tozero"}
    frame["yaxis2"] = {
        "title": {"text": say("ui.chart.rain_sum", language)},
        "overlaying": "y",
        "tickmode": "auto",
        "side": "right",
        "rangemode": "tozero",
        "showgrid": False,
    }
    if view.rain is None:
        return {"data": [_span(view)], "layout": frame}
    middle = [at + timedelta(hours=view.rain.hours / 2) for at in view.rain.at]
    name, total = _bar_name(view, language), say("ui.chart.rain_sum", language)
    frame["yaxis"]["title"] = {"text": name}
    bars = {
        "type": "bar",
        "name": name,
        "x": times(middle),
        "y": list(view.rain.mm),
        "width": 3_400_000 * view.rain.hours,
        "marker": {"color": LINE_BLUE},
        "hovertemplate": f"{name} %{{y:.1f}}<extra></extra>",
    }
    ends = [at + timedelta(hours=view.rain.hours) for at in view.rain.at]
    sums = list(accumulate(view.rain.mm))
    return {
        "data": [_span(view), bars, line(total, ends, sums, SERIES[1], f"{total} %{{y:.1f}}", yaxis="y2")],
        "layout": frame,
    }


def _bar_name(view: StationView, language: Language) -> str:
    """Rain an hour, or a rain day from 19h to 19h."""
    daily = view.rain is not None and view.rain.hours == 24
    return say("ui.chart.rain_daily" if daily else "ui.chart.rain_hourly", language)


def air_chart(view: StationView, language: Language) -> Figure:
    """Every pollutant as a line; carbon monoxide, a hundred times the others, on its own axis."""
    frame = _frame(view, language)
    frame["yaxis"] = {"title": {"text": "µg/m³"}, "rangemode": "tozero"}
    shown = [t for t in view.traces if t.quantity in _POLLUTANTS]
    if any(t.quantity == "co" for t in shown):
        frame["margin"]["r"] = 58
        frame["yaxis2"] = {
            "title": {"text": "CO, µg/m³"},
            "overlaying": "y",
            "tickmode": "auto",
            "side": "right",
            "rangemode": "tozero",
            "showgrid": False,
        }
    lines = [
        _quantity_line(t, i, language) | ({"yaxis": "y2"} if t.quantity == "co" else {}) for i, t in enumerate(shown)
    ]
    return {"data": [_span(view), *lines], "layout": frame}


def wind_chart(view: StationView, language: Language) -> Figure:
    """Mean wind and gusts."""
    frame = _frame(view, language)
    frame["yaxis"] = {"title": {"text": "m/s"}, "rangemode": "tozero"}
    shown = [t for t in view.traces if t.quantity in ("wind_speed", "wind_gust")]
    lines = [_quantity_line(t, i, language) for i, t in enumerate(shown)]
    return {"data": [_span(view), *lines], "layout": frame}


def reservoir_chart(view: StationView, language: Language) -> Figure:
    """Level above, inflow and outflow below."""
    frame = _frame(view, language)
    frame["xaxis"]["anchor"] = "y2"
    frame["yaxis"] = {"domain": [0.48, 1], "title": {"text": say("ui.chart.level", language)}}
    frame["yaxis2"] = {"domain": [0, 0.42], "title": {"text": "m³/s"}, "rangemode": "tozero"}
    level = [_quantity_line(t, 0, language) for t in view.traces if t.quantity == "water_level"]
    flows = [t for t in view.traces if t.quantity in _FLOW]
    lines = [_quantity_line(t, i + 1, language) | {"yaxis": "y2"} for i, t in enumerate(flows)]
    return {"data": [_span(view) | {"yaxis": "y2"}, *level, *lines], "layout": frame}


def _frame(view: StationView, language: Language) -> Figure:
    frame = layout(language, view.chart)
    frame["xaxis"] = time_axis()
    shape, label = now_line(view.now.now, language)
    frame["shapes"], frame["annotations"] = [shape], [label]
    return frame


def _span(view: StationView) -> Figure:
    """The whole span of the chart on an axis that begins at zero."""
    return corners((view.since, view.now.now + _ROOM), 0.0, 0.0)


def _quantity_line(trace: Trace, index: int, language: Language) -> Figure:
    name = say(f"quantity.{trace.quantity}", language)
    kept = [(a, v) for a, v, f in zip(trace.at, trace.value, trace.flag, strict=True) if f is not QualityFlag.FAIL]
    text = f"{name} %{{y:.1f}} {formats.unit(trace.quantity, language)}"
    at, values = at_breaks(kept, trace.breaks)
    return line(name, at, values, SERIES[index % len(SERIES)], text)  # type: ignore[arg-type]
