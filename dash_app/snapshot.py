"""What a page shows, as frozen values: the seam between reading the database and drawing components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dash_app.state import HEARD, Course, Distance, Freshness, Trend, distance, trend
from dash_app.station_depth import RANGES_D, StationDepth
from domain.alerts import Alert, AlertState, Event, Phase
from domain.forecasts import LevelForecast
from domain.readings import QualityFlag
from domain.stations import StageThresholds, Station, StationKind

#: What the map shows of each kind of station.
MAIN = {
    StationKind.RIVER: "water_level",
    StationKind.RESERVOIR: "water_level",
    StationKind.RAIN: "rainfall",
    StationKind.AIR: "pm2_5",
    StationKind.WIND: "wind_speed",
}
#: Hours over which the map shows rain.
RAIN_HOURS = (1, 3, 6, 12, 24, 48, 72)
#: The key of the total of the rain day, from 19h to 19h in Huế, so far.
RAIN_DAY = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """The newest reading of one quantity."""

    quantity: str
    value: float
    observed_at: datetime
    received_at: datetime
    flag: QualityFlag
    freshness: Freshness


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastPeak:
    """The highest expected level of the next 24 h, as a band, with its time."""

    low_m: float  # 10 %
    median_m: float
    high_m: float  # 90 %
    at: datetime
    issued_at: datetime
    at_the_end: bool  # the highest is the last lead: the peak itself may lie beyond
    current: bool  # False: issued too long ago to say anything about now


@dataclass(frozen=True, kw_only=True, slots=True)
class StationNow:
    """One station as it stands on its own clock."""

    station: Station
    now: datetime
    main: Measure | None  # the reading the map shows: of MAIN, or of whatever else is measured there
    measures: Mapping[str, Measure]
    freshness: Freshness
    level: int | None  # the state's level within its kind; None: nothing to compare with
    thresholds: StageThresholds | None = None
    rate_m_per_h: float | None = None
    recent: Course = field(default_factory=Course)  # the main quantity over 24 h
    peak: ForecastPeak | None = None
    rain_mm: Mapping[int, float] = field(default_factory=dict)  # totals over the last n hours, and RAIN_DAY
    rain_levels: Mapping[int, int] = field(default_factory=dict)  # the rain class of each total that has classes
    aqi: int | None = None
    force: int | None = None  # Beaufort
    alerts: tuple[Alert, ...] = ()  # active ones

    @property
    def wrong(self) -> bool:
        """The reading failed its quality test: it says nothing of how the station stands."""
        return self.main is not None and self.main.flag is QualityFlag.FAIL

    @property
    def water_m(self) -> float | None:
        """The water level last heard; none when it was never measured or its reading failed."""
        if self.main is None or self.wrong or self.main.quantity != MAIN[StationKind.RIVER]:
            return None
        return self.main.value

    @property
    def distance(self) -> Distance | None:
        """How far the water is from an alarm level."""
        return None if self.water_m is None else distance(self.water_m, self.thresholds)

    @property
    def trend(self) -> Trend | None:
        """The word for the rate of rise; none for a gauge that has gone silent or whose number is wrong."""
        return None if self.blind or self.wrong else trend(self.rate_m_per_h)

    @property
    def blind(self) -> bool:
        """Nobody knows how it stands now."""
        return self.freshness not in HEARD

    @property
    def levelled(self) -> bool:
        """It has an alarm level to be compared with."""
        return self.thresholds is not None and any(level_m is not None for level_m in self.thresholds.levels_m)

    def heard(self, quantity: str) -> Measure | None:
        """The newest reading of a quantity while it says something of now: neither failed nor of long ago."""
        found = self.measures.get(quantity)
        return None if found is None or found.flag is QualityFlag.FAIL or found.freshness not in HEARD else found


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryNow:
    """One message of a warning to one recipient, as it stands."""

    version: int
    recipient: str
    channel: str
    state: str
    at: datetime
    attempts: int
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertNow:
    """A warning with its station and who was told."""

    alert: Alert
    station: Station
    deliveries: tuple[DeliveryNow, ...] = ()

    @property
    def active(self) -> bool:
        """Still in force."""
        return self.alert.state is AlertState.ACTIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """All stations and active warnings at one revision: one object shared by everybody who looks."""

    read_at: datetime  # wall clock
    clocks: Mapping[str, datetime]
    stations: tuple[StationNow, ...]  # worst first
    alerts: tuple[AlertNow, ...]  # active, worst first
    past: bool = False  # as it was known at read_at, not as it is
    first_at: datetime | None = None  # when the first reading of a station that is still kept came
    _kinds: Mapping[StationKind, tuple[StationNow, ...]] = field(init=False, repr=False, compare=False)
    station_clocks: frozenset[str] = field(init=False, repr=False, compare=False)  # of all stations
    #: When the newest reading of all was measured.
    newest_at: datetime | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort thousands of stations by kind once, and not for each who asks."""
        kinds: dict[StationKind, list[StationNow]] = {kind: [] for kind in StationKind}
        clocks = set()
        for now in self.stations:
            kinds[now.station.kind].append(now)
            clocks.add(now.station.clock)
        object.__setattr__(self, "_kinds", {kind: tuple(of) for kind, of in kinds.items()})
        object.__setattr__(self, "station_clocks", frozenset(clocks))
        newest = max((s.main.observed_at for s in self.stations if s.main is not None), default=None)
        object.__setattr__(self, "newest_at", newest)

    def of_kind(self, kind: StationKind) -> tuple[StationNow, ...]:
        """The stations of one kind, worst first."""
        return self._kinds[kind]

    def station(self, identifier: str) -> StationNow | None:
        """The station with that id."""
        return next((s for s in self.stations if s.station.id == identifier), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """One quantity over time with its flags, for a chart."""

    quantity: str
    at: tuple[datetime, ...]
    value: tuple[float, ...]
    flag: tuple[QualityFlag, ...]
    breaks: tuple[datetime, ...] = ()  # readings that follow a gap, where a long span was thinned


@dataclass(frozen=True, kw_only=True, slots=True)
class RainBars:
    """Rain an hour (or `hours`) over a gauge's basin or at a gauge."""

    gauges: tuple[str, ...]  # station names whose mean it is
    at: tuple[datetime, ...]  # start of each
    mm: tuple[float, ...]
    hours: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class StationView:
    """All that a station page shows."""

    now: StationNow
    traces: tuple[Trace, ...]
    rain: RainBars | None
    forecast: tuple[LevelForecast, ...]  # the newest issue, by lead
    earlier: tuple[tuple[LevelForecast, ...], ...]  # earlier issues, oldest first
    alerts: tuple[AlertNow, ...]  # of this station, newest first
    since: datetime  # start of the chart
    depth: StationDepth | None = None
    upstream: tuple[Station, ...] = ()  # gauges and reservoirs whose readings the forecast uses

    @property
    def chart(self) -> str:
        """The chart's name: what a viewer zoomed to is kept while it is the same."""
        if self.depth is None or self.depth.days == RANGES_D[0]:
            return self.now.station.id
        return f"{self.now.station.id}/{self.depth.days}"


#: A flood warning that is only forecast must not colour a ward as if the water stood there: events that colour wards.
WARD_EVENTS = (
    Event.FLOOD,
    Event.BASIN_FLOOD,
    Event.FLASH_FLOOD,
    Event.RAPID_RISE,
    Event.HEAVY_RAIN,
    Event.STRONG_WIND,
)


def forecast_only(alert: Alert) -> bool:
    """Whether a warning rests on a forecast alone."""
    return alert.phase is Phase.FORECAST
