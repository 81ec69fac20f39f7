"""Readings as SensorThings asks for them: by conditions, in an order, from a place on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from psycopg import sql

from storage.conditions import Condition, where
from storage.database import Connection
from storage.excerpts import bounded
from storage.queries import query

#: The properties of an Observation that conditions and orders may name.
COLUMNS: Mapping[tuple[str, ...], sql.Composable] = {
    ("phenomenonTime",): sql.SQL("r.observed_at"),
    ("resultTime",): sql.SQL("r.observed_at"),
    ("result",): sql.SQL("r.value"),
    ("resultQuality", "flag"): sql.SQL("r.flag"),
    ("parameters", "received_at"): sql.SQL("r.received_at"),
}


class ObservationRow(NamedTuple):
    """One reading; times in microseconds since the epoch."""

    series_id: int
    observed_us: int
    received_us: int
    value: float
    flag: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservationQuestion:
    """Which readings. `order`: properties with True for descending; the key comes last, so that pages do not overlap."""

    series: Sequence[int]
    condition: Condition | None = None
    order: Sequence[tuple[tuple[str, ...], bool]] = ()
    skip: int = 0


def observations(connection: Connection, asked: ObservationQuestion, limit: int) -> list[ObservationRow]:
    """At most `limit` readings in order. Raises DatabaseUnavailableError with why = too_long when it takes too long."""
    bounded(connection)
    key = [sql.SQL("r.series_id"), sql.SQL("r.observed_at")]
    order = [sql.SQL("{} desc" if descending else "{}").format(COLUMNS[path]) for path, descending in asked.order]
    statement = _question("sensor_observations").format(
        series=sql.Literal(list(asked.series)),
        condition=where(asked.condition, COLUMNS),
        order=sql.SQL(", ").join([*order, *key]),
        limit=sql.Literal(limit),
        skip=sql.Literal(asked.skip),
    )
    return [ObservationRow(*row) for row in connection.execute(statement).fetchall()]


def count_observations(connection: Connection, asked: ObservationQuestion) -> int:
    """How many readings there are, whatever `skip` says. Raises as `observations`."""
    bounded(connection)
    statement = _question("sensor_observations_count").format(
        series=sql.Literal(list(asked.series)), condition=where(asked.condition, COLUMNS)
    )
    row = connection.execute(statement).fetchone()
    return 0 if row is None else int(row[0])


def _question(name: str) -> sql.SQL:
    # The file is ours; what others wrote comes in as literals.
    return sql.SQL(query(name).decode())
