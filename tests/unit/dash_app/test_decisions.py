from datetime import UTC, datetime, timedelta
from pathlib import Path

from dash_app.decisions import Line, lines
from dash_app.snapshot import AlertNow
from domain.alerts import Alert, AlertState, Event, Phase, Severity
from domain.network import load_network
from domain.settings import load_settings

RAISED = datetime(2025, 10, 27, tzinfo=UTC)
STATION = load_network(Path(load_settings({}).config_dir)).stations["kim_long"]


def active(event: Event, number: int, severity: Severity = Severity.SEVERE) -> AlertNow:
    return AlertNow(
        alert=Alert(
            identifier=f"{event}.{number}",
            station=STATION.id,
            event=event,
            state=AlertState.ACTIVE,
            severity=severity,
            level=2,
            phase=Phase.OBSERVED,
            raised_at=RAISED - timedelta(minutes=number),
            ended_at=None,
            versions=(),
        ),
        station=STATION,
    )


def test_fifty_rain_gauges_are_one_line_below_the_floods() -> None:
    rain = [active(Event.HEAVY_RAIN, n) for n in range(50)]
    floods = [active(Event.FLOOD, n, Severity.MINOR) for n in range(4)]
    assert lines([*rain, *floods]) == [*(Line(flood, 1) for flood in floods), Line(rain[0], 50)]


def test_a_pair_is_shown_one_by_one() -> None:
    silent = [active(Event.NO_SIGNAL, n) for n in range(2)]
    assert lines(silent) == [Line(each, 1) for each in silent]


def test_every_event_has_its_place() -> None:
    assert lines([active(event, 0) for event in Event])[0].worst.alert.event is Event.FLOOD
    assert len(lines([active(event, 0) for event in Event])) == len(Event)
