"""Slow work of strangers, in threads of its own and one after the other: a crowd at the sign-in holds up nobody who is in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AT_ONCE, _MOST_WAITING = 4, 40
_T = TypeVar("_T")


class CrowdedError(Exception):
    """So many wait already that this one had better come again."""


class Turns:
    """Threads, and who waits for them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ews-sign-in")
        self._waiting = 0

    async def run(self, work: Callable[[], _T]) -> _T:
        """What `work` gives, when its turn has come. Raises CrowdedError, and what `work` raises."""
        if self._waiting >= _AT_ONCE + _MOST_WAITING:
            raise CrowdedError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take no more; what has begun ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
