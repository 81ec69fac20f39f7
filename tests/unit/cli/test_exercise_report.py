"""An exercise's own configuration, its simulated recipients, and what its report concludes from the evidence."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import numpy as np
import pytest

from alerts.channels.configuration import load_channels
from alerts.recipients import load_recipients
from alerts.telling_policy import load_telling
from cli.exercise_clock import WallClock, screen_of
from cli.exercise_config import write_config
from cli.exercise_crossings import crossings
from cli.exercise_evidence import Evidence, Hydrograph
from cli.exercise_findings import compared, known_levels
from cli.exercise_folder import Answer, ExerciseFolder, Moment, Run, new_folder
from cli.exercise_message_table import messages
from cli.exercise_messages import heard
from cli.exercise_receiver import Recipients
from cli.exercise_report import html_report
from cli.exercise_verdict import verdict_of
from cli.false_warnings import Why, false_warnings
from dash_app.moments import moment_of
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.errors import ConfigurationError, EwsError
from domain.exercise import FaultKind, load_exercise
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.network import load_network
from domain.reported import OfficialForecast, ReportedFlood
from simulators.field.scoring import Overdue, Stored, score
from simulators.field.truth import InjectedFault, RunFacts, SentSeries, Truth
from storage.accounts import Counts
from storage.acknowledgements import Acknowledgement
from storage.deliveries import Delivery

CONFIG = Path(__file__).resolve().parents[3] / "config"
MOMENT_SCRIPT = CONFIG.parent / "dash_app" / "assets" / "moment.js"
#: 27 October 2025, 06:00 in Huế: the first crossing of BĐ3.
CROSSED = datetime(2025, 10, 26, 23, tzinfo=UTC)
WALL = datetime(2026, 11, 28, 12, tzinfo=UTC)
SPEED = 60.0


def wall(at: datetime) -> datetime:
    """The wall clock of a time of the exercise."""
    return WALL + (at - CROSSED) / SPEED


def test_no_channel_of_an_exercise_leads_outside(tmp_path: Path) -> None:
    write_config(CONFIG, tmp_path / "config", 60.0)
    channels = load_channels(tmp_path / "config" / "channels.toml")
    assert {table.kind for table in channels.values()} == {"console", "file", "webhook"}
    network = load_network(tmp_path / "config")
    recipients = load_recipients(tmp_path / "config" / "recipients.toml", channels=channels, wards=network.wards)
    assert len(recipients) == len(load_recipients(CONFIG / "recipients.toml"))
    for each in recipients:
        assert (each.channels, each.copies) == (("webhook",), ("file",))
        assert each.quiet is None
        assert each.roster is None
    assert recipients.escalation.after_min == pytest.approx(0.2)  # ten minutes at sixty times, and never less
    assert load_telling(tmp_path / "config" / "alerts.toml").exercise.channels == ("console", "file", "webhook")


def test_a_folder_that_holds_something_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(EwsError, match="is not empty"):
        new_folder(tmp_path)


def test_recipients_refuse_while_they_are_down_and_confirm_by_the_link_afterwards(tmp_path: Path) -> None:
    pressed = threading.Event()

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            pressed.set()

        def log_message(self, *_: object) -> None:
            pass

    exercise = load_exercise(CONFIG, "hue-2025")
    everybody = exercise.answers.model_copy(update={"never_share": 0.0})
    exercise = exercise.model_copy(update={"answers": everybody})
    down = exercise.receiver_down[0]
    now = [down.begins]
    folder = new_folder(tmp_path / "run")
    page = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, args=(0.05,), daemon=True).start()
    with Recipients(exercise, folder, 100_000.0, lambda: now[0]) as people:
        facts = {"key": "one", "acknowledge_url": f"http://127.0.0.1:{page.server_address[1]}/xac-nhan/x"}
        assert post(people.address(down.recipient), facts) == 503
        now[0] = down.ends
        assert post(people.address(down.recipient), facts) == 204
        assert pressed.wait(60)
    page.shutdown()
    page.server_close()
    assert [answer.refused for answer in folder.answers()] == [True, False]
    assert exercise.answers.least_min <= (folder.answers()[1].after_min or 0.0) <= exercise.answers.most_min


def post(url: str, facts: dict[str, str]) -> int:
    request = urllib.request.Request(url, data=json.dumps(facts).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def version(number: int, reason: Reason, after_h: float, level: int, phase: Phase = Phase.OBSERVED) -> AlertVersion:
    at = CROSSED + timedelta(hours=after_h)
    return AlertVersion(
        number=number, reason=reason, at=at, decided_at=wall(at) + timedelta(seconds=2), level=level,
        severity=Severity.SEVERE, phase=phase, value=3.5, threshold=3.5,
    )  # fmt: skip


def delivery(number: int, recipient: str) -> Delivery:
    sent = WALL + timedelta(seconds=3)
    return Delivery(
        id=number, alert="a", version=1, recipient=recipient, person="", channel="webhook", lane="", rung=0, round=0,
        origin="", language="vi", urgent=True, basin="huong", state="sent", attempts=1, may_repeat=False, message=None,
        due_at=sent, at=sent, created_at=sent, sent_at=sent, escalate_at=None, error=None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return given_evidence()


def given_evidence() -> Evidence:
    """Sixty hours at two gauges: a crossing of BĐ3 and a second rise at Kim Long, told to two recipients."""
    begins, ends = CROSSED - timedelta(hours=12), CROSSED + timedelta(hours=48)
    exercise = load_exercise(CONFIG, "hue-2025").between(begins, ends)
    at_s = np.arange(begins.timestamp(), ends.timestamp() + 1, 600.0)
    level = 3.5 + np.sin((at_s - CROSSED.timestamp()) / 3600 / 12 * np.pi)
    versions = (
        version(1, Reason.RAISED, 0, 3),
        version(2, Reason.RISING_AGAIN, 20, 3, Phase.RISING_AGAIN),
        version(3, Reason.ENDED, 40, 0),
    )
    alert = Alert(
        identifier="a", station="kim_long", event=Event.FLOOD, state=AlertState.ENDED, severity=Severity.SEVERE, level=0,
        phase=Phase.OBSERVED, raised_at=CROSSED, ended_at=versions[-1].at, versions=versions,
    )  # fmt: skip
    official = OfficialForecast(
        issued_at=CROSSED, station="kim_long", valid_at=CROSSED + timedelta(hours=9), low_m=4.0, high_m=4.2,
        observed_m=None, observed_at=None, note="", source="",
    )  # fmt: skip
    ours = [
        LevelForecast(
            station="kim_long", issued_at=CROSSED - timedelta(minutes=10), valid_at=CROSSED + timedelta(hours=lead),
            quantiles_m=tuple(lead / 10 + 3.0 + p for p in PROBABILITIES), model="m", version="1", inputs="",
        )
        for lead in (6, 12)
    ]  # fmt: skip
    fault = InjectedFault(
        id="01",
        station="da_vien",
        quantity="water_level",
        kind=FaultKind.FLOODED_OUT,
        first=CROSSED,
        last=ends,
        readings=9,
    )
    series = SentSeries(station="kim_long", quantity="water_level", measured=361, sent=361, lost=0, unreadable=0)
    truth = Truth(run=RunFacts(seed=1, starts=begins, ends=ends, devices=1), faults=(fault,), series=(series,))
    alarm = Overdue(station="da_vien", raised_at=CROSSED + timedelta(minutes=30))
    return Evidence(
        exercise=exercise,
        run=Run(name="hue-2025", speed=SPEED, warm_up_from=begins, begins=begins, ends=ends, started_at=WALL,
                ended_at=WALL + timedelta(hours=1), finished=True, settled=True, measured=361, played=361),
        moments=[Moment(at=at, wall=wall(at), sent=0) for at in (begins, ends)],
        answers=[Answer(recipient="city_command", key="a.1.city_command.webhook", came_at=WALL, at=CROSSED, refused=False, after_min=5.0)],
        stations=load_network(CONFIG).stations,
        levels={name: Hydrograph(at_s=at_s, level_m=level, received_s=WALL.timestamp() + (at_s - CROSSED.timestamp()) / SPEED)
                for name in exercise.watched},
        weather={},
        alerts=[alert],
        sent={"a": [delivery(1, "city_command"), delivery(2, "command_19774")]},
        confirmed=[Acknowledgement(alert="a", version=1, recipient="city_command", person="", how="link",
                                   at=WALL + timedelta(seconds=8))],
        forecasts={"kim_long": ours, "phu_oc": []},
        truth=truth,
        counts=Counts(received=361, stored=361, duplicates=0, revisions=0, rejected=0),
        stored={("kim_long", "water_level"): 361},
        scores=score(truth, Stored(readings={("kim_long", "water_level"): 361}, flagged={}, overdue=[alarm])),
        reported=ReportedFlood(levels=(), events=(), forecasts=(official,)),
    )  # fmt: skip


def test_what_each_recipient_had_to_read(evidence: Evidence) -> None:
    def answer(name: str, recipient: str, after_h: float, *, refused: bool = False) -> Answer:
        at = CROSSED + timedelta(hours=after_h)
        return Answer(recipient=recipient, key=f"{name}.{recipient}.webhook", came_at=WALL, at=at, refused=refused)

    told = [
        answer("a.1", "city_command", 0.1),
        answer("a.2", "city_command", 0.2),
        answer("rain.1", "city_command", 0.3),
        answer("before.1", "city_command", 30.0),
        answer("a.1", "command_19774", 0.1, refused=True),
        answer("a.1", "command_19774", 1.0),
        answer("a.1.city_command.webhook.for", "command_19774", 30.0),  # in its stead
    ]
    rain = replace(evidence.alerts[0], identifier="rain", event=Event.HEAVY_RAIN)
    found = replace(evidence, answers=told, alerts=[*evidence.alerts, rain])
    city, ward = heard(found)
    assert (city.recipient, city.messages, city.day, city.hour, city.changes) == ("city_command", 4, 3, 3, 1)
    assert city.about == {"water": 2, "rain": 1, "other": 1}
    assert (ward.messages, ward.hour, ward.changes) == (2, 1, 1)  # what it refused it did not get
    assert ward.about == {"water": 2}
    assert "<b>4</b>" in messages(found, {"city_command": "Ban chỉ huy"})


def test_from_crossing_to_confirmation(evidence: Evidence) -> None:
    (row,) = crossings(evidence)
    assert (row.station, row.level, row.decided_s) == ("kim_long", 3, pytest.approx(2.0))
    answered, silent = row.told
    assert answered.sent_s == pytest.approx(3.0)
    assert answered.confirmed_min == 5.0  # by its rule
    assert answered.confirmed_s == pytest.approx(5.0)
    assert silent.confirmed_min is None


def test_both_forecasts_are_held_against_what_came(evidence: Evidence) -> None:
    (pair,) = compared(evidence)
    came = 3.5 + np.sin(9 / 12 * np.pi)
    assert pair.simulated
    assert pair.official_error_m == pytest.approx(4.1 - came, abs=0.01)
    assert pair.ours_m == pytest.approx(3.0 + 0.9 + 0.5)  # between the leads of 6 and 12 h
    assert pair.our_error_m == pytest.approx(4.4 - came, abs=0.01)


def test_an_officer_knows_a_level_when_it_was_decided_and_not_before(evidence: Evidence) -> None:
    clock = WallClock(evidence.moments)
    minutes = (-1, 1, 3, 41 * 60)
    times = [CROSSED + timedelta(minutes=m) for m in minutes]
    assert known_levels(evidence, "kim_long", times, clock) == [0, 0, 3, 0]
    assert clock.wall(clock.exercise(WALL)) == WALL


def test_the_screen_of_any_minute_that_was_played_has_an_address(tmp_path: Path) -> None:
    folder, hour = ExerciseFolder(tmp_path), timedelta(hours=1)
    folder.write_run(
        Run(name="hue-2025", speed=SPEED, warm_up_from=CROSSED, begins=CROSSED, ends=CROSSED + hour, started_at=WALL)
    )
    for at, seconds in ((CROSSED, 0), (CROSSED + hour / 2, 30), (CROSSED + hour, 90)):  # slower in its second half
        folder.add_moment(Moment(at=at, wall=WALL + timedelta(seconds=seconds), sent=0))
    assert screen_of(folder, CROSSED + timedelta(minutes=5)) == "/?luc=2026-11-28T19:00:05%2B07:00"
    assert screen_of(folder, CROSSED + timedelta(minutes=45)) == "/?luc=2026-11-28T19:01:00%2B07:00"
    (named,) = parse_qs(screen_of(folder, CROSSED + timedelta(minutes=45)).removeprefix("/?"))["luc"]
    assert moment_of(named, WALL + hour) == WALL + timedelta(minutes=1), "and the pages understand it"
    (form,) = re.findall(r"FORM = /(.*)/;", MOMENT_SCRIPT.read_text("utf-8"))
    assert re.match(form, named), "in the browser too"
    for outside in (CROSSED - timedelta(minutes=1), CROSSED + hour + timedelta(minutes=1)):
        with pytest.raises(ConfigurationError, match=r"--at.*name a time from 2025-10-27T06:00 to 2025-10-27T07:00"):
            screen_of(folder, outside)


def test_the_page_says_everything_and_needs_nothing_else(evidence: Evidence) -> None:
    page = html_report(evidence, {"city_command": "Ban Chỉ huy <thành phố>"})
    for words in (
        "DIỄN TẬP",
        "SYNTHETIC",
        "Báo nước lên lại",
        "all clear at 28/10 22:00",
        "never",
    ):
        assert words in page
    assert "&lt;thành phố&gt;" in page
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)
    again = html_report(replace(evidence), {"city_command": "Ban Chỉ huy <thành phố>"})
    assert again == page
    stopped = replace(evidence, run=msgspec.structs.replace(evidence.run, finished=False))
    assert "Dừng trước khi kết thúc" in html_report(stopped, {})


def test_a_folder_remembers_what_was_played(tmp_path: Path, evidence: Evidence) -> None:
    folder = ExerciseFolder(tmp_path)
    with pytest.raises(EwsError, match="no exercise was played"):
        folder.run()
    folder.write_run(evidence.run)
    folder.add_moment(evidence.moments[0])
    with (tmp_path / "pace.jsonl").open("ab") as file:
        file.write(b'{"at": "half a li')
    assert folder.run() == evidence.run
    assert folder.moments() == [evidence.moments[0]]


def raised(name: str, station: str, event: Event, after_h: float, phase: Phase = Phase.OBSERVED) -> Alert:
    """An alert that stood for an hour."""
    versions = (version(1, Reason.RAISED, after_h, 1, phase), version(2, Reason.ENDED, after_h + 1, 0, phase))
    return Alert(
        identifier=name, station=station, event=event, state=AlertState.ENDED, severity=Severity.MINOR, level=0,
        phase=phase, raised_at=versions[0].at, ended_at=versions[1].at, versions=versions,
    )  # fmt: skip


def test_a_warning_of_what_is_not_there_is_false(evidence: Evidence) -> None:
    outage = evidence.exercise.broker_outage
    assert outage is not None
    during_h = (outage.ends - CROSSED) / timedelta(hours=1) + 0.5
    alerts = [
        raised("rain", "rain_hue", Event.HEAVY_RAIN, 1),
        raised("wind", "wind_hue", Event.STRONG_WIND, 1),
        raised("drowned", "da_vien", Event.NO_SIGNAL, 3),
        raised("silent", "tu_phu", Event.NO_SIGNAL, 3),
        raised("outage", "tu_phu", Event.NO_SIGNAL, during_h),
        raised("late", "tu_phu", Event.NO_SIGNAL, during_h + 1),
        raised("expected", "phu_oc", Event.FLOOD, 3, Phase.FORECAST),
        *evidence.alerts,
    ]
    found = replace(evidence, alerts=alerts)
    assert [(row.alert.identifier, row.why) for row in false_warnings(found)] == [
        ("wind", Why.NO_SUCH_HAZARD),
        ("silent", Why.NOTHING_FAILED),
        ("late", Why.NOTHING_FAILED),
        ("expected", Why.DID_NOT_COME),
    ]
    unsaid = evidence.exercise.model_copy(update={"hazards": None})
    assert "wind" not in {row.alert.identifier for row in false_warnings(replace(found, exercise=unsaid))}
    verdict = verdict_of(found)
    assert not verdict.clean
    assert verdict.complaint == "1 false strong_wind, 2 false no_signal, 1 false flood"
    assert str(verdict).startswith("361 readings sent, 361 stored, 0 missing; 8 alerts, 4 of them false; 0 levels told")
    page = html_report(found, {})
    for words in ("thiết bị không có lỗi", "there is no such hazard", "forecast, and did not come"):
        assert words in page
    assert verdict_of(evidence).clean
    assert "Không có cảnh báo sai nào" in html_report(evidence, {})


def test_wind_is_drawn_with_its_warnings_and_its_crossings_are_timed(evidence: Evidence) -> None:
    at_s = evidence.levels["kim_long"].at_s
    blown = Hydrograph(
        at_s=at_s, level_m=5 + 20 * np.exp(-(((at_s - CROSSED.timestamp()) / 14_400) ** 2)),
        received_s=WALL.timestamp() + (at_s - CROSSED.timestamp()) / SPEED,
    )  # fmt: skip
    versions = (version(1, Reason.RAISED, 0, 10), version(2, Reason.ENDED, 6, 0))
    storm = replace(raised("a", "wind_hue", Event.STRONG_WIND, 0), versions=versions)
    exercise = evidence.exercise.model_copy(update={"watched": ("wind_hue",), "hazards": (Event.STRONG_WIND,)})
    found = replace(evidence, exercise=exercise, alerts=[storm], levels={}, weather={"wind_hue": {"wind_speed": blown}})
    (row,) = crossings(found)
    assert (row.event, row.level, row.decided_s) == (Event.STRONG_WIND, 10, pytest.approx(2.0))
    assert row.told[0].sent_s == pytest.approx(3.0)
    assert verdict_of(found).false == {}
    page = html_report(found, {})
    for words in ("tốc độ gió", "cấp 10", "gió, khí áp · wind", "m/s"):
        assert words in page
    calm = html_report(replace(found, alerts=[]), {})
    assert "Không có." in calm
