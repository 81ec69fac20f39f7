"""The web process: pages by Dash on FastAPI, health, metrics, and its life from start to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from alerts.acknowledgement import link_key
from alerts.recipients import load_recipients
from dash_app.acknowledgement_page import Acknowledging
from dash_app.bodies import MOST_BYTES
from dash_app.bounded_http import BoundedHttp
from dash_app.bundles import bundles
from dash_app.cap_routes import CapRoutes
from dash_app.committee import load_setting
from dash_app.committee_map import CommitteeMap
from dash_app.compressed import Compressed
from dash_app.dash_layout import dash_layout
from dash_app.desk_acting import Acting
from dash_app.entrance import Entrance
from dash_app.feed import Feed
from dash_app.headers import Headers
from dash_app.index_page import INDEX, WITHIN_HASH, Index
from dash_app.open_data.application import PLACE
from dash_app.open_data.giving import Giving
from dash_app.open_data.problems import answer_by_problems
from dash_app.overview_routes import OverviewRoutes
from dash_app.pages import Pages
from dash_app.public_routes import PublicRoutes
from dash_app.pushes import Pushes
from dash_app.rules_proposal_routes import RulesProposals
from dash_app.service_routes import Services
from dash_app.sheets import Sheets
from dash_app.station_files import StationFiles
from dash_app.station_source import StationSource
from dash_app.verification_routes import Verified
from dash_app.ward_map import WardMap
from dash_app.wiring import wire
from domain.past_floods import load_past_floods
from domain.settings import Settings
from domain.words import say
from rules.configuration import load_rules
from storage.database import Database

_HERE = Path(__file__).resolve().parent
#: How often the server looks whether it is asked to stop.
_LOOK_S = 0.1


def create_app(settings: Settings, database_url: str, mqtt_url: str) -> FastAPI:
    """The whole web application. Raises ConfigurationError when rules.toml cannot be read."""
    del mqtt_url  # the pages read the database alone
    database = Database(database_url, max_size=3)
    feed = Feed(database, load_rules(settings.config_dir / "rules.toml"))
    entrance, giving = Entrance(database_url, settings, feed), Giving(database_url, settings)
    life = _life(feed, database, entrance, giving)
    server = FastAPI(title="hue-ews", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    answer_by_problems(server)
    server.state.feed, server.state.entrance, server.state.giving = feed, entrance, giving
    overview = OverviewRoutes(feed)
    server.include_router(overview.router())  # first, as it is asked most
    server.include_router(Pushes(feed, overview).router())
    server.include_router(entrance.router())
    server.include_router(PublicRoutes(feed, settings).router())
    server.include_router(Services(feed, settings.config_dir).router())
    server.include_router(bundles())
    server.include_router(CapRoutes(database, settings).router())
    verified = Verified(feed)
    server.include_router(verified.router())
    recipients = load_recipients(settings.config_dir / "recipients.toml")
    server.include_router(Acknowledging(feed, recipients, link_key(settings.link_key, settings.data_dir)).router())
    server.include_router(StationFiles(database).router())
    server.include_router(WardMap(settings.config_dir).router())
    server.include_router(RulesProposals(database, settings).router())
    server.mount(PLACE, giving.api)
    acting = Acting(database, settings, feed.rules)
    setting = load_setting(settings.config_dir)
    drawn = CommitteeMap(setting)
    server.include_router(drawn.router())
    app = _dash(server, settings)
    gauges = StationSource(feed, load_past_floods(settings.config_dir))
    app.layout = dash_layout
    sheets = Sheets(feed, setting, drawn, settings.config_dir)
    pages = Pages(feed, verified, book=acting.book, sheets=sheets, gauges=gauges)
    wire(app, pages, acting)
    # Dash 4.4 finds its assets at the first request of "/" alone; a first visitor of another page would get none.
    app._setup_server()  # noqa: SLF001 - there is no public name for it
    entrance.guard(server, app)
    server.add_middleware(Compressed)
    hashes = [*app.csp_hashes(), WITHIN_HASH]
    server.add_middleware(Headers, feed=feed, wards=setting.wards, tiles_url=settings.tiles_url, script_hashes=hashes)
    return server


def _dash(server: FastAPI, settings: Settings) -> Any:
    app = Index(
        "dash_app",
        server=False,
        backend="fastapi",
        assets_folder=str(_HERE / "assets"),
        serve_locally=True,
        compress=False,  # Compressed does, and keeps what stays the same
        title=say("ui.brand", "vi"),
        update_title="",
        assets_ignore=r".*\.(css|js)",  # dash_app.bundles has them
        suppress_callback_exceptions=True,
        add_log_handler=False,
        enable_mcp=False,
        index_string=INDEX,
    )
    app.backend.websocket_capability = False  # dash_app.pushes has the socket; a second one would cost each page
    app.init_app(server)
    if settings.tiles_url:
        app.tiles = {"tiles": settings.tiles_url, "owner": settings.tiles_attribution or ""}
    return app


def _life(feed: Feed, database: Database, entrance: Entrance, giving: Giving) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def life(_server: FastAPI) -> AsyncIterator[None]:
        feed.start()
        giving.begin()
        beginning = asyncio.create_task(entrance.begin())
        yield
        beginning.cancel()
        await asyncio.to_thread(feed.stop)
        await asyncio.to_thread(giving.close)
        entrance.close()
        database.close()

    return life


def run(
    settings: Settings,
    database_url: str,
    mqtt_url: str,
    stop: threading.Event,
    *,
    ready: Callable[[], None] | None = None,
) -> None:
    """Serve until `stop` is set; `ready` is called once the port answers. Ends within 2 s of `stop`."""
    server = create_app(settings, database_url, mqtt_url)
    config = uvicorn.Config(
        server,
        host=settings.http_host,
        port=settings.http_port,
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.trusted_proxies is not None,
        forwarded_allow_ips=settings.trusted_proxies,
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,  # a push is compressed once for all whom it goes to
        timeout_graceful_shutdown=1,
        ws_ping_interval=20,
        ws_ping_timeout=20,
    )
    asyncio.run(_serve(_Server(config), server.state.feed, stop, ready))


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever called `run`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _serve(server: uvicorn.Server, feed: Feed, stop: threading.Event, ready: Callable[[], None] | None) -> None:
    """Run the server beside a look at `stop`."""
    serving = asyncio.create_task(server.serve())
    while not serving.done() and not stop.is_set():
        if ready is not None and server.started:
            ready()
            ready = None
        await asyncio.sleep(_LOOK_S)
    feed.release()
    server.should_exit = True
    await serving
