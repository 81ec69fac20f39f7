"""One CSV source of a recorded flood: wide (one column a series) or long (one reading a row), as rows of one shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from domain.configuration_file import Table
from domain.errors import ConfigurationError
from domain.record_faults import FaultCount

#: Loggers write one of these when the sensor gave nothing. No river stands a hundred metres below its gauge's zero.
SENTINELS = (-9999.0, -9999.9, -99999.0, -999.0, -999.9, -999.99)
#: 24:00 is how many loggers write the midnight that ends a day.
_MIDNIGHT = r"^\d{4}-\d{2}-\d{2}[T ]24:00(?::00)?(?=$|Z|[+-])"
_HOUR_24 = r"[T ]24:00(?::00)?"
_LEFT_OUT = "left out"
#: The line of a file's first row under its header.
_FIRST_LINE = 2


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The file that is being read, so that every refusal names it."""

    path: Path

    def refuse(self, key: str, value: object, remedy: str) -> ConfigurationError:
        """The error that names this file, the key, its value and the remedy."""
        return ConfigurationError(place=str(self.path), key=key, value=value, remedy=remedy)


class Source(Table):
    """One [[source]] table."""

    file: str
    time_column: str
    series_column: str | None = None
    value_column: str | None = None
    columns: list[str] | None = None


class NumberedSource(Source):
    """A source that knows which one it is, counted from 0, for the messages."""

    number: int

    @property
    def key(self) -> str:
        """What the source is called in messages, as other files count: source[0]."""
        return f"source[{self.number}]"


def read_source(
    place: RecordFile, source: NumberedSource, names: tuple[str, ...], offset: timezone, faults: FaultCount
) -> pd.DataFrame:
    """The readings of one source as rows of series, observed_at (UTC) and value, in the order of the file.

    What cannot be read is left out and counted in `faults`; ConfigurationError when the file, a column or every time of it
    is unreadable.
    """
    long = _long_form(place, source, _read_csv(place, source), names)
    observed_at = _times(long["time"].str.strip(), offset)
    if len(long) and observed_at.isna().all():
        remedy = f"no time of column {source.time_column} can be read; write them as 2010-10-05 02:00"
        raise place.refuse(f"{source.key}.time_column", long["time"].iloc[0], remedy)
    text = long["value"].str.strip()
    value = pd.to_numeric(text, errors="coerce").astype(float)
    keep = text != ""  # an empty cell is no reading at all, so nothing is dropped
    rows = _Rows(source, long, faults)
    rows.count(keep & long["time"].str.contains(_MIDNIGHT), "hour_24", "read as 00:00 of the next day")
    wrong: dict[str, pd.Series[bool]] = {
        "no_time": observed_at.isna(),
        "sentinel": value.isin(SENTINELS),
        "not_a_number": ~value.between(-np.inf, np.inf, inclusive="neither"),
    }
    for what, fault in wrong.items():
        rows.count(keep & fault, what)
        keep &= ~fault
    read = pd.DataFrame({"series": long["series"], "observed_at": observed_at, "value": value})[keep]
    back = (read.groupby("series")["observed_at"].diff() < pd.Timedelta(0)).reindex(long.index, fill_value=False)
    rows.count(back, "time_goes_back", "put in the order of time")
    return read


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one source in which faults are counted."""

    source: NumberedSource
    long: pd.DataFrame
    faults: FaultCount

    def count(self, rows: pd.Series[bool], what: str, done: str = _LEFT_OUT) -> None:
        """Count the rows of one fault by series, with the line of the first."""
        for series, found in self.long[rows].groupby("series", sort=False):
            first = found.iloc[0]
            where = f"{self.source.file}, line {first['line']}: {first['time']} = {first['value'] or 'empty'}"
            self.faults.add(str(series), what, len(found), where, done)


def _read_csv(place: RecordFile, source: NumberedSource) -> pd.DataFrame:
    file = place.path.parent / source.file
    try:
        return pd.read_csv(file, dtype=str, keep_default_na=False, na_filter=False)
    except OSError as error:
        remedy = f"cannot be read ({error.strerror or error}); the path counts from the folder of {place.path.name}"
        raise place.refuse(f"{source.key}.file", source.file, remedy) from error
    except ValueError as error:  # pandas' parser errors and wrong encodings are ValueErrors
        raise place.refuse(f"{source.key}.file", source.file, f"is not a CSV table in UTF-8: {error}") from error


def _long_form(place: RecordFile, source: NumberedSource, table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The source as rows of time, series and value, all text; only series of the record."""
    _require_column(place, f"{source.key}.time_column", source.time_column, table)
    if (source.series_column is None) != (source.value_column is None):
        missing = "value_column" if source.value_column is None else "series_column"
        raise place.refuse(f"{source.key}.{missing}", None, "a long source needs both series_column and value_column")
    if source.series_column is not None and source.value_column is not None:
        if source.columns is not None:
            raise place.refuse(f"{source.key}.columns", source.columns, "is for wide sources; remove it here")
        _require_column(place, f"{source.key}.series_column", source.series_column, table)
        _require_column(place, f"{source.key}.value_column", source.value_column, table)
        rows = table[[source.time_column, source.series_column, source.value_column]]
        rows = rows.set_axis(["time", "series", "value"], axis="columns").assign(line=table.index + _FIRST_LINE)
        return rows[rows["series"].isin(names)].reset_index(drop=True)
    for column in source.columns or []:
        _require_column(place, f"{source.key}.columns", column, table)
    taken = [name for name in names if name in (source.columns or table.columns)]
    time, line = table[source.time_column], table.index + _FIRST_LINE
    parts = [pd.DataFrame({"time": time, "series": name, "value": table[name], "line": line}) for name in taken]
    if not parts:
        return pd.DataFrame({"time": [], "series": [], "value": [], "line": []}, dtype=str)
    return pd.concat(parts, ignore_index=True)


def _require_column(place: RecordFile, key: str, column: str, table: pd.DataFrame) -> None:
    if column not in table.columns:
        raise place.refuse(key, column, f"no such column; the file has {', '.join(table.columns)}")


def _times(text: pd.Series[Any], offset: timezone) -> pd.Series[Any]:
    """Times in UTC; a time that carries its own offset keeps it, any other is local to `offset`. 24:00 ends the day."""
    midnight = text.str.contains(_MIDNIGHT, regex=True)
    text = text.mask(midnight, text.str.replace(_HOUR_24, "T00:00:00", regex=True))
    has_offset = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
    local = pd.to_datetime(text.mask(has_offset), errors="coerce", format="ISO8601")
    fixed = pd.to_datetime(text.where(has_offset), errors="coerce", format="ISO8601", utc=True)
    known = local.dt.tz_localize(offset).dt.tz_convert("UTC").where(~has_offset, fixed)
    return known.where(~midnight, known + pd.Timedelta(days=1))
