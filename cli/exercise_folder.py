"""What a played exercise leaves in its folder beside the services: a record of the run, of its pace, its truth and its answers."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import msgspec

from domain.errors import ConfigurationError, EwsError
from domain.exercise import ROUND, Exercise
from simulators.field.truth import Truth, write_truth

_RUN, _PACE, _ANSWERS, _LOCK = "exercise.json", "pace.jsonl", "answers.jsonl", "playing.lock"


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run. Times of the exercise's own clock, but for `started_at` and `ended_at`, which are the wall's.

    Of one that was left before its end, all counts are of `ends`, when everything that had been sent was last known to be taken.
    """

    name: str
    speed: float
    warm_up_from: datetime
    begins: datetime
    ends: datetime
    started_at: datetime
    ended_at: datetime | None = None
    finished: bool = False  # False: it was stopped before its end
    settled: bool | None = None  # whether all was judged, delivered and answered after it; None: the record is older
    measured: int = 0  # readings the devices made, warm-up and all
    experience: int = 0  # readings sent of an earlier season
    warm_up: int = 0  # readings sent as the past
    played: int = 0  # readings sent in their time
    buffered: int = 0  # of these, kept by the devices through the outage
    again: int = 0  # repeated after it, until one was stored
    repeated: int = 0  # by devices that heard no acknowledgement


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """The exercise's clock showed `at` at this moment of the wall's."""

    at: datetime
    wall: datetime
    sent: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One message that came to a simulated recipient. `after_min`: of the exercise's time; None: it does not answer.

    `asked`: whether the message had a link to answer by; without one nobody can.
    """

    recipient: str
    key: str
    came_at: datetime  # of the wall
    at: datetime  # of the exercise's clock
    refused: bool
    after_min: float | None = None
    asked: bool = True


_Entry = TypeVar("_Entry", Moment, Answer)


class ExerciseFolder:
    """The folder of one run, which is the data folder of its services too."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def config_dir(self) -> Path:
        """The configuration the run obeys."""
        return self.path / "config"

    @property
    def broker_away(self) -> Path:
        """While this file is there, the broker is not."""
        return self.path / "broker-away"

    @property
    def log_file(self) -> Path:
        """What the processes of the run said."""
        return self.path / "system.log"

    def write_run(self, run: Run) -> None:
        """Replace the record."""
        self._replace(_RUN, msgspec.json.format(msgspec.json.encode(run), indent=1))

    def run(self) -> Run:
        """The record. Raises EwsError when no exercise was played here."""
        path = self.path / _RUN
        try:
            return msgspec.json.decode(path.read_bytes(), type=Run)
        except FileNotFoundError as error:
            raise EwsError(f"{self.path}: no exercise was played here; `ews exercise run NAME --keep DIR`") from error
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigurationError(
                place=str(path), key="file", value=path.name, remedy=f"cannot be read ({error}); play it again"
            ) from error

    def check_played(self) -> None:
        """Raise EwsError when it was stopped before its first ten minutes were over: there is nothing to show or to judge."""
        run = self.run()
        if run.ends - run.begins < ROUND or not any(moment.at > run.begins for moment in self.moments()):
            raise EwsError(
                f"{self.path}: the exercise was stopped before anything was played "
                f"(its first {ROUND // timedelta(minutes=1)} minutes); play it again"
            )

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Be the one who plays here. The kernel takes the mark away however we end."""
        path = self.path / _LOCK
        with _written(path):
            lock = path.open("ab")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def check_over(self) -> None:
        """Raise EwsError while it is being played, or what came of it is still awaited."""
        with suppress(FileNotFoundError), (self.path / _LOCK).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise EwsError(
                    f"{self.path}: the exercise is being played, or what came of it is still awaited; "
                    "wait until it has ended (Ctrl-C ends it)"
                ) from error

    @property
    def truth_file(self) -> Path:
        """What was injected, and what was really sent."""
        return self.path / "truth.jsonl"

    def write_truth(self, truth: Truth) -> None:
        """Replace the truth."""
        with _written(self.truth_file):
            write_truth(self.truth_file, truth)

    def add_moment(self, moment: Moment) -> None:
        """Remember how far the exercise is."""
        _append(self.path / _PACE, moment)

    def moments(self) -> list[Moment]:
        """The pace, oldest first."""
        return _entries(self.path / _PACE, Moment)[0]

    def add_answer(self, answer: Answer) -> None:
        """Remember a message that came."""
        _append(self.path / _ANSWERS, answer)

    def answers(self) -> list[Answer]:
        """The messages in the order in which they came."""
        return _entries(self.path / _ANSWERS, Answer)[0]

    @property
    def unreadable(self) -> int:
        """Lines of the pace and of the messages that were cut off: by a full disk, or because a process was killed."""
        return _entries(self.path / _PACE, Moment)[1] + _entries(self.path / _ANSWERS, Answer)[1]

    def _replace(self, name: str, content: bytes) -> None:
        half = self.path / f"{name}.part"
        with _written(self.path / name):
            half.write_bytes(content)
            half.replace(self.path / name)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EwsError(f"{path} cannot be written: {error.strerror}; make room, and play the exercise again") from error


def _append(path: Path, entry: msgspec.Struct) -> None:
    """Add a line; what was cut off before it stays a line of its own."""
    with _written(path), path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            cut_off = file.read(1) != b"\n"
        else:
            cut_off = False
        file.write(b"\n" * cut_off + msgspec.json.encode(entry) + b"\n")


def _entries(path: Path, kind: type[_Entry]) -> tuple[list[_Entry], int]:
    """All that can be read, and how many lines cannot."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    found = [entry for entry in (_entry(line, kind) for line in lines) if entry is not None]
    return found, len(lines) - len(found)


def _entry(line: bytes, kind: type[_Entry]) -> _Entry | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError:
        return None


def new_folder(path: Path) -> ExerciseFolder:
    """An empty folder for a run. Raises EwsError when something lies there already."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = any(path.iterdir())
    except OSError as error:
        raise EwsError(f"{path}: {error.strerror}; name a folder that you may write to") from error
    if occupied:
        raise EwsError(f"{path} is not empty: an exercise needs a folder of its own; name another, or remove it")
    return ExerciseFolder(path)


def newest_folder(exercises: Path) -> ExerciseFolder:
    """The run that was started last, of those whose record can be read. Raises EwsError when there is none."""
    found: list[tuple[datetime, ExerciseFolder]] = []
    for path in exercises.glob(f"*/{_RUN}"):
        folder = ExerciseFolder(path.parent)
        with suppress(EwsError):  # one broken record, or one of another release, hides no other run
            found.append((folder.run().started_at, folder))
    if not found:
        raise EwsError(f"no exercise was played in {exercises}: `ews exercise run NAME`, or name its folder")
    return max(found, key=itemgetter(0))[1]


def folder_name(exercise: Exercise, now: datetime) -> str:
    """The name of a new run's folder."""
    return f"{exercise.name}-{now:%Y%m%dT%H%M%S}"
