"""The commands of rejected messages: list, show, read again, export."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from storage.rejections import StoredRejection

rejected = typer.Typer(help="What ingest could not take in: list it, show it, read it again, or export it.")

Since = Annotated[
    str | None,
    typer.Option(help="Only received since then: 2010-10-04, 2010-10-04T06:00 (Huế time), or a span such as 36h, 7d."),
]
Until = Annotated[str | None, typer.Option(help="Only received before then; written like --since.")]
Reason = Annotated[str | None, typer.Option(help="Only this reason, e.g. unknown_station.")]
Topic = Annotated[str | None, typer.Option(help="Only topics that this MQTT filter matches, e.g. 'ews/v1/+/rainfall'.")]
Station = Annotated[str | None, typer.Option(help="Only topics of this station.")]
Waiting = Annotated[bool, typer.Option("--waiting", help="Only what was not read again yet.")]


class Chosen(TypedDict):
    """What list_rejected and its like take."""

    reason: str | None
    topic: str | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class _Options:
    """What was typed."""

    reason: str | None
    topic: str | None
    station: str | None
    since: str | None
    until: str | None

    def chosen(self, now: datetime) -> Chosen:
        """Raises ConfigurationError."""
        from cli.options import ago
        from domain.errors import ConfigurationError

        if self.topic is not None and self.station is not None:
            raise ConfigurationError(
                place="command line", key="--station", value=self.station, remedy="give --topic or --station, not both"
            )
        return Chosen(
            reason=self.reason,
            topic=self.topic if self.station is None else f"ews/v1/{self.station}/#",
            since=ago("--since", self.since, now),
            until=ago("--until", self.until, now),
        )


@rejected.callback(invoke_without_command=True)
def rejected_messages(context: typer.Context) -> None:
    """What ingest could not take in: list it, show it, read it again once the reason is gone, or export it."""
    if context.invoked_subcommand is None:
        rejected_list()


@rejected.command("list")
def rejected_list(
    *,
    reason: Reason = None,
    topic: Topic = None,
    station: Station = None,
    since: Since = None,
    until: Until = None,
    waiting: Waiting = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List rejected messages in the order they came, with the number of each reason."""
    from datetime import UTC, datetime

    from cli.listing import rejected_json, rejected_table
    from cli.listing_commands import stored
    from storage import rejections

    chosen = _Options(reason, topic, station, since, until).chosen(datetime.now(UTC))
    replayed = False if waiting else None
    with stored() as connection:
        found = rejections.list_rejected(connection, **chosen, replayed=replayed, limit=limit, newest=True)
        counts = rejections.count_rejected(connection, **chosen, replayed=replayed)
    print(rejected_json(found) if json else rejected_table(found, counts))


@rejected.command("show")
def rejected_show(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `ews rejected list` shows it.")],
    *,
    hexadecimal: Annotated[
        bool, typer.Option("--hex", help="The payload in hexadecimal even where it is text.")
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Nothing but the bytes of the payload, as for a file.")] = False,
) -> None:
    """Show one rejected message with its payload: as text, or in hexadecimal where it is none."""
    from cli.listing_commands import stored
    from cli.rejection_view import rejection_text
    from domain.errors import EwsError
    from storage.rejections import rejection

    with stored() as connection:
        found = rejection(connection, number)
    if found is None:
        raise EwsError(f"no rejected message has the id {number}: it was never given, or the time it is kept is over")
    if raw:
        sys.stdout.buffer.write(found.payload)
        return
    print(rejection_text(found, hexadecimal=hexadecimal))


@rejected.command("replay")
def rejected_replay(
    *,
    reason: Reason = None,
    topic: Topic = None,
    station: Station = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Read rejected messages again, after what was wrong with them has been put right; those cut at 8,192 bytes stay.

    For readings of stations that were unknown and are configured now (`--reason unknown_station`). What still cannot be
    read stays as it is; what was stored is not read again.
    """
    from datetime import UTC, datetime

    from cli.embedded import database_for_a_moment
    from domain.settings import load_settings
    from ingest.replay_rejected import replay_rejected
    from ingest.sources import load_sources
    from storage.database import Database

    settings = load_settings()
    sources = load_sources(settings.config_dir)
    now = datetime.now(UTC)
    chosen = _Options(reason, topic, station, since, until).chosen(now)
    with database_for_a_moment(settings) as url, Database(url, max_size=1) as database:
        counts = replay_rejected(database, now, sources=sources, **chosen)
    print(
        f"{counts.replayed} messages could be read: {counts.stored} readings stored, {counts.duplicates} were there already, "
        f"{counts.revisions} revised; {counts.left} messages are left"
    )


@rejected.command("export")
def rejected_export(
    *,
    form: Annotated[
        Literal["jsonl", "csv"], typer.Option("--format", help="One JSON object a line, or CSV for a spreadsheet.")
    ] = "jsonl",
    out: Annotated[Path | None, typer.Option(help="Write this file instead of printing.")] = None,
    reason: Reason = None,
    topic: Topic = None,
    station: Station = None,
    since: Since = None,
    until: Until = None,
    waiting: Waiting = False,
) -> None:
    """Write rejected messages with every field, the payload in base64, oldest first; of any number, little by little."""
    from collections.abc import Iterator
    from contextlib import nullcontext
    from datetime import UTC, datetime

    from cli.embedded import database_for_a_moment
    from cli.rejection_view import write_rejections
    from domain.errors import EwsError
    from domain.settings import load_settings
    from storage import rejections
    from storage.database import Database

    chosen = _Options(reason, topic, station, since, until).chosen(datetime.now(UTC))

    def pages(database: Database) -> Iterator[list[StoredRejection]]:
        after_id = 0
        while True:
            with database.transaction() as connection:
                page = rejections.list_rejected(
                    connection, **chosen, replayed=False if waiting else None, limit=500, after_id=after_id
                )
            if not page:
                return
            yield page
            after_id = page[-1].id

    with database_for_a_moment(load_settings()) as url, Database(url, max_size=1) as database:
        try:
            with nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8", newline="") as file:
                count = write_rejections(file, pages(database), form)
        except OSError as error:
            raise EwsError(f"{out or 'standard output'} cannot be written: {error.strerror}") from error
    print(f"{count} messages", file=sys.stderr)
