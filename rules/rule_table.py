"""What every [[rule]] table holds: name, event, severities, where and when it applies, and how long a change must last."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from domain.alerts import Event, Severity
from domain.configuration_file import Table, Text, refusal
from domain.deeds import SEVERITY_RANK
from rules.latch import Patience
from rules.table_checks import ascending

LevelName = Literal["bd1", "bd2", "bd3", "record"]
#: Level numbers of the flood event, by the names that stations.toml and rules.toml use.
LEVEL_NUMBERS: dict[LevelName, int] = {"bd1": 1, "bd2": 2, "bd3": 3, "record": 4}

_T = TypeVar("_T")
#: TOML knows lists and texts only: these two are read from them, everything else is taken literally.
Listed = Annotated[tuple[_T, ...], Field(strict=False)]

NotNegative = Annotated[float, Field(ge=0)]
Minutes = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Hour = Annotated[int, Field(ge=0, le=24)]

#: How far back a station is judged anew (farther while an alert runs). No rule may wait or look longer.
JUDGED_SPAN = timedelta(hours=72)


class Schedule(Table):
    """When a rule applies, on a clock in Huế. `hours`: from … to (22 to 6 runs over midnight); `months`: 1-12."""

    hours: Annotated[Listed[Hour], Field(min_length=2, max_length=2)] = (0, 24)
    months: Annotated[Listed[Annotated[int, Field(ge=1, le=12)]], Field(min_length=1)] = tuple(range(1, 13))

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.hours[0] == self.hours[1]:
            raise refusal(
                "hours", "begin and end are one hour, so the rule would never apply; write [0, 24] for always"
            )
        if len(set(self.months)) != len(self.months):
            raise refusal("months", "names a month twice; name each once")
        return self


class RuleTable(Table):
    """The keys of every rule."""

    name: Text
    event: Annotated[Event, Field(strict=False)]
    severities: Listed[Annotated[Severity, Field(strict=False)]]  # one for each level, the lowest first
    source: Text
    source_vi: Text | None = None  # the same in Vietnamese, for the pages
    verified: bool
    schedule: Schedule | None = None  # always
    stations: Listed[Text] = ()  # all

    @property
    def levels_warned(self) -> tuple[int, ...]:
        """The level numbers this rule can find, the lowest first; `severities` follow them."""
        return tuple(range(1, len(self.severities) + 1))

    def applies_to(self, station: str) -> bool:
        """Whether the station of this id is judged by it."""
        return not self.stations or station in self.stations

    @property
    def warm_up(self) -> timedelta:
        """How much history before the judged span the rule needs to judge its first reading."""
        return timedelta()

    @model_validator(mode="after")
    def _one_severity_a_level(self) -> Self:
        if len(self.levels_warned) != len(self.severities):
            raise ValueError(
                f"{len(self.severities)} severities for {len(self.levels_warned)} levels; give one for each"
            )
        if any(SEVERITY_RANK[low] > SEVERITY_RANK[high] for low, high in pairwise(self.severities)):
            raise ValueError(
                f"severities: {', '.join(self.severities)}: a higher level cannot be less grave than a lower one"
            )
        return self

    @model_validator(mode="after")
    def _within_the_judged_span(self) -> Self:
        if self.warm_up > JUDGED_SPAN:
            raise ValueError(f"looks back {self.warm_up}; no rule may look back longer than {JUDGED_SPAN}")
        return self


class Lasting(Table):
    """How long, or in how many readings, a change must last before it counts, in event time."""

    raise_after_min: Minutes = 0.0
    raise_count: Annotated[int, Field(ge=1)] = 1
    clear_after_min: Minutes = 0.0
    clear_count: Annotated[int, Field(ge=1)] = 1
    keep_firing_min: Minutes = 0.0  # a level goes on so long after its condition was last met

    @property
    def patience(self) -> Patience:
        """The same for the state machine."""
        return _patience(
            self.raise_after_min, self.clear_after_min, self.raise_count, self.clear_count, self.keep_firing_min
        )

    @model_validator(mode="after")
    def _can_be_seen(self) -> Self:
        for key in ("raise_after_min", "clear_after_min", "keep_firing_min"):
            if timedelta(minutes=getattr(self, key)) >= JUDGED_SPAN:
                raise refusal(key, f"is longer than the {JUDGED_SPAN} that are judged, so it would never be over")
        return self


@lru_cache(maxsize=256)
def _patience(
    raise_after_min: float, clear_after_min: float, raise_count: int, clear_count: int, keep_firing_min: float
) -> Patience:
    return Patience(
        raise_after=timedelta(minutes=raise_after_min),
        clear_after=timedelta(minutes=clear_after_min),
        raise_count=raise_count,
        clear_count=clear_count,
        keep_for=timedelta(minutes=keep_firing_min),
    )


class LatchedRule(RuleTable, Lasting):
    """A rule over readings, whose levels begin and end by their conditions."""


@lru_cache(maxsize=256)
def _numbers(levels: tuple[LevelName, ...]) -> tuple[int, ...]:
    """Asked of every reading."""
    return tuple(LEVEL_NUMBERS[name] for name in levels)


class LevelRule(RuleTable):
    """A rule over the alarm levels of a gauge."""

    levels: Listed[LevelName]

    @property
    def levels_warned(self) -> tuple[int, ...]:
        """Numbers of the named levels."""
        return _numbers(self.levels)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ascending("levels", self.levels_warned)
        return self
