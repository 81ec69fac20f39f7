"""Why a version is told or is not: silences, inhibition, hours, repetition; each by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.telling import Surroundings, repeat, tellings
from alerts.telling_policy import load_telling
from domain.alerts import FIRST_TOLD, Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.deeds import Action, Deed, Silence, Telling, TellingReason
from domain.errors import ConfigurationError

HOUR = timedelta(hours=1)
SHIPPED = Path(__file__).resolve().parents[3] / "config" / "alerts.toml"
POLICY = load_telling(SHIPPED)


@pytest.fixture
def alert(make):
    def made(*severities: Severity, event: Event = Event.FLOOD, ended: bool = False) -> Alert:
        versions = tuple(
            AlertVersion(
                number=number,
                reason=Reason.RAISED if number == 1 else Reason.UPGRADED,
                at=make.start + (number - 1) * HOUR,
                decided_at=make.start + (number - 1) * HOUR,
                level=number,
                severity=severity,
                phase=Phase.OBSERVED,
                value=1.0,
                threshold=1.0,
            )
            for number, severity in enumerate(severities, start=1)
        )
        if ended:
            last = replace(versions[-1], number=len(versions) + 1, level=0, reason=Reason.ENDED)
            versions = (*versions, last)
        return Alert(
            identifier=f"a.{event}",
            station="kim_long",
            event=event,
            state=AlertState.ENDED if ended else AlertState.ACTIVE,
            severity=severities[-1],
            level=versions[-1].level,
            phase=Phase.OBSERVED,
            raised_at=make.start,
            ended_at=versions[-1].at if ended else None,
            versions=versions,
        )

    return made


def _silence(make, **changes: object) -> Silence:
    values: dict[str, object] = {
        "id": 7,
        "made_by": "a",
        "reason": "sensor is being cleaned",
        "station": "kim_long",
        "basin": None,
        "event": None,
        "severity": Severity.MINOR,
        "starts_at": make.start - HOUR,
        "ends_at": make.start + 5 * HOUR,
    }
    return Silence(**(values | changes))  # type: ignore[arg-type]


def _told(make, alert: Alert, number: int = 1, *, now_h: float = 0, **around: object) -> list[str]:
    found = tellings(
        alert,
        alert.versions[number - 1 :],
        make.gauge(),
        Surroundings(policy=POLICY, **around),  # type: ignore[arg-type]
        clock_now=make.start + HOUR * now_h,
        wall_now=make.start + HOUR * now_h,
    )
    return [str(telling.reason) for telling in found]


def test_what_nothing_holds_back_is_told_and_only_the_newest(make, alert) -> None:
    assert _told(make, alert(Severity.MINOR)) == ["told"]
    assert _told(make, alert(Severity.MINOR, Severity.MODERATE)) == ["overtaken", "told"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "silenced"),
        ({"station": "phu_oc"}, "told"),
        ({"station": None, "event": Event.HEAVY_RAIN}, "told"),
        ({"station": None, "basin": "huong"}, "told"),  # this gauge names no basin
        ({"ends_at": None}, "told"),
    ],
)
def test_a_silence_covers_what_it_names_until_it_ends(make, alert, changes, expected: str) -> None:
    if "ends_at" in changes:
        changes = {"ends_at": make.start}
    assert _told(make, alert(Severity.MINOR), silences=[_silence(make, **changes)]) == [expected]


def test_a_silence_never_holds_back_an_upgrade_above_its_severity(make, alert) -> None:
    quiet = [_silence(make)]
    assert _told(make, alert(Severity.MINOR, Severity.MODERATE), 2, silences=quiet) == ["told"]
    assert _told(make, alert(Severity.MINOR, Severity.MINOR), 2, silences=quiet) == ["silenced"]


def test_a_grave_flood_of_the_basin_speaks_for_minor_alerts(make, alert) -> None:
    grave = replace(alert(Severity.SEVERE), identifier="other")
    assert _told(make, alert(Severity.MINOR, event=Event.NO_SIGNAL), burning=[grave], now_h=4) == ["inhibited"]
    assert _told(make, alert(Severity.MODERATE), burning=[grave]) == ["told"]
    assert _told(make, alert(Severity.MINOR), burning=[replace(grave, severity=Severity.MODERATE)]) == ["told"]
    assert _told(make, alert(Severity.MINOR, event=Event.AIR_QUALITY), burning=[grave]) == ["told"]


@pytest.mark.parametrize("event", [Event.HEAVY_RAIN, Event.FLOOD])
def test_what_is_graver_in_the_basin_speaks_for_lesser_rain(make, alert, event: Event) -> None:
    graver, rain = replace(alert(Severity.MODERATE, event=event), identifier="other"), Event.HEAVY_RAIN
    assert _told(make, alert(Severity.MINOR, event=rain), burning=[graver]) == ["inhibited"]
    assert _told(make, alert(Severity.MODERATE, event=rain), burning=[graver]) == ["told"]
    assert _told(make, alert(Severity.MINOR, event=Event.RAPID_RISE), burning=[graver]) == ["told"]
    assert _told(make, alert(Severity.MINOR, event=rain), burning=[replace(graver, severity=Severity.MINOR)]) == [
        "told"
    ]


def test_maintenance_waits_for_the_morning_and_floods_do_not(make, alert) -> None:
    night = 17  # 00:00 in Huế; START is 07:00
    silent = alert(Severity.MINOR, event=Event.NO_SIGNAL)
    assert _told(make, silent, now_h=night) == ["muted"]
    assert _told(make, silent, now_h=2) == ["told"]
    assert _told(make, alert(Severity.MINOR), now_h=night) == ["told"]


def test_who_heard_hears_of_the_end_and_who_did_not_does_not(make, alert) -> None:
    over = alert(Severity.MINOR, ended=True)
    heard = Telling(alert="a", version=1, told=True, reason=TellingReason.TOLD)
    unheard = replace(heard, told=False, reason=TellingReason.SILENCED)
    quiet = [_silence(make)]
    assert _told(make, over, 2, told_before=[heard], silences=quiet) == ["told"]
    assert _told(make, over, 2, told_before=[unheard]) == ["never_told"]


def _repeated(make, alert: Alert, hours: float, deeds: list[Deed] | None = None, *, told: str = "told", **around):
    before = [
        Telling(alert=alert.identifier, version=v.number, told=told == "told", reason=TellingReason(told))
        for v in alert.versions
    ]
    now = make.start + HOUR * hours
    return repeat(alert, make.gauge(), Surroundings(policy=POLICY, told_before=before, **around), deeds or [], now, now)


def test_a_severe_warning_is_said_again_until_it_is_acknowledged(make, alert) -> None:
    severe = alert(Severity.SEVERE)
    assert _repeated(make, severe, 0.9) is None
    said = _repeated(make, severe, 1.0)
    assert said is not None
    newest = said.versions[-1]
    assert (newest.reason, newest.number, newest.level, newest.value) == (Reason.REPEATED, 2, 1, None)
    seen = Deed(alert=severe.identifier, version=1, at=make.start, person="x", action=Action.ACKNOWLEDGED)
    assert _repeated(make, severe, 1.0, [seen]) is None
    assert _repeated(make, alert(Severity.SEVERE, Severity.EXTREME), 2.0, [seen]) is not None, (
        "it grew since it was seen"
    )
    assert _repeated(make, alert(Severity.MODERATE), 50) is None


def test_what_a_silence_held_back_is_told_when_it_ends(make, alert) -> None:
    minor = alert(Severity.MINOR)
    assert _repeated(make, minor, 1, told="silenced", silences=[_silence(make)]) is None
    assert _repeated(make, minor, 6, told="silenced", silences=[_silence(make)]) is not None
    first = _repeated(make, minor, 6, told="silenced")
    assert first is not None
    assert first.versions[-1].detail[FIRST_TOLD] == 1, "it is no repetition to who hears it"
    again = _repeated(make, alert(Severity.SEVERE), 1.0)
    assert again is not None
    assert FIRST_TOLD not in again.versions[-1].detail
    assert _repeated(make, minor, 1, told="overtaken") is None
    assert _repeated(make, alert(Severity.MINOR, ended=True), 6, told="silenced") is None


def test_what_a_silence_held_back_is_told_though_the_past_was_corrected_or_one_was_ordered_to_hear(make, alert) -> None:
    held = alert(Severity.MINOR, Severity.MINOR)
    for reason, told in ((Reason.LATE_DATA, "unchanged"), (Reason.ESCALATED, "told")):
        grown = replace(held, versions=(held.versions[0], replace(held.versions[1], reason=reason, level=1)))
        before = [
            Telling(alert=held.identifier, version=1, told=False, reason=TellingReason.SILENCED),
            Telling(alert=held.identifier, version=2, told=told == "told", reason=TellingReason(told)),
        ]
        now = make.start + 6 * HOUR
        again = repeat(grown, make.gauge(), Surroundings(policy=POLICY, told_before=before), [], now, now)
        assert again is not None, reason


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("hours = [22, 6]", "hours = [6, 6]", "hours"),
        (
            'from_severity = "Severe"\nevents = ["flood", "rapid',
            'from_severity = "Minor"\nevents = ["flood", "rapid',
            "up_to_severity",
        ),
        ("Extreme = 30", "Extreme = 0", "repeat_min"),
        ("four_eyes = false", "four_eyes = true", "officer"),
        ('may = ["edit"]', 'may = ["shoot"]', "may"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(tmp_path: Path, before: str, after: str, key: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    if key == "officer":
        text = text.replace('id = "chi_huy"', 'id = "truong_ca"')
    assert before in text
    path = tmp_path / "alerts.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_telling(path)
    assert key in refused.value.key
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("level", "above", "risk"), [(0, None, None), (1, 0.2, 1), (2, 0.0, 2), (3, 0.99, 2), (3, 1.0, 3), (4, None, 3)]
)
def test_what_an_indicator_is_consistent_with(level: int, above: float | None, risk: int | None) -> None:
    assert POLICY.risk_indicator is not None
    assert POLICY.risk_indicator.of(level, above) == risk
