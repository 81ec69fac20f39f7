"""The rules by which the pages tell classes and levels: those that were adopted last, as the scheduler judges by them."""

from __future__ import annotations

import structlog

from domain.errors import ConfigurationError
from rules.configuration import RuleSet, rules_from
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
        """The rules of that number; those known before where this version of the program cannot read them."""
        chosen = rule_sets.rule_set(connection, number)
        try:
            return (
                self._of_the_file if chosen is None else rules_from(chosen.content, f"rules adopted as number {number}")
            )
        except ConfigurationError as error:
            _log.error("adopted_rules_not_shown", number=number, error=str(error))
            return self.rules
