"""The rules by which the pages tell classes and levels: the newest adopted ones, as the scheduler judges by them."""

from __future__ import annotations

import structlog

from rules.configuration import RuleSet, newest_readable
from storage import rule_sets
from storage.database import Connection

_log = structlog.get_logger(__name__)


class RulesInForce:
    """Those of the file until others are adopted, on the rules page or by the command."""

    def __init__(self, of_the_file: RuleSet) -> None:
        self._of_the_file = of_the_file
        self.rules, self.number = of_the_file, 0

    def take(self, connection: Connection) -> RuleSet:
        """The newest; the same object while nobody has adopted others. Raises DatabaseUnavailableError."""
        newest = rule_sets.newest_number(connection)
        if newest != self.number:
            self.rules, self.number = self._read(connection, newest), newest
        return self.rules

    def _read(self, connection: Connection, number: int) -> RuleSet:
        """The newest that this version of the program can read, as the scheduler judges by them."""
        adopted = ((each.content, each.place) for each in rule_sets.rule_sets(connection))
        found, refused = newest_readable(adopted)
        if refused is not None:
            _log.error("adopted_rules_not_shown", number=number, error=str(refused))
        return self._of_the_file if found is None else found
