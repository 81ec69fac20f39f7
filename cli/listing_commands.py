"""Commands that show what is stored: warnings, rejected messages, stations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage.database import Connection

listings = typer.Typer()
rejected = typer.Typer(help="What ingest could not take in: list it, or read it again once the reason is gone.")
listings.add_typer(rejected, name="rejected")

Since = Annotated[
    str | None,
    typer.Option(help="Only since then: 2010-10-04, 2010-10-04T06:00 (Huế time), or a span such as 36h, 7d."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Reason = Annotated[str | None, typer.Option(help="Only this reason, e.g. unknown_station.")]


@contextmanager
def _stored() -> Iterator[Connection]:
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
    with _stored() as connection:
        found = alert_store.list_alerts(connection, active_only=active, since=earliest, limit=limit)
    print(alerts_json(found) if json else alerts_table(found))


@rejected.callback(invoke_without_command=True)
def rejected_messages(context: typer.Context) -> None:
    """What ingest could not take in: list it, or read it again once the reason is gone."""
    if context.invoked_subcommand is None:
        rejected_list()


@rejected.command("list")
def rejected_list(
    *,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """List rejected messages in the order they came, with the number of each reason."""
    from datetime import UTC, datetime

    from cli.listing import rejected_json, rejected_table
    from cli.options import ago
    from storage import rejections

    earliest = ago("--since", since, datetime.now(UTC))
    with _stored() as connection:
        found = rejections.list_rejected(connection, reason=reason, since=earliest, limit=limit)
        counts = rejections.count_rejected(connection, since=earliest)
    print(rejected_json(found) if json else rejected_table(found, counts))


@rejected.command("replay")
def rejected_replay(*, reason: Reason = None, since: Since = None) -> None:
    """Read rejected messages again, after what was wrong with them has been put right; those cut at 8,192 bytes stay.

    For readings of stations that were unknown and are configured now (`--reason unknown_station`). What still cannot be
    read stays as it is; what was stored is not read again.
    """
    from datetime import UTC, datetime

    from cli.embedded import database_for_a_moment
    from cli.options import ago
    from domain.settings import load_settings
    from ingest.replay_rejected import replay_rejected
    from ingest.sources import load_sources
    from storage.database import Database

    settings = load_settings()
    sources = load_sources(settings.config_dir)
    now = datetime.now(UTC)
    earliest = ago("--since", since, now)
    with database_for_a_moment(settings) as url, Database(url, max_size=1) as database:
        counts = replay_rejected(database, now, sources=sources, reason=reason, since=earliest)
    print(
        f"{counts.replayed} messages could be read: {counts.stored} readings stored, {counts.duplicates} were there already, "
        f"{counts.revisions} revised; {counts.left} messages are left"
    )


@listings.command()
def stations(*, json: Json = False) -> None:
    """List stations: state, newest reading, alarm levels in force, and whether they are verified."""
    from datetime import UTC, datetime

    from cli.station_listing import station_rows, stations_json, stations_table

    with _stored() as connection:
        rows = station_rows(connection, datetime.now(UTC))
    print(stations_json(rows) if json else stations_table(rows))
