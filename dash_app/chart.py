"""What all charts share: the axis of time on Huế's clock, decimal signs, the now-line, hover.

Figures are plain dictionaries in plotly's own schema (a test builds plotly.graph_objects.Figure from each): the objects
themselves would cost the process 40 MB and every update ten times the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from dash_app import formats
from domain.times import HUE_TIME
from domain.words import Language, say

#: A figure, or one part of it.
Figure = dict[str, Any]

LINE_BLUE = "#2f7fcb"
GREY = "#7a858f"
MEDIAN = "#8b5cf6"
#: Alarm levels as lines, visible on light and dark: BĐ1, BĐ2, BĐ3, record.
STAGE_LINES = ("#e0ac00", "#f9842c", "#dd3a44", "#bb4aa0")
FONT = "Be Vietnam Pro, system-ui, sans-serif"
#: Series colours that keep 3:1 on white and on the dark panel, and differ in lightness for colour-blind readers.
SERIES = (LINE_BLUE, "#d9622b", "#6f9a2f", "#9c5fc4", "#a98600", "#3c9aa0")

CONFIG: Any = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "topojsonURL": "",
}


def times(moments: Iterable[datetime]) -> list[str]:
    """Times on Huế's clock without offset, as a date axis takes them."""
    return [at.astimezone(HUE_TIME).strftime("%Y-%m-%dT%H:%M:%S") for at in moments]


def time_axis() -> Figure:
    """The axis of time; its range is found from the traces.

    An explicit range that moves with the clock would undo what the viewer zoomed to at every update: plotly keeps a
    viewer's range only while the given one stays the same.
    """
    return {
        "type": "date",
        "autorange": True,
        "showgrid": True,
        "ticks": "outside",
        "tickformatstops": [
            {"dtickrange": [None, 86_399_999], "value": "%Hh\n%d/%m"},
            {"dtickrange": [86_400_000, None], "value": "%d/%m"},
        ],
        "hoverformat": "%H:%M %d/%m/%Y",
    }


def corners(
    span: tuple[datetime, datetime], low: float | None = None, high: float | None = None, **more: Any
) -> Figure:
    """An invisible trace that makes the axes reach from corner to corner."""
    unseen = {"mode": "lines", "line": {"width": 0, "color": "rgba(0,0,0,0)"}, "hoverinfo": "skip", "showlegend": False}
    return {"type": "scatter", "x": times(span), "y": [low, high], **unseen, **more}


def layout(language: Language, revision: str) -> Figure:
    """The frame; `revision` keeps what the viewer zoomed to through every update of the same chart."""
    return {
        "uirevision": revision,
        "separators": ",." if language == "vi" else ".,",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12.5},
        "hovermode": "x unified",
        "hoverlabel": {"font": {"family": FONT, "size": 12.5}},
        "dragmode": "zoom",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top"},
        "margin": {"l": 46, "r": 16, "t": 26, "b": 34},
        "shapes": [],
        "annotations": [],
        "bargap": 0.12,
    }


def now_line(now: datetime, language: Language) -> tuple[Figure, Figure]:
    """A vertical line at the station's own now, and its label on top."""
    at = times([now])[0]
    line = {"color": GREY, "width": 1.5, "dash": "dot"}
    shape = {"type": "line", "xref": "x", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": line}
    text = say("ui.chart.now", language, time=formats.clock(now))
    label = {"text": text, "xref": "x", "x": at, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    return shape, {**label, "font": {"size": 11.5}}


def line(name: str, at: Sequence[datetime], values: Sequence[float], colour: str, text: str, **more: Any) -> Figure:
    """A line; `text` is the hover template."""
    style = {"color": colour, "width": 2}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": times(at),
        "y": list(values),
        "line": style,
        "hovertemplate": text + "<extra></extra>",
        **more,
    }
