"""Asking somebody who may hang."""

from __future__ import annotations

import threading

import pytest

from scheduler.bounded import Bounded


def test_an_answer_is_given_and_an_error_is_raised() -> None:
    asked: Bounded[int] = Bounded("test")
    assert asked.ask(lambda: 7, 5.0) == 7
    with pytest.raises(ZeroDivisionError):
        asked.ask(lambda: 1 // 0, 5.0)


def test_who_hangs_is_not_waited_for_and_not_asked_again_until_it_answers() -> None:
    release, asked, questions = threading.Event(), Bounded[bool]("test"), []

    def hang() -> bool:
        questions.append(1)
        return release.wait(60)

    assert asked.ask(hang, 0.05) is None
    assert asked.ask(hang, 0.05) is None
    assert len(questions) == 1, "threads that hang do not pile up"
    release.set()
    assert asked.ask(lambda: True, 60.0) is True
