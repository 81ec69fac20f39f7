"""How long the injected faults take to be found by the rules and limits in force at their stations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from domain.exercise import FaultKind
from domain.stations import Station
from rules.configuration import RuleSet
from rules.overdue import allowed_silence
from rules.tables import OverdueRule
from simulators.field.scoring import NOT_COMING
from simulators.field.truth import InjectedFault

#: A silence is told within so much more: it is looked for once a minute, and a reading may have been under way.
_TOLD_AFTER = timedelta(minutes=10)


def usual_delays(
    faults: Iterable[InjectedFault], stations: Mapping[str, Station], rules: RuleSet
) -> dict[str, timedelta]:
    """By the id of each fault of which the configuration says it: silences and flat lines."""
    overdue = [rule for rule in rules.rules if isinstance(rule, OverdueRule)]
    found = {fault.id: _delay(fault, stations[fault.station], overdue) for fault in faults if fault.station in stations}
    return {name: delay for name, delay in found.items() if delay is not None}


def _delay(fault: InjectedFault, station: Station, overdue: Sequence[OverdueRule]) -> timedelta | None:
    if fault.kind in NOT_COMING:
        return _until_overdue(fault, station, overdue)
    return _until_flat(fault, station) if fault.kind is FaultKind.FLAT else None


def _until_overdue(fault: InjectedFault, station: Station, overdue: Sequence[OverdueRule]) -> timedelta | None:
    """Until the first of the series that it silences is overdue."""
    silenced = [series for series in station.series if fault.quantity in (None, series.quantity)]
    rules = [rule for rule in overdue if rule.applies_to(station.id)]
    allowed = [allowed_silence(station, series, rule) for series in silenced for rule in rules]
    return min(allowed) + _TOLD_AFTER if allowed else None


def _until_flat(fault: InjectedFault, station: Station) -> timedelta | None:
    """Until the reading after its values have been one for as long as the limit of its series says."""
    series = None if fault.quantity is None else station.series_of(fault.quantity)
    flat = None if series is None else series.limits.flat_suspect
    return None if series is None or flat is None else flat + series.cadence
