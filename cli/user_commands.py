"""`ews user`: the accounts of people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.claims import machine
from domain.access_table import Role

if TYPE_CHECKING:
    from storage.people import Person

user = typer.Typer(
    no_args_is_help=True,
    help="Accounts of people: who may sign in at the pages, and as what. docs/security.md says what each role may do.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Account name: a-z 0-9 _ . -, the first a letter.")]
Minutes = Annotated[int, typer.Option(min=1, max=1440, help="How long the link can be used.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


@user.command()
def add(
    name: Name,
    *,
    role: Annotated[Role, typer.Option(help="viewer, committee, officer or administrator.")] = Role.VIEWER,
    shown: Annotated[str | None, typer.Option(help="What colleagues call them; none: the name.")] = None,
    oidc: Annotated[str | None, typer.Option(help="What the identity provider calls them (EWS_OIDC_CLAIM).")] = None,
) -> None:
    """Make an account and print its one-time password, which must be changed at the first sign-in.

    With --oidc there is none: the identity provider signs them in.
    """
    from cli.listing_commands import stored
    from domain import passwords
    from storage import people

    password = None if oidc else passwords.one_time()
    made = people.Person(
        name=name,
        shown=shown or name,
        role=role,
        password_hash=None if password is None else passwords.hashed(password),
        must_change=password is not None,
        oidc=oidc,
    )
    with stored() as connection:
        people.add_person(connection, made, machine())
    print(f"account {name}, {role.value}" + (f", one-time password: {password}" if password else f", by {oidc}"))


@user.command()
def passwd(
    name: Name,
    *,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the new password from standard input.")] = False,
) -> None:
    """Give another password: a one-time one that is printed, or the first line of standard input. Ends all sessions."""
    from cli.listing_commands import stored
    from domain import passwords
    from domain.errors import ConfigurationError
    from storage import people

    password = sys.stdin.readline().rstrip("\n") if stdin else passwords.one_time()
    why = passwords.fault(password, name) if stdin else None
    if why is not None:
        remedy = f"is {why}: take {passwords.LEAST_LETTERS} letters or more that nobody guesses"
        raise ConfigurationError(place="standard input", key="password", value="…", remedy=remedy)
    with stored() as connection:
        people.set_password(connection, name, passwords.hashed(password), must_change=not stdin, by=machine())
    print(f"account {name}: password changed" if stdin else f"account {name}, one-time password: {password}")


@user.command()
def role(name: Name, role: Annotated[Role, typer.Argument(metavar="ROLE", help="The new role.")]) -> None:
    """Give another role, in force within seconds."""
    from cli.listing_commands import stored
    from storage import people

    with stored() as connection:
        people.set_role(connection, name, role, machine())
    print(f"account {name}: {role.value}")


@user.command()
def disable(
    name: Name, *, undo: Annotated[bool, typer.Option("--undo", help="Open the account again.")] = False
) -> None:
    """Shut an account and end its sessions; what it did stays in the audit."""
    from datetime import UTC, datetime

    from cli.listing_commands import stored
    from storage import people

    with stored() as connection:
        people.disable(connection, name, None if undo else datetime.now(UTC), machine())
    print(f"account {name}: {'open' if undo else 'shut'}")


@user.command()
def link(name: Name, *, minutes: Minutes = 15) -> None:
    """Print a link that signs NAME in once, in a browser on the server's own machine."""
    from datetime import UTC, datetime, timedelta

    from cli.embedded import running_services
    from cli.listing_commands import stored
    from domain.settings import load_settings
    from storage import people, sessions

    settings = load_settings()
    running = running_services(settings.data_dir)
    base = (None if running is None else running.http_url) or f"http://127.0.0.1:{settings.http_port}/"
    with stored() as connection:
        people.known(connection, name)
        lasts = timedelta(minutes=minutes)
        code = sessions.add_code(connection, name, now=datetime.now(UTC), lasts=lasts, by=machine())
    print(f"{base.rstrip('/')}/vao?ma={code}")


@user.command("list")
def list_users(*, json: Json = False) -> None:
    """List accounts: role, whether shut, when they last signed in."""
    import json as json_text

    from cli.listing_commands import stored
    from cli.tables import table
    from storage import people

    with stored() as connection:
        found = people.persons(connection)
    if json:
        print(json_text.dumps([_facts(each) for each in found], ensure_ascii=False))
    else:
        headings = ("account", "called", "role", "state", "identity", "last signed in")
        print(table(headings, [tuple(str(v or "") for v in _facts(each).values()) for each in found]))


def _facts(person: Person) -> dict[str, str | None]:
    from cli.tables import when

    shut = "shut since " + when(person.disabled_at) if person.disabled_at else "open"
    return {
        "name": person.name,
        "shown": person.shown,
        "role": person.role.value,
        "state": "password to be changed" if person.must_change and not person.disabled_at else shut,
        "oidc": person.oidc,
        "signed_in_at": when(person.signed_in_at),
    }
