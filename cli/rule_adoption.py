"""Adopting rules: checked, compared with those in force, stored with who and why."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

from cli.claims import claim
from cli.desk import text_in_force
from cli.embedded import database_for_a_moment
from domain.errors import ConfigurationError
from domain.network import load_network
from domain.settings import Settings, load_settings
from rules.configuration import RuleSet, load_rules
from storage import rule_sets
from storage.database import Database


def checked_rules(file: Path, settings: Settings) -> RuleSet:
    """The rules of a file for the stations of this configuration. Raises ConfigurationError."""
    found = load_rules(file)
    found.require_known(load_network(settings.config_dir).stations, str(file))
    return found


def adopt_rules(file: Path, person: str, reason: str) -> str:
    """One line about what is in force now. Raises ConfigurationError for a file that cannot be obeyed or changes nothing."""
    for key, text in (("--by", person), ("--reason", reason)):
        if not text.strip() or not text.isprintable():
            raise ConfigurationError(place="command line", key=key, value=text, remedy="write plain text")
    settings = load_settings()
    checked_rules(file, settings)
    content = file.read_text(encoding="utf-8")
    with (
        database_for_a_moment(settings) as url,
        Database(url, max_size=1) as database,
        database.transaction() as connection,
    ):
        claim(connection, person, "rules adopt")
        before, place = text_in_force(connection, settings.config_dir)
        if before == content:
            raise ConfigurationError(place=str(file), key="file", value=place, remedy="says what is in force already")
        lines = unified_diff(before.splitlines(), content.splitlines(), place, str(file), lineterm="", n=2)
        number = rule_sets.adopt_text(
            connection, person=person, reason=reason, content=content, difference="\n".join(lines)
        )
    return f"rules {number} adopted by {person}; the scheduler judges by them from its next round on"
