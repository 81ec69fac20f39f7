"""The tables of rules.toml as frozen values; a rule that contradicts itself is refused when it is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from domain.configuration_file import Table, Text, refusal
from domain.stations import StationKind
from rules.air_tables import AirQualityDayRule, AirQualityRule, AirStandardRule
from rules.latch import Patience
from rules.rule_table import (
    LEVEL_NUMBERS,
    Lasting,
    LatchedRule,
    LevelName,
    LevelRule,
    Listed,
    Minutes,
    NotNegative,
    RuleTable,
    Share,
)
from rules.table_checks import ascending, known_quantity, same_length
from rules.threshold_tables import CompoundRule, ReRiseRule, SensorStuckRule, ThresholdRule


class OwnLevel(Lasting):
    """What one alarm level does differently from the others of its rule; what it does not name is as the rule says."""

    hysteresis_m: NotNegative


class StageRule(LevelRule, LatchedRule):
    """Water level against the gauge's own dated alarm levels. `own`: levels that begin or end in their own way."""

    kind: Literal["stage"]
    quantity: str
    hysteresis_m: float = Field(ge=0)
    raise_after_min: Minutes
    clear_after_min: Minutes
    own: dict[LevelName, OwnLevel] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _own_as_the_rule(cls, table: Any) -> Any:
        """What a level does not say of its patience is the rule's: a wider hysteresis alone takes no time away."""
        if not isinstance(table, dict) or not isinstance(table.get("own"), dict):
            return table
        general = {key: table[key] for key in Lasting.model_fields if key in table}
        own = {name: general | each if isinstance(each, dict) else each for name, each in table["own"].items()}
        return table | {"own": own}

    def hysteresis_of(self, number: int) -> float:
        """How far below its threshold a level ends, in m."""
        own = self._own(number)
        return self.hysteresis_m if own is None else own.hysteresis_m

    def patience_of(self, number: int) -> Patience:
        """How long a change of this level must last."""
        own = self._own(number)
        return self.patience if own is None else own.patience

    def _own(self, number: int) -> OwnLevel | None:
        return next((self.own[name] for name in self.own if LEVEL_NUMBERS[name] == number), None)

    @model_validator(mode="after")
    def _known(self) -> Self:
        known_quantity(self.quantity)
        strange = [name for name in self.own if name not in self.levels]
        if strange:
            raise refusal("own", f"names {', '.join(strange)}, which is none of the levels of this rule")
        return self


class RateClass(Table):
    """Rates of rise for one kind of gauge, in m/h."""

    name: Text
    rates_m_per_h: Listed[NotNegative]
    stations: Listed[str]


#: A rise over a gap of at most this is a rate: a mean over the gap, and so no more than the fastest hour in it.
LONGEST_GAP = timedelta(hours=6)


class RateOfRiseRule(LatchedRule):
    """How fast the water rises over a window."""

    kind: Literal["rate_of_rise"]
    quantity: str
    window_min: float = Field(gt=0)
    minimum_readings: int = Field(ge=2)
    clear_ratio: Share
    clear_after_min: Minutes
    default_class: str
    classes: Listed[RateClass]

    @property
    def window(self) -> timedelta:
        """Over which the rise is measured."""
        return timedelta(minutes=self.window_min)

    @property
    def warm_up(self) -> timedelta:
        """The window and the tenth of it that late clocks are allowed; no less than the longest gap a rise is found over."""
        return max(self.window * 1.1, LONGEST_GAP)

    def rates_of(self, station: str) -> tuple[float, ...]:
        """The rates that count at `station`, in m/h, level 1 first."""
        listed = next((c for c in self.classes if station in c.stations), None)
        chosen = listed or next(c for c in self.classes if c.name == self.default_class)
        return chosen.rates_m_per_h

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.default_class not in {c.name for c in self.classes}:
            raise ValueError(f"default_class = {self.default_class!r} is none of the classes")
        for each in self.classes:
            ascending(f"rates of {each.name}", each.rates_m_per_h)
            same_length(f"rates of {each.name}", each.rates_m_per_h, self.severities)
        known_quantity(self.quantity)
        return self


class RainWindow(Table):
    """Rain totals over one window that begin each class."""

    hours: float = Field(gt=0)
    thresholds_mm: Listed[NotNegative]
    source: Text
    verified: bool


