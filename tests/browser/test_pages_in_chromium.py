"""What an officer sees, in Chromium: map, station, warnings, languages, widths, live updates, lost connections."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from domain.access_table import Role
from storage.database import Database
from storage.sessions import end_of_person
from tests.browser import scene
from tests.browser.conftest import Open, WebProcess, wait_until
from tests.browser.test_every_page import shown

pytestmark = pytest.mark.chromium


def map_place(page: Page) -> list[int]:
    """Where the map is and how near: where two far stations stand in it, in pixels."""
    frame = page.locator("#map").bounding_box()
    found = [page.locator(f"#map [data-station={name}]").bounding_box() for name in ("kim_long", "thuong_nhat")]
    assert frame is not None
    return [round(box[side] - frame[side]) for box in found if box is not None for side in ("x", "y")]


def zoom_in(page: Page) -> list[int]:
    """Press the map's plus and wait until it has come to rest; return where it then is."""
    expect(page.locator("#map [data-station=kim_long]")).to_be_visible()
    before = map_place(page)
    page.locator("#map .leaflet-control-zoom-in").click()
    return at_rest(page, before)


def at_rest(page: Page, unlike: list[int] | None = None) -> list[int]:
    """Where the map is once it has stopped moving, and is somewhere else than `unlike`."""
    last: list[int] = []
    for _ in range(60):
        page.wait_for_timeout(250)
        now = map_place(page)
        if now == last and now != unlike:
            return now
        last = now
    raise AssertionError(f"the map did not come to rest: {last}")


def height_of(page: Page, shape: str) -> int:
    """How high above the map's ground the pane of a shape lies."""
    expect(page.locator(f"#map {shape}").first).to_be_attached()
    pane = f"document.querySelector('#map {shape}').closest('.leaflet-pane')"
    return int(page.evaluate(f"Number(getComputedStyle({pane}).zIndex)"))


def symbol(page: Page, station: str) -> str:
    """The symbol a station has on the map."""
    return str(page.get_attribute(f"#map [data-station={station}] img", "src"))


def store_and_see(page: Page, database: Database, level_m: float, at: datetime) -> None:
    """Store a reading of Kim Long and wait until list and map show it; how soon is measured by benchmarks/bench_pages.py."""
    text = f"{level_m:.2f}".replace(".", ",")
    scene.new_reading(database, "kim_long", level_m, at)
    expect(page.locator(".gauges tbody tr").first.locator(".value")).to_have_text(text)
    expect(page.locator("#map [data-station=kim_long] .mark-label")).to_have_text(text)


def test_the_map_shows_wards_and_every_station_and_nothing_leaves_the_server(opened: Open) -> None:
    viewer = opened()
    page = viewer.go("/")
    expect(page.locator("#map path.ward")).to_have_count(40)
    expect(page.locator("#map [data-station]")).to_have_count(len(scene.network()))
    expect(page.locator("#map path.ward-warned").first).to_be_attached()
    assert height_of(page, "path.city") < height_of(page, "path.ward") < height_of(page, "path.river")
    expect(page.locator("#sentence h1")).to_contain_text("Sông Hương tại Kim Long 3,58 m, trên BĐ3 0,08 m")
    expect(page.locator(".banner")).to_contain_text("SỐ LIỆU MÔ PHỎNG")
    assert symbol(page, "kim_long").endswith("/river-3-current.svg")
    assert symbol(page, "cau_truoi").endswith("/river-x-silent.svg")
    wait_until(page, "document.fonts.check('600 16px \"Be Vietnam Pro\"', 'Huế')")
    assert viewer.elsewhere == []
    assert viewer.errors == []


@pytest.mark.alone
def test_the_worst_gauge_stands_first_with_its_trend_and_forecast(opened: Open) -> None:
    page = opened().go("/")
    first = page.locator(".gauges tbody tr").first
    expect(first).to_contain_text("Kim Long")
    expect(first).to_contain_text("trên BĐ3 0,08 m")
    expect(first.locator(".c-peak")).to_contain_text("–")
    assert first.locator(".c-trend").inner_text().strip().startswith("+0,")
    expect(page.locator(".gauges tbody tr", has_text="Cầu Truồi")).to_contain_text("mất tín hiệu")


def test_a_new_reading_comes_to_the_open_page_and_the_map_stays(opened: Open, flood: Database) -> None:
    page = opened().go("/")
    place = zoom_in(page)
    page.locator("#map [data-station=phu_oc]").click()
    expect(page.locator(".station-card")).to_contain_text("Phú Ốc")
    store_and_see(page, flood, 3.8, scene.NOW + timedelta(minutes=10))
    store_and_see(page, flood, 5.9, scene.NOW + timedelta(minutes=30))
    assert symbol(page, "kim_long").endswith("/river-4-current.svg")
    expect(page.locator("#sentence h1")).to_contain_text("trên lũ lịch sử 0,09 m")
    expect(page.locator(".banner")).to_contain_text("07:30 27/10/2025")
    assert map_place(page) == place
    expect(page.locator(".station-card")).to_contain_text("Phú Ốc")


