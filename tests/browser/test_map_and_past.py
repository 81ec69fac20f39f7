"""The overview's map and its past, in Chromium: layers, search, clusters, tracks; the screen as it was, and the way back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from storage.database import Database
from tests.browser import scene
from tests.browser.conftest import Open, WebProcess, wait_until
from tests.signing_in import COOKIE, session_cookie

pytestmark = pytest.mark.chromium

#: Four hundred and two invented stations in two places: one in flood among many in order, and many nobody hears.
TILES = "http://tiles.test/{z}/{x}/{y}.svg"
OWNER = "© Đo vẽ <Huế> & others"

_CROWD = """() => {
    const at = Date.now() / 1000;
    const one = (k, level, seen, place) => ({
        at: seen, late: [750, 1920], clock: "live", kind: "river", lat: place[0] + k * 1e-6, lon: place[1], name: "g" + k,
        level: level, label: "1,00", value: "1,00 m", state: "", going: [], peak: null, measured: "", about: "", rain: null,
        direction: null });
    const parts = new Map();
    for (let k = 0; k < 200; k += 1) { parts.set("station:heard" + k, one(k, k === 7 ? 3 : 0, at, [16.5, 107.6])); }
    for (let k = 0; k < 200; k += 1) { parts.set("station:silent" + k, one(k, 0, at - 86400, [16.2, 107.3])); }
    ews.stations.take([...parts.keys()], parts, true);
    ews.map.leaflet().fitBounds([[16.0, 107.02], [16.74, 108.2]], { animate: false });
    ews.stations.draw();
}"""


#: An update of every gauge but one, as after an absence in which that one sent nothing; returns which are known then.
_ALL_BUT_ONE = """() => {
    const [silent, ...heard] = ews.stations.known.keys();
    const parts = Object.fromEntries(heard.map((id) => ["station:" + id, ews.stations.known.get(id)]));
    ews.overview({ whole: false, gone: [], parts: parts });
    return [silent, heard.length, [...ews.stations.known.keys()]];
}"""


def track(at: datetime, lon: float, **more: Any) -> dict[str, Any]:
    """One position of an invented storm."""
    properties = {"storm": "x", "name": "Bão thử", "at": at.isoformat(), "kind": "observed"} | more
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, 16.5]}, "properties": properties}


def tracks() -> str:
    """Two positions observed and one expected by the scene's end, one known only later."""
    hour = timedelta(hours=1)
    said = {"kind": "forecast", "issued_at": (scene.NOW - hour).isoformat(), "radius_km": 30}
    features = [
        track(scene.NOW - 6 * hour, 108.1),
        track(scene.NOW - hour, 107.9),
        track(scene.NOW + 6 * hour, 107.5, **said),
        track(scene.NOW + 5 * hour, 107.6),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def pick(page: Page, what: str, value: str) -> None:
    """Choose a layer or a total of rain."""
    page.locator(f"#kinds [data-pick={what}]").select_option(value)


def find(page: Page, text: str) -> None:
    """Type into the search and take the first that is found."""
    box = page.get_by_role("combobox", name="Tìm trạm, phường, xã")
    box.fill(text)
    expect(page.locator("#found [role=option]").first).to_be_visible()
    box.press("Enter")


def wait_for_symbols_of_legend(page: Page) -> None:
    """Those of the closed legend are fetched some seconds after what is seen."""
    for _ in range(240):
        if page.evaluate("[...document.querySelectorAll('#legend img')].every((i) => i.complete && i.naturalWidth)"):
            return
        page.wait_for_timeout(250)
    raise AssertionError("the symbols of the closed legend have not come")


def test_layers_search_and_clusters_work_with_the_network_cut_after_loading(opened: Open) -> None:
    viewer = opened()
    viewer.page.route("**/geo/storm_tracks.geojson", lambda route: route.fulfill(body=tracks()))
    page = viewer.go("/")
    kim_long = page.locator("#map [data-station=kim_long]")
    expect(kim_long.locator(".mark-note")).to_have_text("0′")
    expect(page.locator("#map path.track-fix")).to_have_count(2)
    expect(page.locator("#map path.track-expected")).to_have_count(1)
    expect(page.locator("#map .track-name")).to_have_text("Bão thử")
    wait_for_symbols_of_legend(page)
    assert viewer.errors == []

    page.context.set_offline(True)
    expect(page.locator("#connection-bar")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-blind", "yes")
    pick(page, "layer", "rain")
    rain = page.locator("#map [data-station=rain_bach_ma]")
    expect(rain.locator(".mark-label")).to_have_text("88")
    pick(page, "rain", "1")
    expect(rain.locator(".mark-label")).not_to_have_text("88")
    expect(kim_long).to_have_count(0)
    pick(page, "layer", "forecast")
    expect(kim_long.locator(".mark-label")).to_have_text("4,3–5,5")
    expect(page.locator("#map .mark-rain")).to_have_count(0)
    pick(page, "layer", "age")
    expect(page.locator("#map [data-station=cau_truoi] .mark-label")).to_have_text("7h")
    find(page, "kim long")
    expect(page.locator(".station-card h3")).to_have_text("Kim Long")
    find(page, "my thuong")
    expect(page.locator(".ews-tip", has_text="Phường Mỹ Thượng")).to_be_visible()

    page.evaluate("ews.stations.choose(null)")
    pick(page, "layer", "state")
    page.evaluate(_CROWD)
    expect(page.locator("#map .cluster img[src='/symbols/river-3-current.svg']")).to_have_count(1)
    expect(page.locator("#map .cluster img[src='/symbols/river-0-silent.svg']")).to_have_count(1)
    expect(page.locator("#map .cluster img[src='/symbols/river-0-current.svg']")).to_have_count(0)


def test_a_gauge_that_sent_nothing_stays_on_the_map_after_an_update_of_all_others(opened: Open) -> None:
    page = opened().go("/")
    expect(page.locator("#map [data-station=kim_long]")).to_be_visible()
    silent, heard, known = page.evaluate(_ALL_BUT_ONE)
    assert silent in known
    assert len(known) == heard + 1 > 2


def test_an_offset_without_a_colon_is_read(opened: Open) -> None:
    page = opened().go("/?luc=2025-10-27T02:14:00%2B0700")  # as reports of exercises once wrote it
    expect(page.locator(".banner.past")).to_contain_text("02:14 27/10/2025")


def test_the_screen_of_then_is_a_link_that_says_so_and_leads_back(opened: Open, flood: Database) -> None:
    page = opened().go("/?luc=2025-10-27T02:14+07:00")
    label = page.locator("#map [data-station=kim_long] .mark-label")
    expect(page.locator(".banner.past")).to_contain_text(
        "Màn hình như lúc 02:14 27/10/2025 (+07:00), không phải hiện tại"
    )
    expect(page.locator("#sentence h1")).to_contain_text("Thượng Nhật 61,66 m, trên BĐ2 0,66 m")
    expect(page.locator(".gauges tbody tr", has_text="Kim Long").locator(".value")).to_have_text("2,48")
    expect(page.locator(".banner", has_text="SỐ LIỆU MÔ PHỎNG")).to_contain_text("02:10 27/10/2025")
    expect(label).to_have_text("2,48")
    assert page.get_attribute("html", "data-past") == "yes"

    page.locator(".gauges .station-link", has_text="Kim Long").click()
    expect(page.locator("#station-head .big")).to_have_text("2,48 m")
    expect(page.locator(".banner.past")).to_contain_text("02:14 27/10/2025")
    expect(page.locator(".page-station #timeline [data-part=moment]")).to_have_value("27/10/2025 02:14")
    expect(page.locator("#station-chart .main-svg").first).to_be_visible()
    observed = "document.querySelector('#station-chart .js-plotly-plot').data.find((t) => t.name === 'Thực đo')"
    wait_until(page, f"(({observed} || {{ x: [''] }}).x.at(-1) || '').slice(0, 16) === '2025-10-27T02:10'")
    assert "/tram/kim_long?luc=2025-10-27T02:14+07:00" in page.url
    page.locator(".range-chip", has_text="30 ngày").click()
    page.wait_for_url("**/tram/kim_long/30?luc=2025-10-27T02:14+07:00")
    expect(page.locator(".range-chip.here")).to_have_text("30 ngày")
    expect(page.locator("#station-head .big")).to_have_text("2,48 m")
    page.locator(".brand").click()
    expect(page.locator("#map")).to_be_visible()
    expect(page.locator("#station-head")).to_be_hidden()
    expect(page.locator("#sentence h1")).to_contain_text("Thượng Nhật 61,66 m")

    scene.new_reading(flood, "kim_long", 3.77, scene.NOW + timedelta(minutes=10))
    field = page.locator("#timeline [data-part=moment]")
    field.fill("31/02/2025 05:00")
    field.press("Tab")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("27/10/2025 05:00")
    field.press("Tab")
    expect(page.locator(".banner.past")).to_contain_text("05:00 27/10/2025")
    expect(label).to_have_text("3,05")
    assert "luc=2025-10-27T05:00+07:00" in page.url

    page.locator("#timeline [data-part=play]").click()
    expect(page.locator(".banner.past")).not_to_contain_text("05:00 27/10/2025")
    page.locator("#timeline [data-part=play]").click()
    page.locator(".banner.past .to-now").click()
    expect(page.locator(".banner.past")).to_have_count(0)
    expect(label).to_have_text("3,77")
    assert "luc" not in page.url
    assert page.get_attribute("html", "data-past") == ""

    page.goto(page.url + "canh-bao?luc=2025-10-27T05:00+07:00")
    expect(page.locator("#warnings")).to_be_visible()
    expect(page.locator(".banner.past")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("luc"))

    page.goto(page.url.replace("canh-bao", "") + "?luc=31/02/2025")
    expect(page.locator("#moment-note")).to_contain_text(
        "“31/02/2025” trong địa chỉ không phải là một thời điểm đã qua"
    )
    expect(label).to_have_text("3,77")


def cut_once(page: Page, files: str) -> list[str]:
    """The network is cut just as each of these files is asked for the first time; returns which were."""
    cut: list[str] = []

    def answer(route: Route) -> None:
        address = route.request.url.partition("?")[0]
        if address in cut:
            route.continue_()
        else:
            cut.append(address)
            route.abort("internetdisconnected")

    page.route(files, answer)
    return cut


def test_a_page_cut_off_while_it_loads_says_so_and_mends_itself(opened: Open) -> None:
    viewer = opened()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = viewer.page
    own = cut_once(page, "**/trang.js*")
    late = cut_once(page, "**/dash_renderer*")
    page.route("**/tong-quan.json*", hold)
    looks: list[Route] = []

    def look_later(route: Route) -> None:
        looks.append(route)  # its answer has the page loaded again: not before we have looked

    page.route("**/healthz*", look_later)
    viewer.go("/")
    expect(page.locator("#connection-bar")).to_contain_text("Trang chưa tải hết vì mất mạng giữa chừng")
    page.unroute("**/healthz*")
    for look in looks:
        look.continue_()
    expect(page.locator("#connection-bar")).to_be_hidden()  # loaded again by itself
    expect(page.locator(".page-loading")).to_contain_text("Đang đọc số liệu…")
    expect(page.locator(".page-loading")).to_contain_text("Reading the data…")
    page.evaluate("window.notLoadedAgain = true")
    page.unroute("**/tong-quan.json*")
    held[-1].continue_()
    expect(page.locator("#sentence h1")).to_be_visible()
    expect(page.locator("#chart-holder")).to_be_attached()  # Dash begins although its script did not come at first
    page.locator(".gauges .station-link", has_text="Kim Long").click()
    expect(page.locator("#station-head h1")).to_contain_text("Kim Long")
    assert page.evaluate("window.notLoadedAgain")
    assert len(own) == len(late) == 1


def test_a_reading_grows_old_on_the_open_page_by_itself(opened: Open) -> None:
    page = opened().go("/")
    expect(page.locator("#map [data-station=kim_long]")).to_be_visible()
    now = datetime.now(UTC).timestamp()
    found = page.evaluate(
        "([now]) => [60, 900, 2400].map((age) => ews.clock.freshness({ at: now - age, late: [750, 1920], clock: 'live' }))",
        [now],
    )
    assert found == ["current", "stale", "silent"]


def test_tiles_of_the_setting_are_seen_within_the_city_too_and_name_their_owner(
    chromium: Browser, standing_web: WebProcess
) -> None:
    web = WebProcess(standing_web.database_url, tiles_url=TILES, tiles_attribution=OWNER)
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    try:
        context.add_cookies([{"name": COOKIE, "value": session_cookie(web.database_url), "url": web.address}])
        tile = "<svg xmlns='http://www.w3.org/2000/svg' width='256' height='256'><rect width='256' height='256'/></svg>"
        context.route("http://tiles.test/**", lambda route: route.fulfill(body=tile, content_type="image/svg+xml"))
        page = context.new_page()
        page.goto(web.address)
        expect(page.locator("img.leaflet-tile-loaded").first).to_be_visible()
        expect(page.locator("path.city")).to_have_attribute("fill-opacity", "0")
        expect(page.locator(".leaflet-control-attribution")).to_contain_text(OWNER)
    finally:
        context.close()
        web.stop()
