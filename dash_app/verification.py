"""What became of the forecasts, as the page and its exports show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from domain.stations import Station
from domain.times import HUE_TIME
from forecasting.verification import added
from forecasting.verification_figures import LeadFigures, lead_figures
from storage import forecast_scores
from storage.database import Connection
from storage.forecast_scores import FloodScore, ModelComparison, SkillWatch
from storage.stations import load_stations

#: The span of the page.
SHOWN_DAYS = 30
_COMPARISONS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class PeakFigures:
    """Peaks of floods by the forecasts of one lead."""

    floods: int
    height_error_m: float | None  # mean, forecast minus observed
    time_error_h: float | None  # mean of absolute errors


@dataclass(frozen=True, kw_only=True, slots=True)
class StationScores:
    """One gauge over the span."""

    station: Station
    leads: tuple[LeadFigures, ...]  # ascending
    peaks: Mapping[float, PeakFigures]  # by lead in hours
    rises: tuple[FloodScore, ...]  # over alarm levels, with figures["won_h"]
    watches: Mapping[float, SkillWatch]  # by lead in hours

    def at(self, lead_h: float) -> LeadFigures | None:
        """The lead nearest to the one that is asked for."""
        return min(self.leads, key=lambda figures: abs(figures.lead_h - lead_h), default=None)

    @property
    def won_h(self) -> float | None:
        """Median lead time won of the rises that were announced."""
        won = [rise.figures["won_h"] for rise in self.rises if rise.figures["won_h"] is not None]
        return float(median(won)) if won else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """All gauges over a span of days in Huế."""

    first: date
    last: date
    stations: tuple[StationScores, ...]
    comparisons: tuple[ModelComparison, ...]


def read_verification(
    connection: Connection, days: int = SHOWN_DAYS, last: date | None = None, only: Sequence[str] | None = None
) -> Verification | None:
    """The scores of `days` days up to `last` (None: the newest that was scored); None when nothing ever was."""
    scored = forecast_scores.last_scored(connection)
    if not scored:
        return None
    last = last or max(scored.values())
    first = last - timedelta(days=days - 1)
    rows = forecast_scores.scores_between(connection, first, last, only)
    floods = forecast_scores.floods_between(connection, _midnight(first), _midnight(last + timedelta(days=1)), only)
    watches = forecast_scores.watches(connection)
    stations = load_stations(connection)
    named = sorted({station for station, *_ in rows} & set(stations))
    return Verification(
        first=first,
        last=last,
        stations=tuple(_scores(stations[name], rows, floods, watches) for name in named),
        comparisons=tuple(forecast_scores.comparisons(connection, _COMPARISONS)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HUE_TIME)


def _scores(
    station: Station,
    rows: Sequence[tuple[str, date, float, dict[str, Any]]],
    floods: Sequence[FloodScore],
    watches: Sequence[SkillWatch],
) -> StationScores:
    by_lead: dict[float, list[dict[str, Any]]] = {}
    for name, _, lead_h, tally in rows:
        if name == station.id:
            by_lead.setdefault(lead_h, []).append(tally)
    own = [flood for flood in floods if flood.station == station.id]
    peaks = {lead: _peaks([f for f in own if f.level == 0 and f.lead_h == lead]) for lead in by_lead}
    return StationScores(
        station=station,
        leads=tuple(lead_figures(lead, added(tallies)) for lead, tallies in sorted(by_lead.items())),
        peaks={lead: found for lead, found in peaks.items() if found.floods},
        rises=tuple(flood for flood in own if flood.level > 0),
        watches={watch.lead_h: watch for watch in watches if watch.station == station.id},
    )


def _peaks(floods: Sequence[FloodScore]) -> PeakFigures:
    heights = [f.figures["height_error_m"] for f in floods if f.figures["height_error_m"] is not None]
    hours = [abs(f.figures["time_error_h"]) for f in floods if f.figures["time_error_h"] is not None]
    return PeakFigures(
        floods=len(heights),
        height_error_m=sum(heights) / len(heights) if heights else None,
        time_error_h=sum(hours) / len(hours) if hours else None,
    )
