"""What a stored alert remembers of its course, so that a new look at the readings can be compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.episode import Mark
from domain.alerts import Alert, AlertState, AlertVersion, Phase, Reason

#: In the detail of a version that corrected the past: the whole course as it is believed since then.
_COURSE = "course"


#: Versions that say nothing new about water, wind or air.
_BESIDE_THE_COURSE = (Reason.REPEATED, Reason.ESCALATED, Reason.ENDED_BY_PERSON)


def ended_by_person_at(alert: Alert) -> int | None:
    """The level that the alert had when a person ended it; None unless that is the last word on it."""
    if not alert.versions or alert.versions[-1].reason is not Reason.ENDED_BY_PERSON:
        return None
    return int(alert.versions[-1].detail.get("level_before", 0))


def remembered(alert: Alert) -> tuple[Mark, ...]:
    """The marks that the versions of `alert` stand for, oldest first."""
    marks: list[Mark] = []
    for version in alert.versions:
        if _COURSE in version.detail:
            marks = _read(str(version.detail[_COURSE]))
        elif version.reason not in _BESIDE_THE_COURSE:
            marks.append(_mark(version))
    return tuple(marks)


def written(marks: Sequence[Mark]) -> dict[str, str | float | int]:
    """The detail by which a correcting version remembers the course: `time level phase observed` for each mark."""
    return {_COURSE: "; ".join(f"{m.at.isoformat()} {m.level} {m.phase} {m.observed}" for m in marks)}


def never_happened(alert: Alert) -> bool:
    """Whether late data took the whole alert back: it ended the instant it was raised."""
    return alert.state is AlertState.ENDED and alert.ended_at == alert.raised_at


def _mark(version: AlertVersion) -> Mark:
    seen = 0 if version.phase is Phase.FORECAST else version.level
    return Mark(
        at=version.at,
        level=version.level,
        phase=version.phase,
        observed=int(version.detail.get("observed_level", seen)),
    )


def _read(course: str) -> list[Mark]:
    marks = []
    for part in course.split("; ") if course else []:
        at, level, phase, observed = part.split(" ")
        marks.append(Mark(at=datetime.fromisoformat(at), level=int(level), phase=Phase(phase), observed=int(observed)))
    return marks