class RainfallRule(LatchedRule):
    """Rain totals over several windows against the Vietnamese classes."""

    kind: Literal["rainfall"]
    quantity: str
    warn_from_level: int = Field(ge=1)
    inclusive: Listed[bool]  # does a total equal to the number belong to the class
    minimum_coverage: Share
    clear_after_min: Minutes
    windows: Listed[RainWindow] = Field(min_length=1)

    @property
    def warm_up(self) -> timedelta:
        """The longest window."""
        return max(timedelta(hours=w.hours) for w in self.windows)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        same_length("inclusive", self.inclusive, self.severities)
        for window in self.windows:
            ascending(f"thresholds over {window.hours:g} h", window.thresholds_mm)
            same_length(f"thresholds over {window.hours:g} h", window.thresholds_mm, self.severities)
        if self.warn_from_level > len(self.severities):
            raise ValueError(f"warn_from_level = {self.warn_from_level} is above the highest level")
        known_quantity(self.quantity)
        return self


class WindRule(LatchedRule):
    """Mean wind and gusts by Beaufort force; a level is the force it begins at."""

    kind: Literal["wind"]
    warn_at: Listed[int]
    gust_forces_above_mean: int = Field(ge=0)
    clear_after_min: Minutes
    forces: Listed[int]
    from_m_per_s: Listed[NotNegative]

    @property
    def levels_warned(self) -> tuple[int, ...]:
        """Beaufort forces."""
        return self.warn_at

    def begins_at(self, force: int) -> float | None:
        """The wind speed in m/s at which `force` begins; None when the table does not know it."""
        return dict(zip(self.forces, self.from_m_per_s, strict=True)).get(force)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        same_length("from_m_per_s", self.from_m_per_s, self.forces)
        for name, column in (("warn_at", self.warn_at), ("forces", self.forces), ("from_m_per_s", self.from_m_per_s)):
            ascending(name, column)
        if not set(self.warn_at) <= set(self.forces):
            raise ValueError(f"warn_at = {self.warn_at} names a force that the table does not hold")
        return self


class OverdueRule(RuleTable):
    """Silence for longer than factor × cadence."""

    kind: Literal["overdue"]
    at_least_min: Minutes
    factors: dict[Annotated[StationKind, Field(strict=False)], Annotated[float, Field(gt=0)]]

    @model_validator(mode="after")
    def _every_kind(self) -> Self:
        missing = [kind.value for kind in StationKind if kind not in self.factors]
        if missing:
            raise ValueError(f"factors: no number for {', '.join(missing)}")
        return self


class Horizon(Table):
    """How sure a forecast must be, for levels reached within so many hours."""

    within_h: float = Field(gt=0)
    raise_at: Share
    clear_below: Share

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.clear_below > self.raise_at:
            raise ValueError(f"clear_below = {self.clear_below} is above raise_at = {self.raise_at}")
        return self


class ForecastRule(LevelRule):
    """The chance that an alarm level is reached within a horizon."""

    kind: Literal["forecast"]
    horizons: Listed[Horizon] = Field(min_length=1)
    raise_issues: int = Field(ge=1)
    clear_issues: int = Field(ge=1)
    clear_after_min: Minutes = 0.0  # rules that were adopted before it was known have none
    expires_after_min: float = Field(gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ascending("horizons", [h.within_h for h in self.horizons])
        return self


class DoubtfulReadingRule(LatchedRule):
    """A suspect or failed reading that would be dangerous if it were true."""

    kind: Literal["doubtful_reading"]
    flags: Listed[Literal["suspect", "fail"]] = Field(min_length=1)
    level: Literal["bd1", "bd2", "bd3"]
    rain_mm_per_h: float = Field(ge=0)
    clear_after_min: Minutes


Rule = Annotated[
    StageRule
    | RateOfRiseRule
    | RainfallRule
    | AirQualityRule
    | WindRule
    | OverdueRule
    | ForecastRule
    | DoubtfulReadingRule
    | ThresholdRule
    | ReRiseRule
    | SensorStuckRule
    | AirQualityDayRule
    | AirStandardRule
    | CompoundRule,
    Field(discriminator="kind"),
]
