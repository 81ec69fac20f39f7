"""Every pair of colours that carries text or a sign, in light and dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dash_app import palette
from dash_app.palette import INK, contrast
from tests.unit.dash_app.test_style_contrast import DARK, LIGHT

SHEETS = (Path(__file__).resolve().parents[3] / "dash_app" / "assets" / "sheets.css").read_text(encoding="utf-8")
PAINTS = {
    f"{name}-{number}": paint
    for name in ("STAGE", "RAIN", "AIR", "WIND")
    for number, paint in enumerate(getattr(palette, name))
} | {"water": palette.WATER, "neutral": palette.NEUTRAL, **palette.SEVERITY}


@pytest.mark.parametrize("name", sorted(PAINTS))
def test_text_on_every_paint_can_be_read(name: str) -> None:
    assert contrast(PAINTS[name].fill, PAINTS[name].text) >= 4.5


#: The edge of a symbol: its dark outline, and in the dark scheme a light halo round it.
HALO = re.findall(r'data-scheme="dark"\] \.symbol { filter: drop-shadow\(0 0 [.\d]+px (#[0-9a-f]{6})\)', SHEETS)
GROUNDS = {"light": (LIGHT["panel"], INK), "dark": (DARK["panel"], *HALO)}


@pytest.mark.parametrize("scheme", GROUNDS)
@pytest.mark.parametrize("name", sorted(PAINTS))
def test_every_sign_stands_out_by_its_fill_or_its_edge(name: str, scheme: str) -> None:
    ground, *edges = GROUNDS[scheme]
    assert max(contrast(colour, ground) for colour in (PAINTS[name].fill, *edges)) >= 3


def rules_with_both() -> list[tuple[str, str, str]]:
    """Selector, ground and text of every rule of the sheets that sets both as plain colours."""
    found = []
    for selector, body in re.findall(r"([^{}]+){([^{}]*)}", SHEETS):
        grounds = re.findall(r"background: *([^;]+)", body)
        texts = re.findall(r"(?<![-\w])color: *(#[0-9a-f]{3,6})", body)
        for ground in re.findall(r"#[0-9a-f]{6}|#[0-9a-f]{3}\b", " ".join(grounds)):
            found += [(selector.strip(), _long(ground), _long(text)) for text in texts]
    return found


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * each for each in colour[1:])


def test_texts_of_the_sheets_can_be_read_on_their_grounds() -> None:
    pairs = rules_with_both()
    assert len(pairs) >= 4, "the exercise banner and the classes of rain at least"
    assert [pair for pair in pairs if contrast(pair[1], pair[2]) < 4.5] == []
