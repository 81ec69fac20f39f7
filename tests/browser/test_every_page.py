"""Every page: WCAG 2.2 AA by axe-core in light and dark, no sideways scrolling on a phone, the menu, printing on two A4 pages."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests import required
from tests.browser.conftest import Open, WebProcess, wait_until

AXE = Path(__file__).resolve().parents[1] / "data" / "axe-core" / "axe.min.js"
#: Path and the section that is shown.
PAGES = (
    ("/", "overview"),
    ("/tram/kim_long", "station"),
    ("/canh-bao", "warnings"),
    ("/ban-chi-huy", "sheet"),
    ("/ban-chi-huy/19777", "sheet"),
    ("/mua", "sheet"),
    ("/gio-bao", "sheet"),
    ("/khong-khi", "sheet"),
    ("/mang-luoi", "network"),
    ("/kiem-chung", "verification"),
    ("/quy-tac", "rules"),
    ("/dien-tap", "sheet"),
)
#: A symbol on the map stands where its station stands, and the lists beside it lead to the same page: the exceptions "essential"
#: and "equivalent" of criterion 2.5.8. Its name says the number with its place and state; the age beside the number is drawn only.
_RUN = """async (only) => {
    const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
    const excepted = (rule, node) => ["target-size", "label-content-name-mismatch"].includes(rule)
        && node.html.includes("leaflet-marker-icon");
    return found.violations.flatMap((v) => v.nodes.filter((n) => !excepted(v.id, n)).slice(0, 3)
        .map((n) => `${v.id}: ${n.target} ${n.html.slice(0, 120)}`));
}"""
_AA = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_CONTRAST = {"type": "rule", "values": ["color-contrast"]}


def shown(page: Page, path: str, place: str) -> None:
    """Go there as a link does, and wait until it stands."""
    page.evaluate(
        "(path) => { history.pushState({}, '', path); window.dispatchEvent(new CustomEvent('_dashprivate_pushstate')); }",
        path,
    )
    expect(page.locator(f"main > section[data-place={place}]")).to_be_visible()
    expect(page.locator(f"main > section[data-place={place}] h1").first).to_be_visible()


@pytest.mark.timeout(600)
def test_pages_pass_axe_in_light_and_dark(opened: Open) -> None:
    viewer = opened(width=1280, height=900)
    page = viewer.go("/?lang=vi")
    expect(page.locator("#sentence h1")).to_be_visible()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults: list[str] = []
    for path, place in PAGES:
        shown(page, path, place)
        faults += [f"{path} {fault}" for fault in page.evaluate(_RUN, _AA)]
    page.locator("button.scheme").click()
    for path, place in PAGES:
        shown(page, path, place)
        faults += [f"{path} dark {fault}" for fault in page.evaluate(_RUN, _CONTRAST)]
    assert faults == []
    assert viewer.errors == []


def wider_by(page: Page) -> int:
    """By how many pixels the page is wider than the screen once its charts have taken their width; one is rounding."""
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    with suppress(AssertionError):
        wait_until(page, f"{too_wide} <= 1", 20.0)
    return int(page.evaluate(too_wide))


@pytest.mark.timeout(600)
def test_no_page_scrolls_sideways_on_a_phone_and_the_menu_leads_everywhere(opened: Open) -> None:
    page = opened(width=360, height=780).go("/?lang=en")
    button = page.locator("button[data-act=menu]")
    expect(button).to_have_attribute("aria-expanded", "false")
    links = page.locator("#nav-list a")
    expect(links.first).to_be_hidden()
    button.click()
    expect(links.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    expect(button).to_be_focused()
    others = (("/tram/rain_bach_ma", "station"), ("/tram/khong_co", "notice"))
    wide = {}
    for language in ("en", "vi"):
        page.locator(f"button[data-language={language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        for path, place in (*PAGES, *others):
            shown(page, path, place)
            if place == "station":
                expect(page.locator("#station-chart .main-svg").first).to_be_visible()
            wide[path, language] = wider_by(page)
    assert {where: by for where, by in wide.items() if by > 1} == {}


def test_the_command_page_shows_40_units_without_scrolling_and_prints_on_two_pages(opened: Open) -> None:
    page = opened(width=1920, height=1080).go("/ban-chi-huy?lang=vi")
    rows = page.locator(".units tbody tr")
    expect(rows).to_have_count(40)
    page.evaluate("document.fonts.ready.then(() => true)")  # until then other letters, wider ones, stand there
    boxes = [row.bounding_box() for row in rows.all()]
    assert all(box is not None and box["y"] + box["height"] <= 1080 for box in boxes)
    assert all(box is not None and 24 <= box["height"] <= 31 for box in boxes)
    assert page.title().startswith("[DIỄN TẬP]")
    expect(page.locator(".exercise-banner")).to_contain_text("DIỄN TẬP")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(paper.pages) == 2
    page.locator(".units a", has_text="Vỹ Dạ").click()
    expect(page.locator(".ward-when")).to_contain_text("NGAY BÂY GIỜ")
    expect(page.locator(".ward-todo li")).to_have_count(5)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_command_writes_the_report_on_two_pages(standing_web: WebProcess, tmp_path: Path, language: str) -> None:
    required.chromium()
    paper = tmp_path / "report.pdf"
    command = [sys.executable, "-m", "cli", "report", "situation", "--out", str(paper), "--language", language]
    environment = os.environ | {"EWS_DATABASE_URL": standing_web.database_url}
    subprocess.run(command, env=environment, check=True, timeout=240)
    assert len(pypdf.PdfReader(paper).pages) == 2


def test_without_a_browser_the_command_says_what_to_do(standing_web: WebProcess, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "report", "situation", "--out", str(tmp_path / "report.pdf")]
    environment = os.environ | {"EWS_DATABASE_URL": standing_web.database_url, "PATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 2
    assert "--out FILE.html" in done.stderr
