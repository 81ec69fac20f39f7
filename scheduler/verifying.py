"""The job that scores issued forecasts once they have come due, and watches whether they are still worth having."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pandas as pd
import structlog

from domain.readings import QualityFlag
from domain.stations import LIVE_CLOCK, Station
from domain.times import HUE_TIME, local
from forecasting.issued_floods import PeakScore, RiseScore, issued_floods
from forecasting.verification import GaugeRecord, Span, added, tally_of
from forecasting.verification_figures import LeadFigures, lead_figures, watch_state
from scheduler.house import House
from storage import audit, forecast_scores
from storage.database import Connection, Database
from storage.forecast_scores import DueForecast, FloodScore, ModelComparison, SkillWatch
from storage.history import readings_between
from storage.releases import releases_of

_log = structlog.get_logger(__name__)

_DAY = timedelta(days=1)
#: Days that are scored again each time, because late readings change them; and how many at most in one run.
_AGAIN, _MOST_DAYS = 2, 40
#: Floods are looked for so far back: their recession must be over.
_FLOOD_DAYS = timedelta(days=10)
#: The watch looks at this many days before the gauge's now.
_WATCHED = timedelta(days=14)
#: Thông tư 42/2017: forecasts are not scored where the mean release differed from plan by more than this share of it.
RELEASE_TOLERANCE = 0.2


def verify(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Score what has come due at the gauges of these names, watch their skill, and write down what became of proposals.

    After a gauge has failed, nothing is done for some minutes but to raise its error: a failed job is asked again each second,
    and scoring all the others each time is heavy work for nothing new.
    """
    gauges = house.named(names)
    setbacks = house.models.unscored
    setbacks.tell(gauge for gauge in gauges.values() if setbacks.resting(gauge.id))
    newest = house.newest_levels()
    with house.database.transaction() as connection:
        began, scored = forecast_scores.first_issued(connection), forecast_scores.last_scored(connection)
    days, tried = 0, [gauge for gauge in gauges.values() if gauge.id in began and gauge.id in newest]
    for gauge in tried:
        if house.stop.is_set():
            break
        begin = (began[gauge.id], scored.get(gauge.id))
        days += setbacks.attempt(gauge, partial(_verify_gauge, house, gauge, begin, newest[gauge.id], now))
    _note_renewals(house)
    setbacks.tell(tried)
    return days


def _days_to_score(
    connection: Connection, gauge: Station, begin: tuple[datetime, date | None], newest: datetime, lead: timedelta
) -> list[date]:
    """The last days scored, again, and the next ones for which there are forecasts: a gauge may have been silent for months."""
    began, scored = local(begin[0]).date(), begin[1]
    again = [] if scored is None else _days(max(began, scored - _AGAIN * _DAY), min(scored, local(newest).date()))
    after = day_span(began)[0] if scored is None else day_span(scored)[1]
    return again + forecast_scores.due_days(connection, gauge.id, (after, newest), lead, _MOST_DAYS - len(again))


def _days(first: date, last: date) -> list[date]:
    return [first + k * _DAY for k in range((last - first).days + 1)]


def _verify_gauge(
    house: House, gauge: Station, begin: tuple[datetime, date | None], newest: datetime, now: datetime
) -> int:
    with house.database.transaction() as connection:
        days = _days_to_score(connection, gauge, begin, newest, house.longest_lead)
    score_days(house.database, gauge, days, newest, house.longest_lead)
    with house.database.transaction() as connection:
        _score_floods(connection, gauge, newest, house.longest_lead, now)
        _watch(connection, gauge, newest)
    return len(days)


def score_days(
    database: Database, gauge: Station, days: Sequence[date], newest: datetime, longest_lead: timedelta
) -> None:
    """Score forecasts of one gauge that came due on these days, anew where they were scored before."""
    for day in days:
        start, end = day_span(day)
        with database.transaction() as connection:
            record = gauge_record(connection, gauge, start, min(end, newest), longest_lead)
            tallies = tally_of(record, start, min(end, newest))
            forecast_scores.save_day(connection, gauge.id, day, tallies, datetime.now(UTC))


def day_span(day: date) -> Span:
    """From one midnight in Huế to the next."""
    start = datetime.combine(day, time(), HUE_TIME)
    return start, start + _DAY


def gauge_record(
    connection: Connection, gauge: Station, start: datetime, end: datetime, longest_lead: timedelta
) -> GaugeRecord:
    """What the gauge read and what was forecast of it, for forecasts valid from `start` to `end`."""
    first = start - longest_lead - timedelta(hours=1)
    frame = readings_between(connection, gauge.id, "water_level", first, end)
    used = frame[frame["flag"] != QualityFlag.FAIL.value]
    due = forecast_scores.due_forecasts(connection, gauge.id, first, first, end)
    return GaugeRecord(
        level=pd.Series(used["value"].to_numpy(dtype="float64"), index=pd.DatetimeIndex(used["observed_at"])),
        levels_m=levels_of(gauge, local(end).date()),
        forecasts=[each.forecast for each in due],
        made_at=_made_at(due) if gauge.clock == LIVE_CLOCK else {},
        excluded=_off_plan(connection, gauge, first, end),
    )


