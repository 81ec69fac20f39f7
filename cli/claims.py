"""Whose name a command is given under: a claim of the machine's account, held against the table when the name has an account."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from domain.access_table import COMMANDS, RIGHTS
from domain.errors import EwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Connection


class ClaimRefusedError(EwsError):
    """The account named by --by may not do this; the text says why."""


def machine() -> str:
    """Who types: the machine's account, which is all that is known on a command line."""
    return f"{getpass.getuser()} on the command line"


def claim(connection: Connection, name: str, command: str) -> None:
    """Note in the audit that this machine's account acts as `name`. Raises ClaimRefusedError when that account may not."""
    from storage import audit, people

    found, right = people.person(connection, name), COMMANDS[command]
    if found is not None and found.disabled_at is not None:
        raise ClaimRefusedError(f"--by {name}: this account is shut")
    if found is not None and right not in RIGHTS[found.role]:
        raise ClaimRefusedError(f"--by {name}: a {found.role.value} may not {right.value} (ews {command})")
    audit.add(connection, machine(), "claimed", name, {"command": command})


def issuer(connection: Connection, name: str, command: str, officers: Sequence[str]) -> None:
    """As `claim`, for what all the town hears: `name` must be one of these officers, or have an account that may.

    A command line knows no passwords; but a name that nobody on duty has is a mistake, or worse.
    """
    from storage import people

    if name not in officers and people.person(connection, name) is None:
        able = ", ".join(officers) or "nobody"
        raise ClaimRefusedError(f"--by {name}: is no officer who may order this; {able} may (alerts.toml)")
    claim(connection, name, command)
