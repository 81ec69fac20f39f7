"""The few colours of the pages: neutral greys, one blue for water, and warning colours only where there is something to warn of.

Every pair that carries text is checked for a contrast of 4.5:1 by a test (WCAG 2.2, success criterion 1.4.3); pairs of a
symbol and its ground for 3:1 (1.4.11), which the dark outline of every symbol gives to the light colours.
"""

from __future__ import annotations

from dataclasses import dataclass

INK = "#1f2428"
PAPER = "#ffffff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Paint:
    """A fill and the colour of text on it."""

    fill: str
    text: str


#: Water: below every alarm level.
WATER = Paint(fill="#1c6fb8", text=PAPER)
#: A place without alarm levels, or whose state is not known.
NEUTRAL = Paint(fill="#69727b", text=PAPER)

#: River levels 0-4: below BĐ1, BĐ1 yellow, BĐ2 orange, BĐ3 red, above the record dark magenta.
STAGE: tuple[Paint, ...] = (
    WATER,
    Paint(fill="#ffd43b", text=INK),
    Paint(fill="#f9842c", text=INK),
    Paint(fill="#cf222e", text=PAPER),
    Paint(fill="#8b1a6b", text=PAPER),
)

#: Rain: up to 16 mm in 24 h, moderate, heavy, very heavy. Blues, because the number of drops says the class.
RAIN: tuple[Paint, ...] = (
    Paint(fill="#c9dcec", text=INK),
    Paint(fill="#7fb6e3", text=INK),
    Paint(fill="#1f6fc2", text=PAPER),
    Paint(fill="#3b2a9b", text=PAPER),
)

#: VN_AQI bands Tốt, Trung bình, Kém, Xấu, Rất xấu, Nguy hại: the official RGB of 1459/QĐ-TCMT.
AIR: tuple[Paint, ...] = (
    Paint(fill="#00e400", text=INK),
    Paint(fill="#ffff00", text=INK),
    Paint(fill="#ff7e00", text=INK),
    Paint(fill="#ff0000", text="#000000"),
    Paint(fill="#8f3f97", text=PAPER),
    Paint(fill="#7e0023", text=PAPER),
)

#: Wind below force 6, from force 6, 8, 10 and 12.
WIND: tuple[Paint, ...] = (NEUTRAL, *STAGE[1:])

#: Warnings by CAP severity.
SEVERITY: dict[str, Paint] = {
    "Minor": STAGE[1],
    "Moderate": STAGE[2],
    "Severe": STAGE[3],
    "Extreme": STAGE[4],
    "Unknown": NEUTRAL,
}


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two #rrggbb colours, 1-21 (WCAG 2.2, definition of relative luminance)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
