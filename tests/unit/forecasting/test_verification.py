"""Issued forecasts against what came: sums that add up, floods, lead time won."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forecasts import PROBABILITIES, LevelForecast
from forecasting.issued_floods import issued_floods, lead_time_won
from forecasting.verification import GaugeRecord, Span, added, tally_of
from forecasting.verification_figures import lead_figures, watch_state

START = datetime(2025, 10, 26, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEADS = (1, 3, 6)


def forecast(issued_at: datetime, lead_h: float, expected_m: float, spread_m: float = 0.2) -> LevelForecast:
    return LevelForecast(
        station="kim_long",
        issued_at=issued_at,
        valid_at=issued_at + lead_h * HOUR,
        quantiles_m=tuple(expected_m + spread_m * (p - 0.5) for p in PROBABILITIES),
        model="m",
        version="1",
        inputs="",
    )


def river(hours: int = 96) -> pd.Series:
    """A flood of 3 m over 1 m, highest after 48 h; one reading an hour."""
    k = np.arange(hours)
    return pd.Series(1.0 + 3.0 * np.exp(-(((k - 48) / 8) ** 2)), index=pd.date_range(START, periods=hours, freq="h"))


def record(
    level: pd.Series, *, late_h: int = 0, low_m: float = 0.0, excluded: Sequence[Span] = (), skip: int = 1
) -> GaugeRecord:
    """Forecasts that know the future, `late_h` hours late and `low_m` too low, from every `skip`-th hour."""
    said = [
        forecast(at.to_pydatetime(), lead, float(level.iloc[min(max(k + lead - late_h, 0), len(level) - 1)]) - low_m)
        for k, at in enumerate(level.index[::skip])
        for lead in LEADS
    ]
    made = {f.issued_at: f.issued_at + timedelta(minutes=2) for f in said}
    return GaugeRecord(level=level, levels_m={1: 2.0, 2: 3.0}, forecasts=said, made_at=made, excluded=excluded)


def test_perfect_forecasts_have_perfect_figures() -> None:
    tallies = tally_of(record(river()), START, START + 96 * HOUR)
    assert list(tallies) == [1, 3, 6]
    figures = lead_figures(3, tallies[3])
    assert figures.n == 93
    assert figures.bias_m == pytest.approx(0.0, abs=1e-9)
    assert figures.pi == pytest.approx(1.0)
    assert figures.cover80 == 1.0
    assert (figures.completeness, figures.timeliness) == (1.0, 1.0)
    assert (figures.levels[0].hit, figures.levels[0].miss, figures.levels[0].false) == (3, 0, 0)
    assert figures.levels[0].pod == 1.0
    assert watch_state(figures) == "too_wide"


def test_forecasts_that_are_too_low_miss_and_are_told_so() -> None:
    figures = lead_figures(6, tally_of(record(river(), low_m=2.5), START, START + 96 * HOUR)[6])
    assert figures.bias_m == pytest.approx(-2.5)
    assert figures.mae_m == pytest.approx(2.5)
    assert figures.rmse_m == pytest.approx(2.5)
    assert figures.levels[0].hit == 0
    assert figures.levels[0].pod == 0.0
    assert figures.levels[0].far is None
    assert watch_state(figures) == "no_better"


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 95))
def test_days_add_up_to_their_span(cut: int) -> None:
    known = record(river(), late_h=1, low_m=0.1)
    whole = tally_of(known, START, START + 96 * HOUR)
    parts = [tally_of(known, START, START + cut * HOUR), tally_of(known, START + cut * HOUR, START + 96 * HOUR)]
    for lead, tally in whole.items():
        both = added(part[lead] for part in parts if lead in part)
        assert {k: round(v, 6) for k, v in tally.items() if v} == {k: round(v, 6) for k, v in both.items() if v}


def test_what_was_not_read_or_is_excluded_is_counted_not_scored() -> None:
    level = river()
    spoilt = level.drop(level.index[50:53])
    span = (START + 20 * HOUR, START + 30 * HOUR)
    known = record(level, excluded=[span])
    found = GaugeRecord(
        level=spoilt, levels_m=known.levels_m, forecasts=known.forecasts, made_at={}, excluded=known.excluded
    )
    figures = lead_figures(1, tally_of(found, START, START + 96 * HOUR)[1])
    assert figures.unread == 3 + 1  # the last is valid after the record's end
    assert figures.excluded == 10  # issued before the end of the span and valid after its start
    assert figures.timeliness is None
    assert figures.n == 95 - 4 - 10  # three hours unread at the valid time, and one more at its issue


def test_hours_without_an_issue_lower_the_completeness_and_late_issues_the_timeliness() -> None:
    known = record(river(), skip=2)
    late = {at: made + timedelta(hours=1) for at, made in known.made_at.items()}
    found = GaugeRecord(level=river(), levels_m={}, forecasts=known.forecasts, made_at=late)
    figures = lead_figures(1, tally_of(found, START, START + 96 * HOUR)[1])
    assert figures.completeness == pytest.approx(0.5, abs=0.02)
    assert figures.timeliness == 0.0
    assert figures.levels == ()


def test_a_flood_forecast_late_and_low_has_its_peak_errors_and_its_lead_time() -> None:
    peaks, rises = issued_floods(record(river(), late_h=2, low_m=0.3), START, START + 96 * HOUR)
    peak = next(p for p in peaks if p.lead_h == 3)
    assert peak.peak_m == pytest.approx(4.0)
    assert peak.height_error_m == pytest.approx(-0.3, abs=0.02)
    assert peak.time_error_h == 2.0
    assert [rise.level for rise in rises] == [1, 2]
    assert all(rise.won_h is not None and 2 <= rise.won_h <= 6 for rise in rises)


def test_a_flood_that_is_still_on_is_left_for_another_day() -> None:
    assert issued_floods(record(river(), late_h=2), START, START + 50 * HOUR) == ([], [])


def test_a_calm_gauge_without_levels_has_no_floods() -> None:
    calm = GaugeRecord(level=river(), levels_m={}, forecasts=[], made_at={})
    assert issued_floods(calm, START, START + 96 * HOUR) == ([], [])


@pytest.mark.parametrize(
    ("said", "won_h"),
    [
        ("0111", 3.0),
        ("1011", 2.0),  # the first announcement was taken back
        ("1110", None),
        ("0000", None),
        ("", None),
    ],
)
def test_lead_time_counts_unbroken_announcements_alone(said: str, won_h: float | None) -> None:
    announced = {START + k * HOUR: each == "1" for k, each in enumerate(said)}
    assert lead_time_won(announced, START + 4 * HOUR) == won_h


def test_an_announcement_followed_by_silence_does_not_count() -> None:
    assert lead_time_won({START: True}, START + 9 * HOUR) is None
