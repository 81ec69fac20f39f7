"""Gauges whose work failed: told together when the others are done, and left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import structlog

from domain.errors import DatabaseUnavailableError, EwsError, SchemaOutdatedError
from domain.stations import Station
from scheduler.calibrating import CalibrationStoppedError

_log = structlog.get_logger(__name__)

#: What failed is not tried again for so long: a calibration that dies each time would take all cores, again and again.
_PAUSE_S = 600.0
#: These are no gauge's fault, and every other one would meet them too.
NO_GAUGES_FAULT = (DatabaseUnavailableError, SchemaOutdatedError, CalibrationStoppedError)


class Setbacks:
    """What failed in one kind of work, by gauge, for one process. `what` names the work in the error."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._failed: dict[str, tuple[float, str]] = {}  # when, and why

    def resting(self, station: str) -> bool:
        """Whether the gauge failed a short while ago."""
        failed = self._failed.get(station)
        return failed is not None and self._clock() - failed[0] < _PAUSE_S

    def attempt(self, gauge: Station, work: Callable[[], int | None]) -> int:
        """How much the gauge's work did; nothing when it failed, which is remembered. What is no gauge's fault is raised."""
        try:
            done = work()
        except NO_GAUGES_FAULT:
            raise
        except Exception as error:  # noqa: BLE001 - told at the end by `tell`: one gauge's failure must not cost the others
            _log.exception("gauge_failed", work=self._what, station=gauge.id, name=gauge.name_vi)
            why = str(error) if isinstance(error, EwsError) else f"{type(error).__name__}: {error}"
            self._failed[gauge.id] = (self._clock(), why)
            return 0
        self._failed.pop(gauge.id, None)
        return done or 0

    def tell(self, gauges: Iterable[Station]) -> None:
        """Raise one EwsError that names those of `gauges` that failed when last tried, and the first cause."""
        failed = [gauge for gauge in gauges if gauge.id in self._failed]
        if failed:
            failed.sort(key=lambda gauge: self._failed[gauge.id][0])
            first, *others = (gauge.name_vi for gauge in failed)
            also = f"; also at {', '.join(others)}" if others else ""
            raise EwsError(f"{self._what} failed at {first}: {self._failed[failed[0].id][1]}{also}")
