"""The tables of stations.toml as written, each refusing what contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.configuration_file import Table, Text, refusal
from domain.limit_tables import LimitsTable
from domain.quantities import QUANTITIES
from domain.stations import STATION_ID, Series, StageThresholds, StationKind, Upstream

_StationId = Annotated[str, Field(pattern=f"^{STATION_ID.pattern}$")]
_Level = Annotated[float, Field(ge=-1000, le=9000)]
_Size = Annotated[float, Field(gt=0, le=1e9)]


class RegionTable(Table):
    """The region that every station must lie in."""

    name_vi: Text
    name_en: Text
    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.south >= self.north:
            raise refusal("south", f"must be below north = {self.north}")
        if self.west >= self.east:
            raise refusal("west", f"must be below east = {self.east}")
        return self


class SeriesTable(Table):
    """One quantity, how often it is read, and its limits."""

    quantity: str
    cadence_min: Annotated[float, Field(ge=0.1, le=10080)]
    limits: LimitsTable = LimitsTable(without=[])

    @model_validator(mode="after")
    def _known_quantity(self) -> Self:
        if self.quantity not in QUANTITIES:
            raise refusal("quantity", f"unknown quantity; known are {', '.join(sorted(QUANTITIES))}")
        return self

    def series(self, defaults: Mapping[str, LimitsTable]) -> Series:
        """The series as the rest of the program knows it; `defaults`: limits by quantity."""
        limits = self.limits.over(defaults.get(self.quantity)).limits()
        return Series(quantity=self.quantity, cadence=timedelta(minutes=self.cadence_min), limits=limits)


class ThresholdsTable(Table):
    """Alarm levels valid from a date."""

    valid_from: date
    datum: Text
    bd1_m: _Level | None = None
    bd2_m: _Level | None = None
    bd3_m: _Level | None = None
    record_m: _Level | None = None
    record_year: Annotated[int, Field(ge=1800, le=2200)] | None = None
    source: Text
    verified: bool

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        keys = ("bd1_m", "bd2_m", "bd3_m", "record_m")
        known = [(key, level) for key in keys if (level := getattr(self, key)) is not None]
        for (lower, low), (upper, high) in pairwise(known):
            if low >= high:
                raise refusal(upper, f"must be above {lower} = {low}")
        if (self.record_m is None) != (self.record_year is None):
            raise refusal(
                "record_year" if self.record_m is None else "record_m", "record_m and record_year go together"
            )
        return self

    def thresholds(self) -> StageThresholds:
        """The thresholds as the rest of the program knows them."""
        return StageThresholds(**self.model_dump())


class UpstreamTable(Table):
    """A station upstream and the time its water takes."""

    station: str
    lag_h: Annotated[float, Field(ge=0, le=240)]

    def upstream(self) -> Upstream:
        """The pair as the rest of the program knows it."""
        return Upstream(station=self.station, lag=timedelta(hours=self.lag_h))


class StationTable(Table):
    """One station."""

    id: _StationId
    name_vi: Text
    name_en: Text
    kind: Annotated[StationKind, Field(strict=False)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    river: Text | None = None
    basin: Text | None = None
    ward: str | None = None
    covers: list[str] | None = None
    upstream: Annotated[list[UpstreamTable], Field(default_factory=list)]
    rain_gauges: Annotated[list[str], Field(default_factory=list)]
    series_set: str | None = None
    series: Annotated[list[SeriesTable], Field(default_factory=list)]
    thresholds: Annotated[list[ThresholdsTable], Field(default_factory=list)]
    normal_level_m: _Level | None = None
    volume_million_m3: _Size | None = None
    catchment_km2: _Size | None = None
    simulated: bool
    verified: bool
    source: Text

    @model_validator(mode="after")
    def _one_source_of_series(self) -> Self:
        if self.series and self.series_set is not None:
            raise refusal("series_set", "stands beside [[station.series]]; keep one of the two")
        if not self.series and self.series_set is None:
            raise refusal("id", "measures nothing; give it a series_set or [[station.series]]")
        return self

    @model_validator(mode="after")
    def _later_thresholds_later(self) -> Self:
        for earlier, later in pairwise(self.thresholds):
            if later.valid_from <= earlier.valid_from:
                raise refusal("thresholds", f"valid_from {later.valid_from} must be after {earlier.valid_from}")
        return self

    @model_validator(mode="after")
    def _reservoir_facts(self) -> Self:
        for key in ("normal_level_m", "volume_million_m3"):
            if getattr(self, key) is not None and self.kind is not StationKind.RESERVOIR:
                raise refusal(key, "only a reservoir has it")
        return self


class NetworkTable(Table):
    """The whole of stations.toml."""

    region: RegionTable
    series_set: Annotated[dict[str, list[SeriesTable]], Field(default_factory=dict)]
    station: Annotated[list[StationTable], Field(default_factory=list)]
