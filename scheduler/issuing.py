"""Forecasts for the gauges that have something new."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from domain.forecasts import LevelForecast
from domain.readings import QualityFlag
from domain.stations import Station, StationKind
from rules.tables import ForecastRule
from scheduler.calibrating import CalibrationStoppedError
from scheduler.house import House
from scheduler.issue_times import issue_times, nothing_due
from storage import alerts as alert_store
from storage import forecasts as forecast_store
from storage.database import Connection
from storage.history import readings_between

#: Missed hours older than this are not filled in: a forecast made so long after its time helps nobody, and a burst of
#: stored readings after an outage must not hold up the forecasts of now. Where an alert runs that forecasts hold, they are, as far
#: back as a forecast looks ahead: a hole would end it in the midst.
_LONGEST_BACKLOG = timedelta(hours=3)
_HOUR = timedelta(hours=1)


def issue(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Issue what is due at the gauges of these names (None: all). Stored with `now` as the time they were made.

    A gauge that fails is left alone for some minutes, in which its error is raised all the same: when the others are done.
    """
    with house.database.transaction() as connection:
        last = forecast_store.last_issued(connection)
    newest = house.newest_levels()
    due = [
        station
        for station in house.named(names).values()
        if _is_gauge(station) and station.id in newest and not nothing_due(newest[station.id], last.get(station.id))
    ]
    setbacks = house.models.unissued
    tried = [gauge for gauge in due if not setbacks.resting(gauge.id)]
    house.models.prepare(house.database, {s.id: newest[s.id] for s in tried}, house.stations)
    issued = 0
    for gauge in tried:
        work = partial(_issue_at, house, gauge, last.get(gauge.id), newest[gauge.id], now)
        issued += setbacks.attempt(gauge, work)
        house.forecast_until[gauge.id] = newest[gauge.id]
    setbacks.tell(due)
    unrenewed = house.models.unrenewed  # their old models go on, so this is told for a while, and no longer
    unrenewed.tell(gauge for gauge in due if unrenewed.resting(gauge.id))
    return issued


def _is_gauge(station: Station) -> bool:
    return station.kind is StationKind.RIVER and station.series_of("water_level") is not None


def _issue_at(house: House, gauge: Station, last_issued: datetime | None, newest: datetime, now: datetime) -> int:
    """Issue at every due moment of one gauge; how many were issued (none where the model withholds).

    They are stored together: judged one by one, each hour of a backlog would look like news about the past.
    """
    issued: list[list[LevelForecast]] = []
    for moment in _due(house, gauge, last_issued, newest):
        if house.stop.is_set():
            break
        try:
            issued.append(house.models.issue(house.database, gauge, moment))
        except CalibrationStoppedError:
            break
    forecasts = [forecast for issue_of_moment in issued for forecast in issue_of_moment]
    if forecasts:
        with house.database.transaction() as connection:
            forecast_store.store_forecasts(connection, forecasts, now)
    return sum(1 for issue_of_moment in issued if issue_of_moment)


def _due(house: House, gauge: Station, last_issued: datetime | None, newest: datetime) -> list[datetime]:
    with house.database.transaction() as connection:
        start = newest - _HOUR if last_issued is None else _start(connection, house, gauge, last_issued, newest)
        level = readings_between(connection, gauge.id, "water_level", start, newest)
    usable = level.loc[level["flag"] != QualityFlag.FAIL.value, "observed_at"]
    return issue_times([at.to_pydatetime() for at in usable], last_issued)


def _start(connection: Connection, house: House, gauge: Station, last_issued: datetime, newest: datetime) -> datetime:
    """From where on missed hours are made up."""
    missed = newest - last_issued
    whole = missed <= _LONGEST_BACKLOG or (missed <= house.longest_lead and _held(connection, house, gauge))
    return last_issued if whole else newest - _LONGEST_BACKLOG


def _held(connection: Connection, house: House, gauge: Station) -> bool:
    events = {rule.event for rule in house.rules.rules if isinstance(rule, ForecastRule)}
    running = alert_store.list_alerts(connection, active_only=True, stations=[gauge.id])
    return any(alert.event in events and not alert.exercise for alert in running)
