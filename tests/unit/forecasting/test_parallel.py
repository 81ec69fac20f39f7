"""The same work gives the same bits in this process, on several cores, and on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from distributed import LocalCluster

from domain.errors import ConfigurationError
from domain.recording import load_recording
from forecasting.backtest_files import backtest_files
from forecasting.configuration import ModelSettings
from forecasting.parallel import in_parallel
from tests.unit.forecasting.conftest import FEW_TREES
from tests.unit.forecasting.work import product, refuse

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", scheduler_port=0
    ) as started:
        yield started.scheduler_address


def test_results_come_in_order_and_are_the_same_bits_everywhere(cluster: str) -> None:
    heard: list[int] = []
    alone = in_parallel(product, [3, 1, 2], workers=1)
    assert in_parallel(product, [3, 1, 2], workers=2, finished=heard.append) == alone
    assert in_parallel(product, [3, 1, 2], dask_scheduler=cluster, finished=heard.append) == alone
    assert sorted(heard) == [0, 0, 1, 1, 2, 2]


def test_a_backtest_is_the_same_to_the_last_bit_on_a_cluster(cluster: str, tmp_path: Path) -> None:
    text = (DATA / "synthetic_river.toml").read_text(encoding="utf-8").replace("[1, 2, 3, 6, 9, 12, 24]", "[3]")
    (tmp_path / "river.toml").write_text(text.replace("synthetic_river.csv", str(DATA / "synthetic_river.csv")))
    record = load_recording(tmp_path / "river.toml")
    work = partial(backtest_files, settings=ModelSettings(boosted_trees=FEW_TREES))
    here = in_parallel(work, [record], workers=1)[0]
    there = in_parallel(work, [record], dask_scheduler=cluster)[0]
    assert here.forecasts_csv == there.forecasts_csv
    assert here.result["leads"] == there.result["leads"]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_work_raises_comes_back_whole(workers: int) -> None:
    with pytest.raises(ConfigurationError, match="value = 2: take another"):
        in_parallel(refuse, [1, 2], workers=workers)


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecasting.parallel._CONNECT_S", 1)
    with pytest.raises(ConfigurationError, match="EWS_DASK_SCHEDULER"):
        in_parallel(refuse, [1], dask_scheduler="tcp://127.0.0.1:9")
