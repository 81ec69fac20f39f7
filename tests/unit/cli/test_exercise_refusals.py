"""What `ews exercise` and `ews simulate` refuse before anything is started: hours of playing hang on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.exercise_folder import ExerciseFolder, Run, newest_folder
from cli.exercising import check_past, run
from cli.main import app
from cli.printing import print_pdf
from domain.errors import ConfigurationError, EwsError
from domain.exercise import load_exercise
from domain.settings import load_settings
from simulators.field.truth import RunFacts, Truth

CONFIG = Path(__file__).resolve().parents[3] / "config"


def refused(*arguments: str) -> str:
    """What the command refuses with."""
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, EwsError), result.output
    return str(result.exception)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, whose data folder nobody has used."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EWS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("dam-release.toml", 'nature = "dam-release"', 'nature = "tsunami"', "no such nature; known are hue-2025"),
        ("sources.toml", "[[source]]", "colour = 3\n[[source]]", "colour = 3: unknown key"),
    ],
)
def test_what_its_processes_would_refuse_is_refused_before_they_are_started(
    here: Path, file: str, old: str, new: str, said: str
) -> None:
    shutil.copytree(CONFIG, here / "config")
    path = here / "config" / "exercises" / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    settings = load_settings(config_dir=here / "config", data_dir=here / "data")
    with pytest.raises(ConfigurationError, match=rf"{path}: .*{said}"):
        run(settings, "dam-release", speed=60.0, start=None, until=None, keep=here / "kept")
    assert not (here / "kept").exists()


@pytest.mark.parametrize("option", ["--html", "--pdf"])
def test_a_report_that_could_not_be_written_is_refused_before_the_exercise_is_played(here: Path, option: str) -> None:
    missing = here / "nowhere" / "report"
    assert f"{missing} cannot be written: No such file or directory" in refused(
        "exercise", "run", "dam-release", "--keep", str(here / "kept"), option, str(missing)
    )
    assert f"{here} is a folder; name a file in it" in refused("exercise", "report", option, str(here))
    assert not (here / "kept").exists()


def test_a_pdf_without_a_browser_is_refused_before_the_exercise_is_played(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(here))
    said = refused("exercise", "run", "dam-release", "--keep", str(here / "kept"), "--pdf", str(here / "report.pdf"))
    assert "install one of chromium" in said
    assert "of an exercise --html FILE.html" in said
    assert not (here / "kept").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--seconds", "30"), "--seconds = 30.0: means something with --stations and --rate only"),
        (("--connections", "3"), "--connections = 3: means something with --stations and --rate only"),
        (("--stations", "5", "--rate", "5", "--speed", "3"), "--speed = 3.0: means something without --stations"),
        (("--stations", "5", "--rate", "5", "--history-hours", "3"), "--history-hours = 3.0: means something without"),
    ],
)
@pytest.mark.usefixtures("here")
def test_an_option_that_would_not_be_obeyed_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("simulate", *arguments)


def test_an_exercise_that_is_still_being_played_is_not_judged(here: Path) -> None:
    begins = datetime(2025, 10, 27, tzinfo=UTC)
    run = Run(
        name="hue-2025",
        speed=60.0,
        warm_up_from=begins,
        begins=begins,
        ends=begins + timedelta(hours=1),
        started_at=begins,
    )
    folder = ExerciseFolder(here)
    folder.write_run(run)
    with folder.playing():
        # A day of it is on the disk by now, and would be taken for the whole.
        folder.write_truth(Truth(run=RunFacts(seed=1, starts=begins, ends=begins, devices=1)))
        assert "the exercise is being played, or what came of it is still awaited; wait" in refused(
            "exercise", "report", str(here)
        )
    folder.truth_file.unlink()
    assert "killed before a day of it was played; play it again" in refused("exercise", "report", str(here))


def test_an_exercise_of_the_future_is_refused_before_it_is_played(here: Path) -> None:
    """Ingest refuses readings of the future, so none would ever be stored, and the player waited for them for ever."""
    shutil.copytree(CONFIG, here / "config")
    path = here / "config" / "exercises" / "dam-release.toml"
    path.write_text(path.read_text("utf-8").replace("2025-12", "2999-12"), "utf-8")
    settings = load_settings(config_dir=here / "config", data_dir=here / "data")
    with pytest.raises(ConfigurationError, match=rf"{path}: ends = '2999-12-09.*lies in the future.*--until \d"):
        run(settings, "dam-release", speed=60.0, start=None, until=None, keep=here / "kept")
    assert not (here / "kept").exists()
    exercise, now = load_exercise(CONFIG, "dam-release"), datetime(2025, 12, 8, tzinfo=UTC)
    check_past(exercise.between(None, now), CONFIG, now)
    with pytest.raises(ConfigurationError, match="lies in the future"):
        check_past(exercise.between(None, now + timedelta(minutes=1)), CONFIG, now)


def test_the_newest_run_is_the_one_that_was_started_last(here: Path) -> None:
    """The record of an earlier run that ended later was taken for the newest."""
    begins = datetime(2025, 10, 27, tzinfo=UTC)
    for name, hour in (("later", 2), ("earlier", 1)):
        (here / name).mkdir()
        started = begins + timedelta(hours=hour)
        ExerciseFolder(here / name).write_run(
            Run(name=name, speed=60.0, warm_up_from=begins, begins=begins, ends=begins, started_at=started)
        )
    assert newest_folder(here).path == here / "later"


def test_a_run_whose_record_is_broken_hides_no_other(here: Path) -> None:
    """One old folder that could not be read, and no report was to be had of any run."""
    begins = datetime(2025, 10, 27, tzinfo=UTC)
    (here / "broken").mkdir()
    (here / "broken" / "exercise.json").write_text('{"name": "of another release", "colour": 3}', "utf-8")
    with pytest.raises(EwsError, match="no exercise was played in"):
        newest_folder(here)
    (here / "good").mkdir()
    ExerciseFolder(here / "good").write_run(
        Run(name="good", speed=60.0, warm_up_from=begins, begins=begins, ends=begins, started_at=begins)
    )
    assert newest_folder(here).path == here / "good"


#: Prints, and leaves a process behind that goes on writing to the profile.
_BROWSER = """#!/bin/sh
for a in "$@"; do case $a in
--print-to-pdf=*) echo printed > "${a#*=}" ;;
--user-data-dir=*) profile="${a#*=}" ;;
esac; done
mkdir -p "$profile"
write() { n=0; while [ $n -lt $2 ]; do n=$((n + 1)); : > "$profile/$1$n"; done; }
exec > /dev/null 2>&1
write later 30000 &
write first 2000
"""


def test_a_pdf_is_written_while_the_browser_still_writes_to_its_profile(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder could not be taken away, and "make room" was said of a report that had been printed."""
    program = here / "chromium"
    program.write_text(_BROWSER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{here}:{os.environ['PATH']}")
    monkeypatch.setattr(tempfile, "tempdir", str(here))
    print_pdf("<p>", here / "report.pdf")
    assert (here / "report.pdf").read_text() == "printed\n"


def test_a_pdf_that_cannot_be_written_leaves_the_old_one(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = here / "chromium"
    program.write_text('#!/bin/sh\nfor a in "$@"; do case $a in --print-to-pdf=*) echo new > "${a#*=}";; esac; done\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{here}:{os.environ['PATH']}")
    out = here / "report.pdf"
    print_pdf("<p>", out)
    assert out.read_text() == "new\n"
    out.write_text("old")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(EwsError, match=r"report.pdf cannot be written: No space left"):
            print_pdf("<p>", out)
    assert out.read_text() == "old"
    monkeypatch.setattr(tempfile, "tempdir", str(here / "nowhere"))
    with pytest.raises(EwsError, match=r"nowhere.* cannot be written: No such file.*TMPDIR"):
        print_pdf("<p>", out)
