"""What was reported of the floods of 2025 is read whole, and every fault of a file is named with its line."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from domain.reported import load_reported

SHIPPED = Path(__file__).parents[3] / "config" / "exercises" / "hue-2025"


def test_the_shipped_reports_are_read_with_their_sources() -> None:
    flood = load_reported(SHIPPED)
    assert (len(flood.levels), len(flood.events), len(flood.forecasts)) == (29, 16, 9)
    assert all(row.source for row in (*flood.levels, *flood.events, *flood.forecasts))
    peak = max(flood.readings_of("kim_long"), key=lambda level: level.level_m)
    assert (peak.level_m, peak.observed_at) == (5.05, datetime(2025, 10, 27, 13, tzinfo=UTC))
    assert [forecast.high_m for forecast in flood.forecasts if forecast.observed_m is None] == [4.60, 4.10]
    assert flood.forecasts[0].low_m < flood.forecasts[0].high_m == 2.0


def test_the_two_readings_that_contradict_each_other_are_kept_apart() -> None:
    flood = load_reported(SHIPPED)
    assert [(level.station, level.level_m) for level in flood.contradicted] == [("kim_long", 3.90), ("kim_long", 3.62)]
    assert not {level.level_m for level in flood.readings_of("kim_long")} & {3.90, 3.62}


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("levels.csv", "3.50,", "3;50,", r"levels.csv, line 2: level_m = '3;50': write a number"),
        ("levels.csv", "3.50,", "nan,", r"line 2: level_m = 'nan': write a number"),
        ("levels.csv", "5.05,,", "5.05,no,", r"line 4: contradicted = 'no': write yes, or nothing"),
        ("levels.csv", "T06:00:00+07:00,kim", "T06:00:00,kim", r"line 2: observed_at = .* has no UTC offset"),
        ("levels.csv", "3.50,,", "3.50,", r"line 2: the line = .* has 5 cells, the header 6"),
        ("levels.csv", "level_m,", "level,", r"line 2: level_m = None: no such column; the file has observed_at"),
        (
            "events.csv",
            "2025-10-26T15:10:00+07:00",
            "yesterday",
            r"events.csv, line 2: at = 'yesterday': write the time",
        ),
        ("official_forecasts.csv", "1.0,2.0,", "2.5,2.0,", r"line 2: forecast_high_m = 2.0: is below forecast_low_m"),
    ],
)
def test_a_fault_is_named_with_file_line_value_and_remedy(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    folder = tmp_path / "flood"
    shutil.copytree(SHIPPED, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_reported(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"levels.csv: .* cannot be read \(No such file"):
        load_reported(tmp_path)
    (tmp_path / "levels.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="it is not UTF-8"):
        load_reported(tmp_path)
