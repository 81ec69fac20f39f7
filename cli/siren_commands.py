"""The commands of sirens. A siren sounds on the order of a person alone, by name and with a reason."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.sirens import Signal, SirenCode
    from storage.database import Connection

siren = typer.Typer(help="Sirens: order a signal, stop it, and see every blast. Only a person's order sounds them.")

By = Annotated[str, typer.Option("--by", help="The name of who orders it.")]


def _code() -> SirenCode:
    from alerts.sirens import load_sirens
    from domain.settings import load_settings

    return load_sirens(load_settings().config_dir / "sirens.toml")


@siren.command("order")
def order(
    name: Annotated[str, typer.Argument(metavar="SIREN", help="A siren of sirens.toml, or `all`.")],
    *,
    signal: Annotated[str, typer.Option(help="storm, flood_bd2 or flood_bd3.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    repeats: Annotated[int | None, typer.Option(help="How often; none: as often as the code allows.")] = None,
    exercise: Annotated[bool, typer.Option("--exercise", help="It is an exercise, and the siren is told so.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Sound it although it sounded lately, and more often than the code says.")
    ] = False,
) -> None:
    """Order a signal. The scheduler sounds it; an order it could not carry out within ten minutes expires."""
    from datetime import UTC, datetime

    from alerts.sirens import VALID_FOR, checked_order
    from alerts.telling_policy import load_telling
    from cli.claims import issuer
    from cli.listing_commands import stored
    from domain.settings import load_settings
    from domain.siren_orders import Order
    from storage.sirens import add_order, lock_orders

    code = _code()
    names = [each.id for each in code.siren] if name == "all" else [name]
    checked = [checked_order(code, each, signal, repeats, by, reason) for each in names]
    now, telling = datetime.now(UTC), load_telling(load_settings().config_dir / "alerts.toml")
    officers = [officer.id for officer in telling.officer if "issue" in officer.may]
    with stored() as connection:
        lock_orders(connection)
        _refuse_over_another(connection, code, names, now)
        for each, (sound, times) in zip(names, checked, strict=True):
            if not again:
                _refuse_too_often(connection, sound, each, times, now)
            new = Order(
                id=0,
                siren=each,
                signal=signal,
                repeats=times,
                ordered_by=by,
                reason=reason,
                exercise=exercise,
                ordered_at=now,
                expires_at=now + VALID_FOR,
            )
            issuer(connection, by, "siren order", officers)
            number = add_order(connection, new)
            print(f"order {number}: {each}, {signal}, {times} times", file=sys.stderr)


def _refuse_over_another(connection: Connection, code: SirenCode, names: list[str], now: datetime) -> None:
    """One signal at a time: two are neither."""
    from datetime import timedelta

    from alerts.sirens import running
    from domain.errors import ConfigurationError
    from storage.sirens import orders

    recent = orders(connection, since=now - timedelta(days=1))
    for name in names:
        other = running(recent, code, name, now)
        if other is not None:
            remedy = f"order {other.id} ({other.signal}, by {other.ordered_by}) sounds there; stop it first: ews siren stop {name}"
            raise ConfigurationError(place="command line", key="SIREN", value=name, remedy=remedy)


def _refuse_too_often(connection: Connection, signal: Signal, name: str, times: int, now: datetime) -> None:
    """A new order right after the last would be heard as one signal that the code does not know."""
    from datetime import timedelta

    from alerts.sirens import PAUSE, sounded_lately
    from domain.errors import ConfigurationError
    from storage.sirens import orders

    before = sounded_lately(orders(connection, since=now - timedelta(days=1)), signal, name, now)
    if before and before + times > signal.most_repeats:
        remedy = (
            f"{signal.name} sounded there {before} times lately, and the code allows {signal.most_repeats} in all; "
            f"wait {PAUSE.seconds // 60} minutes, or order it with --again"
        )
        raise ConfigurationError(place="command line", key="SIREN", value=name, remedy=remedy)


@siren.command("stop")
def stop(
    name: Annotated[str, typer.Argument(metavar="SIREN", help="A siren of sirens.toml, or `all`.")], *, by: By
) -> None:
    """Stop the running orders of a siren: no further blast begins."""
    from datetime import UTC, datetime

    from cli.claims import claim
    from cli.listing_commands import stored
    from storage.sirens import stop_orders

    with stored() as connection:
        claim(connection, by, "siren stop")
        stopped = stop_orders(connection, None if name == "all" else name, by, datetime.now(UTC))
    print(f"stopped: {', '.join(map(str, stopped)) or 'nothing was running'}", file=sys.stderr)


@siren.command("list")
def list_orders(*, days: Annotated[float, typer.Option(min=0, help="Orders of so many days.")] = 7.0) -> None:
    """Orders, who gave them and why; and each blast with the siren's answer, in its own words."""
    from datetime import UTC, datetime, timedelta

    from cli.listing_commands import stored
    from cli.siren_listing import siren_listing
    from storage.sirens import orders

    now = datetime.now(UTC)
    with stored() as connection:
        found = orders(connection, since=now - timedelta(days=days))
    print(siren_listing(found, _code(), now))
