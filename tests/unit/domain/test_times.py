from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import HUE_TIME, floor, local, require_aware

_offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_aware = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=_offsets)  # noqa: DTZ001 - bounds are naive by contract
_steps = st.integers(1, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@given(_aware)
def test_an_aware_time_stays_the_same_instant_in_utc(moment: datetime) -> None:
    found = require_aware(moment, "observed_at")
    assert found == moment
    assert found.tzinfo is UTC


@given(st.datetimes())
def test_a_naive_time_is_refused_with_its_name_and_remedy(moment: datetime) -> None:
    with pytest.raises(ValueError, match=r"valid_from = .* has no UTC offset; write it as .*\+07:00"):
        require_aware(moment, "valid_from")


@given(_aware)
def test_local_time_is_the_same_instant_seven_hours_ahead(moment: datetime) -> None:
    found = local(moment)
    assert found == moment
    assert found.utcoffset() == timedelta(hours=7)
    assert found.isoformat().endswith("+07:00")


@given(_aware, _steps)
def test_floor_is_the_last_multiple_not_after(moment: datetime, step: timedelta) -> None:
    found = floor(moment, step)
    assert found <= moment < found + step
    assert (found - datetime(1970, 1, 1, tzinfo=UTC)) % step == timedelta(0)
    assert floor(found, step) == found


def test_an_hour_in_hue_is_cut_at_the_full_hour() -> None:
    assert floor(datetime(2025, 10, 27, 6, 59, tzinfo=HUE_TIME), timedelta(hours=1)).hour == 6
