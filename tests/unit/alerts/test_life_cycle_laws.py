"""However readings come (one by one, late, shuffled, in chunks, all at once), the alerts in the end are the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.memory import never_happened, remembered
from domain.alerts import AlertState, Reason
from domain.forecasts import PROBABILITIES, LevelForecast
from rules.configuration import load_rules
from rules.forecast import forecast_finding
from rules.re_rise import re_rise_finding
from rules.stage import stage_finding
from rules.tables import ForecastRule, StageRule
from rules.threshold_tables import ReRiseRule
from rules.trace import trace

RULES = load_rules(Path(__file__).resolve().parents[3] / "config" / "rules.toml").rules
STAGE = next(rule for rule in RULES if isinstance(rule, StageRule))
FORECAST = next(rule for rule in RULES if isinstance(rule, ForecastRule))
RE_RISE = next(rule for rule in RULES if isinstance(rule, ReRiseRule))
STEP = timedelta(minutes=30)

LEVELS = st.sampled_from([0.5, 0.85, 0.95, 1.0, 1.5, 1.95, 2.0, 3.0, 3.45, 3.5, 4.0, 5.9])
RECORDS = st.lists(LEVELS, min_size=1, max_size=25)


@pytest.fixture(scope="session")
def world(make):
    """Findings of what is known at some moment: (slot, level) readings and (slot, median) forecasts."""

    def findings(readings, forecasts, patience, *, turns=True):
        slots = [slot for slot, _ in readings] + [slot for slot, _ in forecasts]
        rule = STAGE.model_copy(update={"raise_after_min": patience[0], "clear_after_min": patience[1]})
        now = make.start + STEP * max(slots, default=0)
        seen = stage_finding(make.gauge(), _frame(make, readings), rule, make.start)
        issues, heard = [_forecast(make, *f) for f in forecasts], trace(_frame(make, readings))
        said = forecast_finding(make.gauge(), issues, FORECAST, make.start, now, heard=heard)
        if not turns:
            return seen, said
        return seen, said, re_rise_finding(make.gauge(), _frame(make, readings), RE_RISE, make.start)

    return findings


def _frame(make, readings):
    times = pd.to_datetime([make.start + STEP * slot for slot, _ in readings], utc=True)
    values = pd.array([value for _, value in readings], dtype="float64")
    return pd.DataFrame({"observed_at": times, "value": values, "flag": 1, "received_at": times}).astype(
        {"value": "float64"}
    )


def _forecast(make, slot, median_m):
    issued_at = make.start + STEP * slot
    return LevelForecast(
        station="kim_long",
        issued_at=issued_at,
        valid_at=issued_at + timedelta(hours=6),
        quantiles_m=tuple(median_m + (p - 0.5) * 0.4 for p in PROBABILITIES),
        model="test",
        version="1",
        inputs="test",
    )


def _alerts(store):
    return sorted(
        (a.raised_at, a.ended_at, a.state, a.level, a.severity, a.phase, remembered(a))
        for a in store.alerts
        if not never_happened(a)
    )


def _chunks(data, items):
    order = data.draw(st.permutations(items))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=6)))
    return [order[: cut or 1] for cut in (*cuts, len(order))]


@settings(max_examples=80, deadline=None)
@given(data=st.data(), levels=RECORDS, patience=st.sampled_from([(0, 0), (0, 60), (30, 60), (60, 30)]))
def test_any_order_and_chunking_gives_the_same_alerts(make, world, data, levels, patience) -> None:
    at_once, piecewise = make.store(), make.store()
    readings = list(enumerate(levels))
    at_once.take(*world(readings, [], patience))
    for known in _chunks(data, readings):
        piecewise.take(*world(known, [], patience))
    assert _alerts(piecewise) == _alerts(at_once)
    assert piecewise.take(*world(readings, [], patience)) == []


@settings(max_examples=50, deadline=None)
@given(data=st.data(), levels=RECORDS, medians=st.lists(LEVELS, max_size=25))
def test_and_so_it_is_with_forecasts(make, world, data, levels, medians) -> None:
    at_once, piecewise = make.store(), make.store()
    items = [("seen", r) for r in enumerate(levels)] + [("said", f) for f in enumerate(medians)]
    at_once.take(*world(list(enumerate(levels)), list(enumerate(medians)), (0, 60)))
    for known in _chunks(data, items):
        piecewise.take(*world([x for k, x in known if k == "seen"], [x for k, x in known if k == "said"], (0, 60)))
    assert _alerts(piecewise) == _alerts(at_once)


@settings(max_examples=50, deadline=None)
@given(levels=RECORDS, patience=st.sampled_from([(0, 0), (0, 60), (30, 60)]))
def test_a_catch_up_writes_the_history_that_steps_would_have_written(make, world, levels, patience) -> None:
    at_once, stepwise = make.store(), make.store()
    readings = list(enumerate(levels))
    # A fall that is believed an hour later is dated before a turn that was seen in that hour: such turns correct the past.
    turns = patience[1] == 0
    at_once.take(*world(readings, [], patience, turns=turns))
    for known in range(1, len(readings) + 1):
        stepwise.take(*world(readings[:known], [], patience, turns=turns))
    assert stepwise.by_identifier == at_once.by_identifier
    assert all(v.reason is not Reason.LATE_DATA for a in stepwise.alerts for v in a.versions)


@settings(max_examples=50, deadline=None)
@given(levels=RECORDS, medians=st.lists(LEVELS, max_size=25), behind=st.integers(0, 2))
def test_forecasts_that_come_a_little_after_their_readings_never_drop_an_alert(
    make, world, levels, medians, behind
) -> None:
    store = make.store()
    for known in range(1, len(levels) + 1):
        running = [a for a in store.alerts if a.state is AlertState.ACTIVE]
        issued = list(enumerate(medians))[: max(known - behind, 0)]
        store.take(*world(list(enumerate(levels))[:known], issued, (0, 60)))
        for alert in running:
            newest = store.by_identifier[alert.identifier]
            assert newest.state is AlertState.ACTIVE or len(newest.versions) > len(alert.versions)