def chart_range(page: Page) -> list[str]:
    """The span of time and of level on the chart."""
    shown = "document.querySelector('#station-chart .js-plotly-plot')._fullLayout"
    return [str(end) for end in page.evaluate(f"[...{shown}.xaxis.range, ...{shown}.yaxis.range]")]


def drag_over_chart(page: Page) -> None:
    """Zoom into a part of the chart with the mouse."""
    box = page.locator("#station-chart .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8, steps=5)
    page.mouse.up()


def range_at_rest(page: Page, unlike: list[str] | None = None) -> list[str]:
    """The chart's span once it no longer changes, and no longer is this one."""
    last: list[str] = []
    for _ in range(240):
        now = chart_range(page)
        if now == last and now != unlike:
            return now
        last = now
        page.wait_for_timeout(250)
    raise AssertionError(f"the chart did not come to rest: {last}")


def test_a_station_page_shows_its_hydrograph_and_stays_zoomed_through_an_update(opened: Open, flood: Database) -> None:
    viewer = opened()
    page = viewer.go("/tram/kim_long")
    expect(page.locator("#station-chart .main-svg").first).to_be_visible()
    labels = page.locator("#station-chart .annotation-text")
    for text in ("BĐ1 1,00", "BĐ2 2,00", "BĐ3 3,50"):
        expect(labels.filter(has_text=text)).to_have_count(1)
    expect(page.locator("#station-side")).to_contain_text("Khả năng vượt báo động")
    whole = range_at_rest(page)
    drag_over_chart(page)
    zoomed = range_at_rest(page, unlike=whole)
    scene.new_reading(flood, "kim_long", 3.71, scene.NOW + timedelta(minutes=10))
    expect(page.locator("#station-head .big")).to_have_text("3,71 m")
    page.wait_for_timeout(500)
    assert chart_range(page) == zoomed
    assert viewer.elsewhere == []
    assert viewer.errors == []


def test_every_kind_of_station_has_a_page(opened: Open) -> None:
    viewer = opened()
    page = viewer.go("/canh-bao")
    expect(page.locator("#warnings h1")).to_be_visible()
    for station, name in (
        ("phu_oc", "Phú Ốc"),
        ("rain_bach_ma", "Bạch Mã"),
        ("air_phu_bai", "Phú Bài"),
        ("wind_hue", "Huế"),
        ("ta_trach", "Tả Trạch"),
    ):
        shown(page, f"/tram/{station}", "station")
        expect(page.locator("#station-head h1")).to_contain_text(name)
        expect(page.locator("#station-chart .main-svg").first).to_be_visible()
        expect(page.locator("#station-below")).to_contain_text("Về trạm này")
    assert viewer.errors == []


def test_an_unknown_station_is_a_clear_404(opened: Open, web: WebProcess) -> None:
    page = opened().go("/")
    expect(page.locator("#map [data-station]").first).to_be_attached()
    answer = page.request.get(f"{web.address}/tram/khong_co")
    assert answer.status == 404
    page.goto(f"{web.address}/tram/khong_co")
    expect(page.locator("#notice")).to_contain_text("Không có trạm nào mang mã “khong_co”")
    assert page.request.get(f"{web.address}/canh-bao/khong.co").status == 404
    page.goto(f"{web.address}/canh-bao")
    there = page.locator("#warnings a[href^='/canh-bao/']").first.get_attribute("href")
    assert page.request.get(f"{web.address}{there}").status == 200


def test_the_warnings_page_tells_history_and_who_was_told(opened: Open) -> None:
    viewer = opened()
    page = viewer.go("/canh-bao")
    expect(page.locator(".desk-ended .desk-card")).to_have_count(1)
    page.locator(".desk-sent .desk-link", has_text="Kim Long").click()
    first = page.locator("#alert .warning")
    expect(first).to_contain_text("Kim Long")
    expect(first.locator("tbody tr")).to_have_count(4 + 16)
    expect(first).to_contain_text("đã gửi")
    assert viewer.errors == []


def test_the_language_switch_changes_every_page_and_stays(opened: Open) -> None:
    page = opened().go("/")
    place = zoom_in(page)
    page.locator("button[data-language=en]").click()
    expect(page.locator("#sentence h1")).to_contain_text("Hương river at Kim Long 3.58 m, 0.08 m above BĐ3")
    assert "lang=en" in page.url
    assert map_place(page) == place
    page.locator(".nav-link", has_text="Warnings").click()
    expect(page.locator("#warnings h1")).to_contain_text("Warnings in force")
    page.reload()
    expect(page.locator("#warnings h1")).to_contain_text("Warnings in force")
    assert page.get_attribute("html", "lang") == "en"


def test_a_session_that_is_over_leads_to_the_sign_in_and_from_there_back(opened: Open, web: WebProcess) -> None:
    page = opened(role=Role.VIEWER, name="leaves").go("/mua?lang=en")
    expect(page.locator("#sheet h1")).to_contain_text("Rain")
    with Database(web.database_url, max_size=1) as database, database.transaction() as connection:
        assert end_of_person(connection, "leaves") == 1
    # As when a phone comes out of a pocket; without it the page asks every 15 s.
    signed_out = page.locator("form[action='/vao'] input[name=sau]")
    # The door believes for some seconds whom it has just seen.
    page.evaluate("void setInterval(() => document.dispatchEvent(new Event('visibilitychange')), 500)")
    expect(signed_out).to_have_value("/mua?lang=en")
    expect(page.locator("h1")).to_have_text("Sign in")
    page.locator(".other-language a").click()
    expect(page.locator("h1")).to_have_text("Đăng nhập")
    expect(signed_out).to_have_value("/mua?lang=en")


def test_the_map_waits_in_its_place_while_another_page_is_open(opened: Open) -> None:
    page = opened().go("/")
    place = zoom_in(page)
    page.locator(".gauges .station-link", has_text="Kim Long").click()
    expect(page.locator("#station-chart")).to_be_visible()
    page.locator(".brand").click()
    expect(page.locator("#map")).to_be_visible()
    assert at_rest(page) == place


def test_the_page_says_when_the_server_is_gone_and_goes_on_when_it_is_back(opened: Open, web: WebProcess) -> None:
    viewer = opened()
    page = viewer.go("/")
    expect(page.locator("#map [data-station=kim_long]")).to_be_visible()
    expect(page.locator("#connection-bar")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator("#connection-bar")).to_contain_text("Mất liên lạc với máy chủ từ")
    expect(page.locator("#map [data-station=kim_long]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#connection-bar")).to_be_hidden()


_FIRST_QUESTION_HANGS = """() => new Promise((asked) => {
    const fetch = window.fetch;
    let first = true;
    window.fetch = (address, more) => {
        if (address !== "/healthz") { return fetch(address, more); }
        if (!first) { return Promise.reject(new TypeError("the server is gone")); }
        first = false;
        asked();
        return new Promise((answer) => { window.answerFirst = () => answer(new Response('{"database": "answers"}')); });
    };
})"""


def test_an_answer_overtaken_by_the_loss_of_the_server_does_not_hide_it(opened: Open) -> None:
    page = opened().go("/")
    expect(page.locator("#connection-bar")).to_be_hidden()
    page.evaluate(_FIRST_QUESTION_HANGS)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#connection-bar")).to_be_visible()
    page.evaluate("window.answerFirst()")
    page.wait_for_timeout(500)
    expect(page.locator("html")).to_have_attribute("data-blind", "yes", timeout=100)
    expect(page.locator("#connection-bar")).to_be_visible(timeout=100)


def test_symbols_can_be_reached_and_named_by_keyboard(opened: Open, flood: Database) -> None:
    page = opened().go("/")
    marker = page.locator("#map [data-station=kim_long]")
    expect(marker).to_be_visible()
    assert "Kim Long: 3,58 m" in str(marker.get_attribute("aria-label"))
    marker.focus()
    # An update draws the markers anew and must not take the focus away.
    scene.new_reading(flood, "phu_oc", 4.44, scene.NOW + timedelta(minutes=10))
    expect(page.locator("#map [data-station=phu_oc] .mark-label")).to_have_text("4,44")
    expect(marker).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".station-card h3")).to_have_text("Kim Long")
    page.locator(".station-card .close").click()
    expect(page.locator(".station-card")).to_have_count(0)


def test_kinds_of_stations_can_be_hidden_and_stay_hidden_through_an_update(opened: Open, flood: Database) -> None:
    page = opened().go("/")
    rain = page.locator("#map .mark-rain")
    expect(rain.first).to_be_attached()
    page.locator("#kinds button", has_text="Mưa").click()
    expect(rain).to_have_count(0)
    scene.new_reading(flood, "kim_long", 3.66, scene.NOW + timedelta(minutes=10))
    expect(page.locator("#map [data-station=kim_long] .mark-label")).to_have_text("3,66")
    expect(rain).to_have_count(0)
    assert page.locator("#kinds button", has_text="Mưa").get_attribute("aria-pressed") == "false"


def test_light_and_dark_are_the_viewers_choice_and_kept(opened: Open) -> None:
    page = opened(scheme="dark").go("/canh-bao")
    expect(page.locator(".desk-card").first).to_be_visible()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("button.scheme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.reload()
    expect(page.locator(".desk-card").first).to_be_visible()
    assert page.get_attribute("html", "data-scheme") == "light"
