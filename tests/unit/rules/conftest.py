"""Gauges, frames and the shipped rules, made small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from domain.forecasts import PROBABILITIES, LevelForecast
from domain.stations import Series, StageThresholds, Station, StationKind
from rules.configuration import RuleSet, load_rules

START = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)
SHIPPED = Path(__file__).resolve().parents[3] / "config" / "rules.toml"


def thresholds(
    levels: Sequence[float | None], valid_from: date = date(2020, 3, 20), record: float | None = None
) -> StageThresholds:
    return StageThresholds(
        valid_from=valid_from,
        datum="gauge zero",
        bd1_m=levels[0],
        bd2_m=levels[1],
        bd3_m=levels[2],
        record_m=record,
        source="test",
        verified=True,
    )


def gauge(
    *dated: StageThresholds,
    quantities: Sequence[str] = ("water_level",),
    kind: StationKind = StationKind.RIVER,
    cadence: timedelta = timedelta(minutes=10),
    station: str = "kim_long",
) -> Station:
    return Station(
        id=station,
        name_vi="Kim Long",
        name_en="Kim Long",
        kind=kind,
        lat=16.47,
        lon=107.56,
        series=tuple(Series(quantity=q, cadence=cadence) for q in quantities),
        thresholds=dated,
        simulated=False,
        verified=True,
        source="test",
    )


def frame(values: Sequence[float], *, every_min: float = 60, start: datetime = START, flag: int = 1) -> pd.DataFrame:
    """Readings at a steady rhythm, as the storage gives them."""
    observed = [start + timedelta(minutes=every_min * i) for i in range(len(values))]
    return readings([(at, value, flag) for at, value in zip(observed, values, strict=True)])


def readings(rows: Sequence[tuple[datetime, float, int]]) -> pd.DataFrame:
    times = pd.DatetimeIndex([at for at, _, _ in rows], tz="UTC").as_unit("us")
    return pd.DataFrame(
        {
            "observed_at": times,
            "value": pd.array([value for _, value, _ in rows], dtype="float64"),
            "flag": pd.array([flag for _, _, flag in rows], dtype="int16"),
            "received_at": times,
        }
    ).astype({"value": "float64", "flag": "int16"})


def forecast(issued_at: datetime, lead_h: float, median_m: float, *, spread_m: float = 0.4) -> LevelForecast:
    """Quantiles spread evenly around a median."""
    return LevelForecast(
        station="kim_long",
        issued_at=issued_at,
        valid_at=issued_at + timedelta(hours=lead_h),
        quantiles_m=tuple(median_m + (p - 0.5) * spread_m for p in PROBABILITIES),
        model="test",
        version="1",
        inputs="test",
    )


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Makers of gauges, frames and forecasts."""
    return SimpleNamespace(
        start=START, gauge=gauge, thresholds=thresholds, frame=frame, readings=readings, forecast=forecast
    )


@pytest.fixture(scope="session")
def shipped() -> RuleSet:
    return load_rules(SHIPPED)


@pytest.fixture(scope="session")
def rule(shipped: RuleSet) -> Callable[..., object]:
    """One shipped rule by kind, with changes."""

    def chosen(kind: str, **changes: object) -> object:
        found = next(r for r in shipped.rules if r.kind == kind)
        return type(found).model_validate({**found.model_dump(), **changes})

    return chosen
