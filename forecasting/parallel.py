"""The same work on many gauges or records: in this process, on all cores, or on a Dask cluster, with the same results.

Each piece of work runs with one thread of linear algebra wherever it runs: sums in another order would differ in the last bit.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
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
    alone = partial(_one_thread, work)
    if dask_scheduler is not None:
        return _on_dask(alone, items, dask_scheduler, finished)
    count = min(len(items), workers or os.cpu_count() or 1)
    if count <= 1:
        return [_told(alone(item), number, finished) for number, item in enumerate(items)]
    # Spawned, not forked: a copy of a process with threads and open connections is not safe to use.
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(alone, item) for item in items]
        try:
            for future in as_completed(futures):
                future.result()
                finished(futures.index(future))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return _results(futures)


def one_thread(work: Callable[[], R]) -> R:
    """`work` with one thread of linear algebra, as `in_parallel` runs it."""
    with threadpool_limits(limits=1):
        return work()


def _one_thread(work: Callable[[T], R], item: T) -> R:
    return one_thread(partial(work, item))


def _told(result: R, number: int, finished: Callable[[int], None]) -> R:
    finished(number)
    return result


def _results(futures: Sequence[Future[R]]) -> list[R]:
    return [future.result() for future in futures]


def _on_dask(work: Callable[[T], R], items: Sequence[T], address: str, finished: Callable[[int], None]) -> list[R]:
    client = _dask_client(address)
    try:
        futures: list[Any] = [client.submit(work, item, pure=False) for item in items]
        numbers = {future.key: number for number, future in enumerate(futures)}
        from distributed import as_completed as completed  # noqa: PLC0415 - an optional extra

        for future in completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
            future.result()
            finished(numbers[future.key])
        return [future.result() for future in futures]
    finally:
        client.close()


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
