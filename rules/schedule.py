"""When a rule applies: its steps outside of its hours and months are level 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

from domain.alerts import Finding, Step
from domain.times import HUE_TIME, local
from rules.rule_table import Schedule

_DAY = timedelta(days=1)
#: A month at least is named, so within a year and a day the hours begin again.
_LONGEST_REST_DAYS = 368


def scheduled(finding: Finding, schedule: Schedule, now: datetime) -> Finding:
    """`finding` as the rule says it within its schedule.

    A level that stands when the hours begin begins then, and one that stands when they end is not found from then on: the
    detail says so, and when the hours begin again, for nobody has seen it end. `now` on the station's clock: hours that end
    later have not ended yet.
    """
    steps: list[Step] = []
    for begin, end in _spans(schedule, finding.since, now):
        steps += _within(finding.steps, begin, end)
        if end <= now:
            steps.append(Step(at=end, level=0, detail=_off(schedule, end)))
    return replace(finding, steps=tuple(_changes(steps)))


def _within(steps: tuple[Step, ...], begin: datetime, end: datetime) -> Iterator[Step]:
    before = [step for step in steps if step.at <= begin]
    if before:
        yield replace(before[-1], at=begin, value=before[-1].value if before[-1].at == begin else None)
    yield from (step for step in steps if begin < step.at < end)


def _off(schedule: Schedule, end: datetime) -> dict[str, str | float | int]:
    """What the end of the hours says: when they begin again."""
    midnight = datetime.combine(local(end).date(), time(), tzinfo=HUE_TIME)
    days = (midnight + n * _DAY for n in range(_LONGEST_REST_DAYS))
    begins = (day + timedelta(hours=schedule.hours[0]) for day in days if day.month in schedule.months)
    return {"schedule": "ended", "applies_again_at": next(at for at in begins if at >= end).isoformat()}


def _changes(steps: list[Step]) -> Iterator[Step]:
    """Steps that change something: the first one, and each that differs from the one before."""
    level: int | None = None
    for step in steps:
        if step.level != level:
            yield step
        level = step.level


def _spans(schedule: Schedule, since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The hours in which the rule applies between `since` and `now`, each once, joined where one meets the next.

    Hours that have not begun are left out: nothing is so at an instant that has not come.
    """
    pending: tuple[datetime, datetime] | None = None
    day = local(since).date() - _DAY
    while day <= local(now).date():
        midnight = datetime.combine(day, time(), tzinfo=HUE_TIME)
        first, last = schedule.hours
        begin = max(midnight + timedelta(hours=first), since)
        end = midnight + timedelta(hours=last if last > first else last + 24)
        if day.month in schedule.months and begin < end and begin <= now:
            if pending is not None and begin <= pending[1]:
                pending = pending[0], end
            else:
                yield from () if pending is None else (pending,)
                pending = begin, end
        day += _DAY
    yield from () if pending is None else (pending,)
