"""Readings and forecasts in pieces, each of which knows its rows and where the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import pyarrow as pa

from dash_app.open_data.asked import ForecastsAsked, ObservationsAsked
from dash_app.open_data.columns import forecast_document, forecasts_table, reading_document, readings_table
from dash_app.open_data.holdings import Network
from dash_app.open_data.problems import ProblemError, bad
from storage.database import Database
from storage.excerpts import (
    ForecastExcerpt,
    ForecastRow,
    ReadingExcerpt,
    ReadingRow,
    Readings,
    forecast_pages,
    instant,
    microseconds,
    reading_pages,
)

_MICROSECOND = timedelta(microseconds=1)


class Piece(Protocol):
    """Some rows in their order."""

    @property
    def count(self) -> int:
        """How many rows."""

    @property
    def cursor(self) -> str:
        """Where its last row stands: the next page begins behind it."""

    def cut(self, count: int) -> Piece:
        """Its first rows."""

    def table(self) -> pa.Table:
        """Its rows as a table."""

    def documents(self) -> list[dict[str, Any]]:
        """Its rows as JSON has them."""


@dataclass(frozen=True, slots=True)
class ReadingPiece:
    """Readings of one series."""

    station: str
    quantity: str
    rows: Readings

    @property
    def count(self) -> int:
        """How many readings."""
        return len(self.rows)

    @property
    def cursor(self) -> str:
        """`<quantity>-<microseconds since the epoch>`."""
        return f"{self.quantity}-{self.rows['observed_us'][-1]}"

    def cut(self, count: int) -> Piece:
        """The first readings."""
        return replace(self, rows=self.rows[:count])

    def table(self) -> pa.Table:
        """As a table."""
        return readings_table(self.station, self.quantity, self.rows)

    def documents(self) -> list[dict[str, Any]]:
        """As JSON has them."""
        return [reading_document(self.station, self.quantity, ReadingRow(*row)) for row in self.rows.tolist()]


@dataclass(frozen=True, slots=True)
class ForecastPiece:
    """Forecasts of one gauge."""

    rows: list[ForecastRow]

    @property
    def count(self) -> int:
        """How many forecasts."""
        return len(self.rows)

    @property
    def cursor(self) -> str:
        """`<issued_at>_<valid_at>` in microseconds since the epoch."""
        last = self.rows[-1]
        return f"{microseconds(last.issued_at)}_{microseconds(last.valid_at)}"

    def cut(self, count: int) -> Piece:
        """The first forecasts."""
        return replace(self, rows=self.rows[:count])

    def table(self) -> pa.Table:
        """As a table."""
        return forecasts_table(self.rows)

    def documents(self) -> list[dict[str, Any]]:
        """As JSON has them."""
        return [forecast_document(row) for row in self.rows]


def observation_pieces(
    database: Database, network: Network, asked: ObservationsAsked, size: int
) -> Iterator[ReadingPiece]:
    """What was asked of one station's readings, series by series. Raises ProblemError for a quantity it does not measure."""
    series = network.series(asked.station, asked.quantity)
    if not series and asked.quantity is not None:
        measured = [name for name, _ in network.series(asked.station)]
        raise bad("quantity", f"{asked.station} does not measure it", measured)
    start, end = asked.span
    behind, after = _reading_cursor(asked.cursor)
    if behind and all(quantity != behind for quantity, _ in series):
        raise _no_cursor()
    for quantity, number in series:
        if quantity < behind:
            continue
        first = max(start, instant(after) + _MICROSECOND) if quantity == behind and after is not None else start
        excerpt = ReadingExcerpt(series_id=number, start=first, end=end, known_at=asked.as_of)
        for rows in reading_pages(database, excerpt, size):
            yield ReadingPiece(asked.station, quantity, rows)


def forecast_pieces(database: Database, asked: ForecastsAsked, size: int) -> Iterator[ForecastPiece]:
    """What was asked of one gauge's forecasts."""
    start, end = asked.span
    excerpt = ForecastExcerpt(station=asked.station, start=start, end=end, known_at=asked.as_of)
    if asked.cursor is not None:
        excerpt = replace(excerpt, after=_forecast_cursor(asked.cursor))
    return (ForecastPiece(rows) for rows in forecast_pages(database, excerpt, size))


def page(pieces: Iterable[Piece], limit: int) -> tuple[list[Piece], str | None]:
    """The first `limit` rows, and where the next page begins; None when there is no more."""
    taken: list[Piece] = []
    room = limit
    for piece in pieces:
        if piece.count > room:
            taken += [piece.cut(room)] if room else []
            return taken, taken[-1].cursor
        taken.append(piece)
        room -= piece.count
    return taken, None


def _reading_cursor(cursor: str | None) -> tuple[str, int | None]:
    if cursor is None:
        return "", None
    quantity, _, at = cursor.partition("-")
    try:
        instant(_whole(at) + 1)
    except (ValueError, OverflowError):
        raise _no_cursor() from None
    return quantity, _whole(at)


def _forecast_cursor(cursor: str) -> Any:
    issued, _, valid = cursor.partition("_")
    try:
        return instant(_whole(issued)), instant(_whole(valid))
    except (ValueError, OverflowError):
        raise _no_cursor() from None


def _whole(text: str) -> int:
    """A number as cursors are written; Python's own reader takes more. Raises ValueError."""
    if re.fullmatch(r"-?\d{1,20}", text, re.ASCII) is None:
        raise ValueError(text)
    return int(text)


def _no_cursor() -> ProblemError:
    return bad("cursor", "is not one that this API gave; take it from `next` of the page before")
