"""Several alerts in one message: what the first line says, which is all of it that a text message shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from alerts.composition import Part, Postage, compose
from alerts.recipients import Recipients
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.words import Language
from storage.deliveries import Delivery
from tests.unit.alerts.conftest import gauge

AT = datetime(2025, 10, 27, tzinfo=UTC)
LEVELS = {1: Severity.MINOR, 2: Severity.MODERATE, 3: Severity.SEVERE, 4: Severity.EXTREME}
POSTAGE = Postage(recipients=Recipients.of(()), contacts={}, public_url=None, link_key=b"")


def _part(number: int, level: int, severity: Severity, language: Language = "en") -> Part:
    """One alert of the basin of the Hương; level 0: its end, told as severely as it was."""
    station = replace(gauge(), id=f"s{number}", name_vi=f"Trạm {number}", name_en=f"Gauge {number}", basin="huong")
    version = AlertVersion(
        number=1,
        reason=Reason.RAISED if level else Reason.ENDED,
        at=AT,
        decided_at=AT,
        level=level,
        severity=severity,
        phase=Phase.OBSERVED,
        value=1.5,
        threshold=1.0,
    )
    alert = Alert(
        identifier=f"a.s{number}",
        station=station.id,
        event=Event.FLOOD,
        state=AlertState.ACTIVE if level else AlertState.ENDED,
        severity=severity,
        level=level,
        phase=Phase.OBSERVED,
        raised_at=AT,
        ended_at=None if level else AT,
        versions=(version,),
    )
    return Part(delivery=_delivery(number, alert, language), alert=alert, version=version, station=station)


def _delivery(number: int, alert: Alert, language: Language) -> Delivery:
    return Delivery(
        id=number,
        alert=alert.identifier,
        version=1,
        recipient="city_command",
        person="",
        channel="sms",
        lane="",
        rung=0,
        round=0,
        origin="",
        language=language,
        urgent=True,
        basin="huong",
        state="sending",
        attempts=1,
        may_repeat=False,
        message="m1",
        due_at=AT,
        at=AT,
        created_at=AT,
        sent_at=None,
        escalate_at=None,
        error=None,
    )


def _headline(*parts: Part) -> str:
    return compose(parts, POSTAGE, AT, machine=False).headline


def test_an_end_never_stands_before_a_warning_in_force() -> None:
    """The end of a Severe flood is told as severely as it was: it was the first line, and the new warning behind it out of sight."""
    over, begun = _part(1, 0, Severity.SEVERE), _part(2, 2, Severity.MODERATE)
    assert _headline(over, begun).startswith(
        "Huong basin: 1 in force, 1 ended. Highest: Water level, Hương river at Gauge 2"
    )
    vietnamese = _headline(_part(1, 0, Severity.SEVERE, "vi"), _part(2, 2, Severity.MODERATE, "vi"))
    assert vietnamese.startswith("Lưu vực sông Hương: 1 cảnh báo đang có hiệu lực, 1 đã kết thúc. Cao nhất: Mực nước")


def test_what_has_only_ended_is_not_called_warnings() -> None:
    message = compose([_part(n, 0, Severity.SEVERE) for n in (1, 2)], POSTAGE, AT, machine=False)
    assert message.headline.startswith("Huong basin: 2 warnings ended. Ended: ")
    assert "By severity" not in message.body


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=2, max_size=8))
def test_the_first_line_names_the_gravest_in_force_and_counts_what_is(told: list[tuple[int, int]]) -> None:
    parts = [_part(n, level, LEVELS[level or was]) for n, (level, was) in enumerate(told)]
    message = compose(parts, POSTAGE, AT, machine=False)
    in_force = [part for part in parts if part.version.level]
    first = next(part for part in parts if part.alert.identifier == message.identifier)
    if in_force:
        assert first.version.level == max(part.version.level for part in in_force)
        assert f": {len(in_force)} " in message.headline
    else:
        assert first.version.severity == max((LEVELS[was] for _, was in told), key=list(LEVELS.values()).index)
    assert message.body.count("• ") == len(parts)
