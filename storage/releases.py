"""Releases of reservoirs, as planned and as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """The mean release of one reservoir over a span, in m³/s. `actual_m3s` is None when nobody knows it."""

    reservoir: str
    starts_at: datetime
    ends_at: datetime
    planned_m3s: float
    actual_m3s: float | None = None


def save_releases(connection: Connection, releases: Sequence[Release]) -> None:
    """Keep plans; the same reservoir and start again replaces the first."""
    rows = [(r.reservoir, r.starts_at, r.ends_at, r.planned_m3s, r.actual_m3s) for r in releases]
    with connection.cursor() as cursor:
        cursor.executemany(query("release_plan_upsert"), rows)


def releases_of(connection: Connection, reservoirs: Sequence[str], start: datetime, end: datetime) -> list[Release]:
    """Plans of these reservoirs that touch the span; where no actual release was given, the mean of its own readings."""
    parameters = {"reservoirs": list(reservoirs), "start": start, "end": end, "fail": QualityFlag.FAIL.value}
    return [
        Release(reservoir=reservoir, starts_at=starts_at, ends_at=ends_at, planned_m3s=planned, actual_m3s=actual)
        for reservoir, starts_at, ends_at, planned, actual in connection.execute(
            query("release_plans"), parameters
        ).fetchall()
    ]
