"""Which rules surely have nothing to warn of at which of many stations: asked of all readings at once, so that a calm day costs little.

Each question is a bound, asked in columns over series of one length. Where it holds, the exact rule finds level 0 and nothing
else (a property test holds it to that); where it does not, or where a rule has no such question, the exact rule is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.alerts import Event
from domain.readings import QualityFlag
from domain.stations import Station
from rules.configuration import RuleSet, looks_at
from rules.dated_thresholds import lowest_ever
from rules.forecast import surely_unlikely
from rules.judge import History
from rules.overdue import silent
from rules.rate_of_rise import least_span, rates_below, window_reach
from rules.rule_table import LevelName
from rules.sensor_stuck import looks_between
from rules.tables import DoubtfulReadingRule, ForecastRule, OverdueRule, RateOfRiseRule, Rule, StageRule
from rules.threshold_tables import ReRiseRule, SensorStuckRule
from rules.trace import Trace

_Mask = NDArray[np.bool_]
#: Rows of a block: as much as a processor's cache holds.
_ROWS = 256
#: `about` where nobody is looked at of some events only.
EVERYTHING: Mapping[str, frozenset[Event]] = {}
#: The kinds of rule that ask for no readings.
_BESIDE = (ForecastRule, OverdueRule)


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Series of one quantity and one length, a row each; every reading is good. Times in µs since 1970, ascending."""

    quantity: str
    stations: Sequence[Station]
    ticks: NDArray[np.int64]
    values: NDArray[np.float64]
    highest: NDArray[np.float64]  # of each row
    shortest: NDArray[np.int64]  # time between neighbours in a row
    longest: NDArray[np.int64]


def loud_rules(
    stations: Iterable[Station],
    histories: Mapping[str, History],
    rules: RuleSet,
    now: datetime,
    together: frozenset[str],
    *,
    about: Mapping[str, frozenset[Event]] = EVERYTHING,
) -> dict[str, frozenset[str]]:
    """By station the names of the rules that may find a level there; every other rule surely finds level 0 or nothing.

    Left out are stations of which that cannot be said: those without readings, and those that compound rules join with others
    (`together`). A doubtful reading leaves every rule of its quantity loud. `histories` hold traces (or are not looked at);
    `now` on the stations' clock. Of those that `about` names only rules over these events are asked, without a look at their readings.
    """
    asked = [each for each in stations if each.id not in together and _has_traces(histories[each.id])]
    beside = [rule for rule in rules.rules if isinstance(rule, _BESIDE)]
    loud: dict[str, set[str]] = {each.id: _loud_beside(each, histories[each.id], beside, now) for each in asked}
    for each in (each for each in asked if each.id in about):
        loud[each.id] = _of_events(about[each.id], loud[each.id], rules)
    traces = [
        (station, quantity, seen)
        for station in asked
        if station.id not in about
        for quantity, seen in histories[station.id].readings.items()
    ]
    for block in _blocks(traces):
        for rule in rules.rules:
            calm = _calm(block, rule)
            for row in np.flatnonzero(~calm).tolist():
                loud[block.stations[row].id].add(rule.name)
    for station, quantity, seen in traces:
        if not _in_a_block(seen):
            loud[station.id] |= {rule.name for rule in rules.rules if looks_at(rule, quantity)}
    return {name: frozenset(names) for name, names in loud.items()}


def _of_events(events: frozenset[Event], beside: set[str], rules: RuleSet) -> set[str]:
    """The rules over these events; of those that ask for no readings the loud ones (`beside`)."""
    return {
        rule.name
        for rule in rules.rules
        if rule.event in events and (rule.name in beside or not isinstance(rule, _BESIDE))
    }


def _has_traces(history: History) -> bool:
    return bool(history.readings) and all(isinstance(seen, Trace) for seen in history.readings.values())


def _loud_beside(station: Station, history: History, beside: Iterable[Rule], now: datetime) -> set[str]:
    """Of those that do not ask for readings, where forecasts come near a level, or a series is silent."""
    loud: set[str] = set()
    for rule in beside:
        match rule:
            case ForecastRule() if not surely_unlikely(station, history.forecasts, rule):
                loud.add(rule.name)
            case OverdueRule() if silent(station, history.last_observed, rule, now):
                loud.add(rule.name)
            case _:
                pass
    return loud


def _in_a_block(seen: Any) -> bool:
    """Whether the questions may be asked of a trace: it has more than one reading, and all of them are good."""
    return len(seen) > 1 and seen.worst_flag < QualityFlag.SUSPECT


def _blocks(traces: Iterable[tuple[Station, str, Any]]) -> Iterator[_Block]:
    """(station, quantity, trace) in blocks; those of which nothing may be asked are in none."""
    alike: dict[tuple[str, int], list[tuple[Station, Trace]]] = defaultdict(list)
    for station, quantity, seen in traces:
        if _in_a_block(seen):
            alike[quantity, len(seen)].append((station, seen))
    for (quantity, _), rows in alike.items():
        for first in range(0, len(rows), _ROWS):
            yield _block(quantity, rows[first : first + _ROWS])


def _block(quantity: str, rows: Sequence[tuple[Station, Trace]]) -> _Block:
    ticks = np.stack([seen.ticks for _, seen in rows])
    values = np.stack([seen.values for _, seen in rows])
    between = ticks[:, 1:] - ticks[:, :-1]
    return _Block(
        quantity=quantity,
        stations=[station for station, _ in rows],
        ticks=ticks,
        values=values,
        highest=values.max(axis=1),
        shortest=between.min(axis=1),
        longest=between.max(axis=1),
    )


