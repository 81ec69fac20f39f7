"""The command page, the page of a ward chair and the situation report."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from dash_app import committee, committee_page, committee_words, situation_report, ward_page
from dash_app.committee import Call, CommitteeView, Setting, Unit, load_setting
from dash_app.committee_map import CommitteeMap
from dash_app.markup import markup
from dash_app.reading_weather import RainAt
from dash_app.report_document import document
from dash_app.snapshot import AlertNow, StationNow
from dash_app.state import Freshness
from domain.alerts import Phase, Severity
from domain.depths import Depth, DepthRule
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.stations import StationKind
from domain.words import LANGUAGES, Language
from tests.unit.dash_app import scenes

SETTING: Setting = load_setting(Path(__file__).resolve().parents[3] / "config")
DRAWN = CommitteeMap(SETTING)
WARD = "19777"
CALL = Call(
    recipient="command_19777",
    posts=("duty_officer", "chair"),
    reachable=True,
    waiting_since=None,
    unreached_since=None,
    told_at=None,
    answered_at=None,
    answered_by=None,
)
DEPTH = DepthRule(
    ward=WARD,
    gauge="kim_long",
    valid_from=date(2025, 10, 25),
    from_level_m=2.26,
    depth=Depth.CHEST,
    place_vi="Đập Đá",
    place_en="Dap Da",
    source="bản tin",
    verified=False,
)


def text(node: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup(node)))


def unit(*, alerts: tuple[AlertNow, ...] = (), gauges: tuple[StationNow, ...] = (), **more: object) -> Unit:
    described: dict[str, object] = {
        "number": SETTING.numbers[WARD],
        "ward": SETTING.wards[WARD],
        "alerts": alerts,
        "drills": 0,
        "gauges": gauges,
        "depth": None,
        "depth_known": False,
        "call": CALL,
    }
    return Unit(**described | more)  # type: ignore[arg-type]


def rising(*levels_m: float) -> tuple[LevelForecast, ...]:
    """Forecasts of one issue, three hours apart, without spread."""
    return tuple(
        LevelForecast(
            station="kim_long",
            issued_at=scenes.NOW,
            valid_at=scenes.NOW + timedelta(hours=3 * n),
            quantiles_m=(level,) * len(PROBABILITIES),
            model="m",
            version="1",
            inputs="",
        )
        for n, level in enumerate(levels_m, start=1)
    )


def view(*units: Unit, forecast: tuple[LevelForecast, ...] = ()) -> CommitteeView:
    return CommitteeView(read_at=scenes.NOW, now=scenes.NOW, units=units, forecasts={"kim_long": forecast})


def everybody(**more: object) -> CommitteeView:
    units = tuple(
        replace(unit(**more), number=n, ward=SETTING.wards[code])  # type: ignore[arg-type]
        for code, n in SETTING.numbers.items()
    )
    return view(*units)


def warned(severity: Severity, phase: Phase = Phase.OBSERVED) -> AlertNow:
    return scenes.alert(severity=severity, phase=phase)


def test_numbers_are_those_of_21_wards_then_19_communes() -> None:
    kinds = [SETTING.wards[code].kind.value for code, _ in sorted(SETTING.numbers.items(), key=lambda each: each[1])]
    assert kinds == ["ward"] * 21 + ["commune"] * 19


def test_silence_is_not_calm() -> None:
    silent = scenes.standing(freshness=Freshness.SILENT)
    found = unit(gauges=(silent,))
    assert committee_words.sign(found) == "x"
    assert committee_words.state(found, "vi") == "chưa rõ"
    assert "Không coi im lặng là an toàn" in text(ward_page.ward(found, view(found), "vi"))
    assert committee_words.sign(unit(gauges=(silent, scenes.standing()))) == "0"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (unit(depth=DEPTH, depth_known=True), "Đập Đá: 71–150 cm"),
        (unit(depth_known=True), "chưa tới mức ngập"),
        (unit(), "chưa có bảng"),
    ],
)
def test_depth_is_told_only_by_a_table(found: Unit, said: str) -> None:
    assert committee_words.depth(found, "vi") == said


@pytest.mark.parametrize(
    ("call", "said", "must"),
    [
        (replace(CALL, waiting_since=scenes.NOW), "CHƯA, từ 07:02", True),
        (replace(CALL, unreached_since=scenes.NOW), "CHƯA BÁO ĐƯỢC, từ 07:02", True),
        (replace(CALL, answered_at=scenes.NOW), "đã nhận 07:02", False),
        (replace(CALL, told_at=scenes.NOW), "đã báo 07:02", False),
        (CALL, "–", False),
    ],
)
def test_who_has_not_answered_must_be_called(call: Call, said: str, must: bool) -> None:
    assert committee_words.answered(call, scenes.NOW, "vi") == said
    assert call.must_call is must


def test_a_grave_warning_is_due_now_and_before_the_next_level() -> None:
    gauge = scenes.standing(level=2, value=3.2, peak=scenes.peak())
    found = unit(alerts=(warned(Severity.SEVERE),), gauges=(gauge,))
    said = committee_words.deadline(found, view(found, forecast=rising(3.4, 3.6)), "vi")
    assert said == "NGAY BÂY GIỜ. Trước 13:02: dự báo Kim Long đạt BĐ3 (khả năng 99 %)."


@pytest.mark.parametrize("newest", [Phase.FORECAST, Phase.OBSERVED])
def test_a_flood_that_is_seen_stands_before_one_as_grave_that_is_forecast(
    newest: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committee, "answers", lambda *_: {})
    monkeypatch.setattr(committee, "contacts", lambda _: ())
    gauge = scenes.station(covers=(WARD,))
    older = Phase.OBSERVED if newest is Phase.FORECAST else Phase.FORECAST
    alerts = tuple(replace(warned(Severity.SEVERE, phase), station=gauge) for phase in (newest, older))
    overview = scenes.overview(scenes.standing(place=gauge), alerts=alerts)
    found = committee.read_committee(None, overview, SETTING)  # type: ignore[arg-type]
    ours = found.unit(WARD)
    assert ours is not None
    assert committee_words.state(ours, "en") == "Severe"
    assert committee_words.deadline(ours, found, "en").startswith("NOW.")


def test_a_forecast_warning_is_due_before_its_crossing_and_calm_has_no_deadline() -> None:
    gauge = scenes.standing(level=2, value=3.2, peak=scenes.peak())
    found = unit(alerts=(warned(Severity.SEVERE, Phase.FORECAST),), gauges=(gauge,))
    assert committee_words.deadline(found, view(found, forecast=rising(3.6)), "vi").startswith("Trước 10:02")
    assert committee_words.deadline(found, view(found), "vi").startswith("Càng sớm càng tốt")
    assert committee_words.deadline(unit(), view(), "vi") == "Không có hạn."


def test_a_gauge_that_only_catches_up_sets_no_deadline() -> None:
    leads = scenes.standing(level=3)
    behind = scenes.standing(value=1.0, level=0, place=scenes.station("da_vien"), peak=scenes.peak())
    found = unit(gauges=(leads, behind))
    late = replace(view(found), forecasts={"da_vien": rising(2.5)})
    assert committee_words.crossing(found, late) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_40_rows_the_gravest_first_and_the_map_their_numbers(language: Language) -> None:
    units = list(everybody().units)
    units[20] = replace(units[20], alerts=(warned(Severity.EXTREME),), call=replace(CALL, waiting_since=scenes.NOW))
    html = markup(committee_page.committee(view(*units), DRAWN, language))
    rows = re.findall(r'<tr[^>]*data-key="(\d+)"', html)
    assert len(rows) == len(set(rows)) == 40
    assert len(html.encode()) < 30_000, "an update of the page stays small: with the paper under 50 kB"
    assert rows[0] == units[20].ward.code
    assert re.search(r"/ban-chi-huy\.svg\?s=0{20}40{19}", html)
    svg = DRAWN.svg(committee_page.states(view(*units)))
    assert re.findall(r">(\d+)</text>", svg)
    assert len(re.findall(r"<text", svg)) == 40


def test_drills_colour_no_unit_but_are_counted() -> None:
    found = unit(drills=2)
    assert committee_words.sign(found) == "0"
    assert committee_words.event(found, "vi") == "2 diễn tập"


def test_the_report_does_not_say_of_rain_that_is_not_known_that_there_is_none() -> None:
    def told(*rain: RainAt) -> str:
        overview = scenes.overview(scenes.standing())
        found = situation_report.Situation(overview=overview, committee=everybody(), rain=rain)
        return text(situation_report.report(found, "map.svg", "vi"))

    silent = scenes.standing(0.0, 0, scenes.station("hue", StationKind.RAIN), freshness=Freshness.SILENT)
    unheard = RainAt(now=silent, totals_mm={24: 0.0}, day_mm=None, day_before_mm=None)
    heard = replace(unheard, now=scenes.standing(0.0, 0, scenes.station("a_luoi", StationKind.RAIN)))
    assert "tình hình mưa chưa rõ" in told()
    assert "tình hình mưa chưa rõ" in told(unheard)
    assert "Không trạm nào đo được mưa trong 24 giờ qua. 1 trạm mất tín hiệu." in told(heard, unheard)
    assert "Kim Long 81. 1 trạm mất tín hiệu." in told(replace(heard, totals_mm={24: 81.0}), unheard)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_keeps_the_order_of_an_official_paper(language: Language) -> None:
    overview = scenes.overview(scenes.standing(), alerts=(scenes.alert(),) * 20)
    units = everybody(gauges=(scenes.standing(),), alerts=(warned(Severity.SEVERE),))
    found = situation_report.Situation(overview=overview, committee=units, rain=(), number="12")
    said = text(situation_report.report(found, "map.svg", language))
    wanted = {
        "vi": ("CHỈ HUY", "Số: 12/", "CỘNG HÒA", "Độc lập", "ngày 27 tháng 10 năm 2025", "BÁO CÁO NHANH", "1. Tóm tắt",
               "2. Mực nước", "3. Dự báo", "4. Cảnh báo", "và 12 mục khác", "5. Các phường", "6. Hồ chứa", "Nơi nhận", "TRƯỞNG BAN"),
        "en": ("DEFENCE", "No.: 12/", "SOCIALIST", "SITUATION REPORT", "1. Summary", "2. River", "3. Forecast",
               "4. Warnings", "and 12 more", "5. Wards", "6. Reservoirs", "To:", "HEAD OF"),
    }  # fmt: skip
    places = [said.index(word) for word in wanted[language]]
    assert places == sorted(places)
    assert "DIỄN TẬP" not in said


def test_the_file_of_the_report_needs_nothing_else() -> None:
    found = situation_report.Situation(overview=scenes.overview(scenes.standing()), committee=everybody(), rain=())
    html = document(found, DRAWN, "vi")
    assert not re.search(r'(src|href)="(?!data:)', html)
    assert not re.search(r"url\((?!data:)", html)
    assert "Số: ……/BC-BCH" in html
