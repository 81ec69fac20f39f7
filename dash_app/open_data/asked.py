"""What may be asked: the parameters of the open data, each with its form; what is not named here is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from dash_app.open_data.problems import bad, shown
from domain.quantities import QUANTITIES
from domain.times import require_aware

#: Rows of one page; and of one piece of a stream.
MOST_ROWS, USUAL_ROWS = 10_000, 1_000
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Format(StrEnum):
    """How rows are written."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def instant_of(value: Any) -> datetime:
    """A time with its UTC offset. Raises ValueError with the remedy."""
    text = str(value)
    if " " in text and "+" not in text:
        raise ValueError("is not a time with an offset; in an address write + as %2B")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a time; write it as 2025-10-27T06:00:00+07:00 (in an address + is %2B)") from None
    if found.tzinfo is None:
        raise ValueError("has no UTC offset; write it as 2025-10-27T06:00:00+07:00 (in an address + is %2B)")
    try:
        in_utc = require_aware(found, "time")
    except OverflowError:
        in_utc = _LAST
    if not _FIRST <= in_utc < _LAST:
        raise ValueError("must lie between 1900 and 2199")
    return in_utc


Instant = Annotated[
    datetime,
    BeforeValidator(instant_of),
    WithJsonSchema({"type": "string", "format": "date-time", "example": "2025-10-27T06:00:00+07:00"}),
]
StationName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="Id of a station")]


def whole(value: object) -> object:
    """Digits alone: 1.0 and 1_0 are no whole numbers."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number, in digits")
    return value


_Limit = Annotated[int, Field(ge=1, le=MOST_ROWS), BeforeValidator(whole)]


class Asked(BaseModel):
    """Parameters; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RowsAsked(Asked):
    """Rows of one station over a time, in pages or (CSV, Parquet) all at once."""

    station: StationName
    start: Annotated[Instant | None, Field(alias="from", description="First time; none: from the beginning")] = None
    end: Annotated[Instant | None, Field(alias="to", description="First time after the span; none: to the end")] = None
    as_of: Annotated[Instant | None, Field(description="As it was known at this moment; none: as it stands")] = None
    format: Format = Format.JSON
    limit: Annotated[
        _Limit | None, Field(description="Rows of a page; none: 1000 in JSON, all rows in CSV and Parquet")
    ] = None
    cursor: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$", description="Where the next page begins, from `next`")
    ] = None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when to before when. Raises ProblemError when that is no time."""
        start, end = self.start or _FIRST, self.end or _LAST
        if start >= end:
            raise bad("to", "must be after `from`")
        return start, end


class ObservationsAsked(RowsAsked):
    """Observations of one station."""

    quantity: Annotated[
        str | None,
        Field(
            json_schema_extra={"enum": sorted(QUANTITIES)},
            description="One quantity; none: all that the station measures",
        ),
    ] = None


class ForecastsAsked(RowsAsked):
    """Forecasts of one gauge, by the time of their issue."""


def refuse_unknown(api: FastAPI) -> Any:
    """A dependency: what the OpenAPI document does not name, and what is given twice, is refused and never ignored."""

    async def check(request: Request) -> None:
        if request.scope["query_string"]:
            _refuse(request, _names(api, request))

    return check


def refuse_all_but(*known: str) -> Any:
    """The same for an address that the document does not name."""

    async def check(request: Request) -> None:
        _refuse(request, set(known))

    return check


def _refuse(request: Request, known: set[str]) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            raise bad(name[:100], f"there is no parameter {shown(name)}", sorted(known))
        if given.count(name) > 1:
            raise bad(name, "is given more than once")
    for name, value in request.query_params.multi_items():
        if any(ord(letter) < 32 for letter in value):
            raise bad(name, "holds control characters")


def _names(api: FastAPI, request: Request) -> set[str]:
    route = request.scope["route"]
    operation = api.openapi()["paths"].get(route.path_format, {}).get("get", {})
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
