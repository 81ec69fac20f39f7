"""Who is on duty when: weekly shifts in Huế time and dated ones, by post, never by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from domain.configuration_file import Table, Text, refusal
from domain.times import local

_DAY = timedelta(days=1)


class Day(StrEnum):
    """Days of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_DAYS = tuple(Day)
Post = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Span(Table):
    """A part of each day in Huế time, from `begins` until before `ends`; over midnight when it ends earlier."""

    begins: time
    ends: time

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.begins.tzinfo is not None or self.ends.tzinfo is not None:
            raise refusal("begins", "must be a time of the day in Huế, without an offset")
        if self.begins == self.ends:
            raise refusal("ends", "is its beginning; for the whole day leave both out")
        return self

    def begun_on(self, at: datetime) -> datetime | None:
        """The midnight (Huế) of the day on which the span that covers `at` began; None when it does not cover it."""
        moment = local(at)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        clock = moment.time()
        if self.begins < self.ends:
            return midnight if self.begins <= clock < self.ends else None
        if clock >= self.begins:
            return midnight
        return midnight - _DAY if clock < self.ends else None

    def end_after(self, at: datetime) -> datetime:
        """The first end of the span after `at`."""
        moment = local(at)
        end = moment.replace(hour=self.ends.hour, minute=self.ends.minute, second=self.ends.second, microsecond=0)
        return end if end > moment else end + _DAY


class Shift(Table):
    """When one post is on duty: always, on `days` within `hours`, or between two instants (`since`, `until`)."""

    post: Post
    days: Annotated[tuple[Annotated[Day, Field(strict=False)], ...], Field(strict=False)] = _DAYS
    hours: Span | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _weekly_or_dated(self) -> Self:
        if (self.since is None) != (self.until is None):
            raise refusal("since" if self.until is None else "until", "a dated shift needs both since and until")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise refusal("until", "must be after since")
        if self.since is not None and (self.hours is not None or self.days != _DAYS):
            raise refusal("since", "a shift is weekly (days, hours) or dated (since, until), not both")
        if not self.days:
            raise refusal("days", "name a day, or leave it out for every day")
        return self

    @property
    def dated(self) -> bool:
        """Whether it is an exception to the week."""
        return self.since is not None

    def covers(self, at: datetime) -> bool:
        """Whether the post is on duty at `at`."""
        if self.since is not None and self.until is not None:
            return self.since <= at < self.until
        begun = local(at) if self.hours is None else self.hours.begun_on(at)
        return begun is not None and _DAYS[begun.weekday()] in self.days


class Roster(Table):
    """Shifts in the order in which people are called. The same post may stand several times."""

    name: Text
    shift: Annotated[tuple[Shift, ...], Field(strict=False, min_length=1)]

    @property
    def posts(self) -> tuple[str, ...]:
        """Every post once, in the order of the file."""
        return tuple(dict.fromkeys(shift.post for shift in self.shift))

    def on_duty(self, at: datetime) -> tuple[str, ...]:
        """The posts to call at `at`: dated shifts first, then the week's. Where nobody is on duty, everybody is called."""
        covering: Sequence[Shift] = [shift for shift in self.shift if shift.covers(at)]
        ordered = sorted(covering, key=lambda shift: not shift.dated)
        return tuple(dict.fromkeys(shift.post for shift in ordered)) or self.posts
