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
    assert _told(make, alert(Severity.MINOR, event=Event.RAPID_RISE), burning=[grave], now_h=4) == ["inhibited"]
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


def test_no_flood_speaks_for_a_gauge_that_is_silent_not_even_its_own(make, alert) -> None:
    """A drowned gauge was taken for one that had nothing to say."""
    flood = alert(Severity.SEVERE)
    for grave in (flood, replace(flood, identifier="other", station="phu_oc", severity=Severity.EXTREME)):
        assert _told(make, alert(Severity.MINOR, event=Event.NO_SIGNAL), burning=[grave]) == ["told"]


def test_a_silence_beside_a_flood_does_not_wait_for_the_morning(make, alert) -> None:
    night, silent = 17, alert(Severity.MINOR, event=Event.NO_SIGNAL)
    flood = alert(Severity.MINOR)
    for stands in (flood, replace(flood, phase=Phase.FORECAST), replace(flood, event=Event.BASIN_FLOOD)):
        assert _told(make, silent, now_h=night, waking=[stands]) == ["told"]
    assert _told(make, silent, now_h=night, waking=[replace(flood, event=Event.HEAVY_RAIN)]) == ["muted"]
    air = alert(Severity.MINOR, event=Event.AIR_STANDARD)
    assert _told(make, air, now_h=night, waking=[flood]) == ["muted"]


def test_a_silence_that_the_hour_held_back_is_told_when_a_flood_begins_in_the_night(make, alert) -> None:
    silent = alert(Severity.MINOR, event=Event.NO_SIGNAL)
    assert _repeated(make, silent, 18, told="muted") is None
    assert _repeated(make, silent, 18, told="muted", waking=[alert(Severity.MINOR)]) is not None


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


def _again(make, alert: Alert, told: list[TellingReason], hours: float, *, acknowledged: int | None = None):
    """What `repeat` makes of an alert whose versions were told or not for these reasons."""
    before = [
        Telling(alert=alert.identifier, version=number, told=reason is TellingReason.TOLD, reason=reason)
        for number, reason in enumerate(told, start=1)
    ]
    seen = [] if acknowledged is None else [_acknowledged(make, alert, acknowledged)]
    now = make.start + HOUR * hours
    return repeat(alert, make.gauge(), Surroundings(policy=POLICY, told_before=before), seen, now, now)


def _acknowledged(make, alert: Alert, version: int) -> Deed:
    return Deed(alert=alert.identifier, version=version, at=make.start, person="x", action=Action.ACKNOWLEDGED)


def _grown(alert: Alert, reason: Reason) -> Alert:
    """With its last version made for this reason."""
    return replace(alert, versions=(*alert.versions[:-1], replace(alert.versions[-1], reason=reason)))


def test_a_correction_that_nobody_was_told_of_takes_no_acknowledgement_back(make, alert) -> None:
    corrected = _grown(alert(Severity.SEVERE, Severity.SEVERE), Reason.LATE_DATA)
    quiet, told = [TellingReason.TOLD, TellingReason.UNCHANGED], [TellingReason.TOLD, TellingReason.TOLD]
    assert _again(make, corrected, quiet, 9, acknowledged=1) is None
    assert _again(make, corrected, quiet, 9) is not None
    assert _again(make, corrected, told, 9, acknowledged=1) is not None, "of this one they heard"


def test_a_change_that_was_held_back_and_then_told_by_a_repetition_asks_for_an_answer_of_its_own(make, alert) -> None:
    grown = _grown(alert(Severity.SEVERE, Severity.EXTREME, Severity.EXTREME), Reason.REPEATED)
    told = [TellingReason.TOLD, TellingReason.SILENCED, TellingReason.TOLD]
    assert _again(make, grown, told, 9, acknowledged=1) is not None
    assert _again(make, grown, told, 9, acknowledged=3) is None


def test_an_order_to_one_recipient_neither_takes_an_acknowledgement_back_nor_delays_what_all_hear(make, alert) -> None:
    ordered = _grown(alert(Severity.SEVERE, Severity.SEVERE), Reason.ESCALATED)  # decided after an hour
    told = [TellingReason.TOLD, TellingReason.TOLD]
    assert _again(make, ordered, told, 1.5, acknowledged=1) is None
    assert _again(make, ordered, told, 1.5) is not None


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
        ('not_while = ["flood"', 'not_while = ["no_signal"', "not_while"),
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
