"""The pictures of an exercise's report, as SVG that takes its colours from the page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape

import numpy as np

from cli.exercise_evidence import Evidence
from cli.exercise_findings import Compared
from domain.quantities import QUANTITIES
from domain.stations import StageThresholds
from domain.times import local
from domain.words import say
from simulators.noise import Integers
from simulators.terrain import Floats

_WIDTH, _HEIGHT = 1000, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 16, 16, 40
#: Between two lines of the axis; the most of them. Days between two dates so that there is room for them.
_STEPS, _MOST_LINES, _MOST_DATES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0), 8, 16
#: Room for the flags above the highest level, as a part of the span of levels.
_HEADROOM = 0.22
_DAY = timedelta(days=1)
#: Minutes in one bar of the distribution.
_BAR_MIN = 2
#: Readings drawn of one unbroken line; the picture is as many units wide.
_MOST_POINTS = 1000


@dataclass(kw_only=True)
class _Plot:
    """A pair of axes over time; `y` in the unit of what is drawn."""

    begins: datetime
    ends: datetime
    low: float
    high: float
    parts: list[str] = field(default_factory=list)

    def x(self, at: datetime) -> float:
        share = (at - self.begins) / (self.ends - self.begins)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def axes(self, unit: str) -> None:
        step = next(step for step in _STEPS if (self.high - self.low) / step <= _MOST_LINES)
        for value in np.arange(np.ceil(self.low / step) * step, self.high + 1e-9, step):
            y = self.y(float(value))
            self.parts.append(f'<line class="rule" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
            self.parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value + 0.0:g}</text>')
        self.parts.append(f'<text x="4" y="12">{escape(unit)}</text>')
        self.parts += _days(self.begins, self.ends, self.x)


def _days(begins: datetime, ends: datetime, x: Callable[[datetime], float]) -> list[str]:
    parts = []
    first = day = local(begins).replace(hour=0, minute=0, second=0, microsecond=0)
    every = (ends - begins) // (_MOST_DATES * _DAY) + 1
    while day <= ends:
        if day >= begins:
            at = x(day)
            parts.append(f'<line class="rule" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{_HEIGHT - _BOTTOM}"/>')
        noon = day + _DAY / 2
        if begins <= noon <= ends and (day - first) // _DAY % every == 0:
            parts.append(f'<text x="{x(noon):.1f}" y="{_HEIGHT - 22}" text-anchor="middle">{day:%d/%m}</text>')
        day += _DAY
    return parts


def hydrograph(found: Evidence, station: str, pairs: Sequence[Compared], marks: Sequence[tuple[datetime, str]]) -> str:
    """Levels as stored, reported readings as dots, alarm levels, both forecasts at their validity, `marks` as flags."""
    graph, run = found.levels[station], found.run
    levels = _alarm_levels(found, station)
    known = graph.level_m[np.isfinite(graph.level_m)]
    low, high = min([*(float(v) for v in known), 0.0]) - 0.1, max([*(float(v) for v in known), *levels.values(), 1.0])
    plot = _Plot(begins=run.begins, ends=run.ends, low=low, high=high + _HEADROOM * (high - low))
    plot.axes("m")
    outage = found.exercise.broker_outage
    if outage is not None and run.begins <= outage.begins < run.ends:
        left, right = plot.x(outage.begins), max(plot.x(min(outage.ends, run.ends)), plot.x(outage.begins) + 2)
        plot.parts.append(
            f'<rect class="away" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        )
    for number, (name, level) in enumerate(levels.items(), 1):
        y = plot.y(level)
        plot.parts.append(
            f'<line class="alarm a{number}" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        )
        plot.parts.append(f'<text x="{_LEFT + 4}" y="{y - 4:.1f}">{escape(name)} {_comma(level)}</text>')
    plot.parts += _curve(plot, graph.at_s, graph.level_m)
    plot.parts += _flags(plot, marks)
    plot.parts += [part for pair in pairs for part in _forecasts(plot, pair)]
    plot.parts += _reported(plot, found, station)
    return _picture(plot.parts, _HEIGHT, f"Mực nước {station} · water level {station}")


def course(found: Evidence, station: str, quantity: str, marks: Sequence[tuple[datetime, str]]) -> str:
    """A quantity of the weather or of air as it was stored, in its unit, with `marks` as flags."""
    graph, run = found.weather[station][quantity], found.run
    known = [float(v) for v in graph.level_m[np.isfinite(graph.level_m)]] or [0.0]
    low, high = min(known), max(*known, min(known) + 1.0)
    plot = _Plot(begins=run.begins, ends=run.ends, low=low, high=high + _HEADROOM * (high - low))
    plot.axes(QUANTITIES[quantity].unit)
    plot.parts += _curve(plot, graph.at_s, graph.level_m)
    plot.parts += _flags(plot, marks)
    return _picture(plot.parts, _HEIGHT, f"{say(f'quantity.{quantity}', 'vi')} {station}")


def level_below(found: Evidence, station: str, value_m: float) -> str | None:
    """The highest alarm level that a water level has reached; None below all."""
    return next((name for name, level in reversed(_alarm_levels(found, station).items()) if value_m >= level), None)


def _alarm_levels(found: Evidence, station: str) -> dict[str, float]:
    table: Sequence[StageThresholds] = found.stations[station].thresholds
    if not table:
        return {}
    return {f"BĐ{n}": level for n, level in enumerate(table[-1].levels_m[:3], 1) if level is not None}


def _curve(plot: _Plot, at_s: Floats, level_m: Floats) -> list[str]:
    """The line, broken where nothing is known."""
    within = (at_s >= plot.begins.timestamp()) & (at_s <= plot.ends.timestamp())
    at_s, level_m = at_s[within], level_m[within]
    known = np.isfinite(level_m)
    breaks = np.flatnonzero(np.diff(known.astype(int)) | (np.diff(at_s) > 3 * 3600)) + 1
    span = (plot.ends - plot.begins).total_seconds()
    across = _LEFT + (at_s - plot.begins.timestamp()) / span * (_WIDTH - _LEFT - _RIGHT)
    parts = []
    for part in np.split(np.arange(len(at_s)), breaks):
        if len(part) and known[part[0]]:
            points = " ".join(f"{across[k]:.1f},{plot.y(float(level_m[k])):.1f}" for k in _kept(part, level_m))
            parts.append(f'<polyline class="level" points="{points}"/>')
    return parts


def _kept(part: Integers, level_m: Floats) -> list[int]:
    """The readings that are drawn: of every few, where there are many, the lowest and the highest, so that no peak is cut off."""
    if len(part) <= _MOST_POINTS:
        return [int(k) for k in part]
    few = np.array_split(part, _MOST_POINTS // 2)
    extremes = {int(some[which(level_m[some])]) for some in few for which in (np.argmin, np.argmax)}
    return sorted(extremes | {int(part[0]), int(part[-1])})


def _flags(plot: _Plot, marks: Sequence[tuple[datetime, str]]) -> list[str]:
    shown = [(at, text) for at, text in dict.fromkeys(marks) if plot.begins <= at <= plot.ends]
    return [_mark(plot, at, text, number) for number, (at, text) in enumerate(shown)]


def _mark(plot: _Plot, at: datetime, text: str, number: int) -> str:
    """A flag at the top, in rows so that neighbours do not cover each other."""
    x, y = plot.x(at), _TOP + 10 + 14 * (number % 3)
    side = "end" if x > _WIDTH * 0.8 else "start"
    return (
        f'<line class="mark" x1="{x:.1f}" y1="{y - 8:.1f}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}"/>'
        f'<text class="flag" x="{x + (-4 if side == "end" else 4):.1f}" y="{y:.1f}" text-anchor="{side}">{escape(text)}</text>'
    )


def _forecasts(plot: _Plot, pair: Compared) -> list[str]:
    x = plot.x(pair.official.valid_at)
    low, high = plot.y(pair.official.low_m), plot.y(pair.official.high_m)
    middle = (low + high) / 2
    parts = [
        f'<line class="official" x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}"/>',
        f'<path class="official" d="M{x - 5:.1f} {middle:.1f}l5 -5l5 5l-5 5z"/>',
    ]
    if pair.ours_m is not None and pair.low_m is not None and pair.high_m is not None:
        y, ends = plot.y(pair.ours_m), [plot.y(min(max(one, plot.low), plot.high)) for one in (pair.low_m, pair.high_m)]
        parts.append(f'<line class="ours" x1="{x:.1f}" y1="{ends[0]:.1f}" x2="{x:.1f}" y2="{ends[1]:.1f}"/>')
        parts.append(f'<path class="ours" d="M{x - 4:.1f} {y - 4:.1f}h8v8h-8z"/>')
    return parts


def _reported(plot: _Plot, found: Evidence, station: str) -> list[str]:
    if found.reported is None:
        return []
    return [
        f'<circle class="{"odd" if each.contradicted else "reported"}" cx="{plot.x(each.observed_at):.1f}" cy="{plot.y(each.level_m):.1f}" r="4.2"/>'
        for each in found.reported.levels
        if each.station == station and plot.begins <= each.observed_at <= plot.ends
    ]


def strip(rows: Sequence[tuple[str, Sequence[int], str]], times: Sequence[datetime]) -> str:
    """What was known, ten minutes a cell: for each row a name, a number at each time, and the class of its colours."""
    top, tall, left = 18, 26, 190
    height = top + (tall + 6) * len(rows) + 24
    begins, ends = times[0], times[-1]
    width = _WIDTH - left - _RIGHT

    def x(at: datetime) -> float:
        return left + (at - begins) / (ends - begins) * width

    parts = []
    for number, (name, values, kind) in enumerate(rows):
        y = top + number * (tall + 6)
        parts.append(f'<text x="{left - 8}" y="{y + 17}" text-anchor="end">{escape(name)}</text>')
        for first, last, value in _runs(values):
            end = times[last] if last < len(times) else ends
            wide = max(x(end) - x(times[first]), 0.3)
            parts.append(
                f'<rect class="{kind}{min(value, 4)}" x="{x(times[first]):.2f}" y="{y}" width="{wide:.2f}" height="{tall}"><title>{local(times[first]):%d/%m %H:%M} – {local(end):%d/%m %H:%M}: {value}</title></rect>'
            )
    begun = day = local(begins).replace(hour=0, minute=0, second=0, microsecond=0)
    every = (ends - begins) // (_MOST_DATES * _DAY) + 1
    while day <= ends:
        if day >= begins:
            parts.append(f'<line class="day" x1="{x(day):.1f}" y1="{top - 4}" x2="{x(day):.1f}" y2="{height - 22}"/>')
        if begins <= day + _DAY / 2 <= ends and (day - begun) // _DAY % every == 0:
            parts.append(f'<text x="{x(day + _DAY / 2):.1f}" y="{height - 6}" text-anchor="middle">{day:%d/%m}</text>')
        day += _DAY
    return _picture(parts, height, "Trạng thái theo từng phút · state by the minute")


def _runs(values: Sequence[int]) -> list[tuple[int, int, int]]:
    """First place, first place after, value."""
    edges = [0, *(n for n in range(1, len(values)) if values[n] != values[n - 1]), len(values)]
    return [(a, b, values[a]) for a, b in itertools.pairwise(edges) if b > a]


def distribution(minutes: Floats, most: float) -> str:
    """How many answers came after how many minutes of the exercise."""
    height, edges = 190, np.arange(0, max(most, _BAR_MIN) + 2 * _BAR_MIN, _BAR_MIN)
    counts, _ = np.histogram(np.minimum(minutes, edges[-1] - 0.01), edges)
    tallest = max(int(counts.max(initial=0)), 1)
    wide = (_WIDTH - _LEFT - _RIGHT) / len(counts)
    parts = []
    for place, count in enumerate(counts):
        x, tall = _LEFT + place * wide, count / tallest * (height - 66)
        y = height - 40 - tall
        parts.append(f'<rect class="bar" x="{x + 1:.1f}" y="{y:.1f}" width="{wide - 2:.1f}" height="{tall:.1f}"/>')
        if count:
            parts.append(f'<text x="{x + wide / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle">{count}</text>')
        last = place == len(counts) - 1
        label = f"≥ {edges[place]:g}" if last else f"{edges[place]:g}–{edges[place + 1]:g}"
        parts.append(f'<text x="{x + wide / 2:.1f}" y="{height - 24}" text-anchor="middle">{label}</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{height - 6}" text-anchor="end">phút · minutes</text>')
    return _picture(parts, height, "Thời gian định trả lời · time they meant to take")


def _picture(parts: Sequence[str], height: int, label: str) -> str:
    return (
        f'<div class="scroll"><svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(label)}</title>{"".join(parts)}</svg></div>'
    )


def _comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
