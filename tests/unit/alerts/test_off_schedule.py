"""The end of a rule's hours is no end of what it found: nobody looks, and nobody is told that all is clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.cap.findings import finding_chain
from alerts.cap.message import ResponseType
from alerts.public_drafts import OFF_HOURS, OVER, prepared
from alerts.telling import Surroundings, repeat
from alerts.telling_policy import load_telling
from alerts.wording import headline, message
from domain.alerts import Alert, AlertState, Finding, Phase, Reason
from domain.deeds import Telling, TellingReason
from domain.warnings import WarningState
from tests.cap_scenes import ISSUER, WARDS

_NOTHING_EXCEEDED = ("no level exceeded", "below every level", "chưa vượt mức nào", "dưới mọi mức")
POLICY = load_telling(Path(__file__).resolve().parents[3] / "config" / "alerts.toml")


@pytest.fixture
def hours_over(make):
    """The finding of a rule whose hours end 8 h after the start (15:00 in Huế) and begin again at 22:00."""

    def made(*steps: tuple[float, int], phase: Phase = Phase.OBSERVED) -> Finding:
        found = make.finding(*steps, (8, 0), phase=phase)
        detail = {"schedule": "ended", "applies_again_at": "2025-10-26T22:00:00+07:00"}
        end = replace(found.steps[-1], value=None, threshold=None, detail=detail)
        return replace(found, steps=(*found.steps[:-1], end))

    return made


def test_it_says_until_when_nobody_looks(make, hours_over) -> None:
    (alert,) = make.store().take(hours_over((0, 2)))
    end = alert.versions[-1]
    assert (alert.state, end.reason, end.level) == (AlertState.ENDED, Reason.OFF_SCHEDULE, 0)
    said = headline(alert, end, make.gauge(), "en")
    assert said.startswith("Outside the hours of its rule: ")
    assert "does not apply until 22:00 26/10/2025; nothing says that the level has ended" in said
    for language in ("vi", "en"):
        body = message(alert, end, make.gauge(), recipient="x", language=language).body
        assert "no level" not in body
        assert "không còn mức nào" not in body


def test_its_cap_message_clears_nothing(make, hours_over) -> None:
    (alert,) = make.store().take(hours_over((0, 2)))
    gauge = make.gauge()
    responses = [m.infos[0].response_types for m in finding_chain(alert, gauge, ISSUER, WARDS.of_station(gauge))]
    assert responses[-1] == (ResponseType.NONE,)


def test_what_another_rule_still_finds_is_no_fall_of_the_water(make, hours_over) -> None:
    (alert,) = make.store().take(hours_over((0, 2)), replace(make.finding((0, 1)), rule="other"))
    assert make.told(alert)[-1] == (8, "off_schedule", 1, "receding")


def test_readings_that_end_within_the_hours_end_as_ever(make, hours_over) -> None:
    (alert,) = make.store().take(hours_over((0, 2), (5, 0)))
    assert make.told(alert)[-1] == (5, "ended", 0, "receding")


def _repeated(make, alert: Alert, days: int) -> Alert:
    """Said again some days later, when everybody heard and nobody answered."""
    told = [
        Telling(alert=alert.identifier, version=v.number, told=True, reason=TellingReason.TOLD) for v in alert.versions
    ]
    now = make.start + timedelta(days=days)
    said = repeat(alert, make.gauge(), Surroundings(policy=POLICY, told_before=told), [], now, now)
    assert said is not None
    return said


def test_nor_do_its_repetitions_say_that_no_level_is_exceeded(make, hours_over) -> None:
    (alert,) = make.store().take(hours_over((0, 3)), make.forecast((0, 3)))
    assert alert.versions[-1].reason is Reason.OFF_SCHEDULE
    said = _repeated(make, _repeated(make, alert, days=1), days=2)
    for version in said.versions[-3:]:
        for language in ("vi", "en"):
            found = message(said, version, make.gauge(), recipient="x", language=language)
            text = f"{found.headline}\n{found.body}"
            assert not [words for words in _NOTHING_EXCEEDED if words in text]


@pytest.mark.parametrize(
    ("steps", "note"), [(((0, 3),), OFF_HOURS), (((0, 3), (5, 0)), OVER), (((0, 3), (5, 1)), OFF_HOURS)]
)
def test_a_draft_for_the_public_is_dropped_for_the_true_reason(make, hours_over, steps, note: str) -> None:
    store = make.store()
    (alert,) = store.take(make.finding(steps[0]))
    draft = prepared(alert, make.gauge(), POLICY, make.start, None)
    (over,) = store.take(hours_over(*steps))
    dropped = prepared(over, make.gauge(), POLICY, make.start, draft)
    assert dropped is not None
    assert (dropped.state, dropped.versions[-1].note) == (WarningState.CANCELLED, note)


def test_a_draft_is_less_grave_when_the_hours_end_and_a_lesser_rule_goes_on(make, hours_over) -> None:
    store = make.store()
    (alert,) = store.take(make.finding((0, 3)))
    draft = prepared(alert, make.gauge(), POLICY, make.start, None)
    (left,) = store.take(hours_over((0, 3)), replace(make.finding((0, 1)), rule="other"))
    dropped = prepared(left, make.gauge(), POLICY, make.start, draft)
    assert dropped is not None
    assert dropped.versions[-1].note == OFF_HOURS
