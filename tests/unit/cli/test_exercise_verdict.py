"""What the line about an exercise and its report may call good: nothing that was not played, settled, found or counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from cli.exercise_answers import answer_times
from cli.exercise_charts import hydrograph
from cli.exercise_clock import WallClock
from cli.exercise_config import write_config
from cli.exercise_crossings import crossings
from cli.exercise_evidence import Evidence, Hydrograph, exercise_of, gather
from cli.exercise_findings import compared, scored
from cli.exercise_folder import Answer, ExerciseFolder
from cli.exercise_receiver import Recipients
from cli.exercise_report import html_report
from cli.exercise_verdict import verdict_of
from domain.alerts import Event, Reason
from domain.errors import EwsError
from domain.exercise import ROUND, FaultKind, load_exercise
from domain.words import say
from simulators.field.scoring import Stored, score
from simulators.field.truth import InjectedFault, Truth
from storage.acknowledgements import Acknowledgement
from tests.unit.cli.test_exercise_report import CONFIG, CROSSED, WALL, delivery, given_evidence, raised, version

HOUR = timedelta(hours=1)
STORED = {("kim_long", "water_level"): 361}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return given_evidence()


def judged(evidence: Evidence, truth: Truth, stored: Stored | None = None) -> Evidence:
    return replace(evidence, truth=truth, scores=score(truth, stored or Stored(readings=STORED, flagged={})))


def fault(evidence: Evidence, before_end: timedelta, kind: FaultKind = FaultKind.SILENT) -> InjectedFault:
    """One of the given gauge that begins so long before the end."""
    begins = evidence.run.ends - before_end
    return InjectedFault(
        id="9", station="tu_phu", quantity=None, kind=kind, first=begins, last=evidence.run.ends, readings=3
    )


def test_a_run_that_was_stopped_or_did_not_settle_is_not_clean(evidence: Evidence) -> None:
    """Twenty minutes of a dry month passed for the whole of it."""
    assert str(verdict_of(evidence)).endswith("; nothing wrong")
    ends = CROSSED + 2 * HOUR
    left = replace(evidence, run=msgspec.structs.replace(evidence.run, finished=False, settled=False, ends=ends))
    assert not verdict_of(left).clean
    assert verdict_of(left).complaint == "stopped at 27/10/2025 08:00, not the whole exercise"
    assert "What was sent after that is not judged" in html_report(left, {})
    hasty = replace(evidence, run=msgspec.structs.replace(evidence.run, settled=False))
    assert not verdict_of(hasty).clean
    assert verdict_of(hasty).complaint == "not everything was judged, delivered and answered"
    assert "Not everything was judged, delivered and answered" in html_report(hasty, {})
    old = replace(evidence, run=msgspec.structs.replace(evidence.run, settled=None))
    assert verdict_of(old).clean, "earlier records do not say"


def test_faults_that_were_not_found_are_a_complaint_below_the_aim(evidence: Evidence) -> None:
    """None of one was found, and nothing was wrong."""
    missed = judged(evidence, evidence.truth)
    assert (verdict_of(missed).complaint, verdict_of(missed).clean) == ("1 faults not found", False)
    assert "0 of 1 faults found; " in str(verdict_of(missed))
    page = html_report(missed, {})
    assert "không phát hiện" in page
    assert "Faults found: 0 of 1, 0,0 % (aim: at least 95 %)" in page
    assert "Good readings failed: 0 of 361, 0,00 of 10,000 (aim: at most 1)" in page
    # Of twenty one may be missed.
    drowned = evidence.truth.faults[0]
    many = Truth(
        run=evidence.truth.run, series=evidence.truth.series, faults=(drowned,) * 19 + (fault(evidence, HOUR),)
    )
    found = judged(evidence, many)
    verdicts = tuple(replace(v, by=("gap",) * (v.fault is drowned)) for v in found.scores.verdicts)
    found = replace(found, scores=replace(found.scores, verdicts=verdicts))
    assert (verdict_of(found).found, verdict_of(found).faults, verdict_of(found).clean) == (19, 20, True)


def test_a_fault_that_had_just_begun_is_neither_found_nor_missed(evidence: Evidence) -> None:
    truth = Truth(run=evidence.truth.run, series=evidence.truth.series, faults=(fault(evidence, HOUR / 2),))
    found = judged(evidence, truth)
    assert verdict_of(found).clean
    assert "0 of 0 faults found (1 more too short to be judged); " in str(verdict_of(found))
    assert "too short to be judged" in html_report(found, {})


def test_a_surplus_does_not_hide_what_is_missing(evidence: Evidence) -> None:
    (series,) = evidence.truth.series
    truth = Truth(run=evidence.truth.run, series=(series, msgspec.structs.replace(series, station="phu_oc")))
    stored = {("kim_long", "water_level"): 358, ("phu_oc", "water_level"): 364}
    found = judged(evidence, truth, Stored(readings=stored, flagged={}))
    assert verdict_of(found).complaint == "3 readings missing, 3 readings stored and never sent"


def test_each_reading_that_was_measured_has_a_place_in_the_account(evidence: Evidence) -> None:
    """Garbled ones and those that a device still had were in no row."""
    (series,) = evidence.truth.series
    garbled = msgspec.structs.replace(series, measured=400, sent=361, lost=5, unreadable=20)
    run = msgspec.structs.replace(evidence.run, measured=400)
    page = html_report(replace(evidence, run=run, truth=Truth(run=evidence.truth.run, series=(garbled,))), {})
    for words, count in (("sent garbled, or under a wrong name", 20), ("measured, and not sent any more", 14)):
        assert f"{words}</span></th><td>{count}</td>" in page


def test_minutes_belong_to_the_message_they_were_drawn_for(evidence: Evidence) -> None:
    """Of two messages at about one time, the other's minutes stood beside a confirmation."""

    def answer(key: str, after_s: float, after_min: float) -> Answer:
        came_at = WALL + timedelta(seconds=after_s)
        return Answer(
            recipient="city_command", key=f"{key}.city_command.webhook", came_at=came_at, at=CROSSED, refused=False,
            after_min=after_min,
        )  # fmt: skip

    answers = [answer("rain.1", 3.0, 17.0), answer("a.1", 9.0, 4.0)]  # sent at the third second
    (row,) = crossings(replace(evidence, answers=answers))
    assert row.told[0].confirmed_min == 4.0
    # The key names the gravest of those that one message told.
    together = [replace(delivery(1, "city_command"), message="m1")]
    other = [replace(together[0], id=7, alert="rain")]
    grouped = replace(evidence, answers=answers[:1], sent={"a": together, "rain": other})
    assert crossings(grouped)[0].told[0].confirmed_min == 17.0
    alone = replace(evidence, answers=answers[:1])
    assert crossings(alone)[0].told[0].confirmed_min is None, "another message's is nobody's"


