"""Decisions and their messages, from findings to channels, on a real database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.channels.message import Channel, GiveUp, Message, Outcome, Retry, Sent
from alerts.decision import decide, span_to_judge
from alerts.delivery import deliver_due
from alerts.escalation import MOST_ATTEMPTS
from alerts.recipients import Recipient
from domain.alerts import Alert, Event, Finding, Phase, Severity, Step
from domain.stations import Series, StageThresholds, Station, StationKind
from storage import alerts as alert_store
from storage.database import Database
from storage.deliveries import Delivery, deliveries_of
from storage.stations import sync_network

T0 = datetime(2025, 10, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = {event: {1: Severity.MINOR, 2: Severity.MODERATE, 3: Severity.SEVERE} for event in Event}
KIM_LONG = Station(
    id="kim_long",
    name_vi="Kim Long",
    name_en="Kim Long",
    kind=StationKind.RIVER,
    lat=16.45,
    lon=107.56,
    river="Hương",
    covers=("19774",),
    series=(Series(quantity="water_level", cadence=timedelta(minutes=10)),),
    thresholds=(
        StageThresholds(
            valid_from=date(2020, 1, 1), datum="x", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="y", verified=True
        ),
    ),
    simulated=False,
    verified=True,
    source="test",
)


def _recipient(name: str, channels: tuple[str, ...], area: str = "city") -> Recipient:
    return Recipient.model_validate(
        {
            "id": name,
            "name_vi": name,
            "name_en": name,
            "role": "committee",
            "area": area,
            "language": "vi",
            "channels": channels,
            "severity_floor": "Minor",
        }
    )


CITY = _recipient("city", ("phone",))


class Phone:
    """A channel that remembers, and can be away."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.answer: Outcome = Sent()

    def __call__(self, message: Message) -> Outcome:
        if isinstance(self.answer, Sent):
            self.heard.append((message.recipient, message.version))
        return self.answer


def _finding(*steps: tuple[float, int], event: Event = Event.FLOOD) -> Finding:
    made = tuple(Step(at=T0 + HOUR * h, level=level, value=level + 0.1, threshold=float(level)) for h, level in steps)
    return Finding(station="kim_long", event=event, phase=Phase.OBSERVED, rule="stage", since=T0, steps=made)


@pytest.fixture
def network(database: Database) -> Database:
    with database.transaction() as connection:
        sync_network(connection, [KIM_LONG])
    return database


def _decide(
    database: Database, *steps: tuple[float, int], hour: float, recipients: tuple[Recipient, ...] = (CITY,)
) -> list[Alert]:
    now = T0 + HOUR * hour
    with database.transaction() as connection:
        return decide(
            connection,
            KIM_LONG,
            [_finding(*steps)],
            policy=POLICY,
            recipients=recipients,
            clock_now=now,
            wall_now=now,
        )


def _rows(database: Database, alert: Alert) -> list[Delivery]:
    with database.transaction() as connection:
        return deliveries_of(connection, alert.identifier)


def _alerts(database: Database) -> list[Alert]:
    with database.transaction() as connection:
        return alert_store.list_alerts(connection)


def test_what_is_decided_is_stored_sent_and_not_decided_again(network: Database) -> None:
    phone = Phone()
    decided = _decide(network, (0, 1), hour=0)
    assert _decide(network, (0, 1), hour=0) == []
    assert _alerts(network) == decided
    assert deliver_due(network, {"phone": phone}, T0) == {"sent": 1}
    assert deliver_due(network, {"phone": phone}, T0 + 9 * HOUR) == {}
    assert phone.heard == [("city", 1)]
    assert [row.state for row in _rows(network, decided[0])] == ["sent"]


def test_a_catch_up_stores_every_step_and_sends_the_newest(network: Database) -> None:
    phone = Phone()
    (alert,) = _decide(network, (0, 1), (1, 2), (2, 3), hour=2)
    assert [v.level for v in _alerts(network)[0].versions] == [1, 2, 3]
    deliver_due(network, {"phone": phone}, T0 + 2 * HOUR)
    assert phone.heard == [("city", 3)]
    assert len(_rows(network, alert)) == 1


