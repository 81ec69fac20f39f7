"""The addresses of SensorThings below /api/sta/v1.1."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from dash_app.open_data.answers import Body, answer, json_body, spoken
from dash_app.open_data.asked import Asked
from dash_app.open_data.asker import asker_of
from dash_app.open_data.holdings import Holdings
from dash_app.open_data.problems import bad, not_there
from dash_app.open_data.sensor_things.answering import Answering
from dash_app.open_data.sensor_things.model import Catalogue, Kind
from dash_app.open_data.sensor_things.options import CHOOSING, SHOWING, ThingsAsked, understood
from dash_app.open_data.sensor_things.paths import Place, Walk
from dash_app.open_data.takings import Takings
from domain.agencies import Terms

PLACE = "/api/sta/v1.1"
_REQUIREMENTS = "http://www.opengis.net/spec/iot_sensing/1.1/req"
#: What of OGC 18-088 is met. Left out: HistoricalLocations and FeaturesOfInterest, hence the relations of Things, Locations and
#: Observations; arithmetic and functions in $filter; writing, batches, MQTT of the standard.
CONFORMANCE = tuple(
    f"{_REQUIREMENTS}/{name}"
    for name in (
        "datamodel/entity-control-information/common-control-information",
        "datamodel/thing/properties",
        "datamodel/location/properties",
        "datamodel/datastream/properties",
        "datamodel/datastream/relations",
        "datamodel/sensor/properties",
        "datamodel/sensor/relations",
        "datamodel/observed-property/properties",
        "datamodel/observed-property/relations",
        "datamodel/observation/properties",
        "resource-path/resource-path-to-entities",
        "request-data/order",
        "request-data/expand",
        "request-data/select",
        "request-data/status-code",
        "request-data/query-status-code",
        "request-data/orderby",
        "request-data/top",
        "request-data/skip",
        "request-data/count",
        "request-data/filter",
        "request-data/pagination",
    )
)


class Nothing(Asked):
    """No parameters."""


class RootDocument(BaseModel):
    """What sets there are, and what of the standard is met."""

    value: list[dict[str, str]]
    serverSettings: dict[str, Any]  # noqa: N815 - the standard's word


_Described = dict[int | str, dict[str, Any]]
_UNCHANGED = {"description": "Unchanged since the answer with this ETag"}
_ROOT: _Described = {200: {"model": RootDocument}, 304: _UNCHANGED}
_ANYTHING: _Described = {200: {"content": {"application/json": {}, "text/plain": {}}}, 304: _UNCHANGED}


class SensorThings:
    """Read-only SensorThings over one database."""

    def __init__(self, holdings: Holdings, takings: Takings, terms: Terms) -> None:
        self._holdings, self._takings, self._terms = holdings, takings, terms

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix="/sta/v1.1", default_response_class=Response)
        for path, endpoint, responses in (("", self.root, _ROOT), ("/{path:path}", self.at, _ANYTHING)):
            router.add_api_route(path, endpoint, methods=["GET"], responses=responses)
        return router

    def root(self, request: Request) -> Response:
        """The sets of entities, and the requirements of the standard that are met."""
        base = _base(request)
        sets = [{"name": kind.value, "url": f"{base}/{kind.value}"} for kind in Kind]
        settings = {"conformance": list(CONFORMANCE), **spoken(self._terms)}
        return answer(request, json_body({"value": sets, "serverSettings": settings}), self._terms)

    def at(self, request: Request, path: str, asked: Annotated[ThingsAsked, Query()]) -> Response:
        """A set, an entity, a property of it, or the value of that: Things('kim_long')/Datastreams, for example."""
        asker = asker_of(request)
        catalogue = Catalogue(self._holdings.network(), asker, self._terms)
        answering = Answering(catalogue, self._holdings.database, _base(request))
        place = Walk(catalogue, answering).place(path)
        body = _body(answering, place, asked, f"{answering.base}/{path}")
        self._takings.note(asker.name, "sensor_things", "", answering.rows)
        return answer(request, body, self._terms)


def _body(answering: Answering, place: Place, asked: ThingsAsked, address: str) -> Body:
    written, meant = asked.written(), _meant(place)
    for name in written:
        if name not in meant:
            raise bad(name, "means nothing at this address", meant)
    options = understood(written, place.kind)
    if place.entity is None:
        found = answering.collection(place.kind, place.ids, options, address)
        if place.links:
            found["value"] = [{"@iot.selfLink": one["@iot.selfLink"]} for one in found["value"]]
        return json_body(found)
    if place.property is None:
        return json_body(answering.entity(place.entity, options))
    value = place.entity.properties[place.property]
    if value is None:
        raise not_there("value", place.property)
    if not place.bare:
        return json_body({place.property: value})
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
    return Body(text.encode(), "text/plain; charset=utf-8")


def _meant(place: Place) -> tuple[str, ...]:
    """The options that mean something: of a set all, of its links those that choose, of one entity those that say what is shown."""
    if place.entity is None:
        return CHOOSING if place.links else CHOOSING + SHOWING
    return SHOWING if place.property is None else ()


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PLACE}"