def test_what_was_measured_of_a_confirmation_stands_beside_what_was_meant(evidence: Evidence) -> None:
    page = html_report(evidence, {})
    assert "3,0 s<br>5′ <b>5,0 s</b>" in page
    slow = Acknowledgement(
        alert="a", version=1, recipient="city_command", person="", how="link", at=WALL + timedelta(seconds=93)
    )
    assert "3,0 s<br>5′ <b>90,0 s</b>" in html_report(replace(evidence, confirmed=[slow]), {})


def test_an_answer_that_nobody_could_give_is_not_planned(tmp_path: Path, evidence: Evidence) -> None:
    exercise = load_exercise(CONFIG, "hue-2025")
    everybody = exercise.answers.model_copy(update={"never_share": 0.0})
    folder = ExerciseFolder(tmp_path)
    people = Recipients(exercise.model_copy(update={"answers": everybody}), folder, 1.0, lambda: CROSSED)
    with people:
        assert people.take("city_command", {"key": "a.1.city_command.webhook"})
        assert people.take(
            "city_command", {"key": "a.2.city_command.webhook", "acknowledge_url": "http://127.0.0.1:9/"}
        )
    without, asked = folder.answers()
    assert (without.asked, without.after_min) == (False, None)
    assert asked.after_min is not None
    found = replace(evidence, answers=[without, asked])
    assert len(answer_times(found).planned) == 1
    assert "0 never do" in html_report(found, {})


