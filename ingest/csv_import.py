"""Readings from a CSV file, one a row, through the same checks and accounts as messages.

Columns by name: station, quantity, observed_at, value, and if they are there unit, seq, status, battery_v. A row becomes
the native message it would have been, so that what is refused can be listed and replayed like one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path

import msgspec

from domain.errors import ConfigurationError, UnreadableMessageError
from ingest.batch import BatchStore
from ingest.formats.registry import NATIVE
from ingest.intake import Envelope, Intake
from ingest.mapping import number_of
from ingest.network import Network, load_network
from ingest.series_memory import SeriesMemory
from ingest.topics import ROOT
from storage.accounts import Counts
from storage.database import Database
from storage.rejections import Rejection

SOURCE = "import"
_NEEDED = ("station", "quantity", "observed_at", "value")
_NUMBERS = ("value", "seq", "battery_v")
_OTHERS = ("unit", "status")
_ROWS_A_BATCH = 2000

_Progress = Callable[[int], None]


def import_csv(
    path: Path,
    database: Database,
    *,
    adopt: bool,
    fixed: Mapping[str, str] | None = None,
    offset: tzinfo | None = None,
    progress: _Progress = lambda _: None,
) -> Counts:
    """Store the rows of a file, batch by batch; `progress` is told how many bytes have been read.

    `fixed`: columns that the file lacks (station, quantity, unit). `offset`: of times that are written without one; without it
    they are refused. Killed in between, the same file may be imported again: what is stored makes duplicates.
    Raises ConfigurationError for a file that is no such table, DatabaseUnavailableError, DatabaseRefusedError.
    """
    batches = BatchStore(database, SOURCE, adopt, SeriesMemory())
    with database.transaction() as connection:
        network = load_network(connection)
    total = Counts(received=0, stored=0, duplicates=0, revisions=0, rejected=0)
    with _opened(path) as raw:
        rows = _rows(path, raw, dict(fixed or {}))
        while batch := list(islice(rows, _ROWS_A_BATCH)):
            stored = batches.store_read(_read(batch, batches, network, offset), network, datetime.now(UTC))
            network, total = stored.network, total + stored.counts
            progress(raw.tell())
    return total


def _opened(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise _refuse(path, "file", error.strerror, "must be a readable file") from error


def _read(
    rows: Sequence[dict[str, str] | Rejection], batches: BatchStore, network: Network, offset: tzinfo | None
) -> Intake:
    """What the rows hold; those that are no rows of the table are listed with the readings that are refused."""
    intake = batches.read([_envelope(row, offset) for row in rows if isinstance(row, dict)], network)
    refused = [row for row in rows if isinstance(row, Rejection)]
    intake.rejections += refused
    intake.rejected_by[NATIVE] += len(refused)
    return intake


def _rows(path: Path, raw: io.BufferedReader, fixed: dict[str, str]) -> Iterator[dict[str, str] | Rejection]:
    # newline="" as the csv module wants; the wrapper must not close what tell() is asked of.
    lines = (line.decode("utf-8-sig" if number == 0 else "utf-8", "replace") for number, line in enumerate(raw))
    header = next(lines, "")
    delimiter = max(",;\t", key=header.count)
    columns = [
        cell.strip().casefold()
        for cell in next(csv.reader([header.rstrip(f"\r\n{delimiter}")], delimiter=delimiter), [])
    ]
    for name in _NEEDED:
        if name not in columns and name not in fixed:
            raise _refuse(
                path, "columns", ", ".join(columns), f"`{name}` is missing; a header names {', '.join(_NEEDED)}"
            )
    for number, cells in _cells(path, lines, delimiter):
        if any(cell.strip() for cell in cells[len(columns) :]):
            yield _too_many(f"{path.name}, line {number}", cells, len(columns), delimiter)
        elif any(cells):
            yield fixed | dict(zip(columns, (cell.strip() for cell in cells), strict=False))


def _cells(path: Path, lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with the number of its last line."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num + 1, cells
    except csv.Error as error:
        line = f"{error} in line {reader.line_num + 1}"
        raise _refuse(path, "row", line, "mend it and import again; what is stored already stays as it is") from error


def _too_many(place: str, cells: Sequence[str], columns: int, delimiter: str) -> Rejection:
    """A comma too many shifts what stands behind it: 3,55 without quotes would be read as 3.0."""
    return Rejection(
        received_at=datetime.now(UTC),
        topic=f"$import/{place}",
        reason="wrong_shape",
        detail=f"{place}: {len(cells)} cells below {columns} columns; write 3.55, or put a text with {delimiter!r} in quotes",
        payload=delimiter.join(cells).encode(),
    )


def _envelope(row: Mapping[str, str], offset: tzinfo | None) -> Envelope:
    """The message that a device would have sent; what cannot be read in it stays as it is and is refused with a reason."""
    fields: dict[str, object] = {name: row[name] for name in _OTHERS if row.get(name)}
    if str(fields.get("status", "")).isdigit():
        fields["status"] = row["status"].zfill(2)
    fields |= {name: _number(row[name]) for name in _NUMBERS if row.get(name)}
    if row.get("observed_at"):
        fields["observed_at"] = _time(row["observed_at"], offset)
    topic = f"{ROOT}{row.get('station', '')}/{row.get('quantity', '')}"
    return Envelope(topic, msgspec.json.encode(fields), datetime.now(UTC))


def _number(text: str) -> object:
    try:
        number = number_of(text)
    except UnreadableMessageError:
        return text
    return int(number) if number.is_integer() and text.lstrip("+-").isdigit() else number


def _time(text: str, offset: tzinfo | None) -> str | float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        number = _number(text)
        return number if isinstance(number, (int, float)) else text
    return (found if found.tzinfo else found.replace(tzinfo=offset)).isoformat()


def _refuse(path: Path, key: str, value: object, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=str(path), key=key, value=value, remedy=remedy)
