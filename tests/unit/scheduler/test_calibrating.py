"""Calibrations beside the scheduler's work: they end with the process, and one that is killed is told."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial
from multiprocessing import connection

import pytest

from scheduler.calibrating import CalibrationLostError, CalibrationStoppedError, Calibrators


def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_calibration_that_is_at_work_ends_with_the_process() -> None:
    stop = threading.Event()
    calibrators = Calibrators(stop)
    future = calibrators.submit(partial(slow, 150.0))
    threading.Timer(1.0, stop.set).start()
    with pytest.raises(CalibrationStoppedError):
        calibrators.result(future)
    children = list(calibrators._children)
    calibrators.close()
    assert children
    for child in children:  # by its sentinel: the pool may have collected the exit code a moment before us
        assert connection.wait([child.sentinel], timeout=100), "it would have gone on for two minutes"


def test_a_killed_calibration_is_told_and_the_next_one_works() -> None:
    calibrators = Calibrators(threading.Event())
    with pytest.raises(CalibrationLostError):
        calibrators.result(calibrators.submit(partial(die)))
    assert calibrators.result(calibrators.submit(partial(slow, 0.0))) == 0.0
    calibrators.close()
