"""Planned releases as people keep them; what is wrong is told with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.release_file import read_releases, refuse_unknown
from domain.errors import ConfigurationError

HEADER = "reservoir,start,end,planned_m3s,actual_m3s\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_times_without_an_offset_are_those_of_hue_and_an_unknown_release_is_none(tmp_path: Path) -> None:
    found = read_releases(
        written(
            tmp_path,
            HEADER
            + "ta_trach,2025-10-26T15:10,2025-10-27T06:00,1800,\nta_trach,2025-10-27T00:00Z,2025-10-28T00:00Z,0,2100.5\n",
        )
    )
    assert found[0].starts_at == datetime(2025, 10, 26, 8, 10, tzinfo=UTC)
    assert (found[0].planned_m3s, found[0].actual_m3s) == (1800.0, None)
    assert (found[1].planned_m3s, found[1].actual_m3s) == (0.0, 2100.5)


def test_the_actual_release_may_have_no_column_at_all(tmp_path: Path) -> None:
    found = read_releases(written(tmp_path, "reservoir,start,end,planned_m3s\na,2025-10-26,2025-10-27,5\n"))
    assert found[0].actual_m3s is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,soon,2025-10-27,5,", r"line 2: start = 'soon'"),
        ("a,2025-10-27,2025-10-26,5,", r"line 2: end = '2025-10-26': must lie after start"),
        ("a,2025-10-26,2025-10-27,much,", r"line 2: planned_m3s = 'much'"),
        ("a,2025-10-26,2025-10-27,5,-1", r"line 2: actual_m3s = '-1'"),
        ("a,2025-10-26,2025-10-27,nan,", r"line 2: planned_m3s = 'nan'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_releases(written(tmp_path, HEADER + row + "\n"))


def test_missing_columns_files_and_reservoirs_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="end, planned_m3s missing"):
        read_releases(written(tmp_path, "reservoir,start\n"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_releases(tmp_path / "nothing.csv")
    found = read_releases(written(tmp_path, HEADER + "nowhere,2025-10-26,2025-10-27,5,\n"))
    with pytest.raises(ConfigurationError, match="nowhere"):
        refuse_unknown(found, {"ta_trach": None})
