"""Commands that show what is stored: warnings and stations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage.database import Connection

listings = typer.Typer()
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


@contextmanager
def stored() -> Iterator[Connection]:
    """A transaction on the database that the settings mean."""
    from cli.embedded import database_for_a_moment
    from domain.settings import load_settings
    from storage.database import Database

    with (
        database_for_a_moment(load_settings()) as url,
        Database(url, max_size=1) as database,
        database.transaction() as connection,
    ):
        yield connection


@listings.command()
def stations(*, json: Json = False) -> None:
    """List stations: state, newest reading, alarm levels in force, and whether they are verified."""
    from datetime import UTC, datetime

    from cli.station_listing import station_rows, stations_json, stations_table

    with stored() as connection:
        rows = station_rows(connection, datetime.now(UTC))
    print(stations_json(rows) if json else stations_table(rows))
