"""How long the faults of an exercise take to be found, by the rules and limits of the configuration that comes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.fault_delays import usual_delays
from domain.exercise import FaultKind
from domain.network import load_network
from rules.configuration import load_rules
from simulators.field.truth import InjectedFault

CONFIG = Path(__file__).resolve().parents[3] / "config"
AT = datetime(2025, 10, 27, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def delay(kind: FaultKind, station: str, quantity: str | None = None) -> timedelta | None:
    one = InjectedFault(id="1", station=station, quantity=quantity, kind=kind, first=AT, last=AT, readings=1)
    return usual_delays([one], load_network(CONFIG).stations, load_rules(CONFIG / "rules.toml")).get("1")


@pytest.mark.parametrize(
    ("kind", "station", "quantity", "usual"),
    [
        (FaultKind.SILENT, "air_hue", None, 190 * MINUTE),
        (FaultKind.DELAYED, "rain_nam_dong", None, 70 * MINUTE),
        (FaultKind.FLOODED_OUT, "da_vien", None, 40 * MINUTE),
        (FaultKind.FLAT, "kim_long", "water_level", 12 * HOUR + 10 * MINUTE),
        (FaultKind.FLAT, "binh_dien_tv", "water_level", 96 * HOUR + 10 * MINUTE),
        (FaultKind.FLAT, "air_hue", "no2", 25 * HOUR),
        (FaultKind.DRIFT, "kim_long", "water_level", None),
        (FaultKind.SILENT, "nobody", None, None),
    ],
)
def test_silences_and_flat_lines_take_what_the_configuration_says(
    kind: FaultKind, station: str, quantity: str | None, usual: timedelta | None
) -> None:
    assert delay(kind, station, quantity) == usual
