"""What the watch says, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.watch import REPEAT_AFTER, Change, Trouble, Watch
from scheduler.watching import words
from storage.jobs import JobRun

T0 = datetime(2025, 10, 27, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATE = Trouble(key="never", since=T0, facts=(("time", "07:00"),))


def _subjects(changes: list[Change]) -> list[tuple[str, bool]]:
    return [(change.subject, change.trouble is not None) for change in changes]


def test_a_trouble_is_said_when_seen_twice_again_each_hour_and_at_its_end() -> None:
    watch = Watch()
    assert watch.look({"broker": LATE}, T0) == []
    assert not watch.well, "a suspicion is enough to give no sign of life"
    assert _subjects(watch.look({"broker": LATE}, T0 + SECOND)) == [("broker", True)]
    assert watch.look({"broker": LATE}, T0 + 2 * SECOND) == []
    assert _subjects(watch.look({"broker": LATE}, T0 + SECOND + REPEAT_AFTER)) == [("broker", True)]
    assert _subjects(watch.look({}, T0 + 2 * REPEAT_AFTER)) == [("broker", False)]
    assert watch.well
    assert watch.look({}, T0 + 3 * REPEAT_AFTER) == []


def test_trouble_outside_is_said_and_leaves_the_sign_of_life() -> None:
    watch, down = Watch(), Trouble(key="held", since=T0, facts=(("count", "1"), ("error", "refused")), outside=True)
    for second in range(2):
        said = watch.look({"channel/webhook": down}, T0 + second * SECOND)
        assert watch.well
    assert _subjects(said) == [("channel/webhook", True)]
    watch.look({"channel/webhook": down, "broker": LATE}, T0 + 2 * SECOND)
    assert not watch.well


def test_an_alarm_about_a_channel_says_what_becomes_of_its_messages() -> None:
    down = Trouble(key="held", since=T0, facts=(("count", "3"), ("error", "refused")), outside=True)
    title, body = words(Change(subject="channel/sms", trouble=down, since=T0), "en")
    assert title == "System alarm: channel sms: no answer from 3 of its recipients: refused"
    assert "goes on to the next channel or person" in body
    assert words(Change(subject="channel/sms", trouble=down, since=T0), "vi")[0] == (
        "Báo động hệ thống: kênh sms: 3 nơi nhận không trả lời: refused"
    )


def test_while_the_database_does_not_answer_nothing_that_it_knows_is_said_to_be_over() -> None:
    watch, down = Watch(), Trouble(key="held", since=T0, outside=True)
    for found in ({"channel/sms": down, "broker": LATE},) * 2:
        watch.look(found, T0)
    away = {"database": Trouble(key="database", since=T0 + SECOND)}
    assert [change.subject for change in watch.look(away, T0 + SECOND)] == ["broker"]
    assert set(watch.open) == {"channel/sms"}
    assert [change.subject for change in watch.look({}, T0 + 2 * SECOND)] == ["channel/sms"]


def test_a_trouble_keeps_its_beginning() -> None:
    watch = Watch()
    for second in range(3):
        watch.look({"database": Trouble(key="database", since=T0 + second * SECOND)}, T0 + second * SECOND)
    assert watch.open["database"].since == T0 + SECOND


@given(st.lists(st.sets(st.sampled_from(["a", "b"])), max_size=40))
def test_beginnings_and_ends_alternate_and_agree_with_what_is_open(looks: list[set[str]]) -> None:
    watch, said = Watch(), {"a": False, "b": False}
    for second, found in enumerate(looks):
        for change in watch.look(dict.fromkeys(found, LATE), T0 + second * SECOND):
            assert said[change.subject] is not (change.trouble is not None)
            said[change.subject] = change.trouble is not None
        assert {name for name, is_open in said.items() if is_open} == set(watch.open)


def test_an_alarm_speaks_both_languages() -> None:
    change = Change(subject="job/deliver", trouble=LATE, since=T0)
    assert words(change, "vi")[0] == "Báo động hệ thống: tác vụ deliver: chưa thành công kể từ 07:00"
    assert words(change, "en")[0] == "System alarm: job deliver: has not succeeded since 07:00"
    assert words(Change(subject="ingest", trouble=None, since=T0), "en")[0] == "System alarm over: intake of readings"


def test_a_job_is_late_after_three_intervals_and_half_a_minute() -> None:
    run = JobRun(job="x", every=2 * SECOND, last_started_at=T0, last_success_at=T0, last_error=None)
    assert run.late_since(T0 + 30 * SECOND) is None
    assert run.late_since(T0 + 31 * SECOND) == T0
    assert run.late_since(T0 + 31 * SECOND, watched_since=T0 + 5 * SECOND) is None


def test_a_success_in_the_future_is_none() -> None:
    ahead = T0 + timedelta(hours=7)  # the clock was set back since
    run = JobRun(job="x", every=2 * SECOND, last_started_at=ahead, last_success_at=ahead, last_error=None)
    assert run.late_since(T0) == T0
    assert run.late_since(T0, watched_since=ahead) == T0, "the watcher itself is older than the step"
    assert run.late_since(T0, watched_since=T0 - 10 * SECOND) is None, "begun anew, it gives the jobs their time"
    assert run.late_since(T0 + 31 * SECOND, watched_since=T0) == T0 + 31 * SECOND
    assert run.late_since(ahead - 60 * SECOND) is None, "clocks are corrected by seconds"
