"""The commands of the accounts: does everything that came add up, and did everything that was sent come."""

from __future__ import annotations

from typing import Annotated

import typer

account = typer.Typer(help="What came in and what became of it; what was sent and what is stored.")

Since = Annotated[
    str | None, typer.Option(help="From then on: 2010-10-04, 2010-10-04T06:00 (Huế time), or a span such as 36h, 7d.")
]
Until = Annotated[str | None, typer.Option(help="Before then; written like --since.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
_SINCE = "7d"


@account.callback(invoke_without_command=True)
def accounts(context: typer.Context) -> None:
    """What came in and what became of it; what was sent and what is stored."""
    if context.invoked_subcommand is None:
        account_received()


@account.command("received")
def account_received(
    *,
    source: Annotated[str | None, typer.Option(help="Only this worker, e.g. ews-ingest, or `replay`.")] = None,
    since: Since = _SINCE,
    until: Until = None,
    breaches: Annotated[bool, typer.Option("--breaches", help="Only hours that do not add up.")] = False,
    json: Json = False,
) -> None:
    """List, for every worker and hour, the readings received = stored + duplicates + revisions + rejected.

    An hour that does not add up is marked, and makes the exit code 1.
    """
    from datetime import UTC, datetime

    from cli.account_tables import received_json, received_table
    from cli.listing_commands import stored
    from cli.options import ago
    from storage.accounts import accounts as accounts_of

    now = datetime.now(UTC)
    earliest, latest = ago("--since", since, now), ago("--until", until, now)
    with stored() as connection:
        found = accounts_of(connection, source=source, since=earliest, until=latest, breached=breaches)
    print(received_json(found) if json else received_table(found))
    if not all(one.counts.balanced for one in found):
        raise typer.Exit(1)


@account.command("sent")
def account_sent(
    *,
    station: Annotated[str | None, typer.Option(help="Only this station.")] = None,
    since: Since = _SINCE,
    until: Until = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only days of which numbers are missing.")] = False,
    json: Json = False,
) -> None:
    """List, for every station, quantity and day of observation, what was sent by the devices' own numbers and what is stored.

    At most 31 days. Numbers that are missing are named; a device that begins to count anew loses nothing by that.
    """
    from datetime import UTC, datetime

    from cli.account_tables import sent_json, sent_table
    from cli.listing_commands import stored
    from cli.options import ago
    from domain.errors import ConfigurationError, EwsError
    from storage.sequences import LONGEST, TooManyRunsError, series_days

    now = datetime.now(UTC)
    earliest, latest = ago("--since", since, now) or now - LONGEST, ago("--until", until, now) or now
    if not earliest <= latest <= earliest + LONGEST:
        remedy = f"must lie before the end, by at most {LONGEST.days} days"
        raise ConfigurationError(place="command line", key="--since", value=since, remedy=remedy)
    with stored() as connection:
        try:
            found = series_days(connection, earliest, latest, station=station)
        except TooManyRunsError as error:
            raise EwsError(f"{error}: name a --station, or a shorter time by --since and --until") from error
    chosen = [one for one in found if one.numbers.missing or not missing]
    print(sent_json(chosen) if json else sent_table(chosen))
