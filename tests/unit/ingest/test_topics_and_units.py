"""Topics and units that devices use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnreadableMessageError
from domain.quantities import QUANTITIES
from ingest.topics import ReadingTopic, StatusTopic, parse_topic
from ingest.units import to_own_unit


def test_topics_of_the_contract() -> None:
    assert parse_topic("ews/v1/kim_long/water_level") == ReadingTopic("kim_long", "water_level")
    assert parse_topic("ews/v1/bench-00001") == ReadingTopic("bench-00001", None)
    assert parse_topic("ews/v1/kim_long/status") == StatusTopic("kim_long")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "ews/v1",
        "ews/v1/",
        "ews/v2/a/rainfall",
        "ews/v1/A/rainfall",
        "ews/v1/a/rainfall/x",
        "x/ews/v1/a",
        "ews/v1/a\n",
    ],
)
def test_other_topics(topic: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        parse_topic(topic)
    assert caught.value.reason == "bad_topic"


@given(st.text(max_size=60) | st.text(max_size=20).map("ews/v1/{}".format))
def test_any_topic_is_read_or_named(topic: str) -> None:
    assert _reason(topic) in (None, "bad_topic", "unknown_quantity")


def _reason(topic: str) -> str | None:
    try:
        parse_topic(topic)
    except UnreadableMessageError as error:
        return error.reason
    return None


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
def test_no_unit_and_the_own_unit_change_nothing(quantity: str) -> None:
    assert to_own_unit(0.57, None, quantity) == 0.57
    assert to_own_unit(0.57, QUANTITIES[quantity].unit, quantity) == 0.57


@pytest.mark.parametrize(
    ("value", "unit", "quantity", "own"),
    [
        (57.0, "cm", "water_level", 0.57),
        (3580.0, "mm", "water_level", 3.58),
        (1.5, "mg/m3", "co", 1500.0),
        (90.0, "km/h", "wind_gust", 25.0),
        (7.0, "µg/m³", "pm2_5", 7.0),
        (1.2, "cm", "rainfall", 12.0),
        (101325.0, "Pa", "pressure", 1013.25),
    ],
)
def test_known_other_units_are_converted_exactly(value: float, unit: str, quantity: str, own: float) -> None:
    assert to_own_unit(value, unit, quantity) == own


@pytest.mark.parametrize(
    ("unit", "quantity"), [("ft", "water_level"), ("", "water_level"), ("m", "rainfall"), ("ppb", "o3")]
)
def test_other_units_are_refused(unit: str, quantity: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        to_own_unit(1.0, unit, quantity)
    assert caught.value.reason == "wrong_unit"
