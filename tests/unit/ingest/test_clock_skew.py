"""How far a device's clock is off: a median that a few late readings do not move."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.clock_skew import ClockSkews
from ingest.intake import Envelope, take_in
from tests.unit.ingest.test_intake import KIM_LONG, NETWORK, _reading

NOW = datetime(2025, 11, 1, tzinfo=UTC)


def _noted(seconds: list[float]) -> ClockSkews:
    skews = ClockSkews()
    for delay in seconds:
        skews.note({"kim_long": timedelta(seconds=delay)})
    return skews


def test_the_median_of_the_newest_delays() -> None:
    (clock,) = _noted([2.0] * 100 + [-7200.0] * 30 + [-7201.0] * 31).take(NOW)
    assert (clock.skew_s, clock.spread_s, clock.samples) == (-7201.0, 0.0, 61)


def test_a_few_late_readings_change_little() -> None:
    (clock,) = _noted([1.0, 2.0, 3.0] * 10 + [3600.0] * 10).take(NOW)
    assert 1.0 <= clock.skew_s <= 3.0
    assert clock.spread_s <= 2.0


@pytest.mark.parametrize("delays", [[1.0] * 4, [90_000.0] * 20])
def test_too_few_or_stored_readings_say_nothing(delays: list[float]) -> None:
    assert _noted(delays).take(NOW) == []


def test_an_estimate_is_taken_once() -> None:
    skews = _noted([1.0] * 5)
    assert len(skews.take(NOW)) == 1
    assert skews.take(NOW) == []


def test_arrays_of_stored_readings_are_no_sign_of_a_clock() -> None:
    import json

    topic = f"ews/v1/{KIM_LONG.id}/water_level"
    single = Envelope(topic, json.dumps(_reading(5)).encode(), NOW)
    array = Envelope(topic, json.dumps([_reading(5), _reading(6)]).encode(), NOW)
    assert take_in([array], NETWORK, adopt=False).delays == {}
    (delay,) = take_in([single, array], NETWORK, adopt=False).delays.values()
    assert delay == NOW - datetime(2025, 10, 27, 0, 5, tzinfo=UTC)
