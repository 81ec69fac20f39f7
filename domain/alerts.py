"""The words of warnings: CAP 1.2 terms unchanged, findings of the rules, alerts and their states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """CAP 1.2 severity."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """CAP 1.2 certainty: Observed, or Likely (more than 50 %), or Possible."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class Urgency(StrEnum):
    """CAP 1.2 urgency."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Event(StrEnum):
    """What a warning is about. One alert a station and event."""

    FLOOD = "flood"  # levels: 1-3 BĐ1-BĐ3, 4 above the highest on record
    RAPID_RISE = "rapid_rise"
    HEAVY_RAIN = "heavy_rain"  # levels: 1 moderate, 2 heavy, 3 very heavy
    AIR_QUALITY = "air_quality"  # levels: VN_AQI bands from Kém (1) to Nguy hại (4)
    STRONG_WIND = "strong_wind"  # level: Beaufort force
    NO_SIGNAL = "no_signal"  # level 1
    SENSOR_STUCK = "sensor_stuck"  # level 1
    PRESSURE_FALL = "pressure_fall"  # levels 1-2: the air pressure falls as before a storm
    AIR_QUALITY_DAY = "air_quality_day"  # levels: VN_AQI bands of the day
    AIR_STANDARD = "air_standard"  # level 1: a limit of QCVN 05:2023 is exceeded
    FLASH_FLOOD = "flash_flood"  # level 1: rain and water agree
    BASIN_FLOOD = "basin_flood"  # level 1: several gauges agree
    DOUBTFUL_READING = "doubtful_reading"  # a suspect or failed value above danger: record floods look like bad data


#: In the detail of a repetition: nobody had heard of the alert before, for something had held it back.
FIRST_TOLD = "first_told"
#: In the detail of a repetition: when the newest reading was observed, where the gauge has been silent since then.
SILENT_SINCE = "silent_since"


class Phase(StrEnum):
    """How we know: a forecast says so, readings say so, or the water goes down, or rises again after it had gone down."""

    FORECAST = "forecast"
    OBSERVED = "observed"
    RECEDING = "receding"
    RISING_AGAIN = "rising_again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A change in the level that one rule finds at one station: from `at` on it is `level` (0: nothing to warn of)."""

    at: datetime  # event time
    level: int
    value: float | None = None  # what was read or forecast, in the quantity's unit
    threshold: float | None = None  # what it was compared with
    detail: dict[str, str | float | int] = field(default_factory=dict)  # lead_h, probability, window_h, pollutant …


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """All that one rule says of one station over the span it looked at: its steps in order of event time."""

    station: str
    event: Event
    phase: Phase
    rule: str  # name in rules.toml
    since: datetime  # the span begins here: earlier history is not judged
    steps: tuple[Step, ...]


class AlertState(StrEnum):
    """An alert is active until a rule or a person ends it."""

    ACTIVE = "active"
    ENDED = "ended"


class Reason(StrEnum):
    """Why an alert changed. Stored with every version and shown to people."""

    RAISED = "raised"
    UNDER_WAY = "under_way"  # it was so at the first reading known: it began then or earlier
    RAISED_BY_FORECAST = "raised_by_forecast"
    CONFIRMED = "confirmed"  # a forecast warning that readings now confirm
    UPGRADED = "upgraded"
    UPGRADED_BY_FORECAST = "upgraded_by_forecast"
    DOWNGRADED = "downgraded"
    HELD_BY_FORECAST = "held_by_forecast"  # readings fell below the level, the forecast still expects it
    RISING_AGAIN = "rising_again"  # a second rise after a peak, before it reaches the next level
    PEAK_PASSED = "peak_passed"  # and the end of that rise
    ENDED = "ended"
    OFF_SCHEDULE = "off_schedule"  # the hours of a rule are over: nobody looks, and nothing says that it has ended
    ENDED_BY_PERSON = "ended_by_person"
    ESCALATED = "escalated"  # told again by an officer's order
    FORECAST_WITHDRAWN = "forecast_withdrawn"
    LATE_DATA = "late_data"  # late or revised readings changed what had happened
    LATE_FORECAST = "late_forecast"  # readings were judged before a forecast that was issued before them was made
    RULES_CHANGED = "rules_changed"  # newly adopted rules see what had happened differently
    REPEATED = "repeated"


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertVersion:
    """One change of an alert, as it was decided and sent."""

    number: int  # 1, 2, 3 …
    reason: Reason
    at: datetime  # event time of the change
    decided_at: datetime  # when we knew
    level: int
    severity: Severity
    phase: Phase
    value: float | None
    threshold: float | None
    detail: dict[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One event at one station, from its first sign to its end."""

    identifier: str  # CAP identifier: no spaces, commas, < or &
    station: str
    event: Event
    state: AlertState
    severity: Severity  # of the newest version; of the highest once ended
    level: int
    phase: Phase
    raised_at: datetime  # event time of the first version
    ended_at: datetime | None  # event time of the end
    versions: tuple[AlertVersion, ...]
    exercise: bool = False  # a drill: marked everywhere, and never sent outside
