"""What an exercise's report must not say: another hour's reading, a false level that is hidden, answers that never came."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cli.exercise_answers import answer_times
from cli.exercise_clock import screen_of
from cli.exercise_crossings import crossings
from cli.exercise_evidence import Evidence, gather
from cli.exercise_findings import compared, turned
from cli.exercise_folder import Answer, ExerciseFolder, Moment
from cli.exercise_report import html_report
from cli.exercise_turns import listed, turns
from cli.exercise_verdict import verdict_of
from cli.false_warnings import false_warnings, unread_levels
from domain.alerts import AlertVersion, Event, Phase, Reason
from domain.errors import EwsError
from domain.exercise import ROUND
from domain.reported import ReportedFlood
from tests.unit.cli.test_exercise_report import CROSSED, given_evidence, version

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return given_evidence()


def flooded(evidence: Evidence, *versions: AlertVersion) -> Evidence:
    """The flood of Kim Long with these changes."""
    return replace(evidence, alerts=[replace(evidence.alerts[0], versions=versions)])


def forecast(number: int, reason: Reason, after_h: float, level: int, observed: int) -> AlertVersion:
    """A change to a level that is forecast, while readings show a lesser one."""
    return replace(version(number, reason, after_h, level, Phase.FORECAST), detail={"observed_level": observed})


@pytest.mark.parametrize(
    ("read_after", "used"),
    [(5 * HOUR, False), (-HOUR, False), (HOUR, False), (timedelta(minutes=2), True), (timedelta(), True)],
)
def test_a_forecast_is_held_against_its_own_hour(evidence: Evidence, read_after: timedelta, used: bool) -> None:
    assert evidence.reported is not None
    (official,) = evidence.reported.forecasts
    read = replace(official, observed_m=3.54, observed_at=official.valid_at + read_after)
    (pair,) = compared(replace(evidence, reported=ReportedFlood(levels=(), events=(), forecasts=(read,))))
    stored = evidence.levels["kim_long"].at(official.valid_at)
    assert (pair.observed_m, pair.simulated) == (3.54 if used else stored, not used)


def test_what_was_stopped_before_anything_was_played_is_not_judged(tmp_path: Path, evidence: Evidence) -> None:
    folder, begins = ExerciseFolder(tmp_path), evidence.run.begins
    folder.truth_file.touch()
    warm_up = Moment(at=begins - ROUND, wall=CROSSED, sent=9)
    for ends, moments in ((begins - ROUND, [warm_up]), (begins, []), (begins + HOUR, []), (begins + HOUR, [warm_up])):
        folder.write_run(msgspec.structs.replace(evidence.run, ends=ends))
        (tmp_path / "pace.jsonl").unlink(missing_ok=True)
        for moment in moments:
            folder.add_moment(moment)
        with pytest.raises(EwsError, match="stopped before anything was played"):
            gather(folder)
        with pytest.raises(EwsError, match="stopped before anything was played"):
            screen_of(folder, begins)


def test_one_round_is_enough_for_a_report(evidence: Evidence) -> None:
    run = msgspec.structs.replace(evidence.run, ends=evidence.run.begins + ROUND)
    moments = [moment for moment in evidence.moments if moment.at <= run.begins]
    after = Moment(at=run.ends, wall=moments[0].wall + timedelta(seconds=10), sent=5)
    page = html_report(replace(evidence, run=run, moments=[*moments, after], alerts=[]), {})
    assert "DIỄN TẬP" in page


def test_a_record_that_was_forecast_within_a_true_flood_and_never_came_is_counted(evidence: Evidence) -> None:
    found = flooded(
        evidence,
        version(1, Reason.RAISED, 0, 2),
        forecast(2, Reason.UPGRADED_BY_FORECAST, 1, 4, 2),
        forecast(3, Reason.CONFIRMED, 3, 4, 3),  # BĐ3 on the way
        forecast(4, Reason.REPEATED, 4, 4, 3),
        version(5, Reason.FORECAST_WITHDRAWN, 5, 3, Phase.OBSERVED),
        version(6, Reason.ENDED, 40, 0),
    )
    assert false_warnings(found) == []
    (row,) = unread_levels(found)
    assert (row.told.level, row.told.number, row.withdrawn.number) == (4, 2, 5)
    verdict = verdict_of(found)
    assert verdict.unread_levels == 1
    assert verdict.clean, "the warning itself was true"
    assert "0 of them false; 1 levels told by forecast and not read before they were withdrawn" in str(verdict)
    page = html_report(found, {})
    for words in ("not read before they were withdrawn: 1", "<b>1</b>", "kỷ lục"):
        assert words in page


def test_a_level_that_was_read_or_ended_by_a_person_is_not_counted(evidence: Evidence) -> None:
    came = (
        forecast(1, Reason.RAISED_BY_FORECAST, 0, 3, 0),
        version(2, Reason.CONFIRMED, 2, 3),
        forecast(3, Reason.HELD_BY_FORECAST, 4, 3, 2),  # once read, still expected
        version(4, Reason.DOWNGRADED, 6, 2, Phase.RECEDING),
        version(5, Reason.ENDED, 9, 0),
    )
    assert unread_levels(flooded(evidence, *came)) == []
    overshot = (
        came[0],
        version(2, Reason.UPGRADED, 2, 4),
        version(3, Reason.ENDED, 9, 0),
    )
    assert unread_levels(flooded(evidence, *overshot)) == []
    stopped = (
        version(1, Reason.RAISED, 0, 1),
        forecast(2, Reason.UPGRADED_BY_FORECAST, 1, 3, 1),
        version(3, Reason.ENDED_BY_PERSON, 2, 0),
    )
    assert unread_levels(flooded(evidence, *stopped)) == []


def test_each_rise_by_forecast_that_was_withdrawn_is_one(evidence: Evidence) -> None:
    again = (
        version(1, Reason.RAISED, 0, 2),
        forecast(2, Reason.UPGRADED_BY_FORECAST, 1, 3, 2),
        forecast(3, Reason.UPGRADED_BY_FORECAST, 2, 4, 2),
        forecast(4, Reason.DOWNGRADED, 3, 3, 2),
        forecast(5, Reason.UPGRADED_BY_FORECAST, 4, 4, 2),
        version(6, Reason.FORECAST_WITHDRAWN, 5, 2),
    )
    found = flooded(evidence, *again)
    assert [(row.told.number, row.withdrawn.number) for row in unread_levels(found)] == [(2, 6), (3, 4), (5, 6)]
    alone = tuple(
        replace(one, phase=Phase.FORECAST) for one in (*again[1:5], version(7, Reason.FORECAST_WITHDRAWN, 6, 0))
    )
    whole = flooded(evidence, *alone)
    assert len(false_warnings(whole)) == 1
    assert unread_levels(whole) == [], "what is false as a whole is counted once"


def test_a_confirmation_counts_when_it_was_stored(evidence: Evidence) -> None:
    def answer(key: str, recipient: str, after_min: float | None) -> Answer:
        return Answer(recipient=recipient, key=key, came_at=CROSSED, at=CROSSED, refused=False, after_min=after_min)

    answers = [
        answer("a.1.city_command.webhook", "city_command", 5.0),
        answer("a.2.city_command.webhook", "city_command", 7.0),  # another version: never arrived
        answer("a.1.command_19774.webhook", "command_19774", 9.0),
        answer("a.1.city_command.webhook.for.command_19774", "city_command", 4.0),
        answer("a.1.command_20014.webhook", "command_20014", None),
        answer("year_before.1.city_command.webhook", "city_command", 3.0),
    ]
    found = replace(evidence, answers=answers)
    times = answer_times(found)
    assert sorted(times.planned) == [4.0, 5.0, 7.0, 9.0]
    assert sorted(times.stored) == [4.0, 5.0]
    page = html_report(found, {})
    assert "<b>2 / 4</b>" in page
    assert "Of 4 answers planned, 2 confirmations were stored" in page
    nobody = html_report(replace(found, confirmed=[]), {})
    assert "<b>0 / 4</b>" in nobody


@pytest.mark.parametrize(
    ("third", "read"),
    [
        (version(2, Reason.UPGRADED, 6, 3), 3),
        (version(2, Reason.CONFIRMED, 6, 3), 3),
        (version(2, Reason.UNDER_WAY, 6, 3), 3),
        (forecast(2, Reason.CONFIRMED, 6, 4, 3), 3),  # while the record is forecast
        (forecast(2, Reason.UPGRADED_BY_FORECAST, 6, 3, 2), 2),  # BĐ2 was read meanwhile
        (forecast(2, Reason.UPGRADED_BY_FORECAST, 6, 3, 1), None),
        (version(2, Reason.UPGRADED, 6, 2), 2),
    ],
)
def test_readings_at_the_third_level_are_told_however_they_came_to_it(
    evidence: Evidence, third: AlertVersion, read: int | None
) -> None:
    found = flooded(evidence, version(1, Reason.RAISED, 0, 1), third)
    assert [turn.version.number for turn in turns(found, "kim_long")] == [2] * (read == 3)
    assert ("BĐ3 announced at 27/10 12:00" in listed(found, "kim_long")) == (read == 3)
    assert [row.level for row in crossings(found)] == [1, *filter(None, [read])]


@pytest.mark.parametrize("reason", [Reason.UNDER_WAY, Reason.LATE_DATA, Reason.LATE_FORECAST, Reason.RULES_CHANGED])
def test_a_level_stands_on_the_chart_and_among_the_crossings_however_it_was_noticed(
    evidence: Evidence, reason: Reason
) -> None:
    """Of readings that came late, or rules adopted later, a crossing of BĐ3 was in no list."""
    found = flooded(
        evidence, version(1, Reason.RAISED, 0, 1), version(2, reason, 6, 3), version(3, Reason.REPEATED, 8, 3)
    )
    assert [row.level for row in crossings(found)] == [1, 3]
    assert [v.number for v in turned(found, "kim_long", Event.FLOOD)] == [1, 2]
    assert "BĐ3 announced at 27/10 12:00" in listed(found, "kim_long")


def test_a_warning_that_an_officer_ended_is_listed(evidence: Evidence) -> None:
    found = flooded(evidence, version(1, Reason.RAISED, 0, 1), version(2, Reason.ENDED_BY_PERSON, 6, 0))
    assert "ended by an officer at 27/10 12:00" in listed(found, "kim_long")
    assert [v.number for v in turned(found, "kim_long", Event.FLOOD)] == [1, 2]


def test_only_what_was_read_is_called_above_an_alarm_level_at_the_end(evidence: Evidence) -> None:
    expected = flooded(evidence, forecast(1, Reason.RAISED_BY_FORECAST, 1, 2, 0))
    assert "the exercise ends while a warning by forecast stands" in listed(expected, "kim_long")
    read = flooded(evidence, version(1, Reason.RAISED, 1, 2))
    assert "no all clear: the exercise ends above an alarm level" in listed(read, "kim_long")
    stopped = replace(read, run=msgspec.structs.replace(read.run, finished=False))
    assert "no all clear: it was stopped above an alarm level" in listed(stopped, "kim_long")


def test_a_second_rise_is_measured_from_the_trough_by_which_it_was_decided(evidence: Evidence) -> None:
    days_before = CROSSED - timedelta(days=3)
    rise = replace(
        version(2, Reason.RISING_AGAIN, 20, 2, Phase.RISING_AGAIN),
        value=2.5,
        detail={"trough_m": 2.2, "trough_at": days_before.isoformat()},
    )
    found = flooded(evidence, version(1, Reason.RAISED, 0, 2), rise, version(3, Reason.CONFIRMED, 21, 3))
    second, third = turns(found, "kim_long")
    assert second.trough == third.trough == (days_before, 2.2)
    text = listed(found, "kim_long")
    assert "second rise announced at 28/10 02:00, 92.0 h after the lowest level (above BĐ2), 0.30 m above it" in text
    assert "BĐ3 announced at 28/10 03:00, 93.0 h after" in text


def test_a_crossing_after_the_water_fell_again_has_a_trough_of_its_own(evidence: Evidence) -> None:
    rise = replace(
        version(2, Reason.RISING_AGAIN, 1, 2, Phase.RISING_AGAIN),
        detail={"trough_m": 0.1, "trough_at": datetime(2025, 10, 1).astimezone().isoformat()},
    )
    found = flooded(
        evidence,
        version(1, Reason.RAISED, 0, 2),
        rise,
        version(3, Reason.DOWNGRADED, 10, 1, Phase.RECEDING),
        version(4, Reason.UPGRADED, 24, 3),
    )
    *_, third = turns(found, "kim_long")
    assert third.trough is not None
    assert third.trough[0] == CROSSED + 18 * HOUR  # where the stored level is lowest
    assert third.trough[1] == pytest.approx(2.5)
