"""Which change of an alert an answer must cover: what asks anew, and what says again or says it to somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.alerts import AlertVersion, Reason
from domain.deeds import Telling, TellingReason

#: What leaves people where they were.
SAYS_NOTHING = (TellingReason.UNCHANGED, TellingReason.OVERTAKEN)


def change_that_asks(versions: Sequence[AlertVersion], known: Mapping[int, Telling], told: int | None = None) -> int:
    """The number of the newest change that asks for an answer; 0 when none does. The same stands in deliveries_unanswered.sql.

    `known`: the tellings by version. `told`: the version that somebody was told last; None for what asks everybody.
    """
    heard = (version for version in versions if told is None or version.number <= told)
    return max((each.number for each in heard if _asks(each, known.get(each.number), told)), default=0)


def _asks(version: AlertVersion, telling: Telling | None, told: int | None) -> bool:
    """A change that was told, or held back and told by a repetition later; an order, of the one to whom it was told.

    A correction that nobody was told of takes no answer back.
    """
    quiet = telling is not None and telling.reason in SAYS_NOTHING
    another = version.reason is Reason.ESCALATED and version.number != told
    return version.reason is not Reason.REPEATED and not quiet and not another
