"""Quality limits as written: for one series in stations.toml, for every series of a quantity in quality.toml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.configuration_file import Table, read_table, refusal
from domain.errors import ConfigurationError
from domain.quantities import QUANTITIES
from domain.stations import QualityLimits

_Size = Annotated[float, Field(gt=0, le=1e9)]
_Hours = Annotated[float, Field(gt=0, le=8784)]
_Test = Literal[
    "gross_range", "rate_of_change", "spike", "flat_line", "step", "attenuated", "neighbour", "drift", "climatology"
]

#: Pairs of limits of which the first may not be above the second.
_ORDERED_LIMITS = (
    ("fail_low", "suspect_low"),
    ("suspect_high", "fail_high"),
    ("suspect_low", "suspect_high"),
    ("fail_low", "fail_high"),
    ("fail_low", "suspect_high"),
    ("suspect_low", "fail_high"),
    ("rate_suspect_per_h", "rate_fail_per_h"),
    ("spike_suspect", "spike_fail"),
    ("flat_suspect_h", "flat_fail_h"),
    ("attenuated_fail", "attenuated_suspect"),
)
#: A limit that means nothing without the other.
_TOGETHER = (
    ("flat_suspect_h", "flat_tolerance"),
    ("flat_fail_h", "flat_tolerance"),
    ("attenuated_suspect", "attenuated_h"),
    ("attenuated_fail", "attenuated_h"),
    ("neighbour_least", "neighbour_h"),
    ("neighbour_h", "neighbour_least"),
    ("drift_least", "drift_h"),
    ("drift_h", "drift_least"),
    ("climatology_years", "climatology_margin"),
    ("climatology_margin", "climatology_years"),
)
#: How the limits of each test begin.
_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "gross_range": ("suspect_", "fail_"),
    "rate_of_change": ("rate_",),
    "spike": ("spike_",),
    "flat_line": ("flat_",),
    "step": ("step_",),
    "attenuated": ("attenuated_",),
    "neighbour": ("neighbour_",),
    "drift": ("drift_",),
    "climatology": ("climatology_",),
}
_DURATIONS = {
    "flat_suspect_h": "flat_suspect",
    "flat_fail_h": "flat_fail",
    "attenuated_h": "attenuated_window",
    "neighbour_h": "neighbour_window",
    "drift_h": "drift_window",
}


class LimitsTable(Table):
    """Quality limits. A limit left out is that of the quantity in quality.toml; `without` switches tests off."""

    without: Annotated[list[_Test], Field(default_factory=list)]
    suspect_low: float | None = None
    suspect_high: float | None = None
    fail_low: float | None = None
    fail_high: float | None = None
    rate_suspect_per_h: _Size | None = None
    rate_fail_per_h: _Size | None = None
    spike_suspect: _Size | None = None
    spike_fail: _Size | None = None
    flat_tolerance: Annotated[float, Field(ge=0, le=1e6)] | None = None
    flat_suspect_h: _Hours | None = None
    flat_fail_h: _Hours | None = None
    step_suspect: _Size | None = None
    attenuated_h: _Hours | None = None
    attenuated_suspect: _Size | None = None
    attenuated_fail: _Size | None = None
    neighbour_h: Annotated[float, Field(gt=0, le=24)] | None = None
    neighbour_least: _Size | None = None
    neighbour_km: Annotated[float, Field(gt=0, le=500)] | None = None
    drift_h: Annotated[float, Field(ge=3, le=72)] | None = None
    drift_least: _Size | None = None
    climatology_years: Annotated[int, Field(ge=1, le=100)] | None = None
    climatology_margin: Annotated[float, Field(ge=0, le=10)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for lower, upper in _ORDERED_LIMITS:
            low, high = getattr(self, lower), getattr(self, upper)
            if low is not None and high is not None and low > high:
                raise refusal(lower, f"must not be above {upper} = {high}")
        for limit, needed in _TOGETHER:
            if getattr(self, limit) is not None and getattr(self, needed) is None:
                raise refusal(limit, f"needs {needed} beside it")
        return self

    def over(self, defaults: LimitsTable | None) -> LimitsTable:
        """These limits, and those of `defaults` for each test that these say nothing of."""
        given = self.model_dump(exclude_unset=True, exclude={"without"})
        mentioned = {_test_of(key) for key in given} | set(self.without)
        kept = {} if defaults is None else defaults.model_dump(exclude_unset=True, exclude={"without"})
        own = {key: limit for key, limit in given.items() if _test_of(key) not in self.without}
        return LimitsTable.model_validate({k: v for k, v in kept.items() if _test_of(k) not in mentioned} | own)

    def limits(self) -> QualityLimits:
        """The limits as the quality tests use them."""
        written = self.model_dump(exclude={"without"})
        for key, name in _DURATIONS.items():
            hours = written.pop(key)
            written[name] = None if hours is None else timedelta(hours=hours)
        return QualityLimits(**written)


class DefaultsTable(Table):
    """The whole of quality.toml."""

    quantity: Annotated[dict[str, LimitsTable], Field(default_factory=dict)]


def _test_of(key: str) -> str:
    return next(test for test, prefixes in _PREFIXES.items() if key.startswith(prefixes))


def load_defaults(config_dir: Path) -> dict[str, LimitsTable]:
    """The limits of quality.toml by quantity; none when there is no such file. Raises ConfigurationError."""
    path = config_dir / "quality.toml"
    if not path.exists():
        return {}
    table = read_table(path, DefaultsTable)
    for name in table.quantity:
        if name not in QUANTITIES:
            known = ", ".join(sorted(QUANTITIES))
            raise ConfigurationError(place=str(path), key=f"quantity.{name}", value=name, remedy=f"known are {known}")
    return table.quantity
