"""Two sets of rules over one history: what each would have known, when, and what it would have missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from domain.forecasts import PROBABILITIES, LevelForecast
from domain.stations import Series, StageThresholds, Station, StationKind
from rules.configuration import RuleSet, load_rules
from rules.judge import History
from scheduler.rule_backtest import hit_only_by, minutes_gained, run_rules

START = datetime(2025, 10, 26, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHIPPED = load_rules(Path(__file__).resolve().parents[3] / "config" / "rules.toml")
#: Two floods two days apart: the first reaches BĐ2 (2.0 m), the second touches BĐ1 (1.0 m) for one reading.
LEVELS = [0.5, 0.8, 1.2, 1.6, 2.2, 2.4, 1.7, 1.2, 0.7] + [0.5] * 40 + [0.8, 1.1, 0.7] + [0.5] * 20


@pytest.fixture
def station() -> Station:
    levels = StageThresholds(
        valid_from=date(2020, 1, 1), datum="0", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="test", verified=True
    )
    return Station(
        id="kim_long",
        name_vi="Kim Long",
        name_en="Kim Long",
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        series=(Series(quantity="water_level", cadence=HOUR),),
        thresholds=(levels,),
        simulated=False,
        verified=True,
        source="test",
    )


def _history(forecasts: tuple[LevelForecast, ...] = ()) -> History:
    times = pd.DatetimeIndex([START + HOUR * n for n in range(len(LEVELS))]).as_unit("us")
    frame = pd.DataFrame({"observed_at": times, "value": LEVELS, "flag": 1, "received_at": times})
    return History(since=START, readings={"water_level": frame}, forecasts=forecasts)


def _run(station: Station, rules: RuleSet, *forecasts: LevelForecast):
    now = START + HOUR * len(LEVELS)
    return run_rules({station.id: station}, {station.id: _history(forecasts)}, rules, now)


def _slower(**changes: object) -> RuleSet:
    rules = tuple(r.model_copy(update=changes) if r.name == "stage" else r for r in SHIPPED.rules)
    return SHIPPED.model_copy(update={"rules": rules})


def _scores(result) -> list[tuple[int, int, int, int, int, float | None]]:
    return [
        (s.level, s.crossings, s.hits, s.misses, s.false_alarms, s.lead_min)
        for s in result.levels
        if s.crossings or s.false_alarms
    ]


def test_a_rule_without_patience_hits_every_crossing_as_it_happens(station) -> None:
    result = _run(station, SHIPPED)
    assert _scores(result) == [(1, 2, 2, 0, 0, 0.0), (2, 1, 1, 0, 0, 0.0)]
    assert (result.alerts["flood"], result.messages["flood"]) == (2, 6)


def test_a_rule_that_waits_knows_later_and_misses_the_short_one(station) -> None:
    patient = _run(station, _slower(raise_after_min=60.0))
    assert _scores(patient) == [(1, 2, 1, 1, 0, -60.0), (2, 1, 1, 0, 0, -60.0)]
    assert minutes_gained(patient, _run(station, SHIPPED)) == [-60.0, -60.0]
    assert minutes_gained(_run(station, SHIPPED), patient) == [60.0, 60.0]


def test_two_readings_in_a_row_count_as_waiting_too(station) -> None:
    twice = _run(station, _slower(raise_count=2))
    assert _scores(twice) == [(1, 2, 1, 1, 0, -60.0), (2, 1, 1, 0, 0, -60.0)]


def test_forecasts_give_minutes_and_false_alarms(station) -> None:
    def forecast(issued_h: float, lead_h: float, level_m: float) -> LevelForecast:
        return LevelForecast(
            station=station.id,
            issued_at=START + HOUR * issued_h,
            valid_at=START + HOUR * (issued_h + lead_h),
            quantiles_m=tuple(level_m + (p - 0.5) * 0.1 for p in PROBABILITIES),
            model="test",
            version="1",
            inputs="test",
        )

    seen = _run(station, SHIPPED, forecast(1, 4, 2.3), forecast(70, 3, 2.6))
    assert _scores(seen) == [(1, 2, 2, 0, 1, 30.0), (2, 1, 1, 0, 1, 180.0)]


def test_a_crossing_that_only_one_set_hits_is_named(station) -> None:
    patient, shipped = _run(station, _slower(raise_after_min=60.0)), _run(station, SHIPPED)
    (missed,) = hit_only_by(shipped, patient)
    assert (missed.station, missed.level, missed.at) == ("kim_long", 1, START + HOUR * 50)
    assert hit_only_by(patient, shipped) == []


def test_silence_is_found_at_every_gap_and_by_the_patience_of_its_rule(station) -> None:
    at = [START + HOUR * h for h in (0, 1, 2, 12, 13, 20, 21)]  # ten hours, and seven, without a reading
    times = pd.DatetimeIndex(at).as_unit("us")
    frame = pd.DataFrame({"observed_at": times, "value": 0.5, "flag": 1, "received_at": times})
    known = {station.id: History(since=START, readings={"water_level": frame})}

    def silent(rules: RuleSet, until_h: float) -> tuple[int | None, int | None]:
        found = run_rules({station.id: station}, known, rules, START + HOUR * until_h)
        return found.alerts.get("no_signal"), found.messages.get("no_signal")

    patient = tuple(
        r.model_copy(update={"at_least_min": 8.0 * 60}) if r.name == "overdue" else r for r in SHIPPED.rules
    )
    assert silent(SHIPPED, 22) == (2, 4)
    assert silent(SHIPPED, 30) == (3, 5), "the last one lasts"
    assert silent(SHIPPED.model_copy(update={"rules": patient}), 22) == (1, 2)