def levels_of(gauge: Station, day: date) -> dict[int, float]:
    """Alarm levels 1-3 in force on a day, those that are known."""
    found = gauge.thresholds_on(day)
    levels = () if found is None else (found.bd1_m, found.bd2_m, found.bd3_m)
    return {number: level for number, level in enumerate(levels, start=1) if level is not None}


def _made_at(due: Sequence[DueForecast]) -> Mapping[datetime, datetime]:
    return {each.forecast.issued_at: each.made_at for each in due}


def _off_plan(connection: Connection, gauge: Station, start: datetime, end: datetime) -> list[Span]:
    """Spans in which the release of a reservoir above the gauge was not what was planned, with the water's way down."""
    lags = {each.station: each.lag for each in gauge.upstream}
    releases = releases_of(connection, list(lags), start - _DAY, end) if lags else []
    return [
        (r.starts_at, r.ends_at + lags[r.reservoir])
        for r in releases
        if r.actual_m3s is not None and abs(r.actual_m3s - r.planned_m3s) > RELEASE_TOLERANCE * r.planned_m3s
    ]


def _score_floods(
    connection: Connection, gauge: Station, newest: datetime, longest_lead: timedelta, now: datetime
) -> None:
    start = newest - _FLOOD_DAYS
    record = gauge_record(connection, gauge, start, newest, longest_lead)
    peaks, rises = issued_floods(record, start, newest)
    floods = [_peak_row(gauge, each) for each in peaks] + [_rise_row(gauge, each) for each in rises]
    if floods:
        first = min(flood.at for flood in floods)
        forecast_scores.save_floods(connection, gauge.id, (first, newest), floods, now)


def _peak_row(gauge: Station, peak: PeakScore) -> FloodScore:
    figures = {"peak_m": peak.peak_m, "height_error_m": peak.height_error_m, "time_error_h": peak.time_error_h}
    return FloodScore(station=gauge.id, level=0, at=peak.at, lead_h=peak.lead_h, figures=figures)


def _rise_row(gauge: Station, rise: RiseScore) -> FloodScore:
    return FloodScore(station=gauge.id, level=rise.level, at=rise.at, lead_h=0.0, figures={"won_h": rise.won_h})


def _watch(connection: Connection, gauge: Station, newest: datetime) -> None:
    """Say of each lead how it did in the last days against persistence; a change is logged and audited."""
    before = {w.lead_h: w.state for w in forecast_scores.watches(connection) if w.station == gauge.id}
    day = local(newest).date()
    rows = forecast_scores.scores_between(connection, day - _WATCHED, day, [gauge.id])
    watched = []
    for lead in sorted({lead_h for _, _, lead_h, _ in rows}):
        figures = lead_figures(lead, added(tally for _, _, lead_h, tally in rows if lead_h == lead))
        detail = _rounded(figures)
        watched.append(
            SkillWatch(station=gauge.id, lead_h=lead, state=watch_state(figures), since=newest, figures=detail)
        )
        _tell_change(connection, before.get(lead), watched[-1])
    forecast_scores.save_watch(connection, watched)


def _rounded(figures: LeadFigures) -> dict[str, object]:
    wanted = {
        "n": figures.n,
        "pi": figures.pi,
        "cover80": figures.cover80,
        "bias_m": figures.bias_m,
        "crps_m": figures.crps_m,
    }
    return {key: None if value is None else round(value, 4) for key, value in wanted.items()}


def _tell_change(connection: Connection, before: str | None, now: SkillWatch) -> None:
    if now.state == before or (before is None and now.state in ("unknown", "good")):
        return
    detail = {"lead_h": now.lead_h, "before": before, "now": now.state} | now.figures
    audit.add(connection, "scheduler", "forecast_skill_changed", now.station, detail)
    _log.info("forecast_skill_changed", station=now.station, **detail)


def _note_renewals(house: House) -> None:
    """Models that were proposed, both versions and the reason, whichever way it went."""
    while house.models.renewed:
        renewed = house.models.renewed[0]
        proposal = renewed.proposal
        comparison = asdict(proposal.comparison)
        figures = {key: comparison[key] for key in ("incumbent_crps_m", "challenger_crps_m", "pairs")}
        detail: dict[str, object] = {"incumbent": proposal.incumbent, "challenger": proposal.challenger}
        found = ModelComparison(
            station=renewed.station,
            at=renewed.at,
            incumbent=proposal.incumbent,
            challenger=proposal.challenger,
            adopted=proposal.adopted,
            reason=proposal.reason,
            figures=figures | {"ratio": proposal.comparison.ratio},
        )
        action = "model_adopted" if proposal.adopted else "model_kept"
        with house.database.transaction() as connection:
            forecast_scores.add_comparison(connection, found)
            audit.add(connection, "scheduler", action, renewed.station, detail | {"reason": proposal.reason})
        house.models.renewed.pop(0)
