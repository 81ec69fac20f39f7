"""A gauge that has fallen silent: silence is an alarm, not calm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from domain.alerts import Finding, Phase, Step
from domain.stations import Series, Station
from rules.tables import OverdueRule


def overdue_finding(
    station: Station, last_observed: Mapping[str, datetime], rule: OverdueRule, now: datetime
) -> Finding | None:
    """Level 1 from the moment a series was due, if one is silent at `now`; else level 0 from the newest reading on.

    A step more, of the same level, for each moment at which another was due: it names all that are silent since then.
    Only an open gap is found: one that has been filled, even late, is no silence any more. `last_observed` by quantity; a
    series that never reported is not silent, it has not begun. None when nothing ever reported. `now` on the station's clock.
    """
    waited = {s.quantity: allowed_silence(station, s, rule) for s in station.series}
    due = {name: at + waited[name] for name, at in last_observed.items() if name in waited}
    if not due:
        return None
    silent = {name: at for name, at in due.items() if now > at}
    steps = [_step(at, silent, last_observed, waited) for at in sorted(set(silent.values()))]
    steps = steps or [Step(at=max(last_observed[name] for name in due), level=0)]
    return Finding(
        station=station.id,
        event=rule.event,
        phase=Phase.OBSERVED,
        rule=rule.name,
        since=steps[0].at,
        steps=tuple(steps),
    )


def _step(
    at: datetime,
    silent: Mapping[str, datetime],
    last_observed: Mapping[str, datetime],
    waited: Mapping[str, timedelta],
) -> Step:
    """What is silent at the moment at which the last of it was due."""
    names = sorted(name for name, due in silent.items() if due <= at)
    newest = max(names, key=lambda name: (silent[name], last_observed[name], name))
    return Step(at=at, level=1, detail=_detail(names, max(last_observed[n] for n in names), waited[newest]))


def silent(station: Station, last_observed: Mapping[str, datetime], rule: OverdueRule, now: datetime) -> bool:
    """Whether `overdue_finding` finds level 1; for thousands of stations that are asked in every round."""
    return any(
        now > last_observed[series.quantity] + allowed_silence(station, series, rule)
        for series in station.series
        if series.quantity in last_observed
    )


def allowed_silence(station: Station, series: Series, rule: OverdueRule) -> timedelta:
    """How long a series may be silent."""
    return _longest(series.cadence, rule.factors[station.kind], rule.at_least_min)


@lru_cache(maxsize=256)
def _longest(cadence: timedelta, factor: float, at_least_min: float) -> timedelta:
    """Stations of one kind share it."""
    return max(cadence * factor, timedelta(minutes=at_least_min))


def _detail(silent: Sequence[str], last: datetime, waited: timedelta) -> dict[str, str | float | int]:
    """`last`: the newest reading of any of them: since then there is none of all."""
    return {
        "quantity": ", ".join(silent),
        "last_observed_at": last.isoformat(),
        "allowed_min": round(waited.total_seconds() / 60, 1),
    }
