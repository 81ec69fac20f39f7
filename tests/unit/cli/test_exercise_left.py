"""An exercise that is stopped, or whose player breaks down, leaves what can be judged: no more and no less."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.exercise_folder import Answer, ExerciseFolder, Moment, Run
from cli.exercise_playing import Playing
from domain.errors import EwsError
from domain.exercise import ROUND
from simulators.field.truth import Truth, load_truth
from simulators.playing import fleet_of
from tests.unit.simulators.field.given_fleet import DAY, HOUR, START, Waves
from tests.unit.simulators.test_playing import House, gauges, short

ENDS = START + 2 * DAY


class Leaving(House):
    """A house in which something happens at a message; `stop` ends the waiting."""

    def __init__(self, number: int, happens: Callable[[], None], stop: threading.Event) -> None:
        super().__init__()
        self._left, self._happens, self.stop = number, happens, stop

    def wait(self, seconds: float) -> bool:
        del seconds
        return self.stop.is_set()

    def publish(self, station: str, topic: str, payload: bytes) -> bool:
        self._left -= 1
        if self._left == 0:
            self._happens()
        return super().publish(station, topic, payload)


def played(path: Path, house: Leaving) -> tuple[Run, Leaving]:
    """Two days at four gauges."""
    exercise = short(START, ENDS)
    playing = Playing(exercise, 1e9, gauges(), ExerciseFolder(path), house.stop)
    return playing.played(fleet_of(exercise, gauges(), Waves(), None), house, house), house


def test_what_was_under_way_when_it_was_stopped_is_not_judged(tmp_path: Path) -> None:
    """All processes are ended at once, and what ingest had not taken by then was called missing."""
    stop = threading.Event()
    record, house = played(tmp_path, Leaving(4 * 12 + 4 * 20 + 2, stop.set, stop))  # within a round
    folder = ExerciseFolder(tmp_path)
    assert folder.run() == record
    assert not record.finished
    assert record.ends == folder.moments()[-1].at
    truth = load_truth(folder.truth_file)
    assert (truth.run.ends, truth.run.finished) == (record.ends, False)
    sent = sum(series.sent for series in truth.series)
    assert sent == record.warm_up + record.played == folder.moments()[-1].sent - record.repeated > 100
    assert len(house.readings) > sent, "sent after the last round: lost or not, it is not judged"
    assert record.measured - sent == 4, "measured at that moment, and not sent by then"


class Slow(Leaving):
    """Ingest takes nothing more when the run is stopped, and it is stopped while it is waited for."""

    def taken(self) -> int:
        if len(self.readings) > 200:
            self.stop.set()
        return self.ingested if self.stop.is_set() else super().taken()


def test_what_ingest_had_not_taken_when_it_was_stopped_is_not_judged(tmp_path: Path) -> None:
    stop = threading.Event()
    record, house = played(tmp_path, Slow(0, stop.set, stop))
    sent = sum(series.sent for series in load_truth(ExerciseFolder(tmp_path).truth_file).series)
    assert len(house.readings) > 200 >= sent > 100
    assert record.ends == ExerciseFolder(tmp_path).moments()[-1].at
    assert house.ingested >= sent


def test_a_player_that_breaks_down_leaves_what_was_played_until_then(tmp_path: Path) -> None:
    """A full disk after hours of playing cost the whole judgement."""

    def breaks() -> None:
        raise EwsError("the broker is gone")

    with pytest.raises(EwsError, match="the broker is gone"):
        played(tmp_path, Leaving(4 * 12 + 4 * 100, breaks, threading.Event()))
    record = ExerciseFolder(tmp_path).run()
    assert not record.finished
    assert record.ends == ExerciseFolder(tmp_path).moments()[-1].at > START + 12 * HOUR
    assert load_truth(ExerciseFolder(tmp_path).truth_file).run.ends == record.ends


def test_a_day_that_was_played_is_on_the_disk_though_the_player_is_killed(tmp_path: Path) -> None:
    folder, seen = ExerciseFolder(tmp_path), list[tuple[Run, Truth]]()

    def look() -> None:
        seen.append((folder.run(), load_truth(folder.truth_file)))

    record, _ = played(tmp_path, Leaving(4 * 12 + 4 * 200, look, threading.Event()))
    ((kept, truth),) = seen  # as a killed player would have left it
    assert (kept.ends, kept.finished, kept.settled) == (START + DAY, False, False)
    assert sum(series.sent for series in truth.series) == kept.warm_up + kept.played > 0
    folder.check_played()
    assert (record.ends, record.finished, record.settled) == (ENDS, True, False)
    assert sum(s.sent for s in load_truth(folder.truth_file).series) == record.warm_up + record.played


def test_a_line_that_was_cut_off_costs_that_line_alone(tmp_path: Path) -> None:
    """The next line was written behind it, and neither the report nor a look back could be had any more."""
    folder = ExerciseFolder(tmp_path)
    moments = [Moment(at=START + n * ROUND, wall=START + timedelta(seconds=n), sent=n) for n in range(3)]
    answer = Answer(recipient="a", key="k", came_at=START, at=START, refused=False)
    for name in ("pace.jsonl", "answers.jsonl"):
        (tmp_path / name).write_bytes(b'{"at":"2025-10-2')
    for moment in moments:
        folder.add_moment(moment)
    folder.add_answer(answer)
    assert folder.moments() == moments
    assert folder.answers() == [answer]
    assert folder.unreadable == 2


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ExerciseFolder(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(EwsError, match=r"pace.jsonl cannot be written: No space left on device"):
        folder.add_moment(Moment(at=START, wall=START, sent=0))


class Taking:
    """An ingest that takes so many readings of the season before, a few at a time, and no more."""

    def __init__(self, most: int) -> None:
        self._most, self._now = most, 0

    def taken(self) -> int:
        self._now = min(self._now + 5, self._most)
        return self._now


def test_a_season_that_ingest_does_not_take_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was waited for without an end, though nothing more could come."""
    monkeypatch.setattr("cli.exercise_playing._LEARNING_S", 0.15)
    monkeypatch.setattr("cli.exercise_playing._LOOK_S", 0.02)
    playing = Playing(short(START, ENDS), 1e9, gauges(), ExerciseFolder(tmp_path), threading.Event())
    playing.until_learnt(Taking(100), 100)  # slower than the limit, but some come
    with pytest.raises(EwsError, match=r"of 100 readings of the season before 90 were taken, and no more came"):
        playing.until_learnt(Taking(90), 100)
