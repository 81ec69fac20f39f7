"""A flood as it was reported: readings, events and official forecasts from the press and the bulletins, with their sources.

A folder holds levels.csv, events.csv and official_forecasts.csv in UTF-8. Times carry their offset. What lies between two
reported readings is not known; whoever draws a line through them says that it is synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.csv_table import Row, rows


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedLevel:
    """One reading that somebody published. `contradicted`: sources disagree about it, so nothing is steered by it."""

    observed_at: datetime
    station: str
    level_m: float  # above the gauge's datum
    contradicted: bool
    note: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedEvent:
    """Something that happened at a place: a release order, a rain total, an inflow. None: no number was given."""

    at: datetime
    place: str
    what: str
    value: float | None
    unit: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialForecast:
    """What an authority forecast for a gauge, low and high the same when it named one number, and what came of it."""

    issued_at: datetime
    station: str
    valid_at: datetime
    low_m: float
    high_m: float
    observed_m: float | None
    observed_at: datetime | None
    note: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedFlood:
    """Everything that was reported of one flood, each in the order of time."""

    levels: tuple[ReportedLevel, ...]
    events: tuple[ReportedEvent, ...]
    forecasts: tuple[OfficialForecast, ...]

    @property
    def contradicted(self) -> tuple[ReportedLevel, ...]:
        """The readings about which sources disagree."""
        return tuple(level for level in self.levels if level.contradicted)

    def readings_of(self, station: str) -> tuple[ReportedLevel, ...]:
        """The readings of one gauge that no other contradicts, oldest first."""
        return tuple(level for level in self.levels if level.station == station and not level.contradicted)


def load_reported(folder: Path) -> ReportedFlood:
    """The three files of `folder`. Raises ConfigurationError that names file, line, column, value and remedy."""
    levels = [_level(row) for row in rows(folder / "levels.csv")]
    events = [_event(row) for row in rows(folder / "events.csv")]
    forecasts = [_forecast(row) for row in rows(folder / "official_forecasts.csv")]
    return ReportedFlood(
        levels=tuple(sorted(levels, key=lambda level: (level.observed_at, level.station))),
        events=tuple(sorted(events, key=lambda event: event.at)),
        forecasts=tuple(sorted(forecasts, key=lambda forecast: (forecast.issued_at, forecast.valid_at))),
    )


def _level(row: Row) -> ReportedLevel:
    contradicted = row.text("contradicted")
    if contradicted not in {"", "yes"}:
        raise row.refuse("contradicted", contradicted, "write yes, or nothing")
    return ReportedLevel(
        observed_at=row.time("observed_at"),
        station=row.text("station"),
        level_m=row.number("level_m"),
        contradicted=contradicted == "yes",
        note=row.text("note"),
        source=row.text("source"),
    )


def _event(row: Row) -> ReportedEvent:
    return ReportedEvent(
        at=row.time("at"),
        place=row.text("place"),
        what=row.text("what"),
        value=row.number("value") if row.text("value") else None,
        unit=row.text("unit"),
        source=row.text("source"),
    )


def _forecast(row: Row) -> OfficialForecast:
    low, high = row.number("forecast_low_m"), row.number("forecast_high_m")
    if high < low:
        raise row.refuse("forecast_high_m", high, f"is below forecast_low_m = {low}")
    return OfficialForecast(
        issued_at=row.time("issued_at"),
        station=row.text("station"),
        valid_at=row.time("valid_at"),
        low_m=low,
        high_m=high,
        observed_m=row.number("observed_m") if row.text("observed_m") else None,
        observed_at=row.time("observed_at") if row.text("observed_at") else None,
        note=row.text("note"),
        source=row.text("source"),
    )
