"""What one question may cost, however it is written: entities, comparisons, questions to the database, time."""

from __future__ import annotations

import time
from http import HTTPStatus

from dash_app.open_data.problems import ProblemError

#: No answer holds more entities, however they are expanded.
_MOST_ENTITIES = 10_000
#: A question for Observations weighs as much as so many entities.
_QUESTION_WEIGHS = 10
#: No more entities are compared with a condition or put in order for one answer: about a second.
_MOST_LOOKS = 100_000
#: After so long nothing more is asked of the database; each of its answers is bounded by itself.
_LONGEST_S = 20.0


class Effort:
    """What is left of it."""

    def __init__(self) -> None:
        self._entities, self._looks, self._until_s = _MOST_ENTITIES, _MOST_LOOKS, time.monotonic() + _LONGEST_S

    def give(self, entities: int = 1) -> None:
        """More entities in the answer. Raises ProblemError 422, as the others."""
        self._entities -= entities
        if self._entities < 0:
            raise _too_much("$expand", f"the answer would hold more than {_MOST_ENTITIES} entities")

    def look(self, entities: int) -> None:
        """So many are compared with a condition, or put in order."""
        self._looks -= entities
        if self._looks < 0:
            raise _too_much("$filter", f"more than {_MOST_LOOKS} comparisons would be made")

    def ask(self) -> None:
        """One more question to the database."""
        self.give(_QUESTION_WEIGHS)
        if time.monotonic() > self._until_s:
            raise _too_much("$expand", f"the answer takes more than {_LONGEST_S:.0f} s")


def _too_much(field: str, what: str) -> ProblemError:
    detail = f"{what}; ask with a smaller $top, with a simpler $filter or $orderby, or expand less"
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)
