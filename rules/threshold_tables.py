"""The tables of the rules that compare a quantity with numbers of the rule itself, and of the turns of a flood."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.configuration_file import Table, refusal
from rules.rule_table import JUDGED_SPAN, Lasting, LatchedRule, LevelName, Listed, RuleTable
from rules.table_checks import ascending, known_quantity, same_length

#: What is made of amounts: each reading holds what came in its cadence.
AMOUNTS = ("sum", "rate_per_h")


class ThresholdLevel(Lasting):
    """One level: where it begins, where it ends, and how long either must last."""

    level: Annotated[int, Field(ge=1)]
    raise_at: float
    clear_at: float


class ThresholdRule(RuleTable):
    """Any quantity, or what it does over a window, against fixed numbers; each level begins and ends in its own way.

    `of`: the newest value (`last`), or over the window its `mean`, `sum`, `lowest`, `highest`, its `change` (newest less
    oldest) or the rain `rate_per_h` (sum over the hours of the window).
    """

    kind: Literal["threshold"]
    quantity: str
    of: Literal["last", "mean", "sum", "lowest", "highest", "change", "rate_per_h"]
    window_min: float = Field(ge=0)
    minimum_readings: int = Field(ge=1)
    direction: Literal["above", "below"]
    levels: Listed[ThresholdLevel] = Field(min_length=1)

    @property
    def levels_warned(self) -> tuple[int, ...]:
        """The numbers of the levels."""
        return tuple(each.level for each in self.levels)

    @property
    def warm_up(self) -> timedelta:
        """The window and the tenth of it that late clocks are allowed."""
        return timedelta(minutes=self.window_min) * 1.1

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known_quantity(self.quantity)
        ascending("levels", self.levels_warned)
        sign = 1 if self.direction == "above" else -1
        ascending(f"{self.direction} raise_at", [sign * each.raise_at for each in self.levels])
        for each in self.levels:
            if sign * each.clear_at > sign * each.raise_at:
                beyond = "above" if sign > 0 else "below"
                raise ValueError(
                    f"level {each.level}: clear_at = {each.clear_at:g} is {beyond} raise_at = {each.raise_at:g}, so it "
                    "would end where it begins; move it to the other side"
                )
        if (self.of == "last") != (self.window_min == 0):
            raise refusal("window_min", "must be 0 for the newest value (of = last) and above 0 for everything else")
        if self.of == "change" and self.minimum_readings < 2:
            raise refusal("minimum_readings", "a change needs at least 2 readings")
        return self


class ReRiseRule(RuleTable):
    """The second rise: the water had a peak at or above an alarm level, fell by `fall_m`, and rises again by `rise_m`."""

    kind: Literal["re_rise"]
    quantity: str
    peak_from: LevelName  # the peak was at or above this level of the gauge
    fall_m: float = Field(gt=0)
    rise_m: float = Field(gt=0)

    @property
    def levels_warned(self) -> tuple[int, ...]:
        """None of its own: it marks the turn of a flood whose levels the stage rule finds."""
        return ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known_quantity(self.quantity)
        return self


class StuckLimit(Table):
    """How long a sensor may show the same value, give or take `tolerance` in the quantity's unit."""

    hours: float = Field(gt=0)
    tolerance: float = Field(ge=0)
    above: float | None = None  # only values above this: calm wind and no rain are no fault

    @property
    def reach(self) -> int:
        """The hours in µs."""
        return round(self.hours * 3_600_000_000)


class SensorStuckRule(LatchedRule):
    """A sensor that shows one value for longer than nature does."""

    kind: Literal["sensor_stuck"]
    minimum_readings: int = Field(ge=3)
    limits: dict[str, StuckLimit] = Field(min_length=1)

    @property
    def warm_up(self) -> timedelta:
        """The longest of the limits and the tenth of it that late clocks are allowed, as far as it is judged.

        Of exactly the limit the first reading of a run would be missing whenever a clock jitters, and the run seem younger.
        """
        longest = max(timedelta(hours=limit.hours) for limit in self.limits.values())
        return max(longest, min(longest * 1.1, JUDGED_SPAN))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in self.limits:
            known_quantity(name)
        same_length("severities", self.severities, ("one",))
        return self


#: Where a part looks, seen from the station that is judged.
RELATIVE_PLACES = frozenset({"here", "upstream", "rain_gauges"})
_SEVERAL = ("upstream", "rain_gauges")


class Part(Table):
    """One condition of a compound rule: another rule finds at least a level, at this station or at others.

    `where`: `here`, `upstream`, `rain_gauges` (as the station names them) or the id of a station. It counts until
    `within_min` after it was last so.
    """

    rule: str
    at_least: int = Field(ge=1)
    where: str = "here"
    within_min: Annotated[float, Field(ge=0, lt=JUDGED_SPAN / timedelta(minutes=1))] = 0.0
    needed: int = Field(ge=1, default=1)  # at so many of the stations

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.needed > 1 and self.where not in _SEVERAL:
            raise refusal(
                "needed", f"where = {self.where} is one station; only {' and '.join(_SEVERAL)} may be several"
            )
        return self


class CompoundRule(RuleTable):
    """Several other rules at the same time: rain and level; two gauges that agree."""

    kind: Literal["compound"]
    parts: Listed[Part] = Field(min_length=2)
    needed: int = Field(ge=1)  # so many of the parts

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.needed > len(self.parts):
            raise refusal("needed", f"is more than the {len(self.parts)} parts")
        if len({(part.rule, part.where) for part in self.parts}) != len(self.parts):
            raise refusal("parts", "two parts ask the same rule in the same place; name each once")
        same_length("severities", self.severities, ("one",))
        return self
