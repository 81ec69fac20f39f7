"""What the pages say, from snapshots made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest
from dash import dcc, html

from dash_app import map as city
from dash_app import rules_page, screen, shell, station_page, symbols, wording
from dash_app.decisions import decisions
from dash_app.forecast_basis import forecast_basis
from dash_app.forecast_peak import chances, forecast_peak
from dash_app.gauge_table import gauge_row
from dash_app.legend import legend
from dash_app.markup import markup
from dash_app.overview_parts import Drawn, overview_parts
from dash_app.palette import AIR, RAIN, SEVERITY, STAGE, WIND, contrast
from dash_app.routes import Page, Place, page_of
from dash_app.rules_page import RulesNow
from dash_app.sentence import counts, sentence, updated
from dash_app.sparkline import sparkline
from dash_app.state import Freshness
from dash_app.station_tables import chance_table, forecast_note
from dash_app.warnings_page import warning
from domain.alerts import Event, Phase, Reason, Severity
from domain.readings import QualityFlag
from domain.settings import load_settings
from domain.stations import StationKind
from domain.words import LANGUAGES, Language, say
from rules.configuration import load_rules
from storage.rule_sets import AdoptedRules
from tests.unit.dash_app import scenes
from tests.unit.dash_app.scenes import NOW


def test_the_sentence_answers_first() -> None:
    text = sentence(scenes.overview(scenes.standing(peak=scenes.peak())), "vi")
    assert text == (
        "Sông Hương tại Kim Long 3,58 m, trên BĐ3 0,08 m, đang lên chậm 0,11 m/h; dự báo đỉnh 4,9–5,3 m lúc 20:02."
    )


def test_the_sentence_in_english_has_a_decimal_point() -> None:
    text = sentence(scenes.overview(scenes.standing(peak=scenes.peak())), "en")
    assert text.startswith(
        "Hương river at Kim Long 3.58 m, 0.08 m above BĐ3, rising slowly 0.11 m/h; forecast peak 4.9–5.3 m"
    )


def test_a_calm_day_is_said_to_be_calm() -> None:
    assert sentence(scenes.overview(scenes.standing(0.58, 0)), "vi").startswith("Không trạm nào trên báo động I.")


def test_a_silent_gauge_never_leads_and_silence_is_said() -> None:
    silent = scenes.standing(5.9, 4, freshness=Freshness.SILENT)
    heard = scenes.standing(1.2, 1, scenes.station("phu_oc", name_vi="Phú Ốc", river="Bồ"))
    overview = scenes.overview(silent, heard)
    assert sentence(overview, "vi").startswith("Sông Bồ tại Phú Ốc 1,20 m")
    assert ("blind", "1 trạm mất tín hiệu") in counts(overview, "vi")
    assert "chưa rõ" in sentence(scenes.overview(silent), "vi")


def test_the_age_of_the_page_is_the_newest_measurement() -> None:
    assert updated(scenes.overview(scenes.standing()), "vi") == "Số đo mới nhất 07:00 27/10"
    assert updated(scenes.overview(), "vi") == "Chưa nhận được số liệu nào"


def test_an_old_forecast_says_nothing_in_the_sentence_and_says_that_it_is_old_in_the_list() -> None:
    now = scenes.standing(peak=scenes.peak(current=False))
    assert "dự báo" not in sentence(scenes.overview(now), "vi")
    assert "dự báo cũ" in markup(gauge_row(now, "vi"))


def test_every_row_carries_value_age_and_doubt() -> None:
    now = scenes.standing(main=scenes.measure(3.58, flag=QualityFlag.SUSPECT))
    text = markup(gauge_row(now, "vi"))
    for part in ("3,58", "2 phút", "trên BĐ3 0,08 m", "chưa kiểm chứng", "nghi ngờ", "+0,11"):
        assert part in text


def test_a_silent_gauge_is_hollow_and_has_no_trend() -> None:
    now = scenes.standing(freshness=Freshness.SILENT, main=scenes.measure(3.58, age=timedelta(hours=7)))
    text = markup(gauge_row(now, "vi"))
    assert "/symbols/river-3-silent.svg" in text
    assert "mất tín hiệu" in text
    assert "7 giờ" in text
    assert "0,11" not in text


@pytest.mark.parametrize("clock", ["simulated", "replay:nhatle"])
def test_simulated_and_replayed_data_carry_their_word(clock: str) -> None:
    place = scenes.station(clock=clock)
    overview = scenes.overview(scenes.standing(place=place), clocks={"live": NOW, clock: NOW})
    text = markup(shell.banners(overview, "vi"))
    assert ("SỐ LIỆU MÔ PHỎNG" if clock == "simulated" else "PHÁT LẠI SỐ LIỆU CŨ") in text
    assert "07:02 27/10/2025 (+07:00)" in text
    assert wording.doubts(overview.stations[0], "vi")


def test_live_data_have_no_banner() -> None:
    assert shell.banners(scenes.overview(scenes.standing()), "vi") == []


def test_wards_take_the_worst_warning_and_a_forecast_yields_to_an_observation() -> None:
    mild = scenes.alert(severity=Severity.MINOR, level=1)
    expected = scenes.alert(phase=Phase.FORECAST)
    seen = scenes.alert()
    found = city.wards(scenes.overview(alerts=(mild, expected, seen)), "vi")
    assert found["19753"]["fill"] == SEVERITY["Severe"].fill
    assert found["19753"]["forecast"] is False
    assert city.wards(scenes.overview(alerts=(expected,)), "vi")["19753"]["forecast"] is True


def test_a_silent_station_does_not_colour_its_ward() -> None:
    assert city.wards(scenes.overview(alerts=(scenes.alert(event=Event.NO_SIGNAL),)), "vi") == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_every_kind_can_be_shown(language: Language) -> None:
    stations = scenes.every_kind()
    found = (scenes.alert(), scenes.told(scenes.alert(event=Event.STRONG_WIND, level=8), "sent", "failed"))
    overview = scenes.overview(*stations, alerts=found, clocks={"live": NOW})
    parts = overview_parts(overview, Drawn(language))
    assert any("Kim Long" in part for name, part in parts.items() if name.startswith("row:"))
    assert sum(name.startswith("station:") for name in parts) == len({now.station.id for now in stations})
    for now in stations:
        page = screen.station_screen(overview, scenes.view(now), language)
        assert page["html"]["station-head"]


@pytest.mark.parametrize("kind", list(StationKind))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_a_figure_that_plotly_accepts(kind: StationKind, language: Language) -> None:
    now = scenes.standing(12.0, None, scenes.station("place", kind))
    traces = {
        StationKind.RIVER: ["water_level"],
        StationKind.RAIN: ["rainfall"],
        StationKind.AIR: ["pm2_5", "pm10", "co"],
        StationKind.WIND: ["wind_speed", "wind_gust"],
        StationKind.RESERVOIR: ["water_level", "inflow", "outflow"],
    }[kind]
    view = scenes.view(now, traces=tuple(scenes.trace(q, [1.0, 2.0, 3.0]) for q in traces))
    figure = go.Figure(station_page.figure(view, language))
    assert len(figure.data) > 1
    assert figure.layout.uirevision == "place"
    empty = scenes.view(replace(now, main=None), traces=(), rain=None, forecast=(), earlier=())
    go.Figure(station_page.figure(empty, language))


def test_the_hydrograph_labels_alarm_levels_at_the_edge_with_their_doubt() -> None:
    figure = station_page.figure(scenes.view(), "vi")
    texts = [a["text"] for a in figure["layout"]["annotations"]]
    assert any("BĐ3" in t and "3,50" in t and "chưa kiểm chứng" in t for t in texts)
    assert any("lũ lịch sử" in t and "1999" in t for t in texts)
    assert any("bây giờ 07:02" in t for t in texts)


def test_labels_of_alarm_levels_that_stand_close_keep_their_doubt_and_not_their_date() -> None:
    now = scenes.standing()
    assert now.thresholds is not None
    close = replace(now, thresholds=replace(now.thresholds, bd2_m=3.4, verified=False))
    texts = [a["text"] for a in station_page.figure(scenes.view(close), "vi")["layout"]["annotations"]]
    for name in ("BĐ2", "BĐ3"):
        (text,) = (t for t in texts if f"<b>{name}</b>" in t)
        assert text.count("<br>") == 1
        assert "chưa kiểm chứng" in text


def test_rain_hangs_from_the_top() -> None:
    low, high = station_page.figure(scenes.view(), "vi")["layout"]["yaxis2"]["range"]
    assert low > high == 0


def test_failed_readings_are_marks_and_not_part_of_the_line() -> None:
    flags = [QualityFlag.PASS, QualityFlag.FAIL, QualityFlag.SUSPECT]
    figure = station_page.figure(scenes.view(traces=(scenes.trace("water_level", [3.3, 99.0, 3.5], flags),)), "vi")
    lines = {t.get("name"): t["y"] for t in figure["data"]}
    assert 99.0 not in lines["Thực đo"]
    (failed,) = (t for t in figure["data"] if t.get("name") == "sai")
    assert 3.5 < failed["y"][0] < 10  # at the edge: one failed reading does not flatten the flood
    assert failed["customdata"] == [["99,00"]]
    assert lines["nghi ngờ"] == [3.5]


def test_a_gap_in_the_readings_is_a_gap_in_the_line() -> None:
    level = scenes.trace("water_level", [3.0, 3.1, 3.2, 3.3])
    late = replace(level, at=(*level.at[:3], level.at[3] + timedelta(hours=6)))
    figure = station_page.figure(scenes.view(traces=(late,)), "vi")
    observed = next(t for t in figure["data"] if t.get("name") == "Thực đo")
    assert None in observed["y"]


def test_chances_grow_with_the_horizon_and_leave_out_what_was_not_forecast() -> None:
    leads = [scenes.forecast(3, 3.0), scenes.forecast(6, 3.6), scenes.forecast(12, 3.2)]
    found = chances(leads, 3.5, (1, 3, 6, 12, 24))
    assert 1 not in found
    assert found[3] < found[6] <= found[12] == found[24]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_forecast_of_hours_ago_is_withheld_and_says_since_when(language: Language) -> None:
    ages = (timedelta(hours=2, minutes=30), timedelta(hours=4, minutes=2))
    fresh, old = (scenes.view(forecast=(scenes.forecast(6, 4.4, issued_at=NOW - age),)) for age in ages)
    for view, withheld in ((fresh, False), (old, True)):
        said, lines = markup(chance_table(view, language)), station_page.figure(view, language)["data"]
        assert ("<table" not in said) is withheld
        assert (say("ui.chart.median", language) not in [line.get("name") for line in lines]) is withheld
    assert "2 h 30 min" in markup(forecast_note(fresh, "en"))
    assert "27 Oct 03:00" in markup(chance_table(old, "en"))


def test_gauges_that_a_forecast_does_without_go_by_their_names() -> None:
    missing = replace(scenes.forecast(6, 4.4), inputs="own level, missing: phu_oc, gone_gauge")
    view = scenes.view(forecast=(missing,), upstream=(scenes.station("phu_oc", name_vi="Phú Ốc"),))
    assert "thiếu: Phú Ốc, gone_gauge" in markup(forecast_note(view, "vi"))


def test_the_forecast_peak_is_a_band_with_its_time() -> None:
    leads = [scenes.forecast(1, 3.7), scenes.forecast(13, 5.1), scenes.forecast(24, 4.6)]
    found = forecast_peak(leads, NOW)
    assert found is not None
    assert found.median_m == pytest.approx(5.1)
    assert found.low_m < found.median_m < found.high_m
    assert found.at == NOW + timedelta(hours=13)
    assert found.current
    assert not found.at_the_end
    assert forecast_peak(leads[:2], NOW).at_the_end  # type: ignore[union-attr]
    assert not forecast_peak(leads, NOW + timedelta(hours=4)).current  # type: ignore[union-attr]
    assert forecast_peak(leads, NOW + timedelta(hours=25)) is None
    assert forecast_peak([], NOW) is None


def test_a_warning_tells_its_history_and_who_was_told() -> None:
    text = markup(warning(scenes.told(scenes.alert(), "sent", "waiting", "failed"), {}, "vi"))
    for part in ("3,51 m / 3,50", "06:02 27/10", "1 đã gửi", "1 chờ gửi", "1 gửi hỏng", "Phường 2", "BĐ3"):
        assert part in text


@pytest.mark.parametrize(
    ("quantity", "value", "said"),
    [("water_level", 9.99, "9,99 m / 2,00"), ("rainfall", 51.25, "51,2 mm / 2,0"), ("pm2_5", 0.0, "0,0 µg/m³ / 2,0")],
)
def test_a_doubtful_reading_is_told_with_the_unit_of_its_quantity(quantity: str, value: float, said: str) -> None:
    found = scenes.alert(event=Event.DOUBTFUL_READING)
    version = replace(found.alert.versions[0], value=value, threshold=2.0, detail={"quantity": quantity})
    text = markup(warning(replace(found, alert=replace(found.alert, versions=(version,))), {}, "vi"))
    assert said in text


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_and_reason_has_its_words(event: Event, reason: Reason, language: Language) -> None:
    found = scenes.alert(event=event)
    versions = (replace(found.alert.versions[0], reason=reason, value=None, threshold=None),)
    changed = replace(found, alert=replace(found.alert, versions=versions))
    assert markup(warning(changed, {}, language))


def test_the_list_beside_the_map_is_short_and_counts_the_rest() -> None:
    text = markup(decisions(scenes.overview(alerts=(scenes.alert(),) * 9), "vi"))
    assert text.count('decision"') == 6
    assert "Còn 3 cảnh báo nữa" in text


def test_markup_escapes_everything() -> None:
    tree = html.Div([html.B("<script>", title='"><img>'), dcc.Link("đi", href="/tram/a?b=1&c=2"), None, 3])
    assert markup(tree) == (
        '<div><b title="&quot;&gt;&lt;img&gt;">&lt;script&gt;</b><a href="/tram/a?b=1&amp;c=2" data-link>đi</a>3</div>'
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", Page(place=Place.OVERVIEW)),
        (None, Page(place=Place.OVERVIEW)),
        ("/canh-bao/", Page(place=Place.WARNINGS)),
        ("/quy-tac", Page(place=Place.RULES)),
        ("/tram/kim_long", Page(place=Place.STATION, station="kim_long")),
        ("/tram/", None),
        ("/tram/Kim Long", None),
        ("/tram/a/b", None),
        ("/xyz", None),
    ],
)
def test_addresses(path: str | None, expected: Page | None) -> None:
    assert page_of(path) == expected


def test_every_symbol_that_a_station_can_have_is_drawn() -> None:
    for kind, paints in symbols.PAINTS.items():
        for level in (None, *range(len(paints))):
            for fresh in Freshness:
                drawing = symbols.svg(symbols.symbol_name(kind, level, fresh))
                assert drawing is not None
                assert drawing.startswith("<svg")
                assert "{" not in drawing


def test_states_differ_in_shape_not_in_colour_alone() -> None:
    def shape(level: int) -> str:
        drawing = symbols.svg(f"river-{level}-current") or ""
        return drawing.split("fill=")[0]

    assert len({shape(level) for level in range(5)}) == 5


@pytest.mark.parametrize(
    "name", ["river-9-current", "boat-1-current", "river-1", "river-1-old", "../secret", "river--1-current"]
)
def test_unknown_symbols_are_not_drawn(name: str) -> None:
    assert symbols.svg(name) is None


def test_text_on_every_colour_can_be_read() -> None:
    for paint in (*STAGE, *RAIN, *AIR, *WIND, *SEVERITY.values()):
        assert contrast(paint.fill, paint.text) >= 4.5, paint


def test_contrast_by_its_definition() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_line_of_a_day_needs_two_points() -> None:
    assert sparkline(scenes.standing().recent.since(scenes.NOW)) is None
    assert str(sparkline(scenes.standing().recent, 3.5)).startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_names_every_symbol(language: Language) -> None:
    text = markup(legend(language))
    for paints in (STAGE, RAIN, AIR, WIND):
        assert text.count("<img") > len(paints)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_page_says_what_is_in_force_and_who_changed_it(language) -> None:
    shipped = load_rules(load_settings({}).config_dir / "rules.toml")
    text = markup(rules_page.rules(RulesNow(rules=shipped, history=()), language))
    assert all(rule.name in text for rule in shipped.rules)
    assert "rules.toml" in text
    adopted = AdoptedRules(
        number=3,
        adopted_at=datetime(2025, 11, 1, tzinfo=UTC),
        adopted_by="<b>truc</b>",
        reason="why",
        content="",
        difference="-a\n+b",
    )
    text = markup(rules_page.rules(RulesNow(rules=shipped, history=(adopted,)), language))
    assert "&lt;b&gt;truc&lt;/b&gt;: why" in text
    assert "-a\n+b" in text
    unread = markup(rules_page.rules(RulesNow(rules=shipped, history=(adopted,), read=False), language))
    assert "ews doctor" in unread, "what is shown are not the rules that were adopted"
    assert f"/quy-tac/sua?lang={language}&amp;ban=3" in text, "its text can be opened, to go back to it"


def test_a_drill_colours_no_ward() -> None:
    real = scenes.alert()
    drill = replace(real, alert=replace(real.alert, exercise=True))
    assert city.wards(scenes.overview(alerts=(real,)), "vi")
    assert city.wards(scenes.overview(alerts=(drill,)), "vi") == {}


def test_what_a_forecast_rests_on_is_said_in_the_readers_language() -> None:
    inputs = (
        "own level 1.5 h old, 3 of 4 upstream gauges, rain of 5 of 6 gauges, missing: binh_dien, rain, "
        "default spread, 12 past changes known, beyond experience: higher than anything in the calibration, band widened"
    )
    said = forecast_basis(inputs, {"binh_dien": "Hồ Bình Điền"}, "vi")
    assert said.startswith("mực nước tại chỗ từ 1,5 giờ trước, 3 trên 4 trạm thượng lưu, mưa của 5 trên 6 trạm, ")
    assert "thiếu: Hồ Bình Điền, mưa, " in said
    assert "12 lần" in said
    assert not re.search(r"level|gauge|spread|experience", said)
    assert forecast_basis("own level, made up by hand", {}, "en") == "own level, made up by hand"


def test_a_warning_whose_beginning_nobody_knows_says_so() -> None:
    found = scenes.alert()
    begun = replace(found.alert.versions[0], reason=Reason.UNDER_WAY)
    unknown = replace(found, alert=replace(found.alert, versions=(begun,)))
    said = {language: markup(decisions(scenes.overview(alerts=(unknown,)), language)) for language in LANGUAGES}
    assert "từ 06:02 hoặc sớm hơn" in said["vi"]
    assert "since 06:02 or earlier" in said["en"]
    assert "hoặc sớm hơn" not in markup(decisions(scenes.overview(alerts=(found,)), "vi"))
