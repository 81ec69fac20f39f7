"""The tables of the rules about the air: VN_AQI of the hour and of the day, and the limits of QCVN 05:2023."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.configuration_file import Table, Text
from domain.quantities import QUANTITIES
from rules.rule_table import LatchedRule, Listed, NotNegative
from rules.table_checks import ascending, same_length

_DAY = timedelta(hours=24)


class AirIndex(Table):
    """Concentrations in µg/m³ at each index of VN_AQI; between two rows the index is linear."""

    index: Listed[float]
    breakpoints: dict[str, Listed[float]]

    @model_validator(mode="after")
    def _columns(self) -> Self:
        ascending("index", self.index)
        for name, column in self.breakpoints.items():
            ascending(name, column)
            quantity, _, hours = name.rpartition("_")
            if quantity not in QUANTITIES or hours not in {"1h", "8h"}:
                raise ValueError(f"{name}: write a quantity and 1h or 8h, such as pm2_5_1h")
            if len(column) > len(self.index) or (hours == "1h" and len(column) != len(self.index)):
                raise ValueError(f"{name}: {len(column)} concentrations for {len(self.index)} indices")
        return self


class AirQualityRule(LatchedRule, AirIndex):
    """Hourly VN_AQI against its bands."""

    kind: Literal["air_quality"]
    warn_above: Listed[NotNegative]
    nowcast_hours: int = Field(ge=1)
    nowcast_recent_hours: int = Field(ge=1)
    nowcast_needed: int = Field(ge=1)

    @property
    def warm_up(self) -> timedelta:
        """The hours of the NowCast and the hour that its oldest mean rests on."""
        return timedelta(hours=self.nowcast_hours + 1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        same_length("warn_above", self.warn_above, self.severities)
        ascending("warn_above", self.warn_above)
        if not self.nowcast_needed <= self.nowcast_recent_hours <= self.nowcast_hours:
            raise ValueError("nowcast_needed ≤ nowcast_recent_hours ≤ nowcast_hours is needed")
        return self


class AirQualityDayRule(LatchedRule, AirIndex):
    """VN_AQI of the day against its bands; a day runs from 01:00 to 00:00 on a clock in Huế."""

    kind: Literal["air_quality_day"]
    warn_above: Listed[NotNegative]
    hours_needed: Annotated[int, Field(ge=1, le=24)]  # of the 24, for the mean of dust

    @property
    def warm_up(self) -> timedelta:
        """A whole day, whenever the judged span begins within it, and the eight hours before it."""
        return _DAY + timedelta(hours=9)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        same_length("warn_above", self.warn_above, self.severities)
        ascending("warn_above", self.warn_above)
        return self


class AirLimit(Table):
    """One limit of a concentration in µg/m³, as a mean over so many hours; a later one of the same sort replaces it."""

    quantity: Text
    hours: Literal[1, 8, 24]
    limit: float = Field(gt=0)
    valid_from: date = date.min


class AirStandardRule(LatchedRule):
    """Mean concentrations against the limits of QCVN 05:2023/BTNMT."""

    kind: Literal["air_standard"]
    minimum_coverage: Annotated[float, Field(gt=0, le=1)]  # share of the hours of a window that must have a mean
    limits: Listed[AirLimit] = Field(min_length=1)

    @property
    def warm_up(self) -> timedelta:
        """The longest window and the hour that its oldest mean rests on; the last whole day may have ended a day ago."""
        longest = max(each.hours for each in self.limits)
        return timedelta(hours=longest + 1) + (_DAY if longest == 24 else timedelta())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        same_length("severities", self.severities, ("one",))
        for each in self.limits:
            if each.quantity not in QUANTITIES:
                raise ValueError(f"quantity = {each.quantity!r} is none of {', '.join(QUANTITIES)}")
        if len({(each.quantity, each.hours, each.valid_from) for each in self.limits}) != len(self.limits):
            raise ValueError("limits: one quantity has two limits over the same hours from the same day; keep one")
        return self

    def in_force(self, day: date) -> tuple[AirLimit, ...]:
        """The limits of a day in Huế, one a quantity and window."""
        newest: dict[tuple[str, int], AirLimit] = {}
        for each in sorted(self.limits, key=lambda limit: limit.valid_from):
            if each.valid_from <= day:
                newest[each.quantity, each.hours] = each
        return tuple(newest.values())
