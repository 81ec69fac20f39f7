"""Topics and units that devices use."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnreadableMessageError
from domain.quantities import QUANTITIES
from ingest import units
from ingest.topics import ReadingTopic, StatusTopic, parse_topic
from ingest.units import _COMMON, _linear, to_own_unit


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
        (10.0, "ft", "water_level", 3.048),
        (0.025, "m", "rainfall", 25.0),
        (25.0, "l/m2", "rainfall", 25.0),
        (212.0, "degF", "temperature", 100.0),
        (273.15, "K", "temperature", 0.0),
        (25.5, "Cel", "temperature", 25.5),
        (10.0, "m⋅s⁻¹", "wind_speed", 10.0),
        (36.0, "knot", "wind_speed", 18.52),
        (3.9, "µg⋅m⁻³", "pm2_5", 3.9),
        (3600.0, "m^3/h", "inflow", 1.0),
        (96.8, "kPa", "pressure", 968.0),
    ],
)
def test_known_other_units_are_converted_exactly(value: float, unit: str, quantity: str, own: float) -> None:
    assert to_own_unit(value, unit, quantity) == own


def test_a_share_of_volume_becomes_a_mass_at_25_degrees() -> None:
    """µg/m³ = ppb · M / 24.465 (25 °C, 1013.25 hPa): 100 ppb of ozone are 196.2, of nitrogen dioxide 188.0."""
    assert to_own_unit(100.0, "ppb", "o3") == pytest.approx(196.2, abs=0.05)
    assert to_own_unit(100.0, "ppb", "no2") == pytest.approx(188.0, abs=0.05)
    assert to_own_unit(1.0, "ppm", "co") == pytest.approx(1144.9, abs=0.05)


def test_a_pressure_becomes_a_column_of_water() -> None:
    assert to_own_unit(1.0, "bar", "water_level") == pytest.approx(10.197, abs=0.001)
    assert to_own_unit(98.0665, "hPa", "water_level") == pytest.approx(1.0)


def test_the_usual_units_are_what_the_library_says() -> None:
    owns = {quantity.unit: name for name, quantity in QUANTITIES.items()}
    for (sent, own), step in _COMMON.items():
        assert _linear(sent, owns[own]) == step


@pytest.mark.parametrize(
    ("unit", "quantity"),
    [
        ("", "water_level"),
        ("mm/h", "rainfall"),
        ("hours", "water_level"),
        ("ppb", "pm10"),
        ("degree", "humidity"),
        ("%", "wind_direction"),
        ("9**9**9**9", "water_level"),
        ("m" * 1000, "water_level"),
        ("__import__('os')", "rainfall"),
        ("m/0", "rainfall"),
    ],
)
def test_other_units_are_refused(unit: str, quantity: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        to_own_unit(1.0, unit, quantity)
    assert caught.value.reason == "wrong_unit"


@given(st.text(max_size=12) | st.text("mscgk/*^-1234 °µ³²⁻⋅%", max_size=12), st.sampled_from(sorted(QUANTITIES)))
def test_any_unit_is_converted_or_refused(unit: str, quantity: str) -> None:
    if units.convertible(unit, quantity):
        assert math.isfinite(to_own_unit(1.0, unit, quantity))
    else:
        with pytest.raises(UnreadableMessageError, match="wrong_unit"):
            to_own_unit(1.0, unit, quantity)


def test_a_device_that_sends_ever_new_units_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "_steps", dict.fromkeys(((str(n), "rainfall") for n in range(5000)), None))
    assert not units.convertible("cm", "rainfall")
    assert len(units._steps) == 5000
