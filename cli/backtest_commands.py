"""The command that forecasts recorded floods as if live and scores the forecasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from domain.recording import Recording
    from forecasting.backtest_files import BacktestFiles

backtests = typer.Typer()

Out = Path | None
_Told = Callable[[str], None]
_Heard = Callable[[int], None]
#: What is said to be done, one after the other: check, calibrate, forecast, score.
_STAGES = 4


@backtests.command()
def backtest(
    datasets: Annotated[
        list[Path],
        typer.Argument(metavar="DATASET.toml…", help="Descriptions of recorded rivers, as `ews replay` takes."),
    ],
    *,
    json: Annotated[Out, typer.Option("--json", help="Write the scores here (several records: a folder).")] = None,
    html: Annotated[Out, typer.Option("--html", help="Write a report with charts here (several: a folder).")] = None,
    forecasts: Annotated[
        Out, typer.Option("--forecasts", help="Write every forecast as CSV here (several: a folder).")
    ] = None,
    charts: Annotated[
        Out,
        typer.Option(
            "--charts", help="Write the floods forecast best and worst, and the reliability, as SVG into this folder."
        ),
    ] = None,
    largest_out: Annotated[
        bool,
        typer.Option(
            "--largest-out",
            "--leave-largest-out",
            help="Test on the largest flood alone, and calibrate on all the rest of the record.",
        ),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Records at a time; none: as many as the machine has cores.")
    ] = None,
) -> None:
    """Forecast recorded rivers as if live, and score the forecasts beside simple models.

    Models are calibrated on what lies before the record's test_from; then each step of the rest is forecast with what was
    known at that step. What is wrong with the data is said. Exit code 1 when a record has nothing that can be scored.
    With EWS_DASK_SCHEDULER the records are spread over that cluster; the results are the same.
    """
    from domain.recording import load_recording
    from domain.settings import load_settings
    from forecasting.backtest import table
    from forecasting.backtest_files import backtest_files
    from forecasting.configuration import load_models

    settings = load_settings()
    models = load_models(settings.config_dir / "models.toml")
    folders = {".json": json, ".html": html, ".csv": forecasts}
    targets = [_targets(path, folders, alone=len(datasets) == 1) for path in datasets]
    for path in (path for wanted in targets for path in wanted.values()):
        _make_room(path)
    records = [load_recording(path, do_without=True) for path in datasets]
    work = partial(backtest_files, settings=models, largest_out=largest_out)
    found = _run(work, settings.dask_scheduler, records, workers)
    for dataset, files, wanted in zip(datasets, found, targets, strict=True):
        print(table(files.result))
        _say_largest(files.result)
        _say_faults(files.result)
        for suffix, path in wanted.items():
            text = {".json": files.json, ".html": files.html, ".csv": files.forecasts_csv}[suffix]
            _write(path, text)
        if charts is not None:
            for name, svg in files.charts.items():
                _write(charts / f"{dataset.stem}_{name}.svg", svg)
    raise typer.Exit(0 if all(files.result["leads"] for files in found) else 1)


def _targets(dataset: Path, folders: dict[str, Out], *, alone: bool) -> dict[str, Path]:
    """The files to write for one record: those that were named, or one of its own name in each folder."""
    return {
        suffix: path if alone and not path.is_dir() else path / f"{dataset.stem}{suffix}"
        for suffix, path in folders.items()
        if path is not None
    }


def _run(
    work: partial[BacktestFiles], dask_scheduler: str | None, records: Sequence[Recording], workers: int | None
) -> list[BacktestFiles]:
    from forecasting.parallel import in_parallel, one_thread

    if len(records) == 1 and dask_scheduler is None:
        with _stages(records[0].slug) as stage:
            return [one_thread(partial(work, records[0], progress=stage))]
    with _counted(len(records)) as finished:
        return in_parallel(work, records, workers=workers, dask_scheduler=dask_scheduler, finished=finished)


@contextmanager
def _stages(name: str) -> Iterator[_Told]:
    """A bar on standard error that says what is being done."""
    with _progress() as progress:
        task = progress.add_task(name, total=_STAGES)
        yield lambda stage: progress.update(task, description=f"{name}: {stage}", advance=1)
        progress.update(task, description=name, completed=_STAGES)


@contextmanager
def _counted(total: int) -> Iterator[_Heard]:
    """A bar on standard error that counts the records that are done."""
    with _progress() as progress:
        task = progress.add_task("records", total=total)
        yield lambda _number: progress.advance(task)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _say_faults(result: dict[str, object]) -> None:
    faults, notes = result["data"], result["notes"]
    assert isinstance(faults, list)
    assert isinstance(notes, list)
    if faults:
        print("\ndata:")
    for fault in faults:
        what = str(fault["what"]).replace("_", " ")
        print(f"  {fault['series']}: {what}, {fault['count']} ({fault['where']}): {fault['done']}")
    for note in notes:
        print(f"  {note}")


def _say_largest(result: dict[str, object]) -> None:
    from forecasting.largest_flood import largest_lines

    found = result.get("largest_flood")
    if isinstance(found, dict):
        print("", *largest_lines(found), sep="\n")


def _make_room(path: Path) -> None:
    """Its folder, before minutes are spent on what is to be written there."""
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str) -> None:
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """ConfigurationError when what is done inside fails for want of a place."""
    from domain.errors import ConfigurationError

    try:
        yield
    except OSError as error:
        remedy = f"cannot be written ({error.strerror}); choose another place"
        raise ConfigurationError(place="command line", key="file", value=str(path), remedy=remedy) from error
