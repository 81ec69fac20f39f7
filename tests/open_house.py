"""The open data over a small network, asked as a program asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from dash_app.open_data.application import PLACE, open_data
from dash_app.open_data.asker import EVERYBODY, Asker
from dash_app.open_data.problems import answer_by_problems
from dash_app.open_data.takings import Takings
from domain.agencies import Terms
from domain.forecasts import LevelForecast
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Series, Station, StationKind
from storage.database import Database
from storage.forecasts import store_forecasts
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from tests.conftest import TemplateServer

T0 = datetime(2025, 10, 27, tzinfo=UTC)
STEP = timedelta(minutes=10)
TERMS = Terms(licence="CC-BY-4.0", licence_url="https://example.org/licence", attribution="City of Hue")


ANYBODY = Asker(name=EVERYBODY, stations=None, address="192.0.2.1")


def gauge(name: str) -> Station:
    """A gauge that measures its level and the rain."""
    return Station(
        id=name,
        name_vi="Trạm Kim Long",
        name_en="Kim Long gauge",
        kind=StationKind.RIVER,
        lat=16.46,
        lon=107.55,
        river="Hương",
        series=(Series(quantity="water_level", cadence=STEP), Series(quantity="rainfall", cadence=STEP)),
        simulated=False,
        verified=True,
        source="test",
    )


def level(step: int, value: float, *, station: str = "kim_long", known: datetime | None = None) -> Reading:
    """A reading `step` steps after T0, known three seconds later."""
    at = T0 + step * STEP
    return Reading(
        station=station,
        quantity="water_level",
        observed_at=at,
        received_at=known or at + timedelta(seconds=3),
        value=value,
        flag=QualityFlag.PASS,
    )


def furnish(database: Database, readings: list[Reading]) -> None:
    """Two gauges, and readings."""
    with database.transaction() as c:
        sync_network(c, [gauge("kim_long"), gauge("phu_oc")])
        store_readings(c, readings, series_ids(c))


def forecast(valid_h: int, first_m: float, *, version: str = "1") -> LevelForecast:
    """Of T0, for so many hours later."""
    return LevelForecast(
        station="kim_long",
        issued_at=T0,
        valid_at=T0 + timedelta(hours=valid_h),
        quantiles_m=tuple(first_m + k / 100 for k in range(19)),
        model="test",
        version=version,
        inputs="kim_long",
    )


@contextmanager
def furnished(servers: Callable[[str], TemplateServer], readings: list[Reading]) -> Iterator[House]:
    """A house over a database of its own, for tests that only ask."""
    with servers("postgresql").database() as url, Database(url) as database:
        furnish(database, readings)
        yield House(database)


def issue(database: Database, forecasts: list[LevelForecast], made_at: datetime) -> None:
    """Store them as made then."""
    with database.transaction() as c:
        store_forecasts(c, forecasts, made_at)


@dataclass
class House:
    """The application and who asks it."""

    database: Database
    per_minute: int = 0
    asker: Asker = ANYBODY

    def __post_init__(self) -> None:
        settings = load_settings({}, open_data_per_minute=self.per_minute)
        self.takings = Takings(self.database)
        self.api = open_data(
            self.database, settings, TERMS, recognize=lambda _request: self.asker, takings=self.takings
        )
        self.server = FastAPI(openapi_url=None)
        answer_by_problems(self.server)  # as the web process does
        self.server.mount(PLACE, self.api)

    def as_agency(self, name: str, *stations: str) -> House:
        """The same house, asked by an agency."""
        return replace(self, asker=Asker(name=name, stations=frozenset(stations), address="192.0.2.2"))

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """One request below /api, or to a whole address."""

        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(self.server, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://ews.test") as client:
                return await client.request(method, path if "://" in path else f"{PLACE}{path}", **more)

        return asyncio.run(asking())

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a good answer."""
        answer = self.ask(path, params=parameters or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, status: int, **parameters: Any) -> Mapping[str, Any]:
        """The problem document of a refusal."""
        answer = self.ask(path, params=parameters or None)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        return problem
