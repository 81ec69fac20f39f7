"""Gauges, findings and alerts, made small."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from alerts.life_cycle import reconcile
from domain.alerts import Alert, Event, Finding, Phase, Severity, Step
from domain.stations import Series, StageThresholds, Station, StationKind

START = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FLOOD = dict(zip((1, 2, 3, 4), (Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME), strict=True))
POLICY = dict.fromkeys(Event, FLOOD) | {Event.STRONG_WIND: {6: Severity.MINOR, 8: Severity.SEVERE}}


def gauge(*, clock: str = "live", verified: bool = True, river: str | None = "Hương", **changes: object) -> Station:
    values: dict[str, object] = {
        "id": "kim_long",
        "name_vi": "Kim Long",
        "name_en": "Kim Long",
        "kind": StationKind.RIVER,
        "lat": 16.47,
        "lon": 107.56,
        "river": river,
        "ward": "19774",
        "covers": ("19774", "19753"),
        "series": (Series(quantity="water_level", cadence=timedelta(minutes=10)),),
        "thresholds": (
            StageThresholds(
                valid_from=date(2020, 3, 20),
                datum="gauge zero",
                bd1_m=1.0,
                bd2_m=2.0,
                bd3_m=3.5,
                record_m=5.81,
                record_year=1999,
                source="bulletins",
                verified=verified,
            ),
        ),
        "simulated": False,
        "verified": True,
        "source": "test",
        "clock": clock,
    }
    return Station(**(values | changes))  # type: ignore[arg-type]


def finding(
    *steps: tuple[float, int], phase: Phase = Phase.OBSERVED, event: Event = Event.FLOOD, since_h: float = 0
) -> Finding:
    """Steps as (hours after START, level); values and thresholds follow the level."""
    made = tuple(
        Step(at=START + HOUR * h, level=level, value=level + 0.1, threshold=float(max(level, 1)), detail={})
        for h, level in steps
    )
    return Finding(
        station="kim_long", event=event, phase=phase, rule=str(phase), since=START + HOUR * since_h, steps=made
    )


def forecast(*steps: tuple[float, int]) -> Finding:
    return finding(*steps, phase=Phase.FORECAST)


class Store:
    """Alerts in memory, kept as the database keeps them."""

    def __init__(self, event: Event = Event.FLOOD) -> None:
        self.event = event
        self.by_identifier: dict[str, Alert] = {}

    def take(self, *findings: Finding, now: datetime = START) -> list[Alert]:
        """Reconcile and save; what changed."""
        changed = reconcile(gauge(), self.event, findings, self.alerts, POLICY, now)
        for alert in changed:
            before = self.by_identifier.get(alert.identifier)
            assert before is None or alert.versions[: len(before.versions)] == before.versions, (
                "a version was rewritten"
            )
            assert [v.number for v in alert.versions] == list(range(1, len(alert.versions) + 1))
            self.by_identifier[alert.identifier] = alert
            assert sum(a.ended_at is None for a in self.alerts) <= 1, "two alerts active between two saves"
        return changed

    @property
    def alerts(self) -> Sequence[Alert]:
        return list(self.by_identifier.values())


def told(alert: Alert) -> list[tuple[float, str, int, str]]:
    """Versions as (hours after START, reason, level, phase)."""
    return [((v.at - START) / HOUR, str(v.reason), v.level, str(v.phase)) for v in alert.versions]


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Makers of gauges, findings and stores."""
    return SimpleNamespace(
        start=START, gauge=gauge, finding=finding, forecast=forecast, store=Store, told=told, policy=POLICY
    )
