"""Second rises, crossings of BĐ3 and the all clear of a gauge, as they were announced: a part of an exercise's report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cli import exercise_charts as charts
from cli import exercise_tables as tables
from cli.exercise_evidence import Evidence
from cli.exercise_findings import ENDS, lowest, reached, read_level, versions_at
from cli.exercise_tables import both, when
from domain.alerts import AlertVersion, Event, Phase, Reason

#: So far back the lowest level is looked for, where the rise had not been announced before.
_LOOKED_BACK = timedelta(hours=24)
_CELL = timedelta(minutes=10)
_THIRD = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Something announced of a gauge that rises, or of its all clear. `trough`: when it stood lowest before, and how high."""

    version: AlertVersion
    trough: tuple[datetime, float] | None


def turns(found: Evidence, station: str) -> Iterator[Turn]:
    """In order of time."""
    trough, risen = None, _reached(found, station)
    for version in versions_at(found, station, Event.FLOOD):
        if version.reason is Reason.RISING_AGAIN:
            trough = _judged(version)
        elif _over(version):
            trough = None
        if version.reason in ENDS or version.reason is Reason.RISING_AGAIN or version in risen:
            yield Turn(version=version, trough=trough or _stored(found, station, version.at))


def _over(version: AlertVersion) -> bool:
    """Whether a rise that was announced has ended: the water falls, and what follows has a trough of its own."""
    fallen = version.reason is Reason.DOWNGRADED and version.phase is Phase.RECEDING
    return fallen or version.reason is Reason.PEAK_PASSED or version.reason in ENDS


def _reached(found: Evidence, station: str) -> list[AlertVersion]:
    """Readings at BĐ3, also when something graver is forecast, when it was so at the first reading, or known late."""
    floods = [alert for alert in found.alerts if alert.station == station and alert.event is Event.FLOOD]
    return [version for alert in floods for version in reached(alert) if read_level(version) == _THIRD]


def _judged(version: AlertVersion) -> tuple[datetime, float] | None:
    """The trough by which a second rise was decided: days may lie between, on a plateau."""
    at, level_m = version.detail.get("trough_at"), version.detail.get("trough_m")
    return None if at is None or level_m is None else (datetime.fromisoformat(str(at)), float(level_m))


def _stored(found: Evidence, station: str, at: datetime) -> tuple[datetime, float] | None:
    """The lowest level of the day before; None when the water was no higher at its beginning, and only rose."""
    low = lowest(found, station, at - _LOOKED_BACK, at)
    return None if low is None or low[0] <= at - _LOOKED_BACK + _CELL else low


def listed(found: Evidence, station: str) -> str:
    """The list, and what stands at the end: a level that was read, or one that is forecast."""
    lines = [_line(found, station, turn) for turn in turns(found, station)]
    versions = versions_at(found, station, Event.FLOOD)
    if versions and versions[-1].level:
        lines.append(_standing(found, station, versions[-1]))
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>" if lines else ""


def _standing(found: Evidence, station: str, version: AlertVersion) -> str:
    ended = ("Kết thúc diễn tập", "the exercise ends") if found.run.finished else ("Dừng diễn tập", "it was stopped")
    if not read_level(version):
        return both(f"{ended[0]} khi còn cảnh báo theo dự báo", f"{ended[1]} while a warning by forecast stands")
    level = tables.metres(found.levels[station].at(found.run.ends - _CELL))
    return both(f"{ended[0]} khi chưa hết báo động: {level} m", f"no all clear: {ended[1]} above an alarm level")


def _line(found: Evidence, station: str, turn: Turn) -> str:
    at = when(turn.version.at)
    if turn.version.reason is Reason.ENDED:
        return both(f"Hết báo động lúc {at}", f"all clear at {at}")
    if turn.version.reason is Reason.ENDED_BY_PERSON:
        return both(f"Trực ban kết thúc cảnh báo lúc {at}", f"ended by an officer at {at}")
    if turn.version.reason is Reason.RISING_AGAIN:
        return _risen(found, station, turn, f"Báo nước lên lại lúc {at}", f"second rise announced at {at}")
    return _risen(found, station, turn, f"Báo vượt BĐ3 lúc {at}", f"BĐ3 announced at {at}")


def _risen(found: Evidence, station: str, turn: Turn, vi: str, en: str) -> str:
    """When it was announced; where the water had fallen before, how long after its lowest level and how far above it."""
    if turn.trough is None:
        return both(vi, en)
    (low_at, low_m), at, value = turn.trough, turn.version.at, turn.version.value
    hours = (at - low_at).total_seconds() / 3600
    rise = (found.levels[station].at(at) if value is None else value) - low_m
    level = charts.level_below(found, station, low_m)
    after = f"{tables.number(hours, 1)} giờ sau mức thấp nhất {tables.metres(low_m)} m"
    return both(
        f"{vi}: {after} ({f'trên {level}' if level else 'dưới BĐ1'}), đã lên {tables.metres(rise)} m",
        f"{en}, {hours:.1f} h after the lowest level ({f'above {level}' if level else 'below BĐ1'}), {rise:.2f} m above it",
    )
