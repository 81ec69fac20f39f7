"""Stations, their series, and dated stage thresholds with datum and source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

STATION_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

#: Stations whose time is the wall clock. Any other clock name groups stations whose "now" is their own newest reading
#: (a replayed record, a simulated storm), so that a flood of 2010 is judged in the time of 2010.
LIVE_CLOCK = "live"


class StationKind(StrEnum):
    """What a station is for; it decides the shape on the map and the page it stands on."""

    RIVER = "river"
    RAIN = "rain"
    AIR = "air"
    WIND = "wind"
    RESERVOIR = "reservoir"


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityLimits:
    """Limits of the quality tests, in the series' unit. None switches a test off; 0.0 is a limit.

    Rates are per hour, so that a limit means the same at any cadence. Flat-line limits are durations for the same reason
    (three equal values are normal at a flood peak read hourly). `attenuated_*`: the least span of values over a window.
    `neighbour_*`: how much neighbours must have measured over a window for silence here to be odd, and (rain) how far away
    they may stand. `drift_*`: how far the median over a window may leave what other gauges tell of. `climatology_*`: how many earlier years must be stored, and the margin as a share of their span.
    """

    suspect_low: float | None = None
    suspect_high: float | None = None
    fail_low: float | None = None
    fail_high: float | None = None
    rate_suspect_per_h: float | None = None
    rate_fail_per_h: float | None = None
    spike_suspect: float | None = None
    spike_fail: float | None = None
    flat_tolerance: float | None = None
    flat_suspect: timedelta | None = None
    flat_fail: timedelta | None = None
    step_suspect: float | None = None
    attenuated_window: timedelta | None = None
    attenuated_suspect: float | None = None
    attenuated_fail: float | None = None
    neighbour_window: timedelta | None = None
    neighbour_least: float | None = None
    neighbour_km: float | None = None
    drift_window: timedelta | None = None
    drift_least: float | None = None
    climatology_years: int | None = None
    climatology_margin: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One quantity at one station."""

    quantity: str
    cadence: timedelta  # expected interval between readings
    limits: QualityLimits = QualityLimits()


@dataclass(frozen=True, kw_only=True, slots=True)
class StageThresholds:
    """Alarm levels BĐ1-BĐ3 of a gauge, valid from a date, in metres above the gauge's datum. None: not known."""

    valid_from: date
    datum: str
    bd1_m: float | None
    bd2_m: float | None
    bd3_m: float | None
    record_m: float | None = None  # highest on record
    record_year: int | None = None
    source: str
    verified: bool

    @property
    def levels_m(self) -> tuple[float | None, float | None, float | None, float | None]:
        """BĐ1, BĐ2, BĐ3 and the record, the levels 1 to 4 of the flood rule."""
        return (self.bd1_m, self.bd2_m, self.bd3_m, self.record_m)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """A station whose water (or rain) arrives here after `lag`; an estimate unless the source says otherwise."""

    station: str
    lag: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Station:
    """A place with sensors. `simulated`: position or existence invented for the simulator. `verified`: checked against an official list."""

    id: str
    name_vi: str
    name_en: str
    kind: StationKind
    lat: float
    lon: float
    river: str | None = None
    basin: str | None = None
    ward: str | None = None  # GSO code of the ward or commune it stands in
    covers: tuple[str, ...] = ()  # codes of the wards its warnings concern
    upstream: tuple[Upstream, ...] = ()
    rain_gauges: tuple[str, ...] = ()  # stations whose rain feeds the forecast here
    series: tuple[Series, ...]
    thresholds: tuple[StageThresholds, ...] = ()  # ordered by valid_from
    normal_level_m: float | None = None  # of a reservoir: at it, the release equals the inflow
    volume_million_m3: float | None = None  # of a reservoir, at the normal level
    catchment_km2: float | None = None
    simulated: bool
    verified: bool
    adopted: bool = False  # registered on first sight, without configuration
    source: str
    clock: str = LIVE_CLOCK

    def thresholds_on(self, day: date) -> StageThresholds | None:
        """The thresholds in force on `day`; None before the first or when there are none."""
        for thresholds in reversed(self.thresholds):
            if thresholds.valid_from <= day:
                return thresholds
        return None

    def series_of(self, quantity: str) -> Series | None:
        """The series of one quantity here, if it is measured."""
        return next((s for s in self.series if s.quantity == quantity), None)
