"""Each defect a record can have, put into a clean one on purpose: it is found, told, and the rest still works."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from domain.record_faults import RecordFault
from domain.recording import load_recording
from forecasting.backtest import run_backtest
from forecasting.configuration import ModelSettings
from forecasting.record_check import CheckedRecord, check_record
from tests.unit.forecasting.conftest import FEW_TREES

DATA = Path(__file__).resolve().parents[2] / "data"
TARGET, UPPER = "Hạ lưu", "Thượng lưu"
RAIN = ("rain_mountain_mm", "rain_plain_mm")

QUICK = ModelSettings(boosted_trees=FEW_TREES)

Spoil = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    """The synthetic river, five times in a row: months enough to know its clocks by."""
    frame = pd.read_csv(DATA / "synthetic_river.csv", dtype=str)
    times = pd.to_datetime(frame["time"])
    length = times.iloc[-1] - times.iloc[0] + timedelta(hours=1)
    parts = [frame.assign(time=(times + k * length).dt.strftime("%Y-%m-%d %H:%M")) for k in range(5)]
    return pd.concat(parts, ignore_index=True)


def written(folder: Path, frame: pd.DataFrame, test_from: str = "2025-02-10") -> Path:
    frame.to_csv(folder / "synthetic_river.csv", index=False)
    text = (DATA / "synthetic_river.toml").read_text(encoding="utf-8").replace("2024-10-22", test_from)
    path = folder / "river.toml"
    path.write_text(text.replace("[1, 2, 3, 6, 9, 12, 24]", "[1, 6]"), encoding="utf-8")
    return path


def checked(path: Path) -> CheckedRecord:
    recording = load_recording(path, do_without=True)
    assert recording.test_from is not None
    return check_record(recording, recording.test_from)


def faults(found: CheckedRecord) -> dict[tuple[str, str], RecordFault]:
    return {(fault.series, fault.what): fault for fault in found.faults}


def sentinel(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[[5, 300], UPPER] = ["-9999", "-999.9"]
    return frame


def hour_24(frame: pd.DataFrame) -> pd.DataFrame:
    midnight = frame["time"].str.endswith(" 00:00")
    day = (pd.to_datetime(frame["time"]) - timedelta(days=1)).dt.strftime("%Y-%m-%d 24:00")
    frame["time"] = frame["time"].mask(midnight, day)
    return frame


def impossible_times(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[10, "time"], frame.loc[11, "time"] = "2024-06-31 04:00", "2024-10-01 25:00"
    return frame


def negative_rain(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[[40, 41, 42], RAIN[0]] = ["-1.0", "900", "-0.2"]
    return frame


def holes(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(index=range(400, 460))


def spike(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[200, TARGET] = "19.50"
    return frame


def silent(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=UPPER)


def repeated(frame: pd.DataFrame) -> pd.DataFrame:
    again = frame.loc[100:104].copy()
    again.loc[102, TARGET] = "7.77"
    return pd.concat([frame, again], ignore_index=True)


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame.iloc[:100], frame.iloc[200:300], frame.iloc[100:200], frame.iloc[300:]])


def irregular(frame: pd.DataFrame) -> pd.DataFrame:
    minutes = np.random.default_rng(4).integers(0, 30, len(frame))
    frame["time"] = (pd.to_datetime(frame["time"]) + pd.to_timedelta(minutes, unit="m")).dt.strftime("%Y-%m-%d %H:%M")
    return frame


def words(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[[7, 8], TARGET] = ["hỏng", "inf"]
    return frame


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (sentinel, (UPPER, "sentinel", 2)),
        (impossible_times, (TARGET, "no_time", 2)),
        (negative_rain, (RAIN[0], "impossible", 3)),
        (holes, (TARGET, "gap", 1)),
        (spike, (TARGET, "spike", 1)),
        (silent, (UPPER, "absent", 1)),
        (repeated, (TARGET, "repeated", 5)),
        (repeated, (TARGET, "contradicted", 1)),
        (shuffled, (TARGET, "time_goes_back", 1)),
        (words, (TARGET, "not_a_number", 2)),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value[1]),
)
def test_a_defect_is_told_with_its_number(
    clean: pd.DataFrame, tmp_path: Path, spoil: Spoil, expected: tuple[str, str, int]
) -> None:
    series, what, count = expected
    assert (series, what) not in faults(checked(written(tmp_path, clean.copy())))
    found = faults(checked(written(tmp_path, spoil(clean.copy()))))
    assert found[series, what].count == count
    assert found[series, what].where
    assert found[series, what].done


def test_the_clean_record_has_no_fault(clean: pd.DataFrame, tmp_path: Path) -> None:
    assert checked(written(tmp_path, clean.copy())).faults == ()


def test_24_00_is_the_midnight_that_ends_the_day(clean: pd.DataFrame, tmp_path: Path) -> None:
    plain = load_recording(written(tmp_path, clean.copy()))
    written_so = load_recording(written(tmp_path, hour_24(clean.copy())))
    pd.testing.assert_frame_equal(plain.readings, written_so.readings)
    assert {fault.what for fault in written_so.faults} == {"hour_24"}


def test_irregular_readings_are_told_and_still_forecast(clean: pd.DataFrame, tmp_path: Path) -> None:
    path = written(tmp_path, irregular(clean.copy()))
    assert faults(checked(path))[TARGET, "irregular"].count > 1000
    assert run_backtest(path, QUICK)["leads"]["6"]["ews"]["n"] > 300


def quiet_hours(frame: pd.DataFrame, after: str) -> int:
    """A row of the quietest four days after a time: a gauge is moved in fair weather."""
    level = frame[TARGET].astype(float)
    moving = level.rolling(96, center=True).max() - level.rolling(96, center=True).min()
    return int(moving[frame["time"] > after].idxmin())


@pytest.mark.parametrize(("after", "unsettled"), [("2024-10-10", 0), ("2025-02-12", 1)], ids=["before", "in the test"])
def test_a_moved_zero_is_found_and_undone(clean: pd.DataFrame, tmp_path: Path, after: str, unsettled: int) -> None:
    row = quiet_hours(clean, after)
    frame = clean.copy()
    frame.loc[row:, TARGET] = (frame.loc[row:, TARGET].astype(float) + 6.0).map("{:.2f}".format)
    found = checked(written(tmp_path, frame))
    fault = faults(found)[TARGET, "datum_shift"]
    assert re.search(r"\+(5\.9|6\.0)\d m", fault.where)
    assert len(found.unsettled) == unsettled
    restored = found.series[TARGET].to_numpy() - clean[TARGET].astype(float).to_numpy()
    assert np.ptp(restored) < 0.06  # the river itself moved a little between the two readings


def test_a_flood_is_no_moved_zero(clean: pd.DataFrame, tmp_path: Path) -> None:
    """Every storm of the synthetic river rises by metres, and none of them counts as a shift."""
    rise = clean[TARGET].astype(float).diff().max()
    assert rise > 0.2
    assert not [fault for fault in checked(written(tmp_path, clean.copy())).faults if fault.what == "datum_shift"]


def off_by(frame: pd.DataFrame, series: str, hours: int, start: int, end: int) -> pd.DataFrame:
    """One gauge's readings between two rows dated `hours` late."""
    frame = frame.copy()
    frame.loc[start:end, series] = frame[series].shift(hours).loc[start:end]
    return frame


