"""Small charts as SVG text, for reports that must open anywhere without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from forecasting.inputs import Floats

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 44
_STYLE = "<style>svg{font:12px system-ui,sans-serif;fill:#1f2428;background:#fff}.rule{stroke:#e3e7ea}</style>"
#: Colours that differ in lightness too, for colour-blind readers.
COLOURS = ("#1c6fb8", "#d9622b", "#6f9a2f", "#8b5cf6", "#7a858f", "#a98600")


@dataclass(kw_only=True)
class Chart:
    """One pair of axes; `x` and `y` are spans of values, ticks are (value, label)."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_ticks: Sequence[tuple[float, str]] = ()
    x_label: str = ""
    y_label: str = ""
    title: str = ""
    _parts: list[str] = field(default_factory=list)
    _legend: list[tuple[str, str, bool]] = field(default_factory=list)  # colour, text, dashed

    def line(
        self, x: Floats, y: Floats, colour: str, name: str = "", *, dashed: bool = False, width: float = 1.8
    ) -> None:
        """A line, broken where a value is NaN."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        for points in self._runs(x, y):
            self._parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'
            )
        if name:
            self._legend.append((colour, name, dashed))

    def band(self, x: Floats, low: Floats, high: Floats, colour: str, name: str = "") -> None:
        """The room between two lines, where both are known."""
        known = np.isfinite(low) & np.isfinite(high)
        edges = np.flatnonzero(np.diff(known.astype(int))) + 1
        for part in np.split(np.arange(len(x)), edges):
            if len(part) < 2 or not known[part[0]]:
                continue
            there = " ".join(self._at(x[k], high[k]) for k in part)
            back = " ".join(self._at(x[k], low[k]) for k in part[::-1])
            self._parts.append(f'<polygon points="{there} {back}" fill="{colour}" fill-opacity="0.22"/>')
        if name:
            self._legend.append((colour, name, False))

    def dots(self, x: Floats, y: Floats, colour: str, radii: Floats | None = None) -> None:
        """Points, as large as `radii` (pixels) says."""
        for k in range(len(x)):
            if np.isfinite(y[k]):
                radius = 3.0 if radii is None else radii[k]
                px, py = self._at(x[k], y[k]).split(",")
                self._parts.append(f'<circle cx="{px}" cy="{py}" r="{radius:.1f}" fill="{colour}"/>')

    def level(self, y: float, colour: str, label: str) -> None:
        """A horizontal line right across, with its name at the right edge."""
        if not self.y[0] <= y <= self.y[1]:
            return
        start, end = self._at(self.x[0], y).split(","), self._at(self.x[1], y).split(",")
        self._parts.append(
            f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="{colour}" stroke-dasharray="2 3"/>'
            f'<text x="{float(end[0]) - 4:.1f}" y="{float(end[1]) - 4:.1f}" text-anchor="end">{escape(label)}</text>'
        )

    def svg(self, *, standalone: bool = False) -> str:
        """The whole picture; `standalone`: a file of its own, with the style that a report otherwise gives."""
        label = escape(self.title or self.y_label)
        return (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{label}</title>{_STYLE if standalone else ''}{self._axes()}{''.join(self._parts)}{self._names()}</svg>"
        )

    def _at(self, x: float, y: float) -> str:
        across = (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1.0)
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1.0)
        return f"{_LEFT + across * (_WIDTH - _LEFT - _RIGHT):.1f},{_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM):.1f}"

    def _runs(self, x: Floats, y: Floats) -> list[str]:
        known = np.isfinite(y)
        parts = np.split(np.arange(len(x)), np.flatnonzero(np.diff(known.astype(int))) + 1)
        return [" ".join(self._at(x[k], y[k]) for k in part) for part in parts if len(part) and known[part[0]]]

    def _axes(self) -> str:
        parts = []
        for value in _round_steps(*self.y):
            y = self._at(self.x[0], value).split(",")[1]
            parts.append(
                f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" class="rule"/>'
                f'<text x="{_LEFT - 6}" y="{float(y) + 4:.1f}" text-anchor="end">{value:g}</text>'
            )
        for value, text in self.x_ticks or [(v, f"{v:g}") for v in _round_steps(*self.x)]:
            x = self._at(value, self.y[0]).split(",")[0]
            parts.append(f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{escape(text)}</text>')
        middle = (_TOP + _HEIGHT - _BOTTOM) / 2
        parts.append(
            f'<text x="12" y="{middle}" transform="rotate(-90 12 {middle})" text-anchor="middle">{escape(self.y_label)}</text>'
        )
        parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">{escape(self.x_label)}</text>')
        return "".join(parts)

    def _names(self) -> str:
        x, parts = _LEFT, []
        for colour, text, dashed in self._legend:
            dash = ' stroke-dasharray="5 4"' if dashed else ""
            y = _HEIGHT - 12
            parts.append(
                f'<line x1="{x}" y1="{y}" x2="{x + 18}" y2="{y}" stroke="{colour}" stroke-width="3"{dash}/>'
                f'<text x="{x + 23}" y="{y + 4}">{escape(text)}</text>'
            )
            x += 36 + 7 * len(text)
        return "".join(parts)


def _round_steps(low: float, high: float) -> list[float]:
    """Four to eight round numbers between two values."""
    size = max(high - low, 1e-9) / 5
    power = 10.0 ** np.floor(np.log10(size))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= size)
    first = np.ceil(low / step)
    return [round(float(k * step), 9) for k in np.arange(first, np.floor(high / step) + 1)]
