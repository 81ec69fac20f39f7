"""QARTOD flags and how several become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.readings import QualityFlag

PASS, NOT_EVALUATED = QualityFlag.PASS, QualityFlag.NOT_EVALUATED
SUSPECT, FAIL, MISSING = QualityFlag.SUSPECT, QualityFlag.FAIL, QualityFlag.MISSING

#: The manual's roll-up: one failed test fails the reading; one passed test is enough to pass what was evaluated.
_SEVERITY: Mapping[QualityFlag, int] = {MISSING: -1, NOT_EVALUATED: 0, PASS: 1, SUSPECT: 2, FAIL: 3}
#: Thông tư 10/2021/TT-BTNMT, status of a value: 01 the device is being calibrated, 02 it reports an error.
_DEVICE_STATUS: Mapping[str, QualityFlag] = {"00": PASS, "01": FAIL, "02": FAIL}


def roll_up(flags: Iterable[QualityFlag]) -> QualityFlag:
    """The flag of a reading from those of its tests: the worst; a pass counts for more than "not evaluated"."""
    return max(flags, key=_SEVERITY.__getitem__, default=NOT_EVALUATED)


def above(size: float, suspect: float | None, fail: float | None) -> QualityFlag:
    """FAIL above one limit, SUSPECT above the other; a limit itself passes, None is no limit."""
    if fail is not None and size > fail:
        return FAIL
    return SUSPECT if suspect is not None and size > suspect else PASS


def device_status(status: str | None) -> QualityFlag:
    """What the device says of its own value. A word that the circular does not know says nothing."""
    return NOT_EVALUATED if status is None else _DEVICE_STATUS.get(status, NOT_EVALUATED)
