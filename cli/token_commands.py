"""`ews token`: keys by which partners' programs fetch open data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from storage.api_tokens import ApiToken

token = typer.Typer(no_args_is_help=True, help="Tokens of partners' programs, sent as Authorization: Bearer …")
_Many = list[str]


@token.command()
def add(
    holder: Annotated[str, typer.Argument(metavar="HOLDER", help="Who holds it, an agency for example.")],
    *,
    scope: Annotated[
        _Many, typer.Option("--scope", help="stations, observations, forecasts, warnings, metrics; repeat.")
    ],
    station: Annotated[_Many | None, typer.Option("--station", help="What is shared; none: every station.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it ends.")] = 90,
) -> None:
    """Make a token and print it; it is stored as a hash and cannot be shown again."""
    from datetime import UTC, datetime, timedelta

    from cli.claims import machine
    from cli.listing_commands import stored
    from cli.tables import when
    from domain.errors import EwsError
    from storage import api_tokens
    from storage.stations import load_stations

    now, lasts = datetime.now(UTC), timedelta(days=days)
    scopes = api_tokens.scopes_from(scope)
    with stored() as connection:
        if unknown := sorted(set(station or ()) - set(load_stations(connection))):
            raise EwsError(f"--station {unknown[0]}: there is no such station; `ews stations` lists them")
        made, text = api_tokens.add_token(
            connection, holder, scopes, now=now, lasts=lasts, by=machine(), stations=station or None
        )
    print(f"token {made.id} of {holder}, until {when(made.expires_at)}:\n{text}")


@token.command("list")
def list_tokens() -> None:
    """List tokens: holder, scopes, end, when last used."""
    from datetime import UTC, datetime

    from cli.listing_commands import stored
    from cli.tables import table
    from storage import api_tokens

    now = datetime.now(UTC)
    with stored() as connection:
        found = api_tokens.tokens(connection)
    headings = ("token", "holder", "scopes", "stations", "state", "until", "last used")
    print(table(headings, [_row(each, now) for each in found]) if found else "no tokens")


def _row(token: ApiToken, now: datetime) -> tuple[str, ...]:
    from cli.tables import when

    state = "in force" if token.valid(now) else "revoked" if token.revoked_at else "over"
    stations = "all" if token.stations is None else ", ".join(sorted(token.stations))
    scopes = ", ".join(sorted(token.scopes))
    return (token.id, token.holder, scopes, stations, state, when(token.expires_at), when(token.used_at))


@token.command()
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as `ews token list` shows it.")],
) -> None:
    """End a token, within seconds."""
    from datetime import UTC, datetime

    from cli.claims import machine
    from cli.listing_commands import stored
    from storage import api_tokens

    with stored() as connection:
        api_tokens.revoke_token(connection, identifier, datetime.now(UTC), machine())
    print(f"token {identifier}: revoked")