@pytest.mark.parametrize("series", [UPPER, RAIN[0]])
def test_a_gauge_seven_hours_off_is_found_and_left_out(clean: pd.DataFrame, tmp_path: Path, series: str) -> None:
    found = checked(written(tmp_path, off_by(clean, series, 7, 0, 990)))
    told = [fault for fault in found.faults if fault.what == "clock_off"]
    assert {fault.series for fault in told} >= {series}
    assert re.search("about [678] h late", next(fault for fault in told if fault.series == series).where)
    assert found.series[series].index[0] > found.series[TARGET].index[0] + timedelta(days=10)


def test_the_target_itself_seven_hours_off_is_told(clean: pd.DataFrame, tmp_path: Path) -> None:
    found = checked(written(tmp_path, off_by(clean, TARGET, 7, 0, 990)))
    assert re.search("about [678] h late", faults(found)[TARGET, "clock_off"].where)
    assert (UPPER, "clock_off") not in faults(found)


def test_what_comes_in_the_test_part_changes_no_decision_about_the_past(clean: pd.DataFrame, tmp_path: Path) -> None:
    before = checked(written(tmp_path, clean.copy()))
    late = clean["time"] >= "2025-02-10"
    spoilt = clean.copy()
    spoilt.loc[late, [TARGET, UPPER, *RAIN]] = spoilt.loc[late, [TARGET, UPPER, *RAIN]].iloc[::-1].to_numpy()
    after = checked(written(tmp_path, spoilt))
    for name, series in before.series.items():
        past = series.index < pd.Timestamp("2025-02-09T17:00Z")
        pd.testing.assert_series_equal(series[past], after.series[name].reindex(series.index[past]))
