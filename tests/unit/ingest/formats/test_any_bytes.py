"""Whatever bytes come: readings, refusals with a reason, or UnreadableMessageError. Nothing else, from any format."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import UnreadableMessageError
from ingest.formats.native import Refusal, decode
from ingest.formats.registry import FORMATS
from ingest.mapping import Routed
from ingest.routing import message_of, read
from ingest.source import Source
from tests.unit.ingest.formats.given_sources import NOW, device, field, source, sources

TOPICS = {
    "senml": ("senml/#", "senml/x"),
    "ttn": ("v3/#", "v3/a/devices/b/up"),
    "chirpstack": ("application/#", "application/a/device/b/event/up"),
    "sensorthings": ("st/{device}", "st/1"),
    "thingsboard": ("tb/{device}", "tb/d1"),
    "sensor_community": ("air/{device}", "air/d1"),
    "plain": ("p/{device}/{field}", "p/d1/level"),
    "tt10": ("HUE_{device}_*.txt", "$file/s/HUE_D1_1.txt"),
}
KEYS = st.sampled_from(
    [
        "bn",
        "bt",
        "bu",
        "bv",
        "bver",
        "n",
        "u",
        "v",
        "vs",
        "t",
        "s",
        "end_device_ids",
        "device_id",
        "uplink_message",
        "decoded_payload",
        "frm_payload",
        "received_at",
        "rx_metadata",
        "deviceInfo",
        "devEui",
        "data",
        "object",
        "rxInfo",
        "time",
        "result",
        "phenomenonTime",
        "Datastream",
        "@iot.id",
        "dataArray",
        "components",
        "value",
        "ts",
        "values",
        "d1",
        "sensordatavalues",
        "value_type",
        "esp8266id",
        "level",
        "unitOfMeasurement",
        "symbol",
        "observed_at",
        "seq",
        "unit",
        "status",
        "battery_v",
    ]
)
#: Half a surrogate pair, which JSON can write and UTF-8 cannot, and units whose powers no float holds.
STRANGE = ("\ud800", "level\udfff", "Ym^9*Ym^9/m^9/m^8", "ym^-9*ym^9*m", "m^9/ym^8")
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "d1",
            "level",
            "AgEvAAME0gABC7E=",
            "m",
            "2025-10-27T06:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
            1761519600,
            1e300,
            10**400,
            "1e999",
            *STRANGE,
        ]
    )
)
NAMES = KEYS | st.text(max_size=6) | st.sampled_from(STRANGE)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
AMOUNTS = st.floats(allow_nan=False) | st.integers(-(10**400), 10**400) | st.sampled_from([1, 10**400])
AT = st.sampled_from(["2025-10-27T06:00:00Z", 1761519600]) | LEAVES
#: What is nearly right gets further into a decoder than what is anything.
NEARLY = st.one_of(
    st.fixed_dictionaries(
        {"observed_at": AT}, optional={"value": AMOUNTS, "unit": LEAVES, "values": st.dictionaries(NAMES, AMOUNTS)}
    ),
    st.fixed_dictionaries({"ts": AMOUNTS, "values": st.dictionaries(NAMES, LEAVES, max_size=3)}),
    st.fixed_dictionaries({"result": LEAVES, "phenomenonTime": AT, "Datastream": JSON}),
    st.lists(st.fixed_dictionaries({"n": LEAVES}, optional={"bt": AMOUNTS, "v": AMOUNTS, "u": LEAVES}), max_size=3),
)
LINES = st.lists(
    st.lists(
        st.sampled_from(["level", "3.5", "3,5", "m", "20251027130000", "00", "", "x"]) | st.text(max_size=8), max_size=6
    ).map("\t".join),
    max_size=5,
).map("\n".join)

PAYLOADS = st.binary(max_size=80) | (JSON | NEARLY).map(lambda v: json.dumps(v).encode()) | LINES.map(str.encode)


def _source(name: str, **more: str) -> Source:
    parts = (
        device("d1", **more),
        field("level", "water_level"),
        '[[source.field]]\npath = "$..level"\nquantity = "rainfall"\n',
    )
    made = sources(source(name, TOPICS[name][0], *parts, **({"vendor": "decentlab"} if more else {})))
    found = made.of(TOPICS[name][1])
    assert found is not None
    return found


SOURCES = [*(_source(name) for name in FORMATS), *(_source(name, model="DL-MBX") for name in ("ttn", "chirpstack"))]


@pytest.mark.parametrize("chosen", SOURCES, ids=lambda s: f"{s.format}-{s.vendor}")
@settings(max_examples=150)
@given(payload=PAYLOADS)
def test_any_payload(chosen: Source, payload: bytes) -> None:
    read_any(chosen, payload)


def read_any(chosen: Source, payload: bytes) -> None:
    """What a configured source makes of it is sound; `make soak` asks this of a million payloads (fuzz_decoders.py)."""
    try:
        found = list(read(chosen, message_of(chosen, TOPICS[chosen.format][1], payload, NOW)))
    except UnreadableMessageError:
        return
    for one in found:
        assert isinstance(one, (Routed, Refusal))
        if isinstance(one, Routed):
            assert one.measurement.value == one.measurement.value  # not NaN
            assert datetime(1990, 1, 1, tzinfo=UTC) <= one.measurement.observed_at


@settings(max_examples=150)
@given(payload=PAYLOADS, quantity=st.sampled_from(["water_level", "rainfall", None]))
def test_any_native_payload(payload: bytes, quantity: str | None) -> None:
    decode_any(payload, quantity)


def decode_any(payload: bytes, quantity: str | None) -> None:
    """The same of the native contract."""
    try:
        found = decode(payload, quantity, NOW)
    except UnreadableMessageError:
        return
    assert found
    for one in found:
        assert isinstance(one, Refusal) or one.value == one.value


@pytest.mark.parametrize("chosen", SOURCES, ids=lambda s: f"{s.format}-{s.vendor}")
@pytest.mark.parametrize("payload", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b'"' + b"x" * 200_000 + b'"'])
def test_deep_and_long(chosen: Source, payload: bytes) -> None:
    details = []
    try:
        outcomes = list(read(chosen, message_of(chosen, TOPICS[chosen.format][1], payload, NOW)))
        details = [one.detail for one in outcomes if isinstance(one, Refusal)]
    except UnreadableMessageError as error:
        details = [error.detail]
    assert details
    assert all(len(detail) < 1000 for detail in details)


@pytest.mark.parametrize("digits", [40, 309, 5_000])
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        *(
            ("senml", f'[{{"n": "d1", "v": 1, "{key}": LONG}}]')
            for key in ("v", "s", "t", "ut", "bt", "bv", "bver", "bn")
        ),
        ("senml", '[{"bn": "d1", "bt": 1e308, "n": ":level", "v": 1, "t": 1.7e308}]'),
        ("thingsboard", '[{"ts": LONG, "values": {"level": LONG}}]'),
        ("sensorthings", '{"result": LONG, "phenomenonTime": LONG}'),
        ("sensor_community", '{"sensordatavalues": [{"value_type": "level", "value": LONG}]}'),
        ("plain", "LONG"),
    ],
)
def test_integers_of_any_length(name: str, shape: str, digits: int) -> None:
    chosen = next(one for one in SOURCES if one.format == name)
    payload = shape.replace("LONG", "9" * digits).encode()
    try:
        found = list(read(chosen, message_of(chosen, TOPICS[name][1], payload, NOW)))
    except UnreadableMessageError:
        return
    assert all(isinstance(one, (Routed, Refusal)) for one in found)
