"""Recorded floods: what a description may say, and which readings come out of its sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from domain.recording import Recording, load_recording, slug

DESCRIPTION = """
name = "A river"
utc_offset = "+07:00"
step = "1h"
target = "Lệ Thủy"
upstream = ["Upper"]
rain = ["rain_mm"]
thresholds = [1.2, 2.2, 2.7]
lead_hours = [1, 3]
test_from = "2012-01-01"

[[source]]
file = "levels.csv"
time_column = "at"
series_column = "station"
value_column = "level_m"

[[source]]
file = "wide.csv"
time_column = "time"
columns = ["rain_mm", "Upper"]
"""
LEVELS = """at,station,level_m
2010-10-05 02:00:00,Lệ Thủy,3.81
2010-10-05 01:00:00,Lệ Thủy,3.78
2010-10-05 01:30:00,Lệ Thủy,-9999
2010-10-05 02:00:00,Upper,9.5
2010-10-05 03:00:00,Upper,broken
2010-10-05 03:00:00,Elsewhere,1.0
no time,Upper,1.0
2010-10-05T03:00:00Z,Lệ Thủy,2.0
"""
WIDE = """time,rain_mm,Upper,ignored
2010-10-05 01:00,12.5,,1
2010-10-05 02:00,,9.9,2
2010-10-05,0,8.8,3
"""


def write(folder: Path, description: str = DESCRIPTION, *, levels: str = LEVELS, wide: str = WIDE) -> Path:
    (folder / "levels.csv").write_text(levels, encoding="utf-8")
    (folder / "wide.csv").write_text(wide, encoding="utf-8")
    path = folder / "Le Thuy 2010.toml"
    path.write_text(description, encoding="utf-8")
    return path


def rows(recording: Recording) -> list[tuple[str, datetime, float]]:
    table = recording.readings
    return [
        (str(series), at.to_pydatetime(), float(value))
        for series, at, value in zip(table["series"], table["observed_at"], table["value"], strict=True)
    ]


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of 5 October 2010 at UTC+7, in UTC."""
    return datetime(2010, 10, 5, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def test_sources_become_one_table_in_utc_sorted_by_time(tmp_path: Path) -> None:
    recording = load_recording(write(tmp_path))
    assert rows(recording) == [
        ("Upper", at(0), 8.8),
        ("rain_mm", at(0), 0.0),
        ("Lệ Thủy", at(1), 3.78),
        ("rain_mm", at(1), 12.5),
        ("Lệ Thủy", at(2), 3.81),
        ("Upper", at(2), 9.5),  # the first source wins over 9.9 of the second
        ("Lệ Thủy", at(10), 2.0),  # 03:00Z keeps its own offset
    ]


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    recording = load_recording(write(tmp_path))
    assert recording.dropped == {"no_time": 1, "sentinel": 1, "not_a_number": 1, "repeated": 1}


def test_the_description_is_taken_over(tmp_path: Path) -> None:
    recording = load_recording(
        write(tmp_path, DESCRIPTION.replace("[[source]]", '[positions]\n"Upper"=[17.1, 106.6]\n[[source]]', 1))
    )
    assert recording.slug == "le_thuy_2010"
    assert recording.series == ("Lệ Thủy", "Upper", "rain_mm")
    assert recording.step == timedelta(hours=1)
    assert recording.thresholds == (1.2, 2.2, 2.7)
    assert recording.lead_hours == (1, 3)
    assert recording.test_from == datetime(2011, 12, 31, 17, tzinfo=UTC)
    assert recording.test_until is None
    assert recording.positions == {"Upper": (17.1, 106.6)}


@pytest.mark.parametrize(
    ("old", "new", "key", "value"),
    [
        ('step = "1h"', 'step = "soon"', "step", "soon"),
        ('step = "1h"', 'step = "1s"', "step", "1s"),
        ('"+07:00"', '"ICT"', "utc_offset", "ICT"),
        ('"+07:00"', '"+15:00"', "utc_offset", "+15:00"),
        ("[1.2, 2.2, 2.7]", "[1.2, 1.2, 2.7]", "thresholds", [1.2, 1.2, 2.7]),
        ("[1.2, 2.2, 2.7]", "[1, 2, 3, 4]", "thresholds", [1, 2, 3, 4]),
        ("[1.2, 2.2, 2.7]", "[nan, 2.2, 2.7]", "thresholds[0]", None),
        ('name = "A river"', 'name = "A river"\nspeed = 3', "speed", 3),
        ('name = "A river"', "", "name", None),
        ('time_column = "at"', 'time_column = "at"\nunit = "m"', "source[0].unit", "m"),
        ("levels.csv", "absent.csv", "source[0].file", "absent.csv"),
        ('time_column = "at"', 'time_column = "when"', "source[0].time_column", "when"),
        ('value_column = "level_m"', 'value_column = "stage"', "source[0].value_column", "stage"),
        ('value_column = "level_m"\n', "", "source[0].value_column", None),
        ('"rain_mm", "Upper"]', '"rain_mm", "Lower"]', "source[1].columns", "Lower"),
        ('upstream = ["Upper"]', 'upstream = ["Upper", "Middle"]', "target, upstream or rain", "Middle"),
        ('upstream = ["Upper"]', 'upstream = ["Upper", "le thuy"]', "target, upstream or rain", "le thuy"),
        ('"2012-01-01"', '"1/5/2012"', "test_from", "1/5/2012"),
        ("lead_hours = [1, 3]", "lead_hours = [0]", "lead_hours[0]", 0),
    ],
)
def test_a_wrong_description_is_refused_with_file_key_and_value(
    tmp_path: Path, old: str, new: str, key: str, value: object
) -> None:
    assert old in DESCRIPTION
    path = write(tmp_path, DESCRIPTION.replace(old, new))
    with pytest.raises(ConfigurationError) as refusal:
        load_recording(path)
    assert refusal.value.place == str(path)
    assert refusal.value.key == key
    if value is not None:
        assert refusal.value.value == value
    assert refusal.value.remedy


@pytest.mark.parametrize("position", ['"Lower" = [17.1, 106.6]', '"Upper" = [106.6, 17.1]'])
def test_a_position_must_belong_to_a_series_and_lie_on_earth(tmp_path: Path, position: str) -> None:
    path = write(tmp_path, DESCRIPTION.replace("[[source]]", f"[positions]\n{position}\n[[source]]", 1))
    with pytest.raises(ConfigurationError, match="positions"):
        load_recording(path)


def test_broken_toml_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="correct the TOML"):
        load_recording(write(tmp_path, "name = "))
    with pytest.raises(ConfigurationError, match="must be a readable file"):
        load_recording(tmp_path / "absent.toml")


def test_a_value_of_another_type_is_told_how_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="name = 1: is no text; write it in quotes"):
        load_recording(write(tmp_path, DESCRIPTION.replace('name = "A river"', "name = 1")))


def test_times_in_another_notation_are_refused_not_guessed(tmp_path: Path) -> None:
    wide = WIDE.replace("2010-10-05 01:00", "5/10/2010 1:00").replace("2010-10-05 02:00", "5/10/2010 2:00")
    with pytest.raises(ConfigurationError, match="write them as 2010-10-05 02:00"):
        load_recording(write(tmp_path, wide=wide.replace("2010-10-05", "5/10/2010")))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad"])
def test_an_empty_or_binary_source_is_refused(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path)
    (tmp_path / "levels.csv").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"source\[0\]\.file"):
        load_recording(path)


def test_infinity_is_no_number(tmp_path: Path) -> None:
    recording = load_recording(write(tmp_path, levels=LEVELS.replace("broken", "inf")))
    assert recording.dropped["not_a_number"] == 1


@pytest.mark.parametrize(
    ("text", "expected"), [("Lệ Thủy", "le_thuy"), ("Đồng Hới", "dong_hoi"), ("h_x (m)", "h_x_m"), ("水位", "")]
)
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected
