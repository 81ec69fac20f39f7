"""The hydrograph: level, alarm levels, rain from the top, forecast band, earlier forecasts, doubtful readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from dash_app import wording
from dash_app.chart import (
    GREY,
    LINE_BLUE,
    MEDIAN,
    STAGE_LINES,
    Figure,
    corners,
    layout,
    line,
    now_line,
    time_axis,
    times,
)
from dash_app.forecast_peak import is_current
from dash_app.past_marks import at_breaks, flood_labels, flood_lines, near_flood, revised
from dash_app.snapshot import RainBars, StationView, Trace
from dash_app.upstream_panel import LEVEL_DOMAIN, RAIN_DOMAIN, upstream_axis, upstream_traces
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.readings import QualityFlag
from domain.words import Language, number, say

AHEAD = timedelta(hours=24)
_RAIN_BLUE = "#5f97d1"
_DOUBTFUL = (QualityFlag.SUSPECT, QualityFlag.FAIL)
_BANDS = ((0.05, 0.95, 0.2), (0.25, 0.75, 0.34))
#: A line is broken where readings are missing for longer than this many intervals.
_GAP = 4
#: Alarm levels that stand closer, as a part of the axis, have no room for a third line in their labels on a phone.
_ROOM = 0.22


def hydrograph(view: StationView, language: Language) -> Figure:
    """The chart of a river gauge, 5 days back and 24 h ahead on its own clock."""
    level = next((t for t in view.traces if t.quantity == "water_level"), None)
    low, high = level_span(view, level)
    frame = layout(language, view.chart)
    frame["margin"]["r"] = 104
    upstream = upstream_traces(view, language)
    frame["xaxis"] = time_axis() | {"anchor": "y3" if upstream else "y"}
    domain = LEVEL_DOMAIN if upstream else [0, 0.78]
    frame["yaxis"] = {"domain": domain, "autorange": True, "title": {"text": say("ui.chart.level", language)}}
    frame["yaxis2"] = _rain_axis(view.rain, language) | ({"domain": RAIN_DOMAIN} if upstream else {})
    if upstream:
        frame["yaxis3"] = upstream_axis(language)
        frame["legend"]["y"] = -0.07
    corner = corners((view.since, view.now.now + AHEAD), low, high)
    traces = [corner, *_rain(view.rain, language), *_forecast(view, language), *_observed(level, (low, high), language)]
    traces += [*revised(view, language), *upstream]
    shape, label = now_line(view.now.now, language)
    frame["shapes"] = [*_threshold_lines(view, low, high), *flood_lines(view, low, high), shape]
    frame["annotations"] = [
        *_threshold_labels(view, low, high, language),
        *flood_labels(view, low, high, language),
        label,
    ]
    return {"data": traces, "layout": frame}


def level_span(view: StationView, level: Trace | None) -> tuple[float, float]:
    """The axis of level: all that was read and is forecast, and the next alarm level above it."""
    good = (
        [] if level is None else [v for v, f in zip(level.value, level.flag, strict=True) if f is not QualityFlag.FAIL]
    )
    ends = [q for f in view.forecast for q in (f.quantiles_m[0], f.quantiles_m[-1])]
    known = [*good, *ends] or [0.0, 1.0]
    low, high = min(known), max(known)
    levels = [] if view.now.thresholds is None else [m for m in view.now.thresholds.levels_m if m is not None]
    above = [m for m in levels if m >= high]
    high = max(high, min(above, default=high))
    if levels and min(levels) < low < min(levels) + 0.5:
        low = min(levels)
    high = near_flood(view, high)
    return low - 0.05, high + 0.05


def _observed(level: Trace | None, span: tuple[float, float], language: Language) -> list[Figure]:
    if level is None:
        return []
    kept = [(a, v) for a, v, f in zip(level.at, level.value, level.flag, strict=True) if f is not QualityFlag.FAIL]
    if level.breaks:
        at, values = at_breaks(kept, level.breaks)
    else:
        at, values = _broken([a for a, _ in kept], [v for _, v in kept])
    name = say("ui.chart.observed", language)
    shown = line(name, at, values, LINE_BLUE, f"{name} %{{y:.2f}} m", connectgaps=False)  # type: ignore[arg-type]
    shown["line"]["width"] = 2.4
    return [shown, *_flags(level, span, language)]


def _broken(at: list[datetime], values: list[float]) -> tuple[list[datetime], list[float | None]]:
    """The same with an empty value in every gap: what was not measured is not drawn."""
    if len(at) < 3:
        return at, list(values)
    steps = sorted(b - a for a, b in pairwise(at))
    usual = steps[len(steps) // 2]
    times_out, values_out = [at[0]], [values[0] if values else None]
    for (before, after), value in zip(pairwise(at), values[1:], strict=True):
        if after - before > _GAP * usual:
            times_out.append(before + usual)
            values_out.append(None)
        times_out.append(after)
        values_out.append(value)
    return times_out, values_out


def _flags(level: Trace, span: tuple[float, float], language: Language) -> list[Figure]:
    """Suspect and failed readings as marks of their own; one beyond the axis stands at its edge and says its value."""
    low, high = span
    found = []
    for flag, mark, colour in (
        (QualityFlag.SUSPECT, "triangle-up-open", "#c25e00"),
        (QualityFlag.FAIL, "x-thin-open", "#cf222e"),
    ):
        picked = [(a, v) for a, v, f in zip(level.at, level.value, level.flag, strict=True) if f is flag]
        if picked:
            name = wording.flag(flag, language)
            at, drawn = [a for a, _ in picked], [min(max(v, low), high) for _, v in picked]
            values = [[number(v, 2, language)] for _, v in picked]
            shown = line(name, at, drawn, colour, f"{name} %{{customdata[0]}} m", customdata=values)
            found.append(
                shown
                | {"mode": "markers", "marker": {"symbol": mark, "size": 9, "color": colour, "line": {"width": 2}}}
            )
    return found


def _forecast(view: StationView, language: Language) -> list[Figure]:
    current = is_current(view.forecast, view.now.now)
    past = [*view.earlier, *([view.forecast] if view.forecast and not current else [])]
    earlier = [_faint(issue, first=i == 0, language=language) for i, issue in enumerate(past)]
    if not current:
        return earlier
    leads = (*_anchor(view), *view.forecast)
    bands = [trace for low, high, alpha in _BANDS for trace in _band(leads, low, high, alpha, language)]
    name = say("ui.chart.median", language)
    median = line(name, [f.valid_at for f in leads], [f.median_m for f in leads], MEDIAN, f"{name} %{{y:.2f}} m")
    median["line"]["dash"] = "dash"
    return [*earlier, *bands, median]


def _anchor(view: StationView) -> tuple[LevelForecast, ...]:
    """The reading the forecast was issued on, as a lead of nothing: the fan opens from the water itself."""
    first = view.forecast[0]
    level = next((t for t in view.traces if t.quantity == "water_level"), None)
    known = {} if level is None else dict(zip(level.at, level.value, strict=True))
    if first.issued_at not in known:
        return ()
    return (replace(first, valid_at=first.issued_at, quantiles_m=(known[first.issued_at],) * len(PROBABILITIES)),)


def _faint(issue: tuple[LevelForecast, ...], *, first: bool, language: Language) -> Figure:
    name = say("ui.chart.earlier", language)
    at, values = [f.valid_at for f in issue], [f.median_m for f in issue]
    shown = line(name, at, values, GREY, "", hoverinfo="skip", legendgroup="earlier", showlegend=first, opacity=0.6)
    shown["line"] = {"color": GREY, "width": 1.2, "dash": "dot"}
    del shown["hovertemplate"]
    return shown


def _band(leads: tuple[LevelForecast, ...], low: float, high: float, alpha: float, language: Language) -> list[Figure]:
    """Two lines with the space between them filled: from `low` to `high` probability."""
    below, above = PROBABILITIES.index(low), PROBABILITIES.index(high)
    at = [f.valid_at for f in leads]
    name = say("ui.chart.band", language, share=round(100 * (high - low)))
    hidden = {"width": 0, "color": MEDIAN}
    under = line(name, at, [f.quantiles_m[below] for f in leads], MEDIAN, "", showlegend=False, hoverinfo="skip")
    del under["hovertemplate"]
    upper = [f.quantiles_m[above] for f in leads]
    shares = [[number(f.quantiles_m[below], 2, language)] for f in leads]
    over = line(name, at, upper, MEDIAN, f"{name} %{{customdata[0]}}–%{{y:.2f}} m", customdata=shares)
    fill = {"fill": "tonexty", "fillcolor": f"rgba(139,92,246,{alpha})"}
    return [under | {"line": hidden}, over | {"line": hidden} | fill]


def _rain(rain: RainBars | None, language: Language) -> list[Figure]:
    if rain is None:
        return []
    middle = [at + timedelta(hours=rain.hours / 2) for at in rain.at]
    name = rain_name(rain, language)
    return [
        {
            "type": "bar",
            "name": name,
            "x": times(middle),
            "y": list(rain.mm),
            "width": 3_400_000 * rain.hours,
            "yaxis": "y2",
            "marker": {"color": _RAIN_BLUE},
            "hovertemplate": f"{say('ui.chart.rain', language)} %{{y:.1f}} mm<extra></extra>",
        }
    ]


def rain_name(rain: RainBars, language: Language) -> str:
    """Whose rain it is."""
    if len(rain.gauges) == 1:
        return say("ui.chart.rain_of", language, station=rain.gauges[0])
    return say("ui.chart.rain_mean", language, count=len(rain.gauges))


def _rain_axis(rain: RainBars | None, language: Language) -> Figure:
    """Rain hangs from the top: an inverted axis, never so short that drizzle looks like a storm."""
    top = max([10.0, *([] if rain is None else rain.mm)])
    return {
        "domain": [0.82, 1],
        "range": [top * 1.08, 0],
        "title": {"text": say("ui.chart.rain_axis", language)},
        "nticks": 4,
        "fixedrange": True,
    }


def _threshold_lines(view: StationView, low: float, high: float) -> list[Figure]:
    return [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": level_m,
            "y1": level_m,
            "layer": "below",
            "line": {"color": STAGE_LINES[k - 1], "width": 2.2, "dash": "solid" if k < 4 else "dashdot"},
        }
        for k, level_m in _shown_levels(view, low, high)
    ]


def _threshold_labels(view: StationView, low: float, high: float, language: Language) -> list[Figure]:
    """At the right edge: name, height, date and doubt; the source on hover. Where two are near, the doubt takes the date's place."""
    found = view.now.thresholds
    if found is None:
        return []
    labels = []
    shown = _shown_levels(view, low, high)
    for k, level_m in shown:
        name = say(f"alarm_level.short.{k}", language)
        note = f"{found.record_year}" if k == 4 and found.record_year is not None else f"{found.valid_from:%d/%m/%Y}"
        if not found.verified:
            roomy = all(abs(level_m - other) >= _ROOM * (high - low) for j, other in shown if j != k)
            note = f"{note}<br>{say('doubt.unverified', language)}" if roomy else say("doubt.unverified", language)
        text = f"<b>{name}</b> {number(level_m, 2, language)}" + (
            f"<br><span style='font-size:10px'>{note}</span>" if note else ""
        )
        labels.append(
            {
                "text": text,
                "xref": "paper",
                "x": 1.006,
                "xanchor": "left",
                "yref": "y",
                "y": level_m,
                "align": "left",
                "showarrow": False,
                "font": {"size": 11.5},
                "hovertext": f"{found.source} · {found.datum} · {found.valid_from:%d/%m/%Y}",
            }
        )
    return labels


def _shown_levels(view: StationView, low: float, high: float) -> list[tuple[int, float]]:
    if view.now.thresholds is None:
        return []
    known = enumerate(view.now.thresholds.levels_m, start=1)
    return [(k, level_m) for k, level_m in known if level_m is not None and low <= level_m <= high]
