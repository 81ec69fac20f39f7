"""The native payload: any bytes at all end as measurements, refusals, or one named error."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnreadableMessageError
from domain.quantities import QUANTITIES
from ingest.formats.native import LONGEST_PAYLOAD, Measurement, Refusal, decode, split
from ingest.instants import CLOCK_TOLERANCE, EARLIEST

NOW = datetime(2025, 11, 1, tzinfo=UTC)
SIX = datetime(2025, 10, 26, 23, 0, tzinfo=UTC)
REASONS = {
    "not_json",
    "missing_field",
    "bad_time",
    "naive_time",
    "too_old",
    "in_the_future",
    "not_a_number",
    "wrong_unit",
    "unknown_quantity",
    "empty",
    "not_utf8",
    "too_large",
}


def _one(quantity: str | None = "water_level", /, **fields: object) -> Measurement | Refusal:
    body = {"observed_at": "2025-10-27T06:00:00+07:00", "value": 3.58} | fields
    (found,) = decode(json.dumps(body).encode(), quantity, NOW)
    return found


def _reason(**fields: object) -> str:
    found = _one(**fields)
    assert isinstance(found, Refusal)
    return found.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
near_readings = st.fixed_dictionaries(
    {},
    optional={
        "observed_at": json_values | st.floats() | st.datetimes().map(lambda d: d.isoformat() + "+07:00"),
        "value": json_values | st.floats(),
        "values": json_values | st.dictionaries(st.sampled_from(list(QUANTITIES)), json_values),
        "unit": json_values | st.sampled_from(["cm", "m", "mm"]),
        "seq": json_values,
        "status": json_values,
        "battery_v": json_values,
    },
)
quantities = st.none() | st.sampled_from(sorted(QUANTITIES))


def _decoded(payload: bytes, quantity: str | None) -> list[Measurement | Refusal]:
    """A message refused as a whole counts as one refusal."""
    try:
        return decode(payload, quantity, NOW)
    except UnreadableMessageError as error:
        return [Refusal(error.reason, error.detail, payload)]


def _hold(outcomes: list[Measurement | Refusal]) -> None:
    assert outcomes
    for one in outcomes:
        if isinstance(one, Refusal):
            assert one.reason in REASONS
        else:
            assert math.isfinite(one.value)
            assert EARLIEST <= one.observed_at <= NOW + CLOCK_TOLERANCE
            assert one.observed_at.astimezone(UTC).tzinfo is UTC
            assert one.quantity in QUANTITIES
            assert one.seq is None or 0 <= one.seq < 2**63
            assert one.status is None or one.status.isprintable()


@given(st.binary(max_size=400), quantities)
def test_any_bytes(payload: bytes, quantity: str | None) -> None:
    _hold(_decoded(payload, quantity))


@given(near_readings | st.lists(near_readings | json_values, max_size=5) | json_values, quantities)
def test_anything_that_json_can_say(body: object, quantity: str | None) -> None:
    _hold(_decoded(json.dumps(body).encode(), quantity))


@given(st.lists(near_readings, max_size=4), st.integers(0, 4))
def test_a_good_reading_is_found_among_any_neighbours(neighbours: list[object], place: int) -> None:
    good = {"observed_at": "2025-10-27T06:00:00+07:00", "value": 3.58}
    body = [*neighbours[:place], good, *neighbours[place:]]
    assert Measurement("water_level", SIX, 3.58) in decode(json.dumps(body).encode(), "water_level", NOW)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(EARLIEST.replace(tzinfo=None), NOW.replace(tzinfo=None)),
)
def test_values_and_times_survive_exactly(value: float, at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    assert _one(value=value, observed_at=aware.isoformat()) == Measurement("water_level", aware, value)


@pytest.mark.parametrize(
    "observed_at",
    [
        "2025-10-27T06:00:00+07:00",
        "2025-10-26T23:00:00Z",
        "2025-10-27T06:00+07:00",
        "2025-10-27 06:00:00+07:00",
        SIX.timestamp(),
        int(SIX.timestamp()),
        int(SIX.timestamp()) * 1000,
    ],
)
def test_ways_to_write_a_time(observed_at: object) -> None:
    found = _one(observed_at=observed_at)
    assert isinstance(found, Measurement)
    assert found.observed_at == SIX


@pytest.mark.parametrize(
    ("observed_at", "reason"),
    [
        ("2025-10-27T06:00:00", "naive_time"),
        ("2025-10-27", "naive_time"),
        ("today", "bad_time"),
        (None, "bad_time"),
        (True, "bad_time"),
        ([], "bad_time"),
        (10**400, "bad_time"),
        (0, "too_old"),
        (-1, "too_old"),
        ("1989-12-31T23:59:59Z", "too_old"),
        ((NOW + CLOCK_TOLERANCE + timedelta(seconds=1)).isoformat(), "in_the_future"),
        ("9999-12-31T23:59:59-14:00", "in_the_future"),
        ("0001-01-01T00:00:00+14:00", "too_old"),
    ],
)
def test_times_that_are_refused(observed_at: object, reason: str) -> None:
    assert _reason(observed_at=observed_at) == reason


def test_the_bounds_of_time_are_accepted() -> None:
    for at in (EARLIEST, NOW + CLOCK_TOLERANCE):
        assert isinstance(_one(observed_at=at.isoformat()), Measurement)


@pytest.mark.parametrize("value", ["3.58", None, True, [], {}, 10**400, float("nan"), float("inf"), -float("inf")])
def test_values_that_are_no_numbers(value: object) -> None:
    assert _reason(value=value) == "not_a_number"


def test_zero_is_a_value() -> None:
    found = _one(value=0)
    assert isinstance(found, Measurement)
    assert found.value == 0.0


@pytest.mark.parametrize("missing", ["observed_at", "value"])
def test_required_fields(missing: str) -> None:
    body = {"observed_at": SIX.isoformat(), "value": 1.0}
    del body[missing]
    (found,) = decode(json.dumps(body).encode(), "water_level", NOW)
    assert isinstance(found, Refusal)
    assert found.reason == "missing_field"
    assert missing in found.detail


@pytest.mark.parametrize(
    "extras",
    [
        {"seq": "x"},
        {"seq": -1},
        {"seq": 2**63},
        {"status": "x" * 99},
        {"status": "\0"},
        {"battery_v": "low"},
        {"battery_v": 1e300},
    ],
)
def test_an_unusable_extra_does_not_cost_the_reading(extras: dict[str, object]) -> None:
    assert _one(**extras) == Measurement("water_level", SIX, 3.58)


def test_extras_are_kept() -> None:
    assert _one(seq=7, status="02", battery_v=3) == Measurement("water_level", SIX, 3.58, 7, "02", 3.0)
    assert _one(status=2) == Measurement("water_level", SIX, 3.58, None, "02", None)


def test_several_quantities_at_once() -> None:
    body = {"observed_at": SIX.isoformat(), "seq": 1, "values": {"water_level": 1, "depth": 2, "rainfall": None}}
    level, depth, rain = decode(json.dumps(body).encode(), None, NOW)
    assert level == Measurement("water_level", SIX, 1.0, 1)
    assert isinstance(depth, Refusal)
    assert isinstance(rain, Refusal)
    assert (depth.reason, rain.reason) == ("unknown_quantity", "not_a_number")
    assert json.loads(depth.payload) == {**body, "values": {"depth": 2}}


def test_several_quantities_come_in_their_own_units() -> None:
    body = {"observed_at": SIX.isoformat(), "unit": "cm", "values": {"water_level": 1}}
    (found,) = decode(json.dumps(body).encode(), None, NOW)
    assert isinstance(found, Refusal)
    assert found.reason == "wrong_unit"


def test_one_nan_does_not_cost_its_neighbours() -> None:
    payload = b'[{"observed_at": 1761519600, "value": NaN}, {"observed_at": 1761519600, "value": 2}]'
    bad, good = decode(payload, "water_level", NOW)
    assert isinstance(bad, Refusal)
    assert bad.reason == "not_a_number"
    assert good == Measurement("water_level", SIX, 2.0)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff", "not_utf8"),
        (b"[", "not_json"),
        (b"[]", "empty"),
        (b" " * (LONGEST_PAYLOAD + 1), "too_large"),
        (b"[" * 9999, "not_json"),
    ],
)
def test_messages_refused_as_a_whole(payload: bytes, reason: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        decode(payload, "water_level", NOW)
    assert caught.value.reason == reason


def test_a_byte_order_mark_is_forgiven() -> None:
    assert split(b"\xef\xbb\xbf{}") == [b"{}"]