def test_answers_to_what_was_said_afterwards_are_not_waited_for(tmp_path: Path) -> None:
    """While a warning stands it is said again each minute, and somebody always had an answer to give."""
    exercise = load_exercise(CONFIG, "hue-2025")
    everybody = exercise.answers.model_copy(update={"never_share": 0.0})
    exercise = exercise.model_copy(update={"answers": everybody})
    with Recipients(exercise, ExerciseFolder(tmp_path), 1.0, lambda: CROSSED) as people:
        asked = people.asked
        people.take("city_command", {"key": "a.1.city_command.webhook", "acknowledge_url": "http://127.0.0.1:9/"})
        assert people.have_answered(asked)
        assert not people.have_answered(people.asked), "it takes two minutes at least"


def test_a_reading_that_failed_empties_no_mean(evidence: Evidence) -> None:
    """One failed reading beside a forecast's hour made both mean errors unknown."""
    graph = evidence.levels["kim_long"]
    (pair,) = compared(evidence)
    at = pair.official.valid_at
    near = np.abs(graph.at_s - at.timestamp()) < 60
    failed = replace(evidence, levels={**evidence.levels, "kim_long": _without(graph, near)})
    (again,) = compared(failed)
    assert again.observed_m == pytest.approx(pair.observed_m, abs=0.02)
    assert len(scored([again])) == 1
    # Over hours without a reading nobody knows how high it stood.
    gap = np.abs(graph.at_s - at.timestamp()) < 3600
    away = replace(evidence, levels={**evidence.levels, "kim_long": _without(graph, gap)})
    (unknown,) = compared(away)
    assert np.isnan(unknown.observed_m)
    assert scored([unknown]) == []
    page = html_report(away, {})
    assert "Left out of the mean errors: 1 pairs" in page
    assert "forecast error, m" not in page
    assert "nan" not in page


def _without(graph: Hydrograph, where: np.ndarray) -> Hydrograph:
    return replace(graph, level_m=np.where(where, np.nan, graph.level_m))


def test_a_forecast_that_was_made_anew_with_late_readings_is_marked(evidence: Evidence) -> None:
    (pair,) = compared(evidence)
    assert pair.issued_at is not None
    clock = WallClock(evidence.moments)
    in_time, late = (clock.wall(CROSSED + rounds * ROUND) for rounds in (1, 3))
    key = ("kim_long", pair.issued_at)
    anew = replace(evidence, made_anew=frozenset({key}))
    assert not compared(replace(anew, made={key: in_time}))[0].hindsight
    found = replace(anew, made={key: late})
    assert compared(found)[0].hindsight
    page = html_report(found, {})
    assert "†</abbr>" in page
    assert "1 forecasts of ours were made anew later" in page
    assert "†" not in html_report(evidence, {})


@pytest.mark.parametrize(("after_s", "marked"), [(50, False), (70, True)])
def test_a_forecast_that_took_the_machine_seconds_is_not_called_made_anew(
    evidence: Evidence, after_s: float, *, marked: bool
) -> None:
    """At six hundred times two seconds were twenty minutes of the exercise, and a loaded machine's forecast bore the mark."""
    (pair,) = compared(evidence)
    assert pair.issued_at is not None
    made = {("kim_long", pair.issued_at): WallClock(evidence.moments).wall(CROSSED) + timedelta(seconds=after_s)}
    assert compared(replace(evidence, made=made))[0].hindsight == marked


def test_of_two_readings_that_a_clock_gave_one_time_one_is_accounted_for(evidence: Evidence) -> None:
    """Messages were counted where readings were measured: six that were stored once were sent seven times, and no row said why."""
    run = msgspec.structs.replace(evidence.run, played=evidence.run.played + 7)
    found = replace(evidence, run=run)
    assert "sent</span></th><td>361</td>" in html_report(found, {})
    assert str(verdict_of(found)).startswith("361 readings sent, 361 stored, 0 missing")


