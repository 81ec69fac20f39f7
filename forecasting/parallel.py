"""The same work on many gauges or records: in this process, on all cores, or on a Dask cluster, with the same results.

Each piece of work runs with one thread of linear algebra wherever it runs: sums in another order would differ in the last bit.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from domain.errors import ConfigurationError

T = TypeVar("T")
R = TypeVar("R")

_DASK = "EWS_DASK_SCHEDULER"
_CONNECT_S = 10


def in_parallel(
    work: Callable[[T], R],
    items: Sequence[T],
    *,
    workers: int | None = None,
    dask_scheduler: str | None = None,
    finished: Callable[[int], None] = lambda _number: None,
) -> list[R]:
    """`work` of each of `items`, in their order; `finished` hears the number of each as it is done.

    `work` and what it takes and gives must be picklable. `workers`: processes at most (None: as many as cores); with one, or
    one item, nothing is started. `dask_scheduler`: address of a Dask scheduler whose workers have this program installed.
    What `work` raises is raised here; ConfigurationError when there is no such scheduler.
    """
    count = min(len(items), workers or os.cpu_count() or 1)
    if dask_scheduler is None and count <= 1:
        return [_told(one_thread(partial(work, item)), number, finished) for number, item in enumerate(items)]
    with workforce(count, dask_scheduler) as force:
        futures = [force.submit(one_thread, partial(work, item)) for item in items]
        try:
            for future in as_completed(futures):
                future.result()
                finished(futures.index(future))
        finally:  # when one failed or we were interrupted, the others need not begin; those that are done do not mind
            for future in futures:
                future.cancel()
        return [future.result() for future in futures]


def one_thread(work: Callable[[], R]) -> R:
    """`work` with one thread of linear algebra, as `in_parallel` runs it."""
    with threadpool_limits(limits=1):
        return work()


def _told(result: R, number: int, finished: Callable[[int], None]) -> R:
    finished(number)
    return result


@contextmanager
def workforce(workers: int, dask_scheduler: str | None) -> Iterator[Executor]:
    """Processes of our own, or a Dask cluster, that take work until the block ends. Raises ConfigurationError."""
    if dask_scheduler is None:
        with own_processes(workers) as pool:
            yield pool
        return
    client = _dask_client(dask_scheduler)
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()


def own_processes(workers: int) -> ProcessPoolExecutor:
    """Spawned, not forked: a copy of a process with threads and open connections is not safe to use."""
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
    )


def _begin(parent: int) -> None:
    """A worker gives way to everything else, leaves Ctrl-C to its parent, and ends when the parent was killed."""
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _dask_client(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        remedy = "needs Dask: install hue-ews[dask], or take the setting out"
        raise ConfigurationError(place="environment", key=_DASK, value=address, remedy=remedy) from error
    try:
        return Client(address, timeout=_CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        remedy = f"no Dask scheduler answers there ({' '.join(str(error).split())[:160]}); start `dask scheduler`"
        raise ConfigurationError(place="environment", key=_DASK, value=address, remedy=remedy) from error
