"""`ews backtest` as people run it: a process, its files, its exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from domain.settings import load_settings

DATA = Path(__file__).resolve().parents[2] / "data"
COMMAND = (sys.executable, "-P", "-m", "cli", "backtest")


@pytest.fixture(scope="module")
def few_trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration with forests that are soon grown."""
    folder = shutil.copytree(load_settings({}).config_dir, tmp_path_factory.mktemp("config"), dirs_exist_ok=True)
    models = folder / "models.toml"
    text = models.read_text(encoding="utf-8")
    assert "boosted_trees = 100" in text
    models.write_text(text.replace("boosted_trees = 100", "boosted_trees = 10"), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _quick(few_trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EWS_CONFIG_DIR", str(few_trees))


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=170, check=False
    )


def river(folder: Path, frame: pd.DataFrame | None = None, leads: str = "[1, 6]") -> Path:
    frame = pd.read_csv(DATA / "synthetic_river.csv", dtype=str) if frame is None else frame
    folder.mkdir(exist_ok=True)
    frame.to_csv(folder / "synthetic_river.csv", index=False)
    text = (DATA / "synthetic_river.toml").read_text(encoding="utf-8")
    path = folder / "river.toml"
    path.write_text(text.replace("[1, 2, 3, 6, 9, 12, 24]", leads), encoding="utf-8")
    return path


def test_the_command_writes_scores_report_and_forecasts(tmp_path: Path) -> None:
    path = river(tmp_path)
    done = run(path, "--json", "a/s.json", "--html", "r.html", "--forecasts", "f.csv", "--charts", "c", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "6h" in done.stdout
    scores = json.loads((tmp_path / "a/s.json").read_text(encoding="utf-8"))
    floor_keys = ["n", "rmse_m", "pi", "pi_high", "bias_top", "crps_m", "cover80"]
    for models in scores["leads"].values():
        assert list(models) == ["persistence", "ridge_own", "ridge_all", "ews"]
        assert list(models["ews"])[:7] == floor_keys
        assert {"nse", "kge", "mae_m", "floods", "spread_skill", "within_1", "crossing_3"} <= set(models["ews"])
    assert scores["events"]
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert html.count("<svg") >= 6
    for name in ("best", "reliability"):
        assert (tmp_path / "c" / f"{path.stem}_{name}.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "<script" not in html
    assert len(html) < 2_000_000
    assert len(pd.read_csv(tmp_path / "f.csv")) > scores["leads"]["1"]["ews"]["n"]


def test_nothing_after_the_issue_time_reaches_a_forecast(tmp_path: Path) -> None:
    """The whole command, twice: once with the truth, once with a wild future. What was issued before it is the same."""
    frame = pd.read_csv(DATA / "synthetic_river.csv", dtype=str)
    begins = len(frame) - 150
    wild = frame.copy()
    for column in frame.columns[1:]:
        wild.loc[begins:, column] = frame.loc[begins:, column].astype(float).mul(7).add(5.3).map("{:.2f}".format)
    tables = []
    for name, each in (("true", frame), ("wild", wild)):
        path = river(tmp_path / name, each)
        assert run(path, "--forecasts", "f.csv", cwd=tmp_path / name).returncode == 0
        tables.append(pd.read_csv(tmp_path / name / "f.csv", dtype=str).drop(columns="observed"))
    corrupted_at = pd.Timestamp(frame.loc[begins, "time"], tz="+07:00")
    before = [table[pd.to_datetime(table["issued_at"]) < corrupted_at] for table in tables]
    assert len(before[0]) > 300
    pd.testing.assert_frame_equal(before[0], before[1])
    assert not tables[0].equals(tables[1])


def test_what_is_wrong_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    missing = run("nothing.toml", cwd=tmp_path)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "nothing.toml" in missing.stderr
    path = river(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('test_from = "2024-10-22"', ""), encoding="utf-8")
    untested = run(path, cwd=tmp_path)
    assert untested.returncode == 2
    assert "test_from" in untested.stderr


def test_a_record_with_nothing_to_score_says_so_and_exits_with_1(tmp_path: Path) -> None:
    frame = pd.read_csv(DATA / "synthetic_river.csv", dtype=str)
    frame.loc[frame["time"] >= "2024-10-22", "Hạ lưu"] = "-9999"
    done = run(river(tmp_path, frame), "--html", "r.html", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "sentinel" in done.stdout
    assert "too few pairs" in done.stdout
    assert "No lead could be scored" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["--json", "--html", "--forecasts"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("")
    done = run(river(tmp_path, leads="[1]"), option, "file/below.out", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
