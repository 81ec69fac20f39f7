"""SenML by the rules of RFC 8428: base fields, relative times, names, versions."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import UnreadableMessageError
from ingest.formats.native import Refusal
from ingest.mapping import Routed
from tests.unit.ingest.formats.given_sources import NOW, device, field, measured, readings, reasons, source, taken

DEVICE = "urn:dev:ow:10e2073a0108006"
SENML = source(
    "senml", "senml/#", device(DEVICE, "kim_long"), field("level", "water_level"), field("temp", "temperature")
)
T0 = 1761519600.0  # 2025-10-26T23:00Z


def test_base_time_is_added_and_holds_until_another() -> None:
    pack = [
        {"bn": f"{DEVICE}:", "bt": T0, "bu": "m", "bver": 5, "n": "level", "v": 3.41},
        {"n": "level", "t": -5, "v": 3.40},
        {"bt": T0 + 600, "n": "level", "v": 3.58},
        {"n": "level", "t": 1, "v": 3.59},
    ]
    found = [(m.observed_at.timestamp() - T0, m.value) for _, m in measured(SENML, "senml/x", pack)]
    assert found == [(0, 3.41), (-5, 3.40), (600, 3.58), (601, 3.59)]


@pytest.mark.parametrize(
    ("fields", "after_now"),
    [({}, 0), ({"t": 0}, 0), ({"t": -60}, -60), ({"bt": -100, "t": 40}, -60), ({"t": 60}, 60)],
)
def test_times_below_2_to_the_28_are_relative_to_now(fields: dict[str, float], after_now: float) -> None:
    ((_, m),) = measured(SENML, "senml/x", [{"n": f"{DEVICE}:level", "v": 1, **fields}])
    assert m.observed_at == NOW + timedelta(seconds=after_now)


def test_the_first_absolute_time_is_2_to_the_28() -> None:
    assert reasons(SENML, "senml/x", [{"n": f"{DEVICE}:level", "v": 1, "t": 2**28}]) == ["too_old"]  # 1978
    assert reasons(SENML, "senml/x", [{"n": f"{DEVICE}:level", "v": 1, "t": 2**28 - 1}]) == ["in_the_future"]


def test_base_value_is_added_and_stands_alone() -> None:
    pack = [
        {"bn": f"{DEVICE}/", "bt": T0, "bv": 3.0, "n": "level", "v": 0.5},
        {"n": "level", "t": 1, "v": -0.25},
        {"n": "level", "t": 2},  # section 4.5.4: a missing value is zero
        {"bv": 0, "n": "level", "t": 3, "v": 1},
    ]
    assert [m.value for _, m in measured(SENML, "senml/x", pack)] == [3.5, 2.75, 3.0, 1.0]


def test_base_units_and_units_of_senml() -> None:
    pack = [
        {"bn": f"{DEVICE}:", "bt": T0, "bu": "Cel", "n": "temp", "v": 25.2},
        {"n": "level", "u": "mm", "v": 3580},
        {"n": "temp", "t": 1, "u": "K", "v": 298.15},
    ]
    assert readings(SENML, "senml/x", pack) == [
        ("kim_long", "temperature", 25.0),
        ("kim_long", "temperature", 25.2),
        ("kim_long", "water_level", 3.58),
    ]


def test_sums_texts_and_truths_are_no_readings_but_their_neighbours_are() -> None:
    pack = [
        {"bn": f"{DEVICE}:", "bt": T0, "n": "level", "s": 12.0},
        {"n": "level", "v": 1.0, "s": 13.0},
        {"n": "label", "vs": "Machine Room"},
        {"n": "open", "vb": False},
        {"n": "nfc-reader", "vd": "aGkgCg"},
    ]
    assert readings(SENML, "senml/x", pack) == [("kim_long", "water_level", 1.0)]


def test_the_collection_of_the_rfc() -> None:
    """Section 5.1.5: two devices by their addresses, each with a temperature and a humidity."""
    pack = [
        {"bn": "2001:db8::2/", "bt": 1.320078429e9, "n": "temperature", "u": "Cel", "v": 25.2},
        {"n": "humidity", "u": "%RH", "v": 30},
        {"bn": "2001:db8::1/", "n": "temperature", "u": "Cel", "v": 12.3},
        {"n": "humidity", "u": "%RH", "v": 67},
    ]
    toml = source("senml", "senml/#", device("2001:db8::2", "a"), device("2001:db8::1/", "b"))
    assert readings(toml, "senml/x", pack) == [
        ("a", "humidity", 30.0),
        ("a", "temperature", 25.2),
        ("b", "humidity", 67.0),
        ("b", "temperature", 12.3),
    ]
    assert {m.observed_at for _, m in measured(toml, "senml/x", pack)} == {
        datetime(2011, 10, 31, 16, 27, 9, tzinfo=UTC)
    }


def test_a_device_with_one_sensor_has_the_field_value() -> None:
    toml = source("senml", "senml/#", device(DEVICE), field("value", "temperature"))
    assert readings(toml, "senml/x", [{"n": DEVICE, "u": "Cel", "v": 23.1}]) == [("kim_long", "temperature", 23.1)]


def test_a_record_that_cannot_be_read_is_refused_alone_and_can_be_replayed_alone() -> None:
    pack = [
        {"bn": f"{DEVICE}:", "bt": T0, "n": "level", "v": 1.0},
        {"n": "le vel", "v": 2},
        {"n": "level", "t": 1, "v": 3},
    ]
    found = taken(SENML, "senml/x", pack)
    assert [getattr(one, "reason", None) for one in found] == [None, None, "wrong_shape"]
    assert found[-1].payload == b'[{"bn":"' + DEVICE.encode() + b':","bt":1761519600.0,"n":"le vel","v":2}]'


@pytest.mark.parametrize("value", ["null", "NaN", '"3"', "1" + "0" * 400])
def test_one_bad_value_costs_no_other_and_its_base_fields_hold(value: str) -> None:
    first = f'{{"bn": "{DEVICE}:", "bt": {T0}, "bu": "m", "n": "level", "v": {value}}}'
    pack = f'[{first}, {{"n": "temp", "u": "Cel", "v": 25.2}}, {{"n": "level", "t": 60, "v": 3.58}}]'.encode()
    found = taken(SENML, "senml/x", pack)
    assert [(one.station, one.measurement.value) for one in found if isinstance(one, Routed)] == [
        ("kim_long", 25.2),
        ("kim_long", 3.58),
    ]
    (refusal,) = [one for one in found if isinstance(one, Refusal)]
    assert (refusal.reason, "field v is" in refusal.detail) == ("wrong_shape", True)


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ({}, "wrong_shape"),
        ([], "empty"),
        ([1], "wrong_shape"),
        ([{"bver": 11, "n": "a", "v": 1}], "wrong_version"),
        ([{"n": "a", "v": 1, "must_": 1}], "wrong_shape"),
        ([{"bt": None, "n": "a", "v": 1}], "wrong_shape"),
        ([{"n": "a", "v": 1}, {"bn": 1, "n": "a", "v": 1}], "wrong_shape"),
        ([{"bver": "1", "n": "a", "v": 1}], "wrong_shape"),
        (b'[{"bv": NaN, "n": "a", "v": 1}]', "wrong_shape"),
        (b"\xff", "not_utf8"),
    ],
)
def test_packs_that_are_none(pack: object, reason: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        taken(SENML, "senml/x", pack)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "record",
    [
        {"n": "_a", "v": 1},
        {"n": "", "v": 1},
        {"v": 1},
        {"n": "a", "v": 1, "vs": "x"},
        {"n": "a b", "v": 1},
        {"n": "a", "v": "1"},
        {"n": "a", "v": True},
        {"n": "a", "v": None},
        {"n": "a", "v": float("nan")},
        {"n": "a", "v": 1, "t": "now"},
        {"n": "a", "v": 1, "u": 1},
        {"n": "a", "s": None},
        {"n": "a", "vs": 1},
        {"n": "a", "vd": 1},
        {"n": 1, "v": 1},
    ],
)
def test_records_against_the_rules_of_names_and_values(record: dict[str, object]) -> None:
    assert reasons(SENML, "senml/x", [record]) == ["wrong_shape"]


def test_fields_nobody_knows_are_left_out_of_account() -> None:
    assert readings(SENML, "senml/x", [{"n": f"{DEVICE}:level", "v": 1, "ut": 60, "own": {"a": 1}}])
