"""Commands for the broker's own files: who may do what, and with which password."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.broker_rights import UserRights

broker = typer.Typer()


def _rights() -> list[UserRights]:
    from alerts.recipients import load_recipients
    from alerts.sirens import load_sirens
    from cli.broker_rights import broker_rights
    from domain.broker_users import load_broker_users
    from domain.network import load_network
    from domain.settings import load_settings

    folder = load_settings().config_dir
    network = load_network(folder)
    recipients = load_recipients(folder / "recipients.toml", wards=network.wards)
    place = folder / "broker.toml"
    sirens = [siren.id for siren in load_sirens(folder / "sirens.toml").siren]
    return broker_rights(network, recipients, load_broker_users(place), place=place, sirens=sirens)


@broker.command("broker-acl")
def broker_acl(
    *,
    out: Annotated[Path | None, typer.Option(help="Write this file instead of printing.")] = None,
) -> None:
    """Make Mosquitto's acl_file from the configuration: a station speaks for itself alone, a recipient hears its area.

    From stations.toml, recipients.toml and broker.toml. Send Mosquitto SIGHUP afterwards (docs/security.md).
    """
    import sys

    from cli.broker_rights import mosquitto_acl
    from cli.replaced_file import replace_file

    rights = _rights()
    text = mosquitto_acl(rights)
    if out is None:
        print(text, end="")
        return
    replace_file(out, text, mode=0o600)
    print(f"rights of {len(rights)} users written to {out}", file=sys.stderr)


@broker.command("broker-passwords")
def broker_passwords(
    users: Annotated[
        list[str] | None,
        typer.Argument(metavar="[USER]...", help="Give these a new password; none: everybody who has none yet."),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Mosquitto's password_file; made when it is not there.")],
) -> None:
    """Make random passwords for users of the broker, print them once, and keep their hashes in Mosquitto's password_file.

    Users are those of `ews broker-acl`; whoever is no longer one of them is taken out. One line a user: name, tab, password.
    """
    import sys

    from cli.mosquitto_passwords import read_passwords, renewed
    from cli.replaced_file import replace_file

    new = renewed(read_passwords(out), [one.user for one in _rights()], users or ())
    replace_file(out, new.text, mode=0o600)
    for user, password in new.made.items():
        print(f"{user}\t{password}")
    for user in new.removed:
        print(f"{user} is no longer a user of the broker and was taken out", file=sys.stderr)
    print(f"{len(new.made)} passwords made; {out} holds their hashes only", file=sys.stderr)
