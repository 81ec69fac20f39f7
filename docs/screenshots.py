"""Pictures of every page for docs/pages.md, and of the overview for README.md: `.venv/bin/python docs/screenshots.py` after `make test`; with addresses, of these alone.

A flood scene on an embedded database (tests/browser/scene.py), shown by the web process to the machine's own Chromium, at the
width of a desk and of a phone, in both languages. Each picture is brought down to a small palette.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from storage.database import Database  # noqa: E402
from tests import required  # noqa: E402
from tests.browser import scene  # noqa: E402
from tests.browser.conftest import WebProcess  # noqa: E402
from tests.browser.test_every_page import PAGES, shown  # noqa: E402
from tests.browser.test_verification_page import score  # noqa: E402
from tests.conftest import EmbeddedServer, TemplateServer  # noqa: E402
from tests.signing_in import COOKIE, session_cookie  # noqa: E402

#: The page for everybody; it needs no script.
PUBLIC = "/cong-khai"
FOLDER = ROOT / "docs" / "images" / "pages"
#: The overview as README.md shows it.
_FIRST = ROOT / "docs" / "images" / "map.png"
SIZES = {"desktop": (1280, 800), "phone": (360, 780)}
#: Enough, chosen so that small areas keep theirs: a red square must stay red, and large grounds are not tinted by them.
_COLOURS = 192
_WAY = Image.Quantize.MAXCOVERAGE
#: Map and charts are drawn after the page stands.
_SETTLES_MS = 1500


def name_of(path: str) -> str:
    """The page's part of the name of a picture: /ban-chi-huy/19777 is ban-chi-huy-19777."""
    return path.strip("/").replace("/", "-") or "tong-quan"


def take(browser: Browser, web: WebProcess, cookie: str, only: list[str]) -> None:
    """Every page, or those at the addresses of `only`, in every size and language."""
    for size, (width, height) in SIZES.items():
        for language in ("vi", "en"):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
            context.set_default_timeout(120_000)
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": web.address}])
            page = context.new_page()
            page.goto(f"{web.address}/?lang={language}")
            expect(page.locator("#sentence h1")).to_be_visible()
            for path, place in (each for each in PAGES if not only or each[0] in only):
                shown(page, path, place)
                if place == "station":
                    expect(page.locator("#station-chart .main-svg").first).to_be_visible()
                if place == "verification":
                    page.locator(".verification details summary").first.click()
                page.wait_for_timeout(_SETTLES_MS)
                save(page, FOLDER / f"{name_of(path)}-{size}-{language}.png")
            if not only or PUBLIC in only:
                page.goto(f"{web.address}{PUBLIC}?lang={language}")
                save(page, FOLDER / f"{name_of(PUBLIC)}-{size}-{language}.png")
            context.close()


def save(page: Page, target: Path) -> None:
    """One picture with a small palette."""
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.quantize(_COLOURS, _WAY, kmeans=1, dither=Image.Dither.NONE).save(target, optimize=True)
    sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KB\n")


def main() -> None:
    """The scene, the web process, the browser."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=120_000)
    server = EmbeddedServer()
    try:
        with TemplateServer(server.url).database() as url, sync_playwright() as playwright:
            with Database(url) as database:
                scene.flood(database)
                score(database)
            web = WebProcess(url, public_view="on")
            browser = playwright.chromium.launch(executable_path=required.chromium(), args=["--no-sandbox"])
            try:
                take(browser, web, session_cookie(url), sys.argv[1:])
                shutil.copyfile(FOLDER / "tong-quan-desktop-vi.png", _FIRST)
            finally:
                browser.close()
                web.stop()
    finally:
        server.close()


if __name__ == "__main__":
    main()
