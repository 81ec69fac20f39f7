"""A line of 24 h as a small picture, drawn once on the server."""

from __future__ import annotations

from base64 import b64encode

from dash_app.palette import WATER
from dash_app.state import Course

WIDTH, HEIGHT = 64, 22
_MOST = 48


def sparkline(course: Course, threshold: float | None = None, colour: str = "#5191cf") -> str | None:
    """An SVG as a data address; None with fewer than two points. The threshold in reach is a thin dashed line."""
    if len(course) < 2:
        return None
    times, values = _thinned(course.at_s), _thinned(course.values)
    start, end = times[0], times[-1]
    low, high = min(values), max(values)
    if threshold is not None and low - (high - low) <= threshold <= high + (high - low):
        low, high = min(low, threshold), max(high, threshold)
    span = max(high - low, 0.1)
    xy = [((at - start) / max(end - start, 1.0), (v - low) / span) for at, v in zip(times, values, strict=True)]
    path = " ".join(f"{1 + x * (WIDTH - 5):.1f},{HEIGHT - 3 - y * (HEIGHT - 6):.1f}" for x, y in xy)
    mark = "" if threshold is None else _threshold((threshold - low) / span)
    last = path.rsplit(" ", 1)[-1].split(",")
    body = (
        f'{mark}<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-linejoin="round"/>'
        f'<circle cx="{last[0]}" cy="{last[1]}" r="2.2" fill="{WATER.fill}" stroke="#fff" stroke-width=".6"/>'
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{body}</svg>'
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def _thinned(numbers: tuple[float, ...]) -> tuple[float, ...]:
    """Every so many-th counted from the newest: a picture this small shows no more."""
    step = max(len(numbers) // _MOST, 1)
    return numbers[::-1][::step][::-1]


def _threshold(y: float) -> str:
    if not 0.0 <= y <= 1.0:
        return ""
    height = HEIGHT - 3 - y * (HEIGHT - 6)
    return f'<path d="M0 {height:.1f}H{WIDTH}" stroke="#8b949e" stroke-width="1" stroke-dasharray="2 2"/>'
