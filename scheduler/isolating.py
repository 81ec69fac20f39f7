"""Work over many that fails for one of them: the others must not pay for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")
_log = structlog.get_logger(__name__)

#: Every other one would meet these too.
NOBODYS_FAULT = (DatabaseUnavailableError, SchemaOutdatedError)


def isolated(
    items: Sequence[_Item],
    work: Callable[[Sequence[_Item]], _Done],
    failed: list[Exception],
    name: Callable[[_Item], str],
) -> list[_Done]:
    """What `work` makes of all `items` together, or, when it fails, of their halves, down to the one that it fails for.

    That one's error goes to `failed` with its name; what is nobody's fault is raised. `work` must leave nothing behind when it fails.
    """
    try:
        return [work(items)]
    except NOBODYS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001 - told by the caller, who gets it in `failed`
        if len(items) < 2:
            _log.exception("work_failed", of=[name(item) for item in items])
            error.add_note(", ".join(name(item) for item in items))
            failed.append(error)
            return []
    middle = len(items) // 2
    return [done for half in (items[:middle], items[middle:]) for done in isolated(half, work, failed, name)]
