"""Sorting a batch: what is accepted, rejected, adopted."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.stations import Series, Station, StationKind
from ingest.formats.native import Measurement
from ingest.intake import Envelope, _accept, by_series, take_in
from ingest.network import Network, adopted
from tests.unit.ingest.formats.given_sources import device, field, source, sources

NOW = datetime(2025, 11, 1, tzinfo=UTC)
T0 = datetime(2025, 10, 27, tzinfo=UTC)
LEVEL = Series(quantity="water_level", cadence=timedelta(hours=1))
KIM_LONG = Station(
    id="kim_long",
    name_vi="Kim Long",
    name_en="Kim Long",
    kind=StationKind.RIVER,
    lat=16.4,
    lon=107.5,
    series=(LEVEL,),
    simulated=False,
    verified=True,
    source="test",
)
NETWORK = Network({"kim_long": KIM_LONG}, {("kim_long", "water_level"): LEVEL}, {("kim_long", "water_level"): 1})


def _envelope(topic: str, body: object, *, length: int = -1) -> Envelope:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Envelope(topic, payload, NOW, length=length)


def _reading(minutes: float = 0, value: float = 1.0) -> dict[str, object]:
    return {"observed_at": (T0 + timedelta(minutes=minutes)).isoformat(), "value": value}


messages = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "ews/v1/kim_long/water_level",
                "ews/v1/kim_long",
                "ews/v1/new/rainfall",
                "ews/v1/kim_long/status",
                "ews/v1/x/y",
                "?",
            ]
        )
        | st.text(max_size=30),
        st.binary(max_size=60)
        | st.just(json.dumps(_reading()).encode())
        | st.just(json.dumps([_reading(), 1, _reading(1)]).encode()),
    ),
    max_size=8,
)


@given(messages, st.booleans())
def test_any_messages_are_sorted_without_an_error(batch: list[tuple[str, bytes]], adopt: bool) -> None:
    intake = take_in(
        [_envelope(*m) for m in batch] + [_envelope("ews/v1/kim_long/water_level", _reading(9))], NETWORK, adopt=adopt
    )
    assert intake.received == len(intake.accepted) + len(intake.rejections)
    assert intake.accepted[-1].measurement.observed_at == T0 + timedelta(minutes=9)
    known = {(a.station, a.measurement.quantity) for a in intake.accepted}
    adoptions = {(station, q) for station, quantities in intake.adoptions.items() for q in quantities}
    assert known <= set(NETWORK.numbers) | adoptions
    assert adopt or not adoptions


def test_a_long_message_of_an_unknown_station_is_kept_reading_by_reading() -> None:
    many = [_reading(n) for n in range(300)]
    intake = take_in([_envelope("ews/v1/new/water_level", many)], NETWORK, adopt=False)
    assert len(intake.rejections) == 300
    assert json.loads(intake.rejections[7].payload) == many[7]
    short = take_in([_envelope("ews/v1/new/water_level", many[:3])], NETWORK, adopt=False)
    assert len(short.rejections) == 1


def test_a_cut_payload_keeps_its_length() -> None:
    intake = take_in([_envelope("ews/v1/kim_long/water_level", b"[1", length=1_000_000)], NETWORK, adopt=False)
    assert [(r.reason, r.payload_bytes) for r in intake.rejections] == [("too_large", 1_000_000)]


def test_a_series_that_is_not_configured_can_be_replayed_alone() -> None:
    body = {"observed_at": T0.isoformat(), "values": {"water_level": 1.0, "rainfall": 2.0}}
    intake = take_in([_envelope("ews/v1/kim_long", body)], NETWORK, adopt=True)
    assert len(intake.accepted) == 1
    (rejection,) = intake.rejections
    assert (rejection.reason, json.loads(rejection.payload)) == (
        "unknown_quantity",
        {"observed_at": T0.isoformat(), "values": {"rainfall": 2.0}},
    )
    again = take_in([_envelope("ews/v1/kim_long/pm10", [_reading(), _reading(1)])], NETWORK, adopt=False)
    assert [json.loads(r.payload) for r in again.rejections] == [_reading(), _reading(1)]


def test_adoption_gathers_the_quantities_of_a_station() -> None:
    batch = [
        _envelope("ews/v1/new/rainfall", _reading()),
        _envelope("ews/v1/new", {"observed_at": T0.isoformat(), "values": {"pm10": 1}}),
    ]
    intake = take_in(batch, NETWORK, adopt=True)
    assert intake.adoptions == {"new": ["rainfall", "pm10"]}
    new = adopted("new", ["rainfall", "pm10"])
    assert (new.adopted, new.verified, new.thresholds, new.kind) == (True, False, (), StationKind.RAIN)


def test_readings_of_a_series_are_judged_in_order_of_time() -> None:
    batch = [
        _envelope("ews/v1/kim_long/water_level", _reading(m, v)) for m, v in ((5, 1.0), (1, 2.0), (5, 3.0), (0, 4.0))
    ]
    intake = take_in(batch, NETWORK, adopt=False)
    assert by_series(intake.accepted, NETWORK.numbers) == {1: [3, 1, 0, 2]}


def test_clearing_a_retained_status_is_nothing() -> None:
    intake = take_in([_envelope("ews/v1/kim_long/status", b"")], NETWORK, adopt=False)
    assert (intake.received, intake.statuses) == (0, [])


#: Each is JSON, and each once left the decoders as another error than that of a message that cannot be read.
POISON = {
    "half_a_pair": ("ews/v1/kim_long", b'{"observed_at":"2025-10-27T06:00:00Z","values":{"\\ud800":1}}'),
    "powers": (
        "ews/v1/kim_long/water_level",
        b'{"observed_at":"2025-10-27T06:00:00Z","value":1.0,"unit":"Ym^9*Ym^9/m^9/m^8"}',
    ),
    "digits": ("tb/d1", b'{"ts":1' + b"0" * 400 + b',"values":{"level":1}}'),
    "half_a_pair_of_things": ("tb/d1", b'[{"ts":"\\ud800","values":{}}]'),
    "half_a_pair_of_sensor_things": ("st/d1", b'{"result":"\\ud800","phenomenonTime":"2025-10-27T06:00:00Z"}'),
    "half_a_pair_of_senml": ("senml/x", b'[{"n":"\\ud800","v":1}]'),
}
FOREIGN = sources(
    source("thingsboard", "tb/{device}", device(), field("level", "water_level"))
    + source("sensorthings", "st/{device}", device(), field("value", "water_level")).replace('"s"', '"t"')
    + source("senml", "senml/#", device(), field("level", "water_level")).replace('"s"', '"u"')
)


@pytest.mark.parametrize("name", POISON)
def test_a_message_nobody_thought_of_is_refused_and_the_next_one_is_taken(name: str) -> None:
    batch = [_envelope(*POISON[name]), _envelope("ews/v1/kim_long/water_level", _reading())]
    intake = take_in(batch, NETWORK, adopt=False, sources=FOREIGN)
    assert [one.reason for one in intake.rejections] == [
        {
            "half_a_pair": "unknown_quantity",
            "powers": "wrong_unit",
            "digits": "bad_time",
            "half_a_pair_of_things": "bad_time",
            "half_a_pair_of_sensor_things": "not_a_number",
            "half_a_pair_of_senml": "wrong_shape",
        }[name]
    ]
    assert len(intake.accepted) == intake.rejected_by.total() == 1


def test_the_good_quantity_beside_half_a_pair_is_taken_and_the_other_can_be_replayed() -> None:
    body = b'{"observed_at":"2025-10-27T06:00:00Z","values":{"water_level":3.6,"\\ud800":1}}'
    intake = take_in([_envelope("ews/v1/kim_long", body)], NETWORK, adopt=False)
    assert [one.measurement.value for one in intake.accepted] == [3.6]
    assert json.loads(intake.rejections[0].payload)["values"] == {"\ud800": 1}


@pytest.mark.parametrize("error", [ValueError("x"), OverflowError(), ZeroDivisionError(), RecursionError()])
def test_whatever_leaves_a_decoder_costs_its_message_alone_and_counts_once(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    own = _accept

    def second_fails(envelope: Envelope, station: str, measurement: Measurement, *rest: Any, **more: Any) -> bool:
        if measurement.value == 2.0:
            raise error
        return own(envelope, station, measurement, *rest, **more)

    monkeypatch.setattr("ingest.intake._accept", second_fails)
    batch = [
        _envelope("ews/v1/new/rainfall", _reading()),
        _envelope("ews/v1/new/pm10", [{}, _reading(), _reading(1, 2.0)]),
        _envelope("ews/v1/kim_long/water_level", _reading()),
    ]
    intake = take_in(batch, NETWORK, adopt=True)
    assert [one.reason for one in intake.rejections] == ["unreadable"]
    assert [one.station for one in intake.accepted] == ["new", "kim_long"]
    assert (intake.adoptions, intake.rejected_by.total()) == ({"new": ["rainfall"]}, 1)
