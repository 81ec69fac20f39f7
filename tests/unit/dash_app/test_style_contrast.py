"""The colours of the style sheet: text can be read on its ground, in light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dash_app.palette import contrast

CSS = (Path(__file__).resolve().parents[3] / "dash_app" / "assets" / "ews.css").read_text(encoding="utf-8")
TEXTS = ("ink", "soft", "accent", "late", "blind")
GROUNDS = ("panel", "ground", "hover")


def variables(selector: str) -> dict[str, str]:
    block = CSS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


LIGHT = variables(":root")
DARK = LIGHT | variables(':root[data-scheme="dark"]')


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_can_be_read_on_its_ground(colours: dict[str, str], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_and_focus_stand_out(colours: dict[str, str]) -> None:
    for bar in ("bar", "banner", "banner-stripe"):
        assert contrast(colours[bar], "#ffffff") >= 4.5
    assert contrast(colours["focus"], colours["panel"]) >= 3
    assert contrast(colours["ink"], colours["accent-ground"]) >= 4.5


def test_nothing_in_the_assets_points_elsewhere() -> None:
    folder = Path(__file__).resolve().parents[3] / "dash_app" / "assets"
    for path in folder.rglob("*"):
        if path.suffix in {".css", ".js"}:
            assert not re.search(r"https?://(?!www\.w3\.org/)", path.read_text(encoding="utf-8")), path.name
