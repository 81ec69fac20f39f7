"""Stations, overviews and views made by hand for the tests of the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dash_app.snapshot import (
    MAIN,
    AlertNow,
    DeliveryNow,
    ForecastPeak,
    Measure,
    Overview,
    RainBars,
    StationNow,
    StationView,
    Trace,
)
from dash_app.state import Course, Freshness
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import Series, StageThresholds, Station, StationKind

NOW = datetime(2025, 10, 27, 0, 2, tzinfo=UTC)
THRESHOLDS = StageThresholds(
    valid_from=date(2020, 3, 20),
    datum="mốc trạm",
    bd1_m=1.0,
    bd2_m=2.0,
    bd3_m=3.5,
    record_m=5.81,
    record_year=1999,
    source="bản tin",
    verified=False,
)


def station(identifier: str = "kim_long", kind: StationKind = StationKind.RIVER, **more: Any) -> Station:
    """A station; a river gauge with alarm levels unless told otherwise."""
    described: dict[str, Any] = {
        "id": identifier,
        "name_vi": "Kim Long",
        "name_en": "Kim Long",
        "kind": kind,
        "lat": 16.46,
        "lon": 107.56,
        "river": "Hương" if kind is StationKind.RIVER else None,
        "covers": ("19753",),
        "series": (Series(quantity=MAIN[kind], cadence=timedelta(minutes=10)),),
        "thresholds": (THRESHOLDS,) if kind is StationKind.RIVER else (),
        "simulated": False,
        "verified": True,
        "source": "bản tin",
    }
    return Station(**described | more)


def measure(
    value: float, quantity: str = "water_level", *, age: timedelta = timedelta(minutes=2), **more: Any
) -> Measure:
    """A reading two minutes old and good, unless told otherwise."""
    described: dict[str, Any] = {
        "quantity": quantity,
        "value": value,
        "observed_at": NOW - age,
        "received_at": NOW - age,
        "flag": QualityFlag.PASS,
        "freshness": Freshness.CURRENT,
    }
    return Measure(**described | more)


def standing(
    value: float | None = 3.58, level: int | None = 3, place: Station | None = None, **more: Any
) -> StationNow:
    """A station that reads `value` now."""
    place = place or station()
    fresh = more.get("freshness", Freshness.CURRENT)
    main = None if value is None else measure(value, MAIN[place.kind], freshness=fresh)
    described: dict[str, Any] = {
        "station": place,
        "now": NOW,
        "main": main,
        "measures": {} if main is None else {main.quantity: main},
        "freshness": Freshness.NEVER if main is None else fresh,
        "level": level,
        "thresholds": place.thresholds_on(NOW.date()),
        "rate_m_per_h": 0.11,
        "recent": Course(
            at_s=tuple((NOW - timedelta(hours=h)).timestamp() for h in range(6, -1, -1)),
            values=tuple(3.58 - 0.11 * h for h in range(6, -1, -1)),
        ),
    }
    return StationNow(**described | more)


def peak(**more: Any) -> ForecastPeak:
    """A forecast peak of 4.9-5.3 m at 20:00."""
    described: dict[str, Any] = {
        "low_m": 4.9,
        "median_m": 5.1,
        "high_m": 5.3,
        "at": NOW + timedelta(hours=13),
        "issued_at": NOW,
        "at_the_end": False,
        "current": True,
    }
    return ForecastPeak(**described | more)


def overview(
    *stations: StationNow, alerts: tuple[AlertNow, ...] = (), clocks: dict[str, datetime] | None = None
) -> Overview:
    """An overview of these stations."""
    return Overview(read_at=NOW, clocks=clocks or {"live": NOW}, stations=stations, alerts=alerts)


def alert(place: Station | None = None, **more: Any) -> AlertNow:
    """An active flood warning at BĐ3."""
    place = place or station()
    version = AlertVersion(
        number=1,
        reason=Reason.RAISED,
        at=NOW - timedelta(hours=1),
        decided_at=NOW - timedelta(minutes=59),
        level=3,
        severity=Severity.SEVERE,
        phase=Phase.OBSERVED,
        value=3.51,
        threshold=3.5,
    )
    described: dict[str, Any] = {
        "identifier": f"hue.{place.id}.flood.1",
        "station": place.id,
        "event": Event.FLOOD,
        "state": AlertState.ACTIVE,
        "severity": Severity.SEVERE,
        "level": 3,
        "phase": Phase.OBSERVED,
        "raised_at": version.at,
        "ended_at": None,
        "versions": (version,),
    }
    return AlertNow(alert=Alert(**described | more), station=place)


def told(found: AlertNow, *states: str) -> AlertNow:
    """The same warning with deliveries in these states."""
    rows = tuple(
        DeliveryNow(version=1, recipient=f"Phường {i}", channel="console", state=s, at=NOW, attempts=1, error=None)
        for i, s in enumerate(states)
    )
    return replace(found, deliveries=rows)


def forecast(lead_h: float, median_m: float, spread_m: float = 0.4, issued_at: datetime = NOW) -> LevelForecast:
    """A forecast with evenly spread quantiles round its median."""
    return LevelForecast(
        station="kim_long",
        issued_at=issued_at,
        valid_at=issued_at + timedelta(hours=lead_h),
        quantiles_m=tuple(median_m + spread_m * (p - 0.5) for p in PROBABILITIES),
        model="regression",
        version="1",
        inputs="own level",
    )


def trace(quantity: str, values: list[float], flags: list[QualityFlag] | None = None) -> Trace:
    """Values ten minutes apart, the last one now."""
    count = len(values)
    return Trace(
        quantity=quantity,
        at=tuple(NOW - timedelta(minutes=10 * (count - 1 - i)) for i in range(count)),
        value=tuple(values),
        flag=tuple(flags or [QualityFlag.PASS] * count),
    )


def view(now: StationNow | None = None, **more: Any) -> StationView:
    """All of a station's page."""
    now = now or standing()
    described: dict[str, Any] = {
        "now": now,
        "traces": (trace(MAIN[now.station.kind], [3.3, 3.4, 3.58]),),
        "rain": RainBars(gauges=("Bạch Mã", "Nam Đông"), at=(NOW - timedelta(hours=2),), mm=(12.5,)),
        "forecast": tuple(forecast(h, m) for h, m in ((1, 3.7), (6, 4.4), (13, 5.1), (24, 4.6))),
        "earlier": ((forecast(6, 3.9, issued_at=NOW - timedelta(hours=6)),),),
        "alerts": (),
        "since": NOW - timedelta(days=5),
    }
    return StationView(**described | more)


def every_kind() -> tuple[StationNow, ...]:
    """One station of each kind, and a river gauge in every state."""
    found = [standing(0.4, 0), standing(1.2, 1), standing(2.5, 2), standing(3.58, 3, peak=peak()), standing(5.9, 4)]
    found += [standing(0.4, None, station("gauge", thresholds=())), standing(None, None, station("dumb"))]
    found.append(standing(3.2, 2, freshness=Freshness.SILENT))
    found.append(standing(3.2, 2, main=measure(3.2, flag=QualityFlag.SUSPECT), freshness=Freshness.STALE))
    found.append(standing(2.5, 3, station("bach_ma", StationKind.RAIN), rain_mm={1: 30.0, 24: 180.0}))
    found.append(standing(80.0, 4, station("air", StationKind.AIR), aqi=220))
    found.append(standing(12.0, 1, station("wind", StationKind.WIND), force=6))
    found.append(standing(44.0, None, station("lake", StationKind.RESERVOIR)))
    return tuple(found)


assert set(MAIN.values()) <= set(QUANTITIES)
