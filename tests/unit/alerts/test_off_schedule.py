"""The end of a rule's hours is no end of what it found: nobody looks, and nobody is told that all is clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.cap.findings import finding_chain
from alerts.cap.message import ResponseType
from alerts.wording import headline, message
from domain.alerts import AlertState, Finding, Phase, Reason
from tests.cap_scenes import ISSUER, WARDS


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
