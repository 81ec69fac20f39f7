"""The commands that take in files: a watched folder, and one CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import tzinfo

    from storage.accounts import Counts

files = typer.Typer()


@files.command("ingest-files")
def ingest_files(
    folder: Annotated[Path | None, typer.Argument(help="The folder; none: EWS_INBOX_DIR.")] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="Read what is there, and end.")] = False,
) -> None:
    """Take in files that loggers put into a folder (Thông tư 10/2021), until a signal.

    The sources of sources.toml say which file is whose. A file that was read goes to `done/`, one that could not be read to
    `failed/` with its reason beside it; lines that could not be read are listed by `ews rejected`.
    """
    from cli.embedded import database_for_a_moment
    from cli.logs import set_up_logs
    from cli.stopping import stop_on_signals
    from domain.settings import load_settings
    from ingest.files import FileInbox
    from ingest.sources import load_sources
    from storage.database import Database

    stop = stop_on_signals()
    settings = load_settings()
    set_up_logs(settings.log_level)
    watched = folder or settings.inbox_dir
    if watched is None or not watched.is_dir():
        raise ConfigurationError(
            place="command line or EWS_INBOX_DIR", key="folder", value=watched, remedy="name a folder that is there"
        )
    sources = load_sources(settings.config_dir)
    with database_for_a_moment(settings) as url, Database(url, max_size=1) as database:
        inbox = FileInbox(watched, database, sources, adopt=settings.unknown_stations == "adopt")
        if not once:
            inbox.watch(stop)
            return
        for outcome in inbox.sweep(settled_after_s=0):
            print(f"{outcome.name}: {outcome.reason or counted(outcome.counts)}")


@files.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A header and one reading a row.")],
    *,
    station: Annotated[str | None, typer.Option(help="The station of all rows, when no column names it.")] = None,
    quantity: Annotated[str | None, typer.Option(help="The quantity of all rows, when no column names it.")] = None,
    unit: Annotated[str | None, typer.Option(help="The unit of all rows, when no column names it.")] = None,
    utc_offset: Annotated[
        str | None, typer.Option(help="Of times without one, e.g. +07:00; without it they are refused.")
    ] = None,
) -> None:
    """Take in a CSV file with the columns station, quantity, observed_at, value, and if there unit, seq, status, battery_v.

    The same checks and accounts as for messages; what is refused is listed by `ews rejected`. Importing twice changes nothing.
    """
    from cli.embedded import database_for_a_moment
    from domain.settings import load_settings
    from ingest.csv_import import import_csv
    from storage.database import Database

    settings = load_settings()
    fixed = {name: said for name, said in (("station", station), ("quantity", quantity), ("unit", unit)) if said}
    offset = _offset(utc_offset)
    with database_for_a_moment(settings) as url, Database(url, max_size=1) as database, _progress(file) as told:
        counts = import_csv(
            file, database, adopt=settings.unknown_stations == "adopt", fixed=fixed, offset=offset, progress=told
        )
    print(counted(counts))
    if counts.rejected:
        print("what was refused, and why: ews rejected list")


def counted(counts: Counts) -> str:
    """The account in words."""
    return (
        f"{counts.received} readings: {counts.stored} stored, {counts.duplicates} were there already, "
        f"{counts.revisions} revised, {counts.rejected} refused"
    )


def _offset(text: str | None) -> tzinfo | None:
    from datetime import datetime

    if text is None:
        return None
    try:
        return datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo
    except ValueError as error:
        raise ConfigurationError(
            place="command line", key="--utc-offset", value=text, remedy="write an offset such as +07:00"
        ) from error


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal; it is told how many bytes have been read."""
    from rich.console import Console
    from rich.progress import Progress

    size = file.stat().st_size if file.is_file() else None
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(file.name, total=size)
        yield lambda read: progress.update(task, completed=read)