def test_a_part_shorter_than_a_round_has_no_report(tmp_path: Path, evidence: Evidence) -> None:
    """From 06:05 it was stopped at 06:10: the picture of ten-minute cells had none, and broke."""
    folder, begins = ExerciseFolder(tmp_path), evidence.run.begins
    folder.write_truth(evidence.truth)
    folder.write_run(msgspec.structs.replace(evidence.run, ends=begins + ROUND / 2))
    folder.add_moment(msgspec.structs.replace(evidence.moments[0], at=begins + ROUND / 2))
    with pytest.raises(EwsError, match="stopped before anything was played"):
        gather(folder)


@pytest.mark.parametrize(("event", "station"), [(Event.AIR_QUALITY, "air_hue"), (Event.STRONG_WIND, "kim_long")])
def test_a_crossing_of_what_is_not_drawn_is_listed_without_seconds(
    evidence: Evidence, event: Event, station: str
) -> None:
    """A station of air without PM2.5, and a gauge that also has a wind sensor, broke the report."""
    alert = replace(raised("a", station, event, 0), versions=(version(1, Reason.RAISED, 0, 2),))
    exercise = evidence.exercise.model_copy(update={"watched": ("kim_long", "air_hue")})
    found = replace(evidence, alerts=[alert], exercise=exercise, weather={"air_hue": {}})
    (row,) = crossings(found)
    assert np.isnan(row.decided_s)
    assert np.isnan(row.told[0].sent_s or 0.0)
    assert "nan" not in html_report(found, {})


def test_values_have_units_and_events_both_names(evidence: Evidence) -> None:
    page = html_report(evidence, {})
    assert page.count("<td>3,50 m</td>") >= 2  # of the crossing, and of the change
    history = page.split("every change with its reason")[1]
    assert say("alert.event.flood", "en") in history.split("</table>")[0]
    foul = replace(evidence.alerts[0], event=Event.AIR_QUALITY, station="air_hue")
    foul = replace(foul, versions=tuple(replace(v, value=332.0) for v in foul.versions))
    assert "<td>VN_AQI 332</td>" in html_report(replace(evidence, alerts=[foul]), {})


@pytest.mark.parametrize(("nature", "whose"), [("typhoon-record", "Taiwan"), ("bad-air", "Beijing")])
def test_readings_of_another_place_are_not_called_invented(evidence: Evidence, nature: str, whose: str) -> None:
    borrowed = replace(evidence, exercise=evidence.exercise.model_copy(update={"nature": nature}))
    page = html_report(borrowed, {})
    assert f"Real readings of {whose}" in page
    assert "Between the published readings" not in page
    assert "Between the published readings everything is SYNTHETIC" in html_report(evidence, {})


@pytest.mark.parametrize("place", [150, 151])
def test_the_highest_reading_is_drawn(evidence: Evidence, place: int) -> None:
    """Every second reading was, and a peak on the others was its neighbour's."""
    graph = evidence.levels["kim_long"]
    peaked = graph.level_m.copy()
    peaked[place] = 9.0
    for count in (1, 10):  # few enough for all; many, of which some are left out
        at_s = graph.at_s[0] + np.arange(len(peaked) * count) * 600.0 / count
        level = np.repeat(peaked, count)
        spiked = np.where(np.arange(len(level)) == place * count, level, np.minimum(level, 5.0))
        drawn = Hydrograph(at_s=at_s, level_m=spiked, received_s=at_s)
        picture = hydrograph(replace(evidence, levels={"kim_long": drawn}), "kim_long", [], [])
        heights = [float(point.split(",")[1]) for point in picture.split('points="')[1].split('"')[0].split()]
        assert min(heights) < sorted(heights)[1] - 50
        assert len(heights) <= 1002


def test_the_outage_is_that_of_what_was_played(tmp_path: Path, evidence: Evidence) -> None:
    """A run that ended before it was drawn with it, and silences were put down to it."""
    folder = ExerciseFolder(tmp_path)
    write_config(CONFIG, folder.config_dir, 60.0)
    outage = load_exercise(CONFIG, "hue-2025").broker_outage
    assert outage is not None
    for ends, known in ((outage.begins, None), (outage.begins + ROUND, outage)):
        run = msgspec.structs.replace(evidence.run, begins=outage.begins - HOUR, ends=ends)
        assert exercise_of(folder, run).broker_outage == known
        assert exercise_of(folder, run).ends == ends
