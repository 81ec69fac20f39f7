"""An officer's desk on the command line: the database, and the rules by which people are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alerts.actions import Desk
from alerts.cap.press import press_of
from alerts.decision import Rulebook
from alerts.recipients import load_recipients
from alerts.telling_policy import load_telling
from cli.claims import claim
from cli.embedded import database_for_a_moment
from domain.errors import ConfigurationError
from domain.settings import load_settings
from rules.configuration import RuleSet, load_rules, newest_readable
from storage import rule_sets
from storage.database import Connection, Database


@contextmanager
def at_the_desk(person: str, command: str) -> Iterator[tuple[Connection, Desk]]:
    """A transaction on the database that the settings mean, and the desk of `person` (the --by option of `command`).

    Raises ClaimRefusedError when the account of that name may not give this command.
    """
    settings = load_settings()
    folder = settings.config_dir
    with (
        database_for_a_moment(settings) as url,
        Database(url, max_size=1) as database,
        database.transaction() as connection,
    ):
        claim(connection, person, command)
        rulebook = Rulebook(
            severities=rules_in_force(connection, folder).severities(),
            recipients=load_recipients(folder / "recipients.toml"),
            telling=load_telling(folder / "alerts.toml"),
        )
        yield connection, Desk(person=person, now=datetime.now(UTC), rules=rulebook, press=press_of(settings))


def rules_in_force(connection: Connection, folder: Path) -> RuleSet:
    """The newest adopted rules that this version can read; those of the file where there are none.

    As the scheduler and the pages do: an alert can be answered and ended by whatever rules are in force. `ews doctor` tells.
    """
    found, _ = newest_readable((each.content, each.place) for each in rule_sets.rule_sets(connection))
    return load_rules(folder / "rules.toml") if found is None else found


def text_in_force(connection: Connection, folder: Path) -> tuple[str, str]:
    """The rules that were adopted last, as text, and where it stands; also when this version cannot read them."""
    newest = rule_sets.rule_set(connection, rule_sets.newest_number(connection))
    if newest is not None:
        return newest.content, newest.place
    path = folder / "rules.toml"
    load_rules(path)  # a file that cannot be read is refused with place and remedy
    return path.read_text(encoding="utf-8"), str(path)


def text_adopted(connection: Connection, number: int) -> tuple[str, str]:
    """The rules that were adopted under this number, as text, and where they stand. Raises ConfigurationError."""
    found = rule_sets.rule_set(connection, number)
    if found is None:
        remedy = "no rules were adopted under it; see `ews rules history`"
        raise ConfigurationError(place="command line", key="--number", value=number, remedy=remedy)
    return found.content, found.place
