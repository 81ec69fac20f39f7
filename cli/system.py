"""The whole system on one machine: embedded services where none are configured, and the processes that work on them."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cli.broker import EmbeddedBroker, is_free
from cli.child import Child, ews
from cli.demo_link import demo_link
from cli.embedded import Services, ownership, plan_services, write_services
from cli.postgresql import EmbeddedPostgresql
from cli.processes import Supervisor
from domain.errors import DatabaseUnavailableError, EwsError
from domain.settings import Settings

_PORTS_TRIED = 50
_ASK_EVERY_S = 0.25
_DEMO_CLOCK = "simulated"
#: What changes what is stored.
_AT_WORK = frozenset({"broker", "ingest", "scheduler"})


@dataclass(kw_only=True)
class System:
    """One run. `more` and `before` add children, given the environment that points at this run's services."""

    settings: Settings
    clock: str | None = None  # of the configured stations; none: the wall clock
    register_network: bool = True  # False: leave the stations that are registered as they are
    seconds: float | None = None
    open_browser: bool = False
    more: Callable[[dict[str, str]], Sequence[Child]] = lambda _: ()
    before: Callable[[dict[str, str]], Sequence[Child]] = lambda _: ()  # whose work is done before anything is judged
    finished_after: str | None = None  # a child whose work done ends everything
    pages_only: bool = False  # to look back: nothing is taken in, judged or sent, and the way in is shown
    broker_away: Path | None = None  # while this file is there, the embedded broker is not
    show: Callable[[str, str], None] | None = None
    _services: Services = field(init=False)
    _supervisor: Supervisor = field(init=False)
    _page_known: bool = False
    _ask_at: float = 0.0

    def run(self) -> None:
        """Run until a signal or the end of the time. Raises EwsError when the system cannot work."""
        with ownership(self.settings.data_dir):
            port = _free_http_port(self.settings)
            host = "127.0.0.1" if self.settings.http_host in ("0.0.0.0", "::") else self.settings.http_host  # noqa: S104
            self._services = replace(plan_services(self.settings), http_url=f"http://{host}:{port}/")
            write_services(self.settings.data_dir, self._services)
            self._supervisor = Supervisor(
                self._children(port),
                on_tick=self._on_tick,
                finished=self._finished,
                seconds=self.seconds,
                **({} if self.show is None else {"show": self.show}),
            )
            try:
                code = self._supervisor.run()
            finally:
                write_services(self.settings.data_dir, replace(self._services, running=False, owner_pid=None))
            if code:
                raise EwsError(self._supervisor.failure)

    @property
    def _needs_address(self) -> bool:
        return self.clock is not None and self.settings.public_url is None

    def environment(self, port: int) -> dict[str, str]:
        """What tells a child where everything is."""
        return {
            "EWS_DATABASE_URL": self._services.database_url,
            "EWS_MQTT_URL": self._services.mqtt_url,
            "EWS_DATA_DIR": str(self.settings.data_dir.absolute()),
            "EWS_CONFIG_DIR": str(self.settings.config_dir.absolute()),
            "EWS_HTTP_PORT": str(port),
            # Links in a demonstration's messages lead to this machine; real ones need an address that phones can reach.
            **({"EWS_PUBLIC_URL": (self._services.http_url or "").rstrip("/")} if self._needs_address else {}),
        }

    def _children(self, port: int) -> list[Child]:
        environment = self.environment(port)
        services = [child for child in self._service_children() if not (self.pages_only and child.name in _AT_WORK)]
        migrate = ("migrate", *(("--clock", self.clock) if self.clock else ()))
        migrate = migrate if self.register_network else (*migrate, "--schema-only")
        before = self.before(environment)
        children = [
            # First: a wrong configuration is said before a database is made.
            ews("check", "check", environment=environment, once=True),
            *services,
            ews("migrate", *migrate, environment=environment, after=("check", *(c.name for c in services)), once=True),
            ews("ingest", "ingest", environment=environment, after=("migrate",)),
            *before,
            ews(
                "scheduler", "scheduler", environment=environment, after=("migrate", *(child.name for child in before))
            ),
            ews("web", "web", environment=environment, after=("migrate",)),
            *self.more(environment),
        ]
        return [child for child in children if not (self.pages_only and child.name in _AT_WORK)]

    def _service_children(self) -> list[Child]:
        folder, services = self.settings.data_dir.absolute(), self._services
        children = []
        if self.settings.database_url is None:
            children.append(EmbeddedPostgresql(folder=folder).child())
        if self.settings.mqtt_url is None:
            assert services.mqtt5_port is not None
            assert services.mqtt311_port is not None
            broker = EmbeddedBroker(folder=folder, mqtt5_port=services.mqtt5_port, mqtt311_port=services.mqtt311_port)
            children.append(broker.child())
        return children

    def _finished(self) -> bool:
        return self.finished_after is not None and self._supervisor.is_ready(self.finished_after)

    def _on_tick(self) -> None:
        """Tell others once the services can be used, and people once the map answers."""
        if self.broker_away is not None:
            (self._supervisor.hold if self.broker_away.exists() else self._supervisor.let_go)("broker")
        at_work = self._supervisor.is_ready("migrate") and (self.pages_only or self._supervisor.is_ready("ingest"))
        if at_work and not self._services.running:
            self._services = replace(self._services, running=True)
            write_services(self.settings.data_dir, self._services)
        if not self._page_known and self._supervisor.is_ready("web") and time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + _ASK_EVERY_S
            self._look_at_page(self._services.http_url or "")

    def _look_at_page(self, url: str) -> None:
        if not _answers(url):
            return
        try:
            way_in = demo_link(self._services.database_url, url) if self.clock is not None or self.pages_only else url
        except DatabaseUnavailableError:
            return  # the supervisor starts it again; a later tick asks again
        if way_in is None:
            return
        self._page_known = True
        once = (
            "\n  (mở một lần, trên máy này · opens once, on this machine; ews user link quan_tri)"
            if way_in != url
            else ""
        )
        print(f"\n  Bản đồ · Map: {way_in}{once}\n  Dừng · Stop: Ctrl-C\n", file=sys.stderr, flush=True)
        if self.open_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(way_in)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2.0) as page:  # noqa: S310 - our own http address
            return bool(page.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _free_http_port(settings: Settings) -> int:
    """The configured port, or the next one that is free, with a word about it."""
    for port in range(settings.http_port, min(settings.http_port + _PORTS_TRIED, 65536)):
        if is_free(port, settings.http_host):
            if port != settings.http_port:
                print(f"port {settings.http_port} is taken; the pages are on port {port}", file=sys.stderr, flush=True)
            return port
    raise EwsError(
        f"EWS_HTTP_PORT = {settings.http_port}: this and the next {_PORTS_TRIED} ports are taken; set another"
    )


def up(settings: Settings) -> None:
    """Everything but simulators, until a signal."""
    System(settings=settings).run()


def demo(settings: Settings, *, speed: float, minutes: float | None, open_browser: bool) -> None:
    """Everything, with simulated gauges, until a signal or for some minutes."""

    def simulators(environment: dict[str, str]) -> list[Child]:
        return [
            ews("contacts", "contact", "placeholders", environment=environment, after=("migrate",), once=True),
            ews("simulate", "simulate", "--speed", str(speed), environment=environment, after=("ingest", "contacts")),
        ]

    System(
        settings=settings,
        clock=_DEMO_CLOCK,
        seconds=None if minutes is None else minutes * 60,
        open_browser=open_browser,
        more=simulators,
    ).run()
