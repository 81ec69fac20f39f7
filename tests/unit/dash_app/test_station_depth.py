"""A station's page in depth: crossing times, gauges upstream, past floods, revisions, gaps, tabs, spans."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from dash_app.crossing import crossing
from dash_app.hydrograph import hydrograph
from dash_app.markup import markup
from dash_app.past_marks import at_breaks
from dash_app.routes import Page, Place, page_of
from dash_app.snapshot import RainBars, StationView
from dash_app.station_depth import StationDepth, UpstreamTrace
from dash_app.station_page import figure
from dash_app.station_tables import crossing_list
from dash_app.station_tabs import TABS, ranges, tabs
from domain.network import load_network
from domain.past_floods import PastFlood, load_past_floods
from domain.readings import QualityFlag
from domain.stations import StationKind
from domain.words import LANGUAGES, Language
from storage.station_history import Doubted, Revised
from tests.unit.dash_app import scenes
from tests.unit.dash_app.scenes import NOW

CONFIG = Path(__file__).resolve().parents[3] / "config"
FLOODS = (
    PastFlood(station="kim_long", on=date(1999, 11, 2), peak_m=5.81, source="báo", verified=True),
    PastFlood(station="kim_long", on=date(2020, 10, 10), peak_m=4.17, source="(mem)", verified=False),
)


def depth(**more: Any) -> StationDepth:
    upstream = UpstreamTrace(
        station=scenes.station("thuong_nhat", name_vi="Thượng Nhật", name_en="Thượng Nhật"),
        lag=timedelta(hours=6),
        correlation=0.83,
        at=(NOW - timedelta(hours=9), NOW - timedelta(hours=6)),
        value=(59.2, 60.4),
    )
    revised = Revised(
        quantity="water_level",
        observed_at=NOW - timedelta(hours=1),
        value=4.4,
        received_at=NOW,
        replaced_at=NOW,
        now=3.4,
    )
    doubted = Doubted(
        quantity="water_level",
        observed_at=NOW - timedelta(hours=2),
        value=4.4,
        test="spike",
        flag=QualityFlag.SUSPECT,
        judged_at=NOW,
    )
    described: dict[str, Any] = {
        "days": 5,
        "upstream": (upstream, replace(upstream, correlation=None)),
        "floods": FLOODS,
        "revisions": (revised,),
        "evidence": (doubted,),
        "flags": {"water_level": {QualityFlag.PASS: 12_345, QualityFlag.SUSPECT: 1}},
    }
    return StationDepth(**described | more)


def view(**more: Any) -> StationView:
    return scenes.view(**{"depth": depth()} | more)


def test_a_crossing_lies_between_the_leads_that_enclose_it() -> None:
    leads = (scenes.forecast(1, 3.7), scenes.forecast(6, 4.2))  # 5 % and 95 %: 0.18 m below and above
    found = crossing(leads, 4.0)
    assert found is not None
    assert found.expected == NOW + timedelta(hours=4)
    assert found.earliest < found.expected < found.latest  # type: ignore[operator]
    assert crossing(leads, 4.3) is not None
    assert crossing(leads, 4.3).expected is None  # type: ignore[union-attr]
    assert crossing(leads, 4.6) is None
    assert crossing(leads, 3.5).latest == NOW + timedelta(hours=1)  # type: ignore[union-attr]
    assert crossing((), 1.0) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_crossings_are_told_for_levels_that_lie_ahead_alone(language: Language) -> None:
    text = markup(crossing_list(scenes.view(scenes.standing(2.5, 2)), language))
    assert text.count("<li>") == 1
    assert "BĐ3" in text
    assert "07:00" in text or "08:02" in text  # an hour ahead in Huế
    assert crossing_list(scenes.view(scenes.standing(3.58, 3)), language) is None


def test_gauges_upstream_are_moved_by_their_travel_time_and_begin_at_nothing() -> None:
    found = hydrograph(view(), "vi")
    go.Figure(found)
    moved = next(t for t in found["data"] if "Thượng Nhật" in t.get("name", ""))
    assert moved["x"] == ["2025-10-27T04:02:00", "2025-10-27T07:02:00"]
    assert moved["y"] == pytest.approx([0.0, 1.2])
    assert "6,0 h" in moved["name"]
    assert found["layout"]["yaxis3"]["domain"][1] < found["layout"]["yaxis"]["domain"][0]
    assert "yaxis3" not in hydrograph(view(depth=depth(upstream=())), "vi")["layout"]


def test_past_floods_are_lines_where_the_axis_reaches_them() -> None:
    found = hydrograph(view(), "vi")
    labels = [a["text"] for a in found["layout"]["annotations"]]
    assert "10/2020: 4,17 m (chưa kiểm chứng)" in labels
    assert "11/1999: 5,81 m" in labels  # the forecast reaches 5,3 m: near enough
    calm = scenes.view(scenes.standing(0.5, 0), forecast=(), depth=depth())
    calm = replace(calm, traces=(scenes.trace("water_level", [0.4, 0.5]),))
    assert not [a for a in hydrograph(calm, "vi")["layout"]["annotations"] if "1999" in a["text"]]


def test_what_was_shown_before_a_revision_is_marked() -> None:
    found = next(t for t in hydrograph(view(), "vi")["data"] if t.get("name") == "trước khi sửa")
    assert found["mode"] == "markers"
    assert found["y"] == [4.4]


def test_a_line_is_broken_at_a_gap_and_nowhere_else() -> None:
    times = [NOW + timedelta(hours=h) for h in range(5)]
    points = list(zip(times, [1.0, 2.0, 3.0, 4.0, 5.0], strict=True))
    assert at_breaks(points, ())[1] == [1, 2, 3, 4, 5]
    # A gap that ends between two kept points, and two gaps between the same two.
    breaks = (times[1] + timedelta(minutes=10), times[3] + timedelta(minutes=5), times[3] + timedelta(minutes=50))
    assert at_breaks(points, breaks)[1] == [1, 2, None, 3, 4, None, 5]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tabs_hold_all_that_is_known(language: Language) -> None:
    text = markup(tabs(view(), None, language))
    for name in TABS:
        assert f'id="tab-{name}"' in text
        assert f"panel-{name}" in text
    for part in ("12.345" if language == "vi" else "12,345", "so-lieu.csv?days=365", "0,83"[0], "báo", "(mem)"):
        assert part in text
    assert text.count('type="radio"') == 4


def test_travel_times_say_where_they_come_from() -> None:
    text = markup(tabs(view(), None, "vi"))
    assert "tương quan chéo số liệu 30 ngày, r = 0,83" in text
    assert "theo cấu hình, ước tính" in text


def test_each_span_has_an_address() -> None:
    assert page_of("/tram/kim_long/30") == Page(place=Place.STATION, station="kim_long", days=30)
    assert page_of("/tram/kim_long") == Page(place=Place.STATION, station="kim_long", days=5)
    assert page_of("/tram/kim_long/31") is None
    text = markup(ranges(view(depth=depth(days=30)), "vi"))
    assert re.findall(r'href="([^"]+)"', text) == ["/tram/kim_long", "/tram/kim_long/30", "/tram/kim_long/365"]
    assert text.count("here") == 1


def test_a_year_of_rain_is_drawn_by_rain_days() -> None:
    rain = RainBars(gauges=("Bạch Mã",), at=(datetime(2025, 10, 26, 12, tzinfo=UTC),), mm=(899.0,), hours=24)
    gauge = scenes.standing(2.5, 3, scenes.station("bach_ma", StationKind.RAIN), rain_mm={24: 180.0})
    found = figure(scenes.view(gauge, rain=rain, depth=depth(days=365)), "vi")
    bars = next(t for t in found["data"] if t["type"] == "bar")
    assert bars["x"] == ["2025-10-27T07:00:00"]  # the middle of the day that began at 19:00
    assert bars["width"] == 24 * 3_400_000
    assert "19h–19h" in bars["name"]


def test_the_shipped_floods_are_of_gauges_there_are_and_dated() -> None:
    floods = load_past_floods(CONFIG)
    assert set(floods) <= set(load_network(CONFIG).stations)
    years = {f.on.year for f in floods["kim_long"]}
    assert {1999, 2020, 2025} <= years
    assert not next(f for f in floods["kim_long"] if f.on.year == 2020).verified
    assert load_past_floods(CONFIG / "geo") == {}
