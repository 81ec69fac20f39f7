"""Warnings for tests of CAP: a flood at Kim Long in versions, public bulletins, and their messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.cap.areas import Wards
from alerts.cap.bulletin import Bulletin, Issuer, Texts, compose
from alerts.cap.message import CapMessage, MsgType, ResponseType, Scope, Status
from alerts.cap.reference import Reference
from domain.alerts import (
    Alert,
    AlertState,
    AlertVersion,
    Certainty,
    Event,
    Phase,
    Reason,
    Severity,
    Urgency,
)
from domain.stations import Series, Station, StationKind
from domain.words import Language

NOW = datetime(2025, 10, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIG = Path(__file__).resolve().parents[1] / "config"
WARDS = Wards(CONFIG)
ISSUER = Issuer(
    sender="hue-ews@hue.invalid",
    names={"vi": "Hệ thống cảnh báo sớm Huế", "en": "Huế early-warning system"},
    contact="112",
    web="https://hue.invalid/",
)
TEXTS: dict[Language, Texts] = {
    "vi": Texts(
        event="Lũ", headline="Lũ trên sông Hương", description="Mực nước trên BĐ3.", instruction="Lên chỗ cao."
    ),
    "en": Texts(
        event="Flood", headline="Flood on the Hương", description="Above BĐ3.", instruction="Go to high ground."
    ),
}
SEVERITIES = (Severity.MINOR, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)


def station(*, clock: str = "live", covers: tuple[str, ...] = ("19774", "19753"), **changes: object) -> Station:
    values: dict[str, object] = {
        "id": "kim_long",
        "name_vi": "Kim Long",
        "name_en": "Kim Long",
        "kind": StationKind.RIVER,
        "lat": 16.4678,
        "lon": 107.5642,
        "river": "Hương",
        "ward": "19774",
        "covers": covers,
        "series": (Series(quantity="water_level", cadence=timedelta(minutes=10)),),
        "simulated": False,
        "verified": True,
        "source": "test",
        "clock": clock,
    }
    return Station(**(values | changes))  # type: ignore[arg-type]


def version(number: int, level: int, hours: float, **changes: object) -> AlertVersion:
    values: dict[str, object] = {
        "number": number,
        "reason": Reason.RAISED if number == 1 else Reason.UPGRADED if level else Reason.ENDED,
        "at": NOW - 12 * HOUR + hours * HOUR,
        "decided_at": NOW - 12 * HOUR + hours * HOUR + timedelta(seconds=3.25),
        "level": level,
        "severity": SEVERITIES[level],
        "phase": Phase.OBSERVED,
        "value": 1.0 + level,
        "threshold": float(max(level, 1)),
        "detail": {},
    }
    return AlertVersion(**(values | changes))  # type: ignore[arg-type]


def flood(*versions: AlertVersion, identifier: str = "hue-ews.kim_long.flood.20251027T000000Z") -> Alert:
    last = versions[-1]
    ended = last.level == 0
    return Alert(
        identifier=identifier,
        station="kim_long",
        event=Event.FLOOD,
        state=AlertState.ENDED if ended else AlertState.ACTIVE,
        severity=last.severity,
        level=last.level,
        phase=last.phase,
        raised_at=versions[0].at,
        ended_at=last.at if ended else None,
        versions=versions,
    )


def public(  # noqa: PLR0917 - the few facts in which test messages differ
    identifier: str = "w1.1",
    msg_type: MsgType = MsgType.ALERT,
    references: Sequence[Reference] = (),
    sent: datetime = NOW - HOUR,
    status: Status = Status.ACTUAL,
    scope: Scope = Scope.PUBLIC,
    expires: datetime | None = None,
    texts: dict[Language, Texts] | None = None,
) -> CapMessage:
    """What an officer issues for two wards."""
    bulletin = Bulletin(
        identifier=identifier,
        incident=identifier.partition(".")[0],
        sent=sent,
        status=status,
        msg_type=msg_type,
        scope=scope,
        event=Event.FLOOD,
        urgency=Urgency.IMMEDIATE,
        severity=Severity.SEVERE,
        certainty=Certainty.OBSERVED,
        responses=(ResponseType.PREPARE,),
        onset=sent - HOUR,
        expires=sent + 12 * HOUR if expires is None else expires,
        texts=TEXTS if texts is None else texts,
        areas=WARDS.areas(["19774", "19753"]),
        restriction="committee" if scope is Scope.RESTRICTED else None,
        note="drill" if status is Status.EXERCISE else None,
        references=tuple(references),
    )
    return compose(bulletin, ISSUER)
