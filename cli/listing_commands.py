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
def alerts(
    *,
    active: Annotated[bool, typer.Option("--active", help="Only those that have not ended.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Active or ended since then (event time): 2010-10-04, 2010-10-04T06:00, 36h, 7d.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """List warnings with their history: every change with its time, reason, level, value and threshold."""
    from datetime import UTC, datetime

    from cli.listing import alerts_json, alerts_table
    from cli.options import ago
    from storage import alerts as alert_store

    earliest = ago("--since", since, datetime.now(UTC))
    with stored() as connection:
        found = alert_store.list_alerts(connection, active_only=active, since=earliest, limit=limit)
    print(alerts_json(found) if json else alerts_table(found))


@listings.command()
def stations(*, json: Json = False) -> None:
    """List stations: state, newest reading, alarm levels in force, and whether they are verified."""
    from datetime import UTC, datetime

    from cli.station_listing import station_rows, stations_json, stations_table

    with stored() as connection:
        rows = station_rows(connection, datetime.now(UTC))
    print(stations_json(rows) if json else stations_table(rows))
