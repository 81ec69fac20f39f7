"""What a public warning says to machines and people, as its officer decided it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts.cap.message import MsgType, ResponseType
from alerts.cap.public import Announcement, public_bulletin
from domain.alerts import Certainty, Event, Phase, Severity, Urgency
from tests.cap_scenes import HOUR, NOW, TEXTS, WARDS


def _said(**changes: Any) -> Announcement:
    values: dict[str, Any] = {
        "warning": "w1",
        "number": 5,
        "sent": NOW,
        "msg_type": MsgType.CANCEL,
        "exercise": False,
        "event": Event.FLOOD,
        "severity": Severity.SEVERE,
        "phase": Phase.OBSERVED,
        "expires": NOW + 12 * HOUR,
        "texts": TEXTS,
        "areas": WARDS.areas(["19774"]),
        "because": "nước đã rút",
    }
    return Announcement(**values | changes)


@pytest.mark.parametrize("over", [True, False])
def test_a_cancel_does_not_ask_people_to_go_on_in_the_same_breath(over: bool) -> None:
    bulletin = public_bulletin(_said(over=over), ())
    assert bulletin.responses == (ResponseType.ALL_CLEAR if over else ResponseType.NONE,)
    instructions = [bulletin.texts[language].instruction or "" for language in ("vi", "en")]
    assert not any(TEXTS[language].instruction in instructions for language in TEXTS)
    assert ("không còn áp dụng" in instructions[0], "no longer applies" in instructions[1]) == (True, True)
    assert ("is over" in instructions[1], "no all clear" in instructions[1]) == (over, not over)
    first = [bulletin.texts[language].description.splitlines()[0] for language in ("vi", "en")]
    assert first == ["Lý do hủy: nước đã rút", "Why it was cancelled: nước đã rút"]


def test_the_cancel_of_an_exercise_keeps_its_reason() -> None:
    note = public_bulletin(_said(exercise=True), ()).note or ""
    assert note.endswith(" / nước đã rút")
    assert note != "nước đã rút", "and the mark of an exercise"


@pytest.mark.parametrize(
    ("hours", "urgency", "has_onset"),
    [
        (None, Urgency.FUTURE, False),
        (-1.0, Urgency.EXPECTED, True),
        (1.0, Urgency.EXPECTED, True),
        (1.5, Urgency.FUTURE, True),
        (24.0, Urgency.FUTURE, False),
    ],
)
def test_a_forecast_is_as_urgent_as_it_is_near(hours: float | None, urgency: Urgency, has_onset: bool) -> None:
    """One that begins after the warning expires names no beginning: receivers would refuse it."""
    onset = None if hours is None else NOW + timedelta(hours=hours)
    bulletin = public_bulletin(_said(msg_type=MsgType.ALERT, phase=Phase.FORECAST, onset=onset), ())
    assert (bulletin.urgency, bulletin.onset) == (urgency, onset if has_onset else None)


@pytest.mark.parametrize(
    ("probability", "certainty"),
    [(0.85, Certainty.LIKELY), (0.5, Certainty.POSSIBLE), (0.0, Certainty.POSSIBLE), (None, Certainty.POSSIBLE)],
)
def test_a_forecast_is_as_certain_as_it_is_likely(probability: float | None, certainty: Certainty) -> None:
    said = _said(msg_type=MsgType.ALERT, phase=Phase.FORECAST, probability=probability)
    assert public_bulletin(said, ()).certainty is certainty


def test_what_is_cancelled_before_it_began_begins_never() -> None:
    assert public_bulletin(_said(phase=Phase.FORECAST, onset=NOW + HOUR), ()).onset is None
    assert public_bulletin(_said(onset=NOW - HOUR), ()).onset == NOW - HOUR
