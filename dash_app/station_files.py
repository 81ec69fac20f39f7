"""The readings of a station as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.responses import StreamingResponse

from dash_app.open_data.asked import refuse_all_but
from dash_app.routes import Place
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from domain.times import local
from storage.database import Database
from storage.station_history import export
from storage.stations import clock_now, load_stations

_COLUMNS = ("station", "quantity", "unit", "observed_at", "received_at", "value", "flag", "first_value")
_MOST_DAYS = 366
_PIECE = 500
Days = Annotated[int, Query(ge=1, le=_MOST_DAYS)]


def file_path(station: str, days: int) -> str:
    """The address of a station's file."""
    return f"{Place.STATION}/{station}/so-lieu.csv?days={days}"


class StationFiles:
    """The route over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(
            f"{Place.STATION}/{{station}}/so-lieu.csv",
            self.readings,
            methods=["GET"],
            dependencies=[Depends(refuse_all_but("days"))],
        )
        return router

    def readings(self, station: str, days: Days = 5) -> StreamingResponse:
        """Every reading of the last days on the station's clock: times with +07:00, QARTOD flags, the value received first.

        404 for an unknown station, 503 while the database is away.
        """
        pieces = self._pieces(station, days)
        try:
            first = next(pieces)
        except (DatabaseUnavailableError, SchemaOutdatedError) as error:
            raise HTTPException(503, "the database is away", headers={"Retry-After": "5"}) from error
        except StopIteration as error:
            raise HTTPException(404) from error
        headers = {
            "Content-Disposition": f'attachment; filename="ews-{station}-{days}d.csv"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(chain([first], pieces), media_type="text/csv; charset=utf-8", headers=headers)

    def _pieces(self, station: str, days: int) -> Iterator[str]:
        """The file in pieces; none for an unknown station."""
        with self._database.transaction() as connection:
            found = load_stations(connection).get(station)
            if found is None:
                return
            now = datetime.now(UTC)
            end = clock_now(connection, now).get(found.clock, now)
            yield _text([_COLUMNS])
            rows: list[tuple[Any, ...]] = []
            for row in export(connection, station, end - timedelta(days=days), end):
                rows.append(_row(station, row))
                if len(rows) == _PIECE:
                    yield _text(rows)
                    rows = []
            yield _text(rows)


def _row(station: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    quantity, unit, observed_at, received_at, value, flag, first = row
    times = (local(observed_at).isoformat(), local(received_at).isoformat())
    return (station, quantity, unit, *times, value, flag, "" if first is None else first)


def _text(rows: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
