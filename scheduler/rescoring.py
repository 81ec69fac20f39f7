"""Scoring days anew after something was learnt about them: releases that were not as planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from domain.stations import Station
from domain.times import local
from scheduler.verifying import score_days
from storage import forecast_scores, history
from storage.database import Database
from storage.releases import Release


def rescore(
    database: Database, stations: Mapping[str, Station], releases: Sequence[Release], longest_lead_h: float
) -> int:
    """Score anew the days that the releases touch, at every gauge below them that has scores; how many days."""
    lead = timedelta(hours=longest_lead_h)
    with database.transaction() as connection:
        scored = forecast_scores.last_scored(connection)
        began = forecast_scores.first_issued(connection)
        newest = {r.station: r.observed_at for r in history.latest(connection) if r.quantity == "water_level"}
    done = 0
    for gauge in stations.values():
        if gauge.id not in scored or gauge.id not in newest:
            continue
        lags = {each.station: each.lag for each in gauge.upstream}
        days = set()
        for release in releases:
            if release.reservoir not in lags:
                continue
            first = local(max(release.starts_at, began[gauge.id])).date()
            last = min(local(release.ends_at + lags[release.reservoir] + lead).date(), scored[gauge.id])
            days |= {first + timedelta(days=k) for k in range((last - first).days + 1)}
        score_days(database, gauge, sorted(days), newest[gauge.id], lead)
        done += len(days)
    return done
