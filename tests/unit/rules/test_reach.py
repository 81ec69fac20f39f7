"""Which alerts a set of rules can still end: those it can find."""

from __future__ import annotations

import pytest

from domain.alerts import Event
from rules.configuration import RuleSet
from rules.reach import can_find


@pytest.fixture
def gauge(make):
    return make.gauge(make.thresholds([1.0, 2.0, 3.5]))


def _changed(shipped: RuleSet, name: str, **changes: object) -> RuleSet:
    rules = tuple(r.model_copy(update=changes) if r.name == name else r for r in shipped.rules)
    return shipped.model_copy(update={"rules": rules})


def test_what_is_measured_and_judged_can_be_found(gauge, make, shipped) -> None:
    found = {event for event in Event if can_find(shipped, gauge, event)}
    assert found == {
        Event.FLOOD, Event.RAPID_RISE, Event.NO_SIGNAL, Event.SENSOR_STUCK, Event.DOUBTFUL_READING, Event.BASIN_FLOOD,
    }  # fmt: skip
    assert not can_find(shipped, make.gauge(), Event.FLOOD), "no alarm levels are known there any more"


@pytest.mark.parametrize("changes", [{"stations": ("phu_oc",)}, {"event": Event.FLOOD}])
def test_a_rule_narrowed_or_given_another_event_leaves_its_alerts_alone(gauge, shipped, changes) -> None:
    assert not can_find(_changed(shipped, "rate_of_rise", **changes), gauge, Event.RAPID_RISE)


def test_a_rule_taken_out_leaves_them_alone_and_one_without_levels_ends_nothing(gauge, shipped) -> None:
    fewer = tuple(rule for rule in shipped.rules if rule.name not in {"stage", "forecast"})
    assert not can_find(shipped.model_copy(update={"rules": fewer}), gauge, Event.FLOOD), "re_rise has no levels"