def test_an_episode_long_past_is_stored_and_nobody_is_woken(network: Database) -> None:
    (alert,) = _decide(network, (0, 1), (1, 0), hour=4)
    assert _alerts(network) == [alert]
    assert _rows(network, alert) == []


def test_a_decision_that_is_not_committed_leaves_nothing(network: Database) -> None:
    with network.transaction() as connection:
        decide(connection, KIM_LONG, [_finding((0, 1))], policy=POLICY, recipients=(CITY,), clock_now=T0, wall_now=T0)
        connection.rollback()
    assert _alerts(network) == []
    assert deliver_due(network, {"phone": Phone()}, T0) == {}


def test_late_data_that_joins_two_alerts_passes_the_one_active_rule_of_the_database(network: Database) -> None:
    _decide(network, (0, 1), (4, 0), (6, 2), hour=6)
    _decide(network, (0, 1), (6, 2), hour=6)
    active = [a for a in _alerts(network) if a.ended_at is None]
    assert [(a.raised_at, a.level) for a in active] == [(T0, 2)]


def test_a_receiver_that_is_away_gets_it_later_and_in_order(network: Database) -> None:
    phone = Phone()
    phone.answer = Retry("no signal")
    (alert,) = _decide(network, (0, 1), hour=0)
    assert deliver_due(network, {"phone": phone}, T0) == {"postponed": 1}
    _decide(network, (0, 1), (0.0001, 2), hour=0.0001)
    phone.answer = Sent()
    assert deliver_due(network, {"phone": phone}, T0 + timedelta(seconds=4)) == {}, "version 2 waits for version 1"
    assert _rows(network, alert)[0].error == "no signal"
    assert deliver_due(network, {"phone": phone}, T0 + timedelta(seconds=5)) == {"sent": 2}
    assert phone.heard == [("city", 1), ("city", 2)]


def test_others_are_not_held_up(network: Database) -> None:
    away, there = Phone(), Phone()
    away.answer = Retry("no signal")
    _decide(network, (0, 1), hour=0, recipients=(_recipient("away", ("away",)), _recipient("there", ("there",))))
    channels: dict[str, Channel] = {"away": away, "there": there}
    assert deliver_due(network, channels, T0) == {"postponed": 1, "sent": 1}
    assert there.heard == [("there", 1)]


def test_what_is_given_up_lets_the_next_version_through(network: Database) -> None:
    phone = Phone()
    phone.answer = GiveUp("unknown number")
    (alert,) = _decide(network, (0, 1), hour=0)
    assert deliver_due(network, {"phone": phone}, T0) == {"given_up": 1}
    phone.answer = Sent()
    _decide(network, (0, 1), (1, 2), hour=1)
    assert deliver_due(network, {"phone": phone}, T0 + HOUR) == {"sent": 1}
    assert [(r.state, r.error) for r in _rows(network, alert)] == [("failed", "unknown number"), ("sent", None)]


def test_a_channel_that_does_not_exist_is_given_up_with_a_reason(network: Database) -> None:
    (alert,) = _decide(network, (0, 1), hour=0)
    assert deliver_due(network, {"console": Phone()}, T0) == {"given_up": 1}
    assert "'phone'" in str(_rows(network, alert)[0].error)


def test_trying_ends_after_about_a_day(network: Database) -> None:
    phone = Phone()
    phone.answer = Retry("no signal")
    _decide(network, (0, 1), hour=0)
    outcomes = [deliver_due(network, {"phone": phone}, T0 + n * HOUR) for n in range(MOST_ATTEMPTS + 1)]
    assert [dict(o) for o in outcomes[-2:]] == [{"given_up": 1}, {}]


def test_judging_begins_before_whatever_was_running(network: Database) -> None:
    _decide(network, (0, 1), hour=0)
    with network.transaction() as connection:
        assert span_to_judge(connection, "kim_long", T0 + 72 * HOUR) == T0
        assert span_to_judge(connection, "phu_oc", T0 + 72 * HOUR) == T0 + 72 * HOUR