def _calm(block: _Block, rule: Rule) -> _Mask:
    """For each row, whether a rule surely finds nothing but level 0 in it."""
    question = _QUESTIONS.get(type(rule))
    if question is not None:
        return question(block, rule)
    return np.full(len(block.stations), not looks_at(rule, block.quantity))


def _below_levels(names: Callable[[Any], Sequence[LevelName]]) -> Callable[[_Block, Any], _Mask]:
    """Whether the water never reached the lowest of the levels that a rule asks for; gauges have no other quantity."""

    def below(block: _Block, rule: Any) -> _Mask:
        if block.quantity != rule.quantity:
            return np.ones(len(block.stations), dtype=bool)
        lowest = [lowest_ever(station, names(rule)) for station in block.stations]
        return np.asarray(block.highest < np.array(lowest))

    return below


def _never_turned(block: _Block, rule: ReRiseRule) -> _Mask:
    """Whether the water never fell far enough from a peak that a rise after it counted as the second."""
    calm = _below_levels(lambda each: (each.peak_from,))(block, rule)
    if block.quantity == rule.quantity and not calm.all():
        rows = np.flatnonzero(~calm)
        fall_m = (np.maximum.accumulate(block.values[rows], axis=1) - block.values[rows]).max(axis=1)
        calm[rows] = fall_m < rule.fall_m - _NEAR
    return calm


def _rises_slowly(block: _Block, rule: RateOfRiseRule) -> _Mask:
    """Whether no rise over a window comes near the lowest rate."""
    if block.quantity != rule.quantity:
        return np.ones(len(block.stations), dtype=bool)
    lowest = np.array([rule.rates_of(station.id)[0] for station in block.stations])
    reach = window_reach(rule.window)
    gaps = reach // block.longest
    # A series that lies within one window has windows that all begin with its first reading.
    short = gaps >= block.ticks.shape[1] - 1
    calm: _Mask = short & rates_below(block.highest - block.values[:, 0], least_span(reach), lowest)
    for held in set(gaps[~short].tolist()):
        if 0 < held < block.ticks.shape[1]:
            rows = np.flatnonzero((gaps == held) & ((held + 1) * block.shortest > reach))
            values = block.values[rows]
            rise_m = (values[:, held:] - values[:, :-held]).max(axis=1)
            at_first_m = values[:, : held + 1].max(axis=1) - values[:, 0]
            below = rates_below(rise_m, held * block.shortest[rows], lowest[rows])
            calm[rows] = below & rates_below(at_first_m, least_span(reach), lowest[rows])
    return calm


def _moves(block: _Block, rule: SensorStuckRule) -> _Mask:
    """Whether some of the looks in each span of the hours asked for differ (see `rules.sensor_stuck`)."""
    limit = rule.limits.get(block.quantity)
    if limit is None:
        return np.ones(len(block.stations), dtype=bool)
    calm = block.ticks[:, -1] - block.ticks[:, 0] < limit.reach
    steps = looks_between(limit.reach, block.longest)
    for step in set(steps.tolist()):
        rows = np.flatnonzero((steps == step) & ~calm)
        if step and len(rows):
            calm[rows] = _looks_differ(block.values[rows, ::step], limit.tolerance)
        rows = rows[~calm[rows]]
        if step >= _FINER and len(
            rows
        ):  # the water may have come back to where it stood: these are looked at more often
            calm[rows] = _all_looks_differ(block.values[rows, :: step // _FINER], limit.tolerance)
    return calm


def _looks_differ(looks: NDArray[np.float64], tolerance: float) -> _Mask:
    one, two, three = looks[:, :-2:2], looks[:, 1:-1:2], looks[:, 2::2]
    highest, lowest = np.maximum(np.maximum(one, two), three), np.minimum(np.minimum(one, two), three)
    return np.asarray((highest - lowest > tolerance + _NEAR).all(axis=1))


def _all_looks_differ(looks: NDArray[np.float64], tolerance: float) -> _Mask:
    """The same for looks `_FINER` times as often: whoever is stuck is so in twice `_BLOCK` of them in a row, and so in a whole block."""
    whole = looks.shape[1] // _BLOCK
    blocks = looks[:, : whole * _BLOCK].reshape(len(looks), whole, _BLOCK)
    return np.asarray((blocks.max(axis=2) - blocks.min(axis=2) > tolerance + _NEAR).all(axis=1))


def _nothing_doubtful(block: _Block, rule: DoubtfulReadingRule) -> _Mask:
    del rule  # a block holds good readings only
    return np.ones(len(block.stations), dtype=bool)


#: Finer looks, and how many of them make a block: four coarse steps fit into what is asked for, and so two blocks of finer ones.
_FINER, _BLOCK = 4, 8
#: Differences are rounded to this before a rule compares them.
_NEAR = 1e-6
_QUESTIONS: Mapping[type, Callable[[_Block, Any], _Mask]] = {
    StageRule: _below_levels(lambda rule: rule.levels),
    ReRiseRule: _never_turned,
    RateOfRiseRule: _rises_slowly,
    SensorStuckRule: _moves,
    DoubtfulReadingRule: _nothing_doubtful,
}
