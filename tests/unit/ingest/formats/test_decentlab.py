"""The vendor's sample payloads give the vendor's values; frames that are no frames of the model are refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnreadableMessageError
from ingest.formats.decentlab import MODELS, decode

SAMPLES = json.loads((Path(__file__).parents[3] / "data" / "decentlab" / "payloads.json").read_text(encoding="utf-8"))


def _reason(data: bytes, model: str) -> str | None:
    try:
        decode(data, model)
    except UnreadableMessageError as error:
        return error.reason
    return None


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s['model']}-{s['payload'][-8:]}")
def test_the_vendors_samples(sample: dict[str, object]) -> None:
    values, units = decode(bytes.fromhex(str(sample["payload"])), str(sample["model"]))
    expected: dict[str, tuple[float, str | None]] = sample["values"]  # type: ignore[assignment]
    assert values == pytest.approx({name: value for name, (value, _) in expected.items()}, rel=1e-9, abs=1e-9)
    assert units == {name: unit for name, (_, unit) in expected.items() if unit is not None}


def test_every_model_has_a_sample() -> None:
    assert {sample["model"] for sample in SAMPLES} == set(MODELS)
    assert len(SAMPLES) == 132


def test_a_device_has_its_own_parameters() -> None:
    values, _ = decode(bytes.fromhex("02016700034e8060170c7f"), "DL-PR26", {"Pmin": 0.0, "Pmax": 2.0})
    assert values["Pressure"] == pytest.approx((0x4E80 - 16384) / 32768 * 2.0)


@pytest.mark.parametrize(
    ("frame", "model", "reason"),
    [
        ("", "DL-MBX", "wrong_length"),
        ("02012f0003", "DL-MBX", "wrong_length"),
        ("02012f000304d200010bb1ff", "DL-MBX", "wrong_length"),
        ("02012f000304d200010bb10000", "DL-MBX", "wrong_length"),
        ("02012f000704d200010bb1", "DL-MBX", "wrong_length"),
        ("01012f000304d200010bb1", "DL-MBX", "wrong_version"),
        ("02012f000304d200010bb1", "DL-XYZ", "unknown_model"),
        ("02586b0003074c88b68a8c00000b93", "DL-MBX", "wrong_length"),  # a radar's frame
    ],
)
def test_frames_of_something_else(frame: str, model: str, reason: str) -> None:
    assert _reason(bytes.fromhex(frame), model) == reason


def test_what_cannot_be_computed_is_left_out() -> None:
    values, _ = decode(bytes.fromhex("0203d400030001000000010c60"), "DL-KL66")  # an interval of zero
    assert "Frequency" not in values
    assert values["Battery voltage"] == 3.168


@given(st.sampled_from(sorted(MODELS)), st.data())
def test_any_words_end_as_values_or_a_reason(model: str, data: st.DataObject) -> None:
    flags = data.draw(st.integers(0, 2 ** len(MODELS[model].sensors) - 1))
    words = sum(sensor.words for bit, sensor in enumerate(MODELS[model].sensors) if flags >> bit & 1)
    body = data.draw(st.binary(min_size=2 * words, max_size=2 * words))
    values, units = decode(b"\x02\x00\x01" + flags.to_bytes(2, "big") + body, model)
    assert set(units) <= set(values)
    junk = data.draw(st.binary(max_size=60))
    assert _reason(junk, model) in (None, "wrong_length", "wrong_version")
