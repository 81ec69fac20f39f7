"""What the verification page and its exports say, from scores made by hand."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest

from dash_app import screen
from dash_app.markup import markup
from dash_app.reliability_chart import reliability_svg
from dash_app.routes import Place, page_of
from dash_app.verification import PeakFigures, StationScores, Verification
from dash_app.verification_export import COLUMNS, verification_csv, verification_json
from dash_app.verification_page import verification
from domain.words import LANGUAGES, Language
from forecasting.verification_figures import lead_figures
from storage.forecast_scores import FloodScore, ModelComparison, SkillWatch
from tests.unit.dash_app import scenes
from tests.unit.dash_app.scenes import NOW

TALLY: dict[str, Any] = {
    "due": 110,
    "n": 100,
    "excluded": 7,
    "unread": 3,
    "hours": 24,
    "hours_issued": 18,
    "timed": 0,
    "on_time": 0,
    "error": -12.0,
    "absolute": 15.0,
    "square": 4.0,
    "persistence": 8.0,
    "crps": 9.0,
    "inside": 81.0,
    "l1.hit": 3,
    "l1.miss": 1,
    "l1.false": 2,
    "l1.n": 60,
    "l1.p": 20.0,
    "l1.o": 20.0,
    "l1.pp": 12.0,
    "l1.po": 12.0,
    "l1.brier": 6.0,
    "l1.b1.n": 40,
    "l1.b1.p": 6.0,
    "l1.b1.o": 4.0,
    "l1.b8.n": 20,
    "l1.b8.p": 17.0,
    "l1.b8.o": 16.0,
}


def scores(**more: Any) -> StationScores:
    rise = FloodScore(station="kim_long", level=2, at=NOW, lead_h=0.0, figures={"won_h": 5.5})
    missed = FloodScore(station="kim_long", level=3, at=NOW + timedelta(hours=3), lead_h=0.0, figures={"won_h": None})
    described: dict[str, Any] = {
        "station": scenes.station(),
        "leads": (lead_figures(6.0, TALLY), lead_figures(24.0, {"n": 0})),
        "peaks": {6.0: PeakFigures(floods=2, height_error_m=-0.31, time_error_h=1.5)},
        "rises": (rise, missed),
        "watches": {6.0: SkillWatch(station="kim_long", lead_h=6.0, state="no_better", since=NOW, figures={})},
    }
    return StationScores(**(described | more))


def whole(*stations: StationScores) -> Verification:
    compared = ModelComparison(
        station="kim_long",
        at=NOW,
        incumbent="20251001T0000Z-400",
        challenger="20251015T0000Z-700",
        adopted=True,
        reason="CRPS 8.0 % lower",
        figures={"ratio": 0.92},
    )
    last = date(2025, 10, 27)
    return Verification(first=date(2025, 9, 28), last=last, stations=stations or (scores(),), comparisons=(compared,))


def text(language: Language, found: Verification | None) -> str:
    return markup(verification(found, language))


def test_the_figures_are_those_of_the_circular_in_each_reader_s_numbers() -> None:
    vietnamese = text("vi", whole())
    for part in ("−0,12", "0,15", "0,20", "3/1/2", "75 %", "81 %", "7 / 3", "5,5 h", "không báo trước", "1,5"):
        assert part in vietnamese, part
    assert "không hơn quán tính" in vietnamese
    assert "−0.12" in text("en", whole())
    assert "no better than persistence" in text("en", whole())


def test_a_lead_without_scores_shows_dashes_not_zeros() -> None:
    only = scores(leads=(lead_figures(6.0, {"n": 0, "unread": 5}),), peaks={}, rises=(), watches={})
    shown = text("en", whole(only))
    assert "–" in shown
    assert "not enough data" in shown
    assert "0.00" not in shown


@pytest.mark.parametrize(("issued", "said"), [(240, ">100 %<"), (239, ">99 %<"), (236, ">98 %<")])
def test_hours_that_are_missing_are_not_rounded_away(issued: int, said: str) -> None:
    tally = TALLY | {"hours": 240, "hours_issued": issued, "inside": 50.0}
    shown = text("en", whole(scores(leads=(lead_figures(6.0, tally),))))
    assert said in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_anything_came_due_the_page_says_so(language: Language) -> None:
    assert "15" in text(language, None)
    assert "<table" not in text(language, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screen_has_its_place_and_link(language: Language) -> None:
    painted = screen.verification_screen(scenes.overview(scenes.standing()), whole(), language)
    assert painted["place"] == "verification"
    assert 'href="/kiem-chung"' in painted["html"]["header"]
    page = page_of("/kiem-chung/")
    assert page is not None
    assert page.place is Place.VERIFICATION


def test_csv_and_json_hold_the_same_numbers() -> None:
    found = whole()
    rows = list(csv.DictReader(io.StringIO(verification_csv(found))))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["bias_m"], rows[0]["bd1_hit"], rows[0]["watch"], rows[0]["bd2_hit"]) == (
        "-0.12",
        "3",
        "no_better",
        "",
    )
    assert rows[1]["mae_m"] == ""
    written = json.loads(verification_json(found))
    lead = written["stations"][0]["leads"][0]
    assert lead["bias_m"] == pytest.approx(-0.12)
    assert lead["levels"][0]["bins"][1] == [0.85, 0.8, 20]
    assert [rise["won_h"] for rise in written["stations"][0]["rises"]] == [5.5, None]
    assert written["models_compared"][0]["adopted"] is True


def test_the_diagram_is_a_picture_even_without_forecasts() -> None:
    assert reliability_svg(scores()).count("<circle") == 2
    assert reliability_svg(scores(leads=())).startswith("<svg")
