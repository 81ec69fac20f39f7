"""What became of the forecasts: sums by day, floods, the watch over skill, models that were compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from domain.forecasts import LevelForecast
from domain.times import HUE_TIME
from storage.database import Connection
from storage.forecasts import forecast_of
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class DueForecast:
    """A forecast whose time has come, with when it was made."""

    forecast: LevelForecast
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FloodScore:
    """One flood at one gauge: its peak by one lead (level 0), or a rise over an alarm level (1-3, lead_h 0)."""

    station: str
    level: int
    at: datetime
    lead_h: float
    figures: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class SkillWatch:
    """What the daily watch says of one gauge and lead."""

    station: str
    lead_h: float
    state: str
    since: datetime
    figures: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelComparison:
    """A model that was proposed, and what was decided."""

    station: str
    at: datetime
    incumbent: str
    challenger: str
    adopted: bool
    reason: str
    figures: dict[str, Any]


def due_forecasts(
    connection: Connection, station: str, first_issue: datetime, start: datetime, end: datetime
) -> list[DueForecast]:
    """Forecasts of one gauge issued from `first_issue` on and valid in start < valid_at <= end, by issue and valid time."""
    parameters = {"station": station, "first_issue": first_issue, "start": start, "end": end}
    return [_due(row) for row in connection.execute(query("forecasts_due"), parameters).fetchall()]


def _due(row: tuple[Any, ...]) -> DueForecast:
    *forecast, made_at = row
    return DueForecast(forecast=forecast_of(tuple(forecast)), made_at=made_at)


def first_issued(connection: Connection) -> dict[str, datetime]:
    """The oldest issue time by station."""
    return dict(connection.execute(query("forecasts_first_issued")).fetchall())


def last_scored(connection: Connection) -> dict[str, date]:
    """The newest day with scores, by station."""
    return dict(connection.execute(query("forecast_scores_last")).fetchall())


def due_days(
    connection: Connection, station: str, span: tuple[datetime, datetime], longest_lead: timedelta, most: int
) -> list[date]:
    """The first days in Huế for which there are forecasts of one gauge, valid in after < valid_at <= end."""
    after, end = span
    parameters = {"station": station, "after": after, "end": end, "lead": longest_lead, "most": most}
    rows = connection.execute(query("forecasts_due_days"), parameters | {"offset": HUE_TIME.utcoffset(None)}).fetchall()
    return [day for (day,) in rows]


def save_day(
    connection: Connection, station: str, day: date, tallies: Mapping[float, Mapping[str, Any]], at: datetime
) -> None:
    """The sums of one gauge and day by lead; what stood there before is replaced."""
    rows = [(station, day, lead_h, Jsonb(dict(tally)), at) for lead_h, tally in tallies.items()]
    with connection.cursor() as cursor:
        cursor.executemany(query("forecast_score_upsert"), rows)


def scores_between(
    connection: Connection, first: date, last: date, stations: Sequence[str] | None = None
) -> list[tuple[str, date, float, dict[str, Any]]]:
    """(station, day, lead in hours, sums) of every day from `first` to `last`, by station, lead and day."""
    parameters = {"first": first, "last": last, "stations": None if stations is None else list(stations)}
    return connection.execute(query("forecast_scores"), parameters).fetchall()


def save_floods(
    connection: Connection, station: str, span: tuple[datetime, datetime], floods: Iterable[FloodScore], at: datetime
) -> None:
    """The floods of one gauge between two times; what stood there before is replaced."""
    connection.execute(query("flood_scores_clear"), (station, *span))
    rows = [(f.station, f.level, f.at, f.lead_h, Jsonb(f.figures), at) for f in floods]
    with connection.cursor() as cursor:
        cursor.executemany(query("flood_score_upsert"), rows)


def floods_between(
    connection: Connection, first: datetime, last: datetime, stations: Sequence[str] | None = None
) -> list[FloodScore]:
    """Floods of a span, by station, level, time and lead."""
    parameters = {"first": first, "last": last, "stations": None if stations is None else list(stations)}
    return [
        FloodScore(station=station, level=level, at=at, lead_h=lead_h, figures=figures)
        for station, level, at, lead_h, figures in connection.execute(query("flood_scores"), parameters).fetchall()
    ]


def save_watch(connection: Connection, watched: Sequence[SkillWatch]) -> None:
    """What the watch says now; `since` stays while the state does."""
    rows = [(w.station, w.lead_h, w.state, w.since, Jsonb(w.figures)) for w in watched]
    with connection.cursor() as cursor:
        cursor.executemany(query("skill_watch_upsert"), rows)


def watches(connection: Connection) -> list[SkillWatch]:
    """Every gauge and lead that is watched."""
    return [
        SkillWatch(station=station, lead_h=lead_h, state=state, since=since, figures=figures)
        for station, lead_h, state, since, figures in connection.execute(query("skill_watches")).fetchall()
    ]


def add_comparison(connection: Connection, found: ModelComparison) -> None:
    """Keep what was compared and decided."""
    row = (found.station, found.at, found.incumbent, found.challenger, found.adopted, found.reason)
    connection.execute(query("model_comparison_add"), (*row, Jsonb(found.figures)))


def comparisons(connection: Connection, limit: int = 100) -> list[ModelComparison]:
    """The newest first."""
    return [
        ModelComparison(
            station=station,
            at=at,
            incumbent=incumbent,
            challenger=challenger,
            adopted=adopted,
            reason=reason,
            figures=figures,
        )
        for station, at, incumbent, challenger, adopted, reason, figures in connection.execute(
            query("model_comparisons"), (limit,)
        ).fetchall()
    ]
