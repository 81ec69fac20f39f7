"""A recorded flood: one TOML file that names its gauges, thresholds and CSV sources, read into one table.

Sources are wide (one column a series) or long (one reading a row). Nothing is rounded or interpolated here: a time stays
the time the gauge gave, and a value that cannot be read is dropped and counted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from domain.configuration_file import Table, read_table
from domain.record_faults import FaultCount, RecordFault
from domain.record_source import NumberedSource, RecordFile, Source, read_source

_OFFSET = re.compile(r"([+-])(\d{2}):([0-5]\d)")
_LARGEST_OFFSET = timedelta(hours=14)
#: The faults for which a reading is left out.
_DROPPED = ("no_time", "sentinel", "not_a_number", "repeated")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Recording:
    """The readings of one record and how they are meant; series are called by their names in the sources."""

    name: str
    slug: str  # short name from the file's name: the clock of its replay is replay:<slug>
    utc_offset: timezone  # of the times in the sources
    step: timedelta  # nominal interval between readings
    target: str  # the gauge that is forecast; its level in m
    upstream: tuple[str, ...]  # gauges whose water arrives at the target; levels in m
    rain: tuple[str, ...]  # rain gauges; mm in the interval that ends at the reading's time
    thresholds: tuple[float, ...]  # up to three alarm levels of the target in m, ascending
    lead_hours: tuple[int, ...]
    test_from: datetime | None  # UTC; earlier readings may train a model
    test_until: datetime | None
    positions: dict[str, tuple[float, float]]  # latitude, longitude of the series whose place is known
    readings: pd.DataFrame  # series (str), observed_at (UTC), value (float): sorted by time, then series; each key once
    dropped: dict[str, int]  # readings left out, by reason: not_a_number, sentinel, no_time, repeated
    faults: tuple[RecordFault, ...] = ()  # every defect that was met, by series

    @property
    def series(self) -> tuple[str, ...]:
        """Every series of the record: the target, then upstream, then rain."""
        return (self.target, *self.upstream, *self.rain)


class _Description(Table):
    """The TOML file as written."""

    name: Annotated[str, Field(min_length=1)]
    utc_offset: str
    step: str
    target: str
    upstream: list[str] = Field(default_factory=list)
    rain: list[str] = Field(default_factory=list)
    thresholds: list[float] = Field(default_factory=list, max_length=3)
    lead_hours: list[Annotated[int, Field(ge=1, le=240)]] = Field(default_factory=lambda: [1, 2, 3, 6, 9, 12, 24])
    test_from: str | date | datetime | None = None
    test_until: str | date | datetime | None = None
    positions: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)
    source: Annotated[list[Source], Field(min_length=1)]


def slug(text: str) -> str:
    """A short name of a-z, 0-9, _ and -: marks are taken off the letters, everything else becomes one underscore.

    "Lệ Thủy" becomes le_thuy. Empty when nothing is left.
    """
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    return re.sub(r"[^a-z0-9-]+", "_", plain).strip("_-")[:64]


def load_recording(path: Path, *, do_without: bool = False) -> Recording:
    """Read the description at `path` and its sources (relative to it); ConfigurationError says what is wrong and where.

    `do_without`: an upstream or rain gauge without a single reading is a fault of the record, not of the description.
    """
    place = RecordFile(path)
    description = read_table(path, _Description)
    offset = _utc_offset(place, description.utc_offset)
    names = _series_names(place, description)
    faults = FaultCount()
    frames = [
        read_source(place, NumberedSource(number=number, **source.model_dump()), names, offset, faults)
        for number, source in enumerate(description.source)
    ]
    readings = _combine(frames, faults)
    there = _require_every_series(place, names, readings, faults, do_without=do_without)
    return Recording(
        name=description.name,
        slug=slug(path.stem) or "record",
        utc_offset=offset,
        step=_step(place, description.step),
        target=description.target,
        upstream=tuple(name for name in description.upstream if name in there),
        rain=tuple(name for name in description.rain if name in there),
        thresholds=_thresholds(place, description.thresholds),
        lead_hours=tuple(description.lead_hours),
        test_from=_instant(place, "test_from", description.test_from, offset),
        test_until=_instant(place, "test_until", description.test_until, offset),
        positions=_positions(place, description.positions, names),
        readings=readings,
        dropped={what: faults.total(what) for what in _DROPPED},
        faults=faults.all,
    )


def _utc_offset(place: RecordFile, text: str) -> timezone:
    match = _OFFSET.fullmatch(text)
    remedy = 'write the offset of the local times from UTC as "+07:00", at most 14 hours'
    if match is None:
        raise place.refuse("utc_offset", text, remedy)
    offset = timedelta(hours=int(match[2]), minutes=int(match[3])) * (-1 if match[1] == "-" else 1)
    if abs(offset) > _LARGEST_OFFSET:
        raise place.refuse("utc_offset", text, remedy)
    return timezone(offset, text)


def _step(place: RecordFile, text: str) -> timedelta:
    try:
        step = pd.Timedelta(text).to_pytimedelta()
    except ValueError as error:
        raise place.refuse("step", text, 'write the interval as "10min" or "1h"') from error
    if not timedelta(minutes=1) <= step <= timedelta(days=1):
        raise place.refuse("step", text, "must lie between one minute and one day")
    return step


def _series_names(place: RecordFile, description: _Description) -> tuple[str, ...]:
    names = (description.target, *description.upstream, *description.rain)
    stations: dict[str, str] = {}
    for name in names:
        if not slug(name):
            raise place.refuse(
                "target, upstream or rain", name, "needs a letter or a digit, to make a station id of it"
            )
        if slug(name) in stations:
            raise place.refuse(
                "target, upstream or rain",
                name,
                f"gives the same station id as {stations[slug(name)]!r}; name each once",
            )
        stations[slug(name)] = name
    return names


def _thresholds(place: RecordFile, levels_m: list[float]) -> tuple[float, ...]:
    if any(low >= high for low, high in pairwise(levels_m)):
        raise place.refuse("thresholds", levels_m, "must rise from the first alarm level to the last")
    return tuple(levels_m)


def _instant(place: RecordFile, key: str, value: str | date | datetime | None, offset: timezone) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise place.refuse(key, value, 'write a date, "2012-01-01", or a time, "2012-01-01T06:00"') from error
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=offset)).astimezone(UTC)


def _positions(
    place: RecordFile, written: dict[str, list[float]], names: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    for name, (lat, lon) in written.items():
        if name not in names:
            raise place.refuse(f"positions.{name}", [lat, lon], f"no such series; there are {', '.join(names)}")
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise place.refuse(f"positions.{name}", [lat, lon], "write [latitude, longitude] in degrees")
    return {name: (lat, lon) for name, (lat, lon) in written.items()}


def _combine(frames: list[pd.DataFrame], faults: FaultCount) -> pd.DataFrame:
    """One table; where several sources (or rows) give the same series at the same time, the first stands."""
    table = pd.concat(frames, ignore_index=True)
    key = ["series", "observed_at"]
    repeated = table.duplicated(key)
    other = repeated & (table["value"] != table.groupby(key)["value"].transform("first"))
    for series, found in table[repeated].groupby("series", sort=False):
        faults.add(str(series), "repeated", len(found), _time_of(found), "the first reading of each time stands")
    for series, found in table[other].groupby("series", sort=False):
        faults.add(str(series), "contradicted", len(found), _time_of(found), "the first reading of each time stands")
    return table[~repeated].sort_values(["observed_at", "series"], ignore_index=True)


def _time_of(found: pd.DataFrame) -> str:
    return f"first at {found['observed_at'].iloc[0]:%Y-%m-%d %H:%M} UTC"


def _require_every_series(
    place: RecordFile, names: tuple[str, ...], readings: pd.DataFrame, faults: FaultCount, *, do_without: bool
) -> set[str]:
    """The series that have readings. The target must; so must the others unless they can be done without."""
    found = set(readings["series"].unique())
    for name in names:
        if name in found:
            continue
        if name == names[0] or not do_without:
            raise place.refuse("target, upstream or rain", name, "no source has a reading of it; check its name")
        faults.add(name, "absent", 1, "no source has a reading of it", "done without")
    return found
