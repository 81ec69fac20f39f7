"""The addresses of the open data below /api/v1."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from alerts.cap.atom import CAP_TYPE
from dash_app.open_data.answers import Body, answer
from dash_app.open_data.asked import ForecastsAsked, ObservationsAsked
from dash_app.open_data.asker import Asker, asker_of
from dash_app.open_data.columns import FORECASTS, OBSERVATIONS
from dash_app.open_data.documents import (
    ForecastsDocument,
    ObservationsDocument,
    StationDocument,
    StationsDocument,
    WarningsDocument,
)
from dash_app.open_data.holdings import Holdings, Kept
from dash_app.open_data.pieces import forecast_pieces, observation_pieces
from dash_app.open_data.places import GEOJSON_TYPE, latest_body, station_body, stations_body
from dash_app.open_data.rows import rows_answer
from dash_app.open_data.streams import PARQUET_TYPE
from dash_app.open_data.takings import Takings
from dash_app.open_data.warnings import ATOM_TYPE, PublicWarnings, WarningsAsked
from domain.agencies import Terms

#: How old the newest readings may be when they are given from memory; two look-ups in a second are one question.
_LATEST_KEPT_S, _STATIONS_KEPT_S = 2.0, 5.0
_Shares = frozenset[str] | None
_Described = dict[int | str, dict[str, Any]]
_MESSAGE: _Described = {
    200: {"content": {CAP_TYPE: {}}},
    304: {"description": "Unchanged since the answer with this ETag"},
}


def _content(*types: str, model: type[Any]) -> _Described:
    """The description of a good answer: JSON by its model, other types as they are; and the one without a body."""
    schemas = {kind: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}} for kind in types if "json" in kind}
    others: dict[str, Any] = {kind: {} for kind in types if "json" not in kind}
    return {
        200: {"model": model, "content": schemas | others},
        304: {"description": "Unchanged since the answer with this ETag"},
    }


class GeoJsonResponse(JSONResponse):
    """For the description: this type and no other."""

    media_type = GEOJSON_TYPE


class OpenData:
    """Stations, observations, forecasts and warnings over one database."""

    def __init__(self, holdings: Holdings, warnings: PublicWarnings, takings: Takings, terms: Terms) -> None:
        self._holdings, self._warnings, self._takings, self._terms = holdings, warnings, takings, terms
        # One memory for each set of shares; there are as many as agencies.
        self._latest: dict[_Shares, Kept[tuple[Body, int]]] = {}
        self._stations: dict[_Shares, Kept[Body]] = {}

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix="/v1", default_response_class=Response)
        for path, endpoint, responses in (
            ("/stations", self.stations, _content(GEOJSON_TYPE, model=StationsDocument)),
            ("/stations/{station}", self.station, _content(GEOJSON_TYPE, model=StationDocument)),
            ("/latest", self.latest, _content(GEOJSON_TYPE, model=StationsDocument)),
            ("/observations", self.observations, _rows(ObservationsDocument)),
            ("/forecasts", self.forecasts, _rows(ForecastsDocument)),
            ("/warnings", self.warnings, _content("application/json", ATOM_TYPE, model=WarningsDocument)),
            ("/warnings/{identifier}", self.warning, _MESSAGE),
        ):
            kind = GeoJsonResponse if GEOJSON_TYPE in responses[200]["content"] else Response
            router.add_api_route(path, endpoint, methods=["GET"], responses=responses, response_class=kind)
        return router

    async def stations(self, request: Request) -> Response:
        """Every station shared with you, with its quantities, units and alarm levels."""
        asker = asker_of(request)
        kept = self._stations.setdefault(asker.stations, Kept(lambda: self._read_stations(asker), _STATIONS_KEPT_S))
        body = await kept.soon()
        self._takings.note(asker.name, "stations", "", 1)
        return answer(request, body, self._terms)

    def _read_stations(self, asker: Asker) -> Body:
        return stations_body(self._holdings.network(), asker, self._terms)

    def station(self, request: Request, station: str) -> Response:
        """One station."""
        asker = asker_of(request)
        found = self._holdings.network().station(asker, station)
        self._takings.note(asker.name, "stations", station, 1)
        return answer(request, station_body(found, self._terms), self._terms)

    async def latest(self, request: Request) -> Response:
        """The newest reading of each quantity at each station shared with you."""
        asker = asker_of(request)
        kept = self._latest.setdefault(asker.stations, Kept(lambda: self._read_latest(asker), _LATEST_KEPT_S))
        body, rows = await kept.soon()
        self._takings.note(asker.name, "latest", "", rows)
        return answer(request, body, self._terms)

    def _read_latest(self, asker: Asker) -> tuple[Body, int]:
        network = self._holdings.network()
        with self._holdings.database.transaction() as connection:
            return latest_body(connection, network, asker, self._terms)

    def observations(self, request: Request, asked: Annotated[ObservationsAsked, Query()]) -> Response:
        """Readings of one station: a page in JSON, all rows in CSV or Parquet; ordered by quantity and observed_at."""
        network, database = self._holdings.network(), self._holdings.database
        network.station(asker_of(request), asked.station)

        def count(rows: int, who: str = asker_of(request).name) -> None:
            self._takings.note(who, "observations", asked.station, rows)

        return rows_answer(
            request,
            asked,
            lambda size: observation_pieces(database, network, asked, size),
            count,
            schema=OBSERVATIONS,
            name="observations",
            terms=self._terms,
        )

    def forecasts(self, request: Request, asked: Annotated[ForecastsAsked, Query()]) -> Response:
        """Level forecasts of one gauge by time of issue, with nineteen quantiles; as_of shows those superseded since."""
        self._holdings.network().station(asker_of(request), asked.station)

        def count(rows: int, who: str = asker_of(request).name) -> None:
            self._takings.note(who, "forecasts", asked.station, rows)

        return rows_answer(
            request,
            asked,
            lambda size: forecast_pieces(self._holdings.database, asked, size),
            count,
            schema=FORECASTS,
            name="forecasts",
            terms=self._terms,
        )

    def warnings(self, request: Request, asked: Annotated[WarningsAsked, Query()]) -> Response:
        """Public warnings in force, issued by an officer: JSON with all languages, or an Atom feed that links CAP messages."""
        found, count = self._warnings.in_force(request, asked)
        self._takings.note(asker_of(request).name, "warnings", "", count)
        return found

    def warning(self, request: Request, identifier: str) -> Response:
        """One public warning as it was issued: CAP 1.2, byte for byte, with its signature when there is one."""
        found = self._warnings.message(request, identifier)
        self._takings.note(asker_of(request).name, "warnings", "", 1)
        return found


def _rows(model: type[Any]) -> _Described:
    return _content("application/json", "text/csv", PARQUET_TYPE, model=model)
