"""A small flood in a test database: the night of a flood at Huế, made of smooth curves, stored as any reading is stored.

The shapes are invented; the scene's clock is `simulated`, as the pages then say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.stations import Station, StationKind
from storage.alerts import save_alert
from storage.database import Database
from storage.deliveries import NewDelivery, Room, Settlement, claim, deliveries_of, enqueue, settle
from storage.forecasts import store_forecasts
from storage.notifications import READINGS, notify_names
from storage.readings import store_readings
from storage.stations import series_ids, sync_network

CONFIG = Path(__file__).resolve().parents[2] / "config"
#: The scene ends here: 07:00 on 27/10/2025 in Huế.
NOW = datetime(2025, 10, 27, 0, 0, tzinfo=UTC)
BACK = timedelta(days=5)
LEADS_H = (1, 2, 3, 6, 9, 12, 18, 24)
#: Gauges that stopped, and how long before the scene's end.
SILENT = {"cau_truoi": timedelta(hours=7), "ta_luong": timedelta(minutes=25)}

_LEVELS: dict[str, Callable[[float], float]] = {}


def hours_to_end(at: datetime) -> float:
    """Hours before (negative) or after the end of the scene."""
    return (at - NOW) / timedelta(hours=1)


def wave(base: float, top: float, peak_h: float, rise_h: float) -> Callable[[float], float]:
    """A flood wave over a base, highest `peak_h` after the end of the scene, with a small tide."""

    def level(h: float) -> float:
        width = rise_h if h < peak_h else 2.2 * rise_h
        tide = 0.06 * math.sin(2 * math.pi * h / 12.4)
        early = 0.22 * (top - base) * math.exp(-(((h + 62) / 11) ** 2))
        return base + early + (top - base) * math.exp(-(((h - peak_h) / width) ** 2)) + tide

    return level


def level_curve(station: Station) -> Callable[[float], float]:
    """The water of each gauge over the scene."""
    curves = {
        "kim_long": wave(0.55, 5.05, 10.8, 17.2),
        "phu_oc": wave(0.9, 5.2, 8.0, 15.0),
        "thuong_nhat": wave(58.1, 61.8, -3.0, 11.0),
        "tu_phu": wave(1.0, 4.7, 5.0, 14.0),
        "da_vien": wave(0.6, 4.6, 12.0, 16.0),
    }
    if station.kind is StationKind.RESERVOIR:
        return wave(38.0 + 40 * share(station), 45.5 + 40 * share(station), 20.0, 30.0)
    return curves.get(
        station.id, wave(0.8 + share(station), 2.4 + 1.5 * share(station), 4.0 + 6 * share(station), 14.0)
    )


def share(station: Station) -> float:
    """A number of its own for each station, 0-1."""
    return sum(map(ord, station.id)) % 17 / 17


def value_of(station: Station, quantity: str, h: float) -> float:
    """One value at `h` hours from the end."""
    phase = share(station)
    heavy = phase * phase
    storm = math.exp(-(((h + 5) / 8) ** 2)) + 0.35 * math.exp(-(((h + 64) / 7) ** 2))
    wobble = 0.5 + 0.5 * math.sin(h * 1.7 + 6 * phase)
    table: dict[str, float] = {
        "water_level": level_curve(station)(h),
        "rainfall": round(max(0.0, (0.05 + 4.5 * heavy) * storm * wobble - 0.04), 1),
        "inflow": 300 + 6200 * storm,
        "outflow": 280 + 3900 * math.exp(-(((h + 1) / 10) ** 2)),
        "discharge": 300 + 4000 * storm,
        "pm2_5": 16 + 60 * phase + 9 * wobble,
        "pm10": 28 + 80 * phase + 12 * wobble,
        "o3": 40 + 30 * wobble,
        "no2": 18 + 8 * wobble,
        "so2": 9 + 3 * wobble,
        "co": 700 + 300 * wobble,
        "wind_speed": 4 + 15 * storm * (0.6 + phase),
        "wind_gust": 7 + 22 * storm * (0.6 + phase),
        "wind_direction": (40 + 100 * phase + 20 * wobble) % 360,
        "pressure": 1008 - 14 * storm,
        "temperature": 24 + 2 * wobble,
        "humidity": 92 - 6 * wobble,
    }
    return round(table[quantity], 3)


def readings(stations: Iterable[Station], until: datetime) -> list[Reading]:
    """Everything the stations sent in the five days before `until`; rivers dense only over the last day."""
    rows = []
    for station in stations:
        last = until - SILENT.get(station.id, timedelta())
        for series in station.series:
            step = max(series.cadence, timedelta(minutes=10))
            count = int(BACK / step)
            times = [until - k * step for k in range(count, -1, -1)]
            rows += [_reading(station, series.quantity, at) for at in times if at <= last]
    return rows


def _reading(station: Station, quantity: str, at: datetime) -> Reading:
    h = hours_to_end(at)
    spike = station.id == "kim_long" and quantity == "water_level" and abs(h + 30) < 0.05
    value = value_of(station, quantity, h) + (2.4 if spike else 0.0)
    flag = QualityFlag.FAIL if spike else QualityFlag.PASS
    return Reading(
        station=station.id,
        quantity=quantity,
        observed_at=at,
        received_at=at + timedelta(seconds=8),
        value=value,
        flag=flag,
    )


def forecasts(station: Station, issued_at: datetime) -> list[LevelForecast]:
    """A forecast that follows the wave with a growing spread."""
    curve = level_curve(station)
    start = hours_to_end(issued_at)
    found = []
    for lead in LEADS_H:
        spread = 0.05 + 0.055 * lead
        middle = curve(start + lead) - 0.004 * lead * lead / 4
        quantiles = tuple(middle + spread * (p - 0.5) * 2 for p in PROBABILITIES)
        found.append(
            LevelForecast(
                station=station.id,
                issued_at=issued_at,
                valid_at=issued_at + timedelta(hours=lead),
                quantiles_m=quantiles,
                model="regression",
                version="scene",
                inputs="own level, 2 of 3 upstream gauges, rain of 5 of 6 gauges",
            )
        )
    return found


def crossings(station: Station, start: datetime, end: datetime) -> list[tuple[datetime, int, float, float]]:
    """(time, level, value, threshold) of each upward crossing of an alarm level."""
    found_on = station.thresholds_on(NOW.date())
    levels = () if found_on is None else found_on.levels_m
    curve, step, out = level_curve(station), timedelta(minutes=10), []
    times = [start + k * step for k in range(int((end - start) / step) + 1)]
    for before, after in pairwise(times):
        for level, threshold in enumerate(levels, start=1):
            low, high = curve(hours_to_end(before)), curve(hours_to_end(after))
            if threshold is not None and low < threshold <= high:
                out.append((after, level, high, threshold))
    return out


_SEVERITIES = (Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)


def flood_alert(station: Station) -> Alert | None:
    """The flood warning of one gauge: raised by forecast, confirmed, upgraded."""
    found = crossings(station, NOW - timedelta(hours=40), NOW)
    if not found:
        return None
    versions = [_version(1, Reason.RAISED_BY_FORECAST, found[0], Phase.FORECAST, timedelta(hours=-5))]
    for number, crossing in enumerate(found, start=2):
        reason = Reason.CONFIRMED if number == 2 else Reason.UPGRADED
        versions.append(_version(number, reason, crossing, Phase.OBSERVED, timedelta()))
    last = versions[-1]
    return Alert(
        identifier=f"hue.{station.id}.flood.scene",
        station=station.id,
        event=Event.FLOOD,
        state=AlertState.ACTIVE,
        severity=last.severity,
        level=last.level,
        phase=last.phase,
        raised_at=versions[0].at,
        ended_at=None,
        versions=tuple(versions),
    )


def _version(
    number: int, reason: Reason, crossing: tuple[datetime, int, float, float], phase: Phase, shift: timedelta
) -> AlertVersion:
    at, level, value, threshold = crossing
    detail: dict[str, str | float | int] = {"lead_h": 6.0, "probability": 0.72} if phase is Phase.FORECAST else {}
    return AlertVersion(
        number=number,
        reason=reason,
        at=at + shift,
        decided_at=at + shift + timedelta(seconds=20),
        level=level,
        severity=_SEVERITIES[level - 1],
        phase=phase,
        value=value,
        threshold=threshold,
        detail=detail,
    )


def silent_alert(station: Station) -> Alert:
    """A gauge that stopped."""
    at = NOW - SILENT[station.id] + timedelta(minutes=30)
    version = AlertVersion(
        number=1,
        reason=Reason.RAISED,
        at=at,
        decided_at=at + timedelta(seconds=30),
        level=1,
        severity=Severity.MINOR,
        phase=Phase.OBSERVED,
        value=None,
        threshold=None,
        detail={"quantity": "water_level"},
    )
    return Alert(
        identifier=f"hue.{station.id}.no_signal.scene",
        station=station.id,
        event=Event.NO_SIGNAL,
        state=AlertState.ACTIVE,
        severity=Severity.MINOR,
        level=1,
        phase=Phase.OBSERVED,
        raised_at=at,
        ended_at=None,
        versions=(version,),
    )


def ended(alert: Alert, at: datetime) -> Alert:
    """The same alert, a day earlier and over."""
    back = timedelta(days=2)
    versions = [replace(v, at=v.at - back, decided_at=v.decided_at - back) for v in alert.versions]
    last = replace(versions[-1], number=len(versions) + 1, reason=Reason.ENDED, level=0, at=at, decided_at=at)
    return replace(
        alert,
        identifier=f"{alert.identifier}.earlier",
        state=AlertState.ENDED,
        raised_at=versions[0].at,
        ended_at=at,
        versions=(*versions, last),
    )


def network(names: Sequence[str] | None = None) -> list[Station]:
    """The stations of Huế, or some of them."""
    stations = load_network(CONFIG).stations
    return [s for s in stations.values() if names is None or s.id in names]


def flood(database: Database, *, clock: str = "simulated", names: Sequence[str] | None = None) -> list[Station]:
    """Store the whole scene and return its stations."""
    stations = network(names)
    with database.transaction() as connection:
        sync_network(connection, stations, clock=clock)
        store_readings(connection, readings(stations, NOW), series_ids(connection))
        rivers = [s for s in stations if s.kind is StationKind.RIVER and s.thresholds]
        for hours in (24, 12, 6, 0):
            issued_at = NOW - timedelta(hours=hours)
            store_forecasts(connection, [f for s in rivers for f in forecasts(s, issued_at)], issued_at)
        _store_alerts(database, connection, stations)
    return stations


def _store_alerts(_database: Database, connection: object, stations: Sequence[Station]) -> None:
    alerts = [a for s in stations if s.kind is StationKind.RIVER and (a := flood_alert(s)) is not None]
    if alerts:
        save_alert(connection, ended(alerts[0], NOW - timedelta(hours=50)))  # type: ignore[arg-type]
    for alert in [*alerts, *(silent_alert(s) for s in stations if s.id == "cau_truoi")]:
        save_alert(connection, alert)  # type: ignore[arg-type]
        _tell(connection, alert)


def _tell(connection: object, alert: Alert) -> None:
    recipients = ("Ban Chỉ huy Phòng thủ dân sự thành phố", "Phường Phú Xuân", "Phường Thuận Hóa", "Phường Kim Long")
    due = alert.versions[-1].decided_at
    rows = [
        NewDelivery(
            alert=alert.identifier,
            version=v.number,
            recipient=r,
            channel="console",
            language="vi",
            due_at=due,
            lane=str(v.number),
        )
        for v in alert.versions
        for r in recipients
    ]
    enqueue(connection, rows)  # type: ignore[arg-type]
    claim(connection, "scene", due, [Room(channel="console", quota=1000, per_recipient=1000)])  # type: ignore[arg-type]
    rows_there = deliveries_of(connection, alert.identifier)  # type: ignore[arg-type]
    settled = [_became(i, delivery.id) for i, delivery in enumerate(rows_there)]
    settle(connection, "scene", due + timedelta(seconds=2), settled)  # type: ignore[arg-type]


def _became(number: int, delivery: int) -> Settlement:
    if number % 9 == 8:
        return Settlement(id=delivery, state="failed", error="không kết nối được")
    return Settlement(id=delivery, state="waiting" if number % 9 == 7 else "sent")


def new_reading(database: Database, station: str, value: float, at: datetime, quantity: str = "water_level") -> None:
    """One more reading, stored and announced as the ingest worker does."""
    row = Reading(
        station=station,
        quantity=quantity,
        observed_at=at,
        received_at=datetime.now(UTC),
        value=value,
        flag=QualityFlag.PASS,
    )
    with database.transaction() as connection:
        store_readings(connection, [row], series_ids(connection))
        notify_names(connection, READINGS, [f"{station}/{quantity}"])
