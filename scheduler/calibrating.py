"""Calibrations beside the scheduler's own work: in child processes that can be ended at once, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

import structlog

from domain.errors import EwsError
from forecasting.parallel import one_thread, workforce

R = TypeVar("R")
_log = structlog.get_logger(__name__)
_LOOK_S = 0.2


class CalibrationStoppedError(EwsError):
    """The process was asked to end while a model was being calibrated."""


class CalibrationLostError(EwsError):
    """The process that calibrated was killed; asking again starts another."""


class Calibrators:
    """Takes calibrations; nothing is started before the first. `close` ends them within a second, whatever they do."""

    def __init__(self, stop: threading.Event, dask_scheduler: str | None = None) -> None:
        self._stop, self._dask_scheduler = stop, dask_scheduler
        self._open = ExitStack()
        self._executor: Executor | None = None
        self._children: list[multiprocessing.process.BaseProcess] = []
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], R]) -> Future[R]:
        """Begin `work` (picklable) in another process. Raises ConfigurationError when the Dask scheduler is away."""
        with self._lock:
            before = set(multiprocessing.active_children())
            if self._executor is None:
                # One core stays for judging and delivering.
                workers = max(1, (os.cpu_count() or 2) - 1)
                self._executor = self._open.enter_context(workforce(workers, self._dask_scheduler))
            future = self._executor.submit(one_thread, work)
            self._children += [child for child in multiprocessing.active_children() if child not in before]
            return future

    def result(self, future: Future[R]) -> R:
        """Wait for one; raises CalibrationStoppedError when the process is asked to end, and what the work raised.

        CalibrationLostError when the worker was killed; the next `submit` starts others.
        """
        while not self._stop.is_set():
            try:
                return future.result(timeout=_LOOK_S)
            except TimeoutError:
                if future.done():
                    raise  # the work's own
            except CancelledError:
                break
            except BrokenExecutor as error:
                self.close()
                raise CalibrationLostError("a calibration process was killed (out of memory?)") from error
        raise CalibrationStoppedError("asked to stop while a model was being calibrated")

    def close(self) -> None:
        """End whatever is at work, and let go of the workers."""
        with self._lock:
            if self._executor is not None:
                self._executor.shutdown(wait=False, cancel_futures=True)
            for child in self._children:
                child.terminate()
            self._open.close()
            self._executor, self._children = None, []


def here_or(calibrators: Calibrators, work: partial[R], *, long: bool) -> R:
    """`work` here when it is short, else in a child process."""
    return calibrators.result(calibrators.submit(work)) if long else one_thread(work)
