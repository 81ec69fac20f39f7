from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.quantities import QUANTITIES
from domain.readings import QualityFlag, Reading
from domain.times import HUE_TIME

SIX = datetime(2025, 10, 27, 6, tzinfo=HUE_TIME)


def test_the_flags_keep_the_published_numbers() -> None:
    assert {flag.name: int(flag) for flag in QualityFlag} == {
        "PASS": 1,
        "NOT_EVALUATED": 2,
        "SUSPECT": 3,
        "FAIL": 4,
        "MISSING": 9,
    }


@pytest.mark.parametrize("naive", ["observed_at", "received_at"])
def test_a_reading_without_an_offset_is_refused(naive: str) -> None:
    times = {"observed_at": SIX, "received_at": SIX} | {naive: SIX.replace(tzinfo=None)}
    with pytest.raises(ValueError, match=f"{naive} = .* has no UTC offset"):
        Reading(station="kim_long", quantity="water_level", value=3.5, **times)


def test_a_fresh_reading_is_not_evaluated_and_equal_by_instant() -> None:
    here = Reading(station="kim_long", quantity="water_level", observed_at=SIX, received_at=SIX, value=3.5)
    there = Reading(
        station="kim_long",
        quantity="water_level",
        observed_at=SIX.astimezone(UTC),
        received_at=SIX.astimezone(UTC),
        value=3.5,
    )
    assert here.flag is QualityFlag.NOT_EVALUATED
    assert here == there


def test_each_quantity_is_filed_under_its_name_with_a_span() -> None:
    for name, quantity in QUANTITIES.items():
        assert quantity.name == name
        assert quantity.low < quantity.high
        assert quantity.unit
        assert quantity.decimals >= 0


def test_what_has_been_measured_lies_within_the_spans() -> None:
    measured = {"water_level": (-0.5, 5.81, 85.0), "rainfall": (0.0, 104.6), "inflow": (6700.0,), "wind_gust": (61.2,)}
    for name, values in measured.items():
        assert all(QUANTITIES[name].low <= value <= QUANTITIES[name].high for value in values), name
