"""10,000 series by five rules against plain pandas comparisons, in one run: `python benchmarks/bench_rules.py [series]`.

One evaluation is one rule over the 72 h of one series (433 readings every ten minutes). Floor: `frame["value"] >= level` of
pandas on the same readings, once an evaluation: no order, flags, hysteresis, durations or dated thresholds. One series in
fifty is in flood. Memory is the growth of the process while judging.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from domain.stations import Series, StageThresholds, Station, StationKind
from rules.calm import loud_rules
from rules.configuration import RuleSet, load_rules
from rules.judge import History, plain_findings
from rules.trace import Trace, ordered

_SINCE = datetime(2025, 10, 26, tzinfo=UTC)
_STEP = timedelta(minutes=10)
_READINGS = 433
_RULES = ("stage", "re_rise", "rate_of_rise", "doubtful_reading", "sensor_stuck")
_IN_FLOOD = 50


def _station(number: int) -> Station:
    levels = StageThresholds(
        valid_from=date(2020, 1, 1), datum="0", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="benchmark", verified=True
    )
    return Station(
        id=f"g{number}",
        name_vi="",
        name_en="",
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        series=(Series(quantity="water_level", cadence=_STEP),),
        thresholds=(levels,),
        simulated=True,
        verified=False,
        source="benchmark",
    )


def _levels(number: int, noise: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    at = np.arange(_READINGS)
    calm = 0.5 + 0.2 * np.sin(at * 2 * np.pi / 74)
    flood = 4.0 * np.exp(-(((at - 250) / 60) ** 2)) if number % _IN_FLOOD == 0 else 0.0
    return np.round(calm + flood + noise.normal(0, 0.01, _READINGS), 2)


def _traces(count: int) -> list[Trace]:
    noise = np.random.default_rng(7)
    ticks = (int(_SINCE.timestamp()) + np.arange(_READINGS) * 600) * 1_000_000
    flags = np.ones(_READINGS, dtype=np.int64)
    return [ordered(ticks, _levels(number, noise), flags, ticks) for number in range(count)]


def _again(seen: Trace) -> Trace:
    """The same readings, nothing remembered of them."""
    return Trace(ticks=seen.ticks, values=seen.values, flags=seen.flags)


def _warnings(
    stations: Sequence[Station], traces: Sequence[Trace], rules: RuleSet, now: datetime, *, quickly: bool
) -> int:
    """How many stations have something to warn of; `quickly`: the calm ones together first, as the scheduler does."""
    known = {
        station.id: History(since=_SINCE, readings={"water_level": seen})
        for station, seen in zip(stations, traces, strict=True)
    }
    loud = loud_rules(stations, known, rules, now, frozenset()) if quickly else {}
    asked = [(each, loud.get(each.id)) for each in stations]
    found = (plain_findings(each, known[each.id], rules, now, names) for each, names in asked if names or not quickly)
    return sum(any(step.level for finding in findings for step in finding.steps) for findings in found)


def main() -> None:
    """Print evaluations a second and a core, the floor's, their ratio, and the memory."""
    print(f"load of the machine: {Path('/proc/loadavg').read_text(encoding='ascii').strip()}")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    shipped = load_rules(Path(__file__).resolve().parent.parent / "config" / "rules.toml")
    rules = RuleSet.model_construct(rules=tuple(rule for rule in shipped.rules if rule.name in _RULES))
    traces, stations = _traces(count), [_station(number) for number in range(count)]
    now = _SINCE + _READINGS * _STEP
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    warnings = _warnings(stations, traces, rules, now, quickly=True)
    ours_s = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    began = time.process_time()
    if _warnings(stations, [_again(seen) for seen in traces], rules, now, quickly=False) != warnings:
        raise SystemExit("the quick look and the rules disagree")
    each_s = time.process_time() - began
    frames = [pd.DataFrame({"value": seen.values}) for seen in traces]
    began = time.process_time()
    for frame in frames:
        for level in (1.0, 2.0, 3.5, 0.25, 5.0):
            bool((frame["value"] >= level).any())
    floor_s = time.process_time() - began
    evaluations = count * len(_RULES)
    print(
        f"{count} series x {len(_RULES)} rules, {_READINGS} readings each, {warnings} series with something to warn of"
    )
    print(f"ours  {evaluations / ours_s:9,.0f} evaluations/s a core ({ours_s:.2f} s)")
    print(f"each by itself, without the quick look: {evaluations / each_s:,.0f} evaluations/s a core")
    print(f"floor {evaluations / floor_s:9,.0f} comparisons/s a core ({floor_s:.2f} s), ratio {ours_s / floor_s:.2f}")
    print(f"memory grown while judging: {grown:.0f} MB")


if __name__ == "__main__":
    main()
