"""The open data as one application that is mounted below /api: its own description, its own refusals."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from dash_app.open_data.asked import refuse_unknown
from dash_app.open_data.asker import Recognize
from dash_app.open_data.docs_page import docs_page
from dash_app.open_data.holdings import Holdings
from dash_app.open_data.problems import PROBLEM_TYPE, ProblemDocument, answer_by_problems
from dash_app.open_data.rate import Rate
from dash_app.open_data.routes import OpenData
from dash_app.open_data.sensor_things.routes import SensorThings
from dash_app.open_data.takings import Takings
from dash_app.open_data.warnings import PublicWarnings
from domain.agencies import Terms
from domain.settings import Settings
from storage.database import Database

PLACE = "/api"
_ABOUT = """Readings, forecasts and public warnings of the early-warning system. Times carry +07:00; every value has its unit and
its QARTOD flag (1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing). What is not named here is refused. **Not an official warning
by itself.** Examples: docs/api.md."""
_REFUSALS = {
    400: "A parameter is wrong: `field` says which, `allowed` what would be right",
    401: "Nobody is known: sign in, or show a token",
    403: "Not with this role or token",
    404: "Not there, or not shared with you",
    422: "The question takes too long",
    429: "Too many requests; Retry-After says when",
    503: "The database is away; Retry-After says when",
}


def open_data(
    database: Database, settings: Settings, terms: Terms, *, recognize: Recognize, takings: Takings
) -> FastAPI:
    """The application. `recognize` tells who asks."""
    api = FastAPI(
        title="hue-ews open data",
        version="1",
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        license_info={"name": terms.licence, "url": terms.licence_url},
        responses=_refusals(),
        servers=[{"url": PLACE}],
        root_path_in_servers=False,
    )
    rate = Rate(settings.open_data_per_minute)

    async def let_in(request: Request) -> None:
        asker = recognize(request)
        rate.take(asker.key)
        request.state.asker = asker

    answer_by_problems(api)
    checks = [Depends(let_in), Depends(refuse_unknown(api))]
    holdings = Holdings(database)
    warnings = PublicWarnings(database, settings, terms)
    api.include_router(OpenData(holdings, warnings, takings, terms).router(), dependencies=checks)
    api.include_router(SensorThings(holdings, takings, terms).router(), dependencies=checks)
    _describe(api, checks)
    return api


def _refusals() -> dict[int | str, dict[str, Any]]:
    content = {PROBLEM_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}}
    return {
        status: {"model": ProblemDocument, "description": why, "content": content} for status, why in _REFUSALS.items()
    }


def _describe(api: FastAPI, checks: list[Any]) -> None:
    async def description(_request: Request) -> JSONResponse:
        return JSONResponse(api.openapi())

    async def page(_request: Request) -> Any:
        return docs_page(api.openapi())

    api.add_api_route("/v1/openapi.json", description, methods=["GET"], include_in_schema=False, dependencies=checks)
    api.add_api_route("/v1/docs", page, methods=["GET"], include_in_schema=False, dependencies=checks)
