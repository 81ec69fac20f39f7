"""Adopting rules: checked, compared with those in force, stored with who and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path

from cli.claims import claim
from cli.desk import text_in_force
from cli.embedded import database_for_a_moment
from cli.tables import when
from domain.alerts import Alert
from domain.errors import ConfigurationError
from domain.network import load_network
from domain.settings import Settings, load_settings
from rules.configuration import RuleSet, load_rules
from rules.reach import can_find
from storage import rule_sets
from storage.alerts import active_alerts
from storage.database import Connection, Database
from storage.rule_sets import AdoptedRules
from storage.stations import load_stations


def checked_rules(file: Path, settings: Settings) -> RuleSet:
    """The rules of a file for the stations of this configuration. Raises ConfigurationError."""
    found = load_rules(file)
    found.require_known(load_network(settings.config_dir).stations, str(file))
    return found


def adopt_rules(file: Path, person: str, reason: str, base: int | None = None) -> str:
    """What is in force now, and the alerts that no rule ends any more.

    `base`: the number of the rules that the file was made from (None: not known). Raises ConfigurationError for a file that
    cannot be obeyed, changes nothing, or would undo what somebody else adopted meanwhile.
    """
    for key, text in (("--by", person), ("--reason", reason)):
        if not text.strip() or not text.isprintable():
            raise ConfigurationError(place="command line", key=key, value=text, remedy="write plain text")
    settings = load_settings()
    rules = checked_rules(file, settings)
    with (
        database_for_a_moment(settings) as url,
        Database(url, max_size=1) as database,
        database.transaction() as connection,
    ):
        claim(connection, person, "rules adopt")
        number = _adopt(connection, file, person, reason, base, settings.config_dir)
        left = left_running(connection, rules)
    done = f"rules {number} adopted by {person}; the scheduler judges by them from its next round on"
    return "\n".join([done, *left_text(left)])


def _adopt(  # noqa: PLR0917 - six plain facts of one order
    connection: Connection, file: Path, person: str, reason: str, base: int | None, folder: Path
) -> int:
    """Compared and stored while nobody else can adopt; the number."""
    rule_sets.lock(connection)
    content = file.read_text(encoding="utf-8")
    before, place = text_in_force(connection, folder)
    if before == content:
        raise ConfigurationError(place=str(file), key="file", value=place, remedy="says what is in force already")
    newest = rule_sets.rule_set(connection, rule_sets.newest_number(connection))
    refuse_overtaken(file, datetime.fromtimestamp(file.stat().st_mtime, UTC), newest, base)
    lines = unified_diff(before.splitlines(), content.splitlines(), place, str(file), lineterm="", n=2)
    return rule_sets.adopt_text(connection, person=person, reason=reason, content=content, difference="\n".join(lines))


def refuse_overtaken(file: Path, written_at: datetime, newest: AdoptedRules | None, base: int | None) -> None:
    """Nothing that somebody adopted is undone unseen: a file that was made from other rules than those in force is refused.

    Without `base` a file written before the newest adoption counts as made from older ones. Raises ConfigurationError.
    """
    number = 0 if newest is None else newest.number
    if base == number or (base is None and (newest is None or written_at >= newest.adopted_at)):
        return
    who = "none were adopted" if newest is None else f"adopted by {newest.adopted_by} at {when(newest.adopted_at)}"
    raise ConfigurationError(
        place=str(file),
        key="--base",
        value=f"written {when(written_at)}" if base is None else base,
        remedy=f"rules {number} are in force ({who}): see `ews rules history --diff`, then adopt with --base {number}",
    )


def left_running(connection: Connection, rules: RuleSet) -> list[Alert]:
    """The running alerts that no rule of `rules` can find, and so none would end; drills left out."""
    stations = load_stations(connection)
    return [
        alert
        for alert in active_alerts(connection)
        if not alert.exercise
        and (alert.station not in stations or not can_find(rules, stations[alert.station], alert.event))
    ]


def left_text(left: Sequence[Alert]) -> Iterable[str]:
    """A line for each, under one that says what to do; none where there is nothing to say."""
    if left:
        yield f"warning: none of these rules can end {len(left)} running alerts; an officer must (`ews alerts end`):"
    yield from (f"  {alert.identifier}  {alert.event} {alert.severity}, level {alert.level}" for alert in left)
