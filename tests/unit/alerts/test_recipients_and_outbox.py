from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.channels.configuration import load_channels
from alerts.outbox import deliveries_for, version_to_tell
from alerts.recipients import Recipient, Role, load_recipients
from domain.alerts import Event, Severity
from domain.errors import ConfigurationError

HOUR = timedelta(hours=1)
CHANNELS = load_channels(Path(__file__).resolve().parents[3] / "config" / "channels.toml")
SHIPPED = Path(__file__).resolve().parents[3] / "config" / "recipients.toml"


def _recipient(**changes: object) -> Recipient:
    values: dict[str, object] = {
        "id": "city_command",
        "name_vi": "Ban Chỉ huy",
        "name_en": "Command",
        "role": "committee",
        "area": "city",
        "language": "vi",
        "copies": ["console", "file"],
        "severity_floor": "Minor",
    }
    return Recipient.model_validate(values | changes)


@pytest.fixture
def flood(make):
    store = make.store()
    store.take(make.finding((0, 1), (3, 3), (6, 1), (9, 0)))
    return store.alerts[0]


def _heard(recipient: Recipient, flood, make) -> list[int]:
    return [v.number for v in flood.versions if recipient.hears(flood, v, make.gauge())]


def test_the_city_hears_everything(make, flood) -> None:
    assert _heard(_recipient(), flood, make) == [1, 2, 3, 4]


def test_a_floor_keeps_light_warnings_away_but_tells_the_step_down(make, flood) -> None:
    assert _heard(_recipient(severity_floor="Severe"), flood, make) == [2, 3, 4]
    assert _heard(_recipient(severity_floor="Extreme"), flood, make) == []


@pytest.mark.parametrize(("area", "hears"), [("19774", True), ("19753", True), ("19996", False)])
def test_a_ward_hears_what_covers_it(make, flood, area: str, hears: bool) -> None:
    ward = _recipient(id="ward", role="ward", area=area)
    assert bool(_heard(ward, flood, make)) is hears
    lone = make.gauge(covers=(), ward=area)
    assert ward.hears(flood, flood.versions[0], lone), "its own ward always"


def test_a_row_for_each_copy_and_for_the_first_rung(make, flood) -> None:
    ward = _recipient(id="ward", area="19753", channels=["sms", "email"], copies=[], language="en")
    recipients = [_recipient(), ward]
    rows = deliveries_for(flood, flood.versions[1], make.gauge(), recipients, make.start)
    assert [(r.alert, r.version, r.recipient, r.channel, r.language, r.due_at) for r in rows] == [
        (flood.identifier, 2, "city_command", "console", "vi", make.start),
        (flood.identifier, 2, "city_command", "file", "vi", make.start),
        (flood.identifier, 2, "ward", "sms", "en", make.start),
    ]


def test_of_several_versions_at_once_the_newest_is_told(make, flood) -> None:
    assert version_to_tell(flood, flood.versions, make.start + 9 * HOUR) == flood.versions[-1]
    assert version_to_tell(flood, (), make.start) is None


@pytest.mark.parametrize(("hours", "told"), [(9, True), (11, True), (11.01, False), (500, False)])
def test_an_episode_long_past_wakes_nobody(make, flood, hours: float, told: bool) -> None:
    assert (version_to_tell(flood, flood.versions, make.start + hours * HOUR) is not None) is told


def test_an_episode_still_running_is_told_however_old_its_last_change(make) -> None:
    store = make.store()
    alert = store.take(make.finding((0, 1)))[0]
    assert version_to_tell(alert, alert.versions, make.start + 500 * HOUR) == alert.versions[0]


def test_who_heard_of_a_warning_hears_of_its_end_however_late(make, flood) -> None:
    assert version_to_tell(flood, flood.versions[3:], make.start + 500 * HOUR) == flood.versions[3]


def test_late_data_that_changes_only_the_past_is_not_told(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (5, 1)))
    alert = store.take(make.finding((0, 0), (3, 1)))[0]
    assert version_to_tell(alert, alert.versions[1:], make.start + 5 * HOUR) is None
    alert = store.take(make.finding((0, 0), (3, 1), (4, 2)))[0]
    assert version_to_tell(alert, alert.versions[2:], make.start + 5 * HOUR) == alert.versions[2]


def test_a_warning_taken_back_is_told_and_a_forgotten_one_is_not(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (5, 2)))
    alert = store.take(make.finding((0, 0)))[0]
    assert version_to_tell(alert, alert.versions[1:], make.start + 50 * HOUR) == alert.versions[1]
    ended = make.store()
    ended.take(make.finding((0, 1), (5, 0)))
    corrected = ended.take(make.finding((0, 1), (4, 0)))[0]
    assert version_to_tell(corrected, corrected.versions[2:], make.start + 50 * HOUR) is None


def test_the_shipped_recipients_are_the_city_and_its_forty_units() -> None:
    recipients = load_recipients(SHIPPED, channels=CHANNELS)
    roles = [recipient.role for recipient in recipients]
    assert [roles.count(role) for role in Role] == [1, 21, 19, 1]
    assert recipients[0].severity_floor is Severity.MINOR


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('area = "city"', 'area = "99999"', "code of a ward"),
        ('channels = ["sms", "zalo", "email"]', 'channels = ["sms", "pager"]', "pager"),
        ('copies = ["file", "mqtt"]', 'copies = ["file", "file"]', "twice"),
        ('roster = "city"', 'roster = "night"', "known are city, commune"),
        ('escalates_to = "city_command"', 'escalates_to = "nobody"', "another recipient"),
        ('escalates_to = "city_command"', 'escalates_to = "command_19774"', "in turn"),
        ('days = ["mon", "tue"', 'days = ["moon", "tue"', "days"),
        ("begins = 17:00:00, ends = 07:00:00", "begins = 17:00:00, ends = 17:00:00", "whole day"),
        ("after_min = 10.0", "after_min = 0", "after_min"),
        ('severity_floor = "Minor"', 'severity_floor = "Small"', "severity_floor"),
        ('language = "vi"', 'language = "fr"', "language"),
        ('id = "city_command"', 'id = "../etc"', "id"),
        ('id = "city_command"', 'id = "command_19753"', "twice"),
        ('role = "committee"', 'rolle = "committee"', "unknown key"),
    ],
)
def test_a_wrong_recipient_is_refused(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "recipients.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    wards = {r.area for r in load_recipients(SHIPPED)} - {"city"}
    with pytest.raises(ConfigurationError, match=said) as refused:
        load_recipients(path, channels=CHANNELS, wards=wards)
    assert str(path) in str(refused.value)


def test_other_events_reach_the_same_people(make, flood) -> None:
    rain = replace(flood, event=Event.HEAVY_RAIN)
    assert _recipient().hears(rain, rain.versions[0], make.gauge())
