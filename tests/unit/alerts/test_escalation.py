"""Who is called first, who next, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.message import GiveUp, Outcome, Retry, Sent, Unsent
from alerts.escalation import MOST_ATTEMPTS, first_deliveries, next_step, rungs, verdict
from alerts.recipients import Escalation, Recipient, Recipients, load_recipients
from alerts.rosters import Roster, Shift, Span
from alerts.token_bucket import TokenBucket
from domain.alerts import AlertVersion, Phase, Reason, Severity
from storage.deliveries import Delivery, NewDelivery

NOON = datetime(2025, 10, 27, 5, tzinfo=UTC)  # Monday 12:00 in Huế
MINUTE = timedelta(minutes=1)
_EARLIEST, _LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


def _recipient(name: str, **more: object) -> Recipient:
    values: dict[str, object] = {
        "id": name,
        "name_vi": name,
        "name_en": name,
        "role": "ward",
        "area": "city",
        "language": "vi",
        "channels": ["sms", "email"],
        "copies": ["file"],
        "severity_floor": "Minor",
    }
    return Recipient.model_validate(values | more)


ROSTER = Roster.model_validate(
    {
        "name": "duty",
        "shift": [
            {"post": "officer", "hours": {"begins": time(17), "ends": time(7)}},
            {"post": "commander", "days": ["mon"], "hours": {"begins": time(7), "ends": time(17)}},
            {"post": "chair"},
        ],
    }
)
CITY = _recipient("city", channels=["sms"])
WARD = _recipient("ward", roster="duty", escalates_to="city")
PEOPLE = Recipients.of([CITY, WARD], Escalation(after_min=10, tries=3, rounds=2), [ROSTER])


def _version(severity: Severity = Severity.SEVERE) -> AlertVersion:
    return AlertVersion(
        number=1,
        reason=Reason.RAISED,
        at=NOON,
        decided_at=NOON,
        level=3,
        severity=severity,
        phase=Phase.OBSERVED,
        value=3.6,
        threshold=3.5,
    )


def _first(
    recipient: Recipient = WARD, severity: Severity = Severity.SEVERE, now: datetime = NOON
) -> list[NewDelivery]:
    return first_deliveries(PEOPLE, recipient, alert="a1", version=_version(severity), basin="huong", now=now)


def _row(new: NewDelivery, attempts: int = 1) -> Delivery:
    return Delivery(
        id=1,
        state="sending",
        attempts=attempts,
        may_repeat=False,
        message="m1",
        at=NOON,
        created_at=NOON,
        sent_at=None,
        escalate_at=None,
        error=None,
        **{name: getattr(new, name) for name in NewDelivery.__dataclass_fields__ if name != "deferred"},
    )


def test_copies_go_out_beside_the_first_rung() -> None:
    assert [(d.channel, d.person, d.lane) for d in _first()] == [
        ("file", "", "#file"),
        ("sms", "commander", "commander"),
    ]


def test_the_ladder_is_climbed_over_channels_people_and_the_city() -> None:
    assert _climbed(PEOPLE, _first()[1], [NOON] * 10) == [
        ("ward", "commander", "sms", 0, ""),
        ("ward", "commander", "email", 0, ""),
        ("ward", "chair", "sms", 0, ""),
        ("ward", "chair", "email", 0, ""),
        ("city", "", "sms", 0, "ward"),
        ("city", "", "sms", 1, "ward"),
    ]


def _climbed(people: Recipients, first: NewDelivery, times: Sequence[datetime]) -> list[tuple[str, str, str, int, str]]:
    """Who is asked one after the other, at these times, when nobody answers."""
    step: NewDelivery | None = first
    climbed: list[tuple[str, str, str, int, str]] = []
    for now in times:
        if step is None:
            break
        climbed.append((step.recipient, step.person, step.channel, step.round, step.origin))
        asked = {(p, c) for r, p, c, n, o in climbed if (r, n, o) == (step.recipient, step.round, step.origin)}
        step = next_step(_row(step), people, now, asked, again=True)
    return climbed


@pytest.mark.parametrize(("severity", "waits"), [(Severity.MODERATE, True), (Severity.SEVERE, False)])
def test_the_next_rung_waits_for_the_morning_when_it_can_and_is_for_who_is_on_duty_then(
    severity: Severity, waits: bool
) -> None:
    two = NOON + timedelta(hours=14)  # 02:00 in Huế
    quiet = {"begins": time(21), "ends": time(7, 30)}
    people = Recipients.of(
        [CITY, WARD.model_copy(update={"quiet": Span.model_validate(quiet)})], PEOPLE.escalation, [ROSTER]
    )
    row = replace(_row(_first(severity=severity)[1]), person="chair", channel="email")
    then = verdict(row, GiveUp("no such number"), people, two).then
    assert then is not None
    assert (then.deferred, then.due_at) == (waits, NOON + timedelta(hours=19.5) if waits else two)
    assert then.person == ("chair" if waits else "officer"), "on Tuesday at 07:30 the chair alone; at night the officer"


def test_whenever_a_ladder_begins_it_reaches_every_post_on_duty_and_the_city() -> None:
    """Over every change of shift of a week, with the shipped recipients: those of the old shift and of the new one."""
    people = load_recipients(Path(__file__).resolve().parents[3] / "config" / "recipients.toml")
    ward = next(r for r in people if r.escalates_to == "city_command" and r.roster is not None)
    monday = datetime(2025, 10, 27, tzinfo=UTC)
    for number in range(7 * 24 * 12):
        begun = monday + number * 5 * MINUTE
        (first,) = [
            d
            for d in first_deliveries(people, ward, alert="a", version=_version(), basin="b", now=begun)
            if not d.lane.startswith("#")
        ]
        times = [begun + step * 10 * MINUTE for step in range(1, 40)]
        climbed = _climbed(people, first, times)
        place = next(n for n, each in enumerate(climbed) if each[0] == "city_command")
        at = begun + place * 10 * MINUTE
        assert {(p, c) for _, p, c, *_ in climbed[:place]} >= set(rungs(people, ward, at)), begun


def test_a_ladder_of_copies_is_never_climbed() -> None:
    assert next_step(_row(_first()[0]), PEOPLE, NOON, (), again=True) is None


def test_an_urgent_message_must_be_answered_and_another_not() -> None:
    row = _row(_first()[1])
    assert verdict(row, Sent(), PEOPLE, NOON).settlement.escalate_at == NOON + 10 * MINUTE
    assert verdict(replace(row, urgent=False), Sent(), PEOPLE, NOON).settlement.escalate_at is None
    assert verdict(_row(_first()[0]), Sent(), PEOPLE, NOON).settlement.escalate_at is None


def test_three_failures_make_place_for_the_next_rung() -> None:
    rung = _first()[1]
    states = [verdict(_row(rung, attempts=n), Retry("busy"), PEOPLE, NOON) for n in (1, 2, 3)]
    assert [v.settlement.state for v in states] == ["waiting", "waiting", "failed"]
    assert [v.then.channel if v.then else None for v in states] == [None, None, "email"]


def test_what_can_never_succeed_goes_on_at_once() -> None:
    found = verdict(_row(_first()[1]), GiveUp("no number"), PEOPLE, NOON)
    assert (found.settlement.state, found.then and found.then.channel) == ("failed", "email")


def test_the_last_rung_is_tried_for_a_day_and_the_city_is_told_besides() -> None:
    last = replace(_first()[1], person="chair", channel="email", rung=3)
    third = verdict(_row(last, attempts=3), Retry("busy"), PEOPLE, NOON, rungs(PEOPLE, WARD, NOON))
    assert third.settlement.state == "waiting"
    assert third.then is not None
    assert third.then.recipient == "city"
    assert verdict(_row(last, attempts=MOST_ATTEMPTS), Retry("busy"), PEOPLE, NOON).settlement.state == "failed"


def test_what_was_not_tried_costs_no_attempt() -> None:
    found = verdict(_row(_first()[1]), Unsent(NOON + MINUTE), PEOPLE, NOON).settlement
    assert (found.state, found.returned, found.due_at) == ("waiting", True, NOON + MINUTE)


def test_an_answer_that_is_missing_makes_the_next_attempt_a_possible_repeat() -> None:
    row = _row(_first()[1])
    assert verdict(row, Retry("no answer", may_have_arrived=True), PEOPLE, NOON).settlement.may_repeat
    assert not verdict(row, Retry("refused"), PEOPLE, NOON).settlement.may_repeat


@pytest.mark.parametrize(
    ("severity", "hour_utc", "due_hour_utc"),
    [
        (Severity.MODERATE, 15, 22.5),  # 22:00 in Huế: until 05:30
        (Severity.MODERATE, 22, 22.5),
        (Severity.MODERATE, 23, 23),
        (Severity.SEVERE, 15, 15),
        (Severity.EXTREME, 15, 15),
    ],
)
def test_quiet_hours_hold_back_what_is_not_severe(severity: Severity, hour_utc: float, due_hour_utc: float) -> None:
    quiet = _recipient("ward", quiet={"begins": time(21), "ends": time(5, 30)})
    day = datetime(2025, 10, 27, tzinfo=UTC)
    copy, rung = _first(quiet, severity, day + timedelta(hours=hour_utc))
    assert rung.due_at == day + timedelta(hours=due_hour_utc)
    assert rung.deferred is (due_hour_utc != hour_utc)
    assert copy.due_at == day + timedelta(hours=hour_utc), "records are written at once"


@pytest.mark.parametrize(
    ("at", "posts"),
    [
        ("2025-10-27T12:00+07:00", ("commander", "chair")),
        ("2025-10-28T12:00+07:00", ("chair",)),
        ("2025-10-27T17:00+07:00", ("officer", "chair")),
        ("2025-10-28T06:59+07:00", ("officer", "chair")),
        ("2025-10-28T07:00+07:00", ("chair",)),
    ],
)
def test_the_roster_says_who_is_on_duty(at: str, posts: tuple[str, ...]) -> None:
    assert ROSTER.on_duty(datetime.fromisoformat(at)) == posts


def test_a_dated_shift_goes_first_and_a_night_shift_belongs_to_the_day_it_began_on() -> None:
    dated = Shift.model_validate({"post": "guest", "since": NOON, "until": NOON + 60 * MINUTE})
    night = Shift.model_validate({"post": "night", "days": ["mon"], "hours": {"begins": time(22), "ends": time(6)}})
    roster = Roster(name="x", shift=(night, dated))
    assert roster.on_duty(NOON) == ("guest",)
    assert roster.on_duty(datetime.fromisoformat("2025-10-28T05:00+07:00")) == ("night",)
    assert roster.on_duty(datetime.fromisoformat("2025-10-27T05:00+07:00")) == ("night", "guest"), "a gap: everybody"


@given(minutes=st.integers(0, 60 * 24 * 14))
def test_somebody_can_always_be_called(minutes: int) -> None:
    assert rungs(PEOPLE, WARD, NOON + minutes * MINUTE)


@given(
    begins=st.times(), ends=st.times(), at=st.datetimes(timezones=st.just(UTC), min_value=_EARLIEST, max_value=_LATEST)
)
def test_the_end_of_a_span_is_after_it_and_within_a_day(begins: time, ends: time, at: datetime) -> None:
    begins, ends = begins.replace(microsecond=0), ends.replace(microsecond=0)
    if begins == ends:
        return
    span = Span(begins=begins, ends=ends)
    end = span.end_after(at)
    assert at < end <= at + timedelta(days=1)
    assert span.begun_on(end) is None, "at its end it is over"


@given(
    per_minute=st.floats(1, 1000),
    burst=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(0, 99))),
)
def test_a_bucket_never_gives_more_than_its_rate(per_minute: float, burst: int, steps: list[tuple[float, int]]) -> None:
    bucket, now_s, taken = TokenBucket(per_minute, burst), 0.0, 0
    bucket.available(0.0)
    for wait_s, wanted in steps:
        now_s += wait_s
        available = bucket.available(now_s)
        assert available is not None
        bucket.take(min(wanted, available))
        taken += min(wanted, available)
        assert taken <= burst + now_s * per_minute / 60 + 1e-6


@given(
    st.lists(
        st.sampled_from([Sent(), Retry("x"), Retry("x", may_have_arrived=True), GiveUp("x"), Unsent(NOON)]), max_size=60
    )
)
def test_whatever_becomes_of_attempts_the_ladder_ends_and_nothing_is_lost(outcomes: list[Outcome]) -> None:
    """A row is sent, or waits with a time, or failed with somebody else told; nobody is told twice on the same rung."""
    open_rows, seen = [(_first()[1], 0)], {("ward", "commander", "sms", 0, "")}
    for outcome in outcomes:
        if not open_rows:
            break
        new, attempts = open_rows.pop(0)
        asked = {(p, c) for r, p, c, n, o in seen if (r, n, o) == (new.recipient, new.round, new.origin)}
        found = verdict(_row(new, attempts=attempts + 1), outcome, PEOPLE, NOON, asked)
        if found.settlement.state == "waiting":
            assert found.settlement.due_at is not None
            open_rows.append((new, attempts + (0 if found.settlement.returned else 1)))
        if found.settlement.state == "failed":
            assert found.then is not None or new.recipient == "city"
        if found.then is not None:
            key = (found.then.recipient, found.then.person, found.then.channel, found.then.round, found.then.origin)
            if key not in seen:  # the database has each rung once
                seen.add(key)
                open_rows.append((found.then, 0))
    assert len(seen) <= 6
